// A value or the Status that explains why there is none, and the TRY macros that pass failures up.
#pragma once

#include <utility>
#include <variant>

#include "runtime/base/check.h"
#include "runtime/base/status.h"

namespace weir {

// Holds either a T or a Status that is a failure, never a Status of success. T must not be Status
// or a reference. A moved-from Result still says whether it was ok.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return Status::…;` are how functions end.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}        // NOLINT
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {  // NOLINT
    WEIR_CHECK(!std::get<1>(state_).ok());
  }

  // Ask this, or use TRY, before value(): asking for a value that is not there aborts the process.
  bool ok() const { return state_.index() == 0; }
  // Success when a value is held.
  Status status() const& { return ok() ? Status() : std::get<1>(state_); }
  Status status() && { return ok() ? Status() : std::move(std::get<1>(state_)); }

  // REQUIRES: ok().
  T& value() & {
    WEIR_CHECK(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    WEIR_CHECK(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    WEIR_CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  // Shorthands of value(), with the same requirement.
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace weir

#define WEIR_CONCAT_INNER(a, b) a##b
#define WEIR_CONCAT(a, b) WEIR_CONCAT_INNER(a, b)
#define WEIR_TRY(expression, name)     \
  __extension__({                      \
    auto name = (expression);          \
    if (!name.ok()) [[unlikely]]       \
      return std::move(name).status(); \
    std::move(name).value();           \
  })

// `T x = TRY(MakeT());` takes the value or returns the failure from the enclosing function.
#define TRY(expression) WEIR_TRY(expression, WEIR_CONCAT(weir_result_, __COUNTER__))

#define WEIR_RETURN_IF_ERROR(expression, name) \
  do {                                         \
    ::weir::Status name = (expression);        \
    if (!name.ok()) [[unlikely]]               \
      return name;                             \
  } while (false)

// `RETURN_IF_ERROR(Step());` returns a failed Status from the enclosing function.
#define RETURN_IF_ERROR(expression) \
  WEIR_RETURN_IF_ERROR(expression, WEIR_CONCAT(weir_status_, __COUNTER__))
