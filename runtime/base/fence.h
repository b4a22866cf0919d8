// Where exceptions end. The code base throws nothing but what allocation throws, and ValueTooLarge:
// a thread's outermost function, and whatever answers for one statement or one job, runs inside
// Fenced, so that memory which cannot be had ends that and nothing else.
#pragma once

#include <cstddef>
#include <exception>
#include <type_traits>
#include <utility>

#include "runtime/base/memory_reserve.h"
#include "runtime/base/status.h"

namespace weir {

// Thrown where a single text, list or map grows beyond the limit: kernels, accumulators
// and builders have no way to return it from within a loop over rows.
class ValueTooLarge : public std::exception {
 public:
  explicit ValueTooLarge(size_t limit_bytes) : limit_bytes_(limit_bytes) {}
  const char* what() const noexcept override { return "a value is too large"; }
  size_t limit_bytes() const { return limit_bytes_; }

 private:
  size_t limit_bytes_;
};

constexpr size_t kDefaultMaxValueBytes = size_t{128} << 20;

// The limit of the values that the process makes (table.exec.max-value-size). Any thread.
size_t MaxValueBytes();
// What runs keeps to it from its next value on. 0: the default.
void SetMaxValueBytes(size_t bytes);

// Throws ValueTooLarge for a value of more than MaxValueBytes().
void CheckValueBytes(size_t bytes);

// The exception that is being handled, as a failure. REQUIRES: within a catch block.
// Interrupted (interruption.h): E8001. Memory: E4004, may succeed when retried. Threads: E4006,
// likewise. A value: E3007.
Status StatusOfException();

// What `body` returns, a Status or Result; StatusOfException() where it throws.
// What is left behind is only fit to be destroyed, as after any failure. Within `body` memory that
// cannot be had is no more waited for than anywhere else.
template <typename F>
std::invoke_result_t<F> Fenced(F&& body) {
  const WithoutMemoryReserve fails_at_once;
  try {
    return std::forward<F>(body)();
  } catch (...) {
    return StatusOfException();
  }
}

}  // namespace weir
