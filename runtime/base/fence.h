// Where exceptions end. The engine itself throws only what allocation throws, Interrupted and
// ValueTooLarge. A thread's outermost function, and the code that answers for one statement or one
// job, runs inside Fenced, so that running out of memory fails that statement or job and nothing
// else.
#pragma once

#include <cstddef>
#include <exception>
#include <type_traits>
#include <utility>

#include "runtime/base/memory_reserve.h"
#include "runtime/base/status.h"

namespace weir {

// Thrown when a single text, list or map grows beyond the limit: kernels, accumulators and builders
// have no way to return a Status from within a loop over rows.
class ValueTooLarge : public std::exception {
 public:
  explicit ValueTooLarge(size_t limit_bytes) : limit_bytes_(limit_bytes) {}
  const char* what() const noexcept override { return "a value is too large"; }
  size_t limit_bytes() const { return limit_bytes_; }

 private:
  size_t limit_bytes_;
};

constexpr size_t kDefaultMaxValueBytes = size_t{128} << 20;

// The greatest size of a value that the process makes (table.exec.max-value-size). Any thread.
size_t MaxValueBytes();
// Running jobs obey the new limit from their next value on. 0 restores the default.
void SetMaxValueBytes(size_t bytes);

// Throws ValueTooLarge for a value of more than MaxValueBytes().
void CheckValueBytes(size_t bytes);

// The exception that is being handled, as a Status. REQUIRES: called within a catch block.
// Interrupted (interruption.h) becomes E8001; memory that cannot be had E4004 and a thread that
// cannot be started E4006, both of which may succeed when retried; ValueTooLarge E3007.
Status StatusOfException();

// Returns what `body` returns, a Status or a Result, or StatusOfException() when it throws. Objects
// that `body` was changing are then only fit to be destroyed, as after any failure. An allocation
// within `body` that fails throws at once, whatever the caller asked for (WithoutMemoryReserve).
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
