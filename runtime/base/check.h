// Assertions for bugs, never for user input. CHECK stays on in release builds and aborts with both
// sides printed; DCHECK costs nothing unless WEIR_DCHECKS is defined (debug and sanitizer builds).
#pragma once

#include <sstream>
#include <string>

namespace weir::internal {

// Prints the file, line, condition and values to stderr and aborts. No committed row is lost by
// that: a crash at any moment is safe, and the job continues from its last checkpoint.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              const std::string& values);

// The values of both sides as text for CheckFailed.
template <typename A, typename B>
std::string BothSides(const A& a, const B& b) {
  std::ostringstream text;
  text << a << " vs " << b;
  return text.str();
}

}  // namespace weir::internal

// Evaluates the condition once.
#define WEIR_CHECK(condition)                                                       \
  do {                                                                              \
    if (!(condition)) [[unlikely]]                                                  \
      ::weir::internal::CheckFailed(__FILE__, __LINE__, #condition, std::string()); \
  } while (false)

// Evaluates each side once; both need operator<<.
#define WEIR_CHECK_OP(a, op, b)                                                   \
  do {                                                                            \
    const auto& weir_a = (a);                                                     \
    const auto& weir_b = (b);                                                     \
    if (!(weir_a op weir_b)) [[unlikely]]                                         \
      ::weir::internal::CheckFailed(__FILE__, __LINE__, #a " " #op " " #b,        \
                                    ::weir::internal::BothSides(weir_a, weir_b)); \
  } while (false)

#define WEIR_CHECK_EQ(a, b) WEIR_CHECK_OP(a, ==, b)
#define WEIR_CHECK_LT(a, b) WEIR_CHECK_OP(a, <, b)
#define WEIR_CHECK_LE(a, b) WEIR_CHECK_OP(a, <=, b)

// Marks a place that a correct program cannot reach, e.g. after an exhaustive switch.
#define WEIR_UNREACHABLE() \
  ::weir::internal::CheckFailed(__FILE__, __LINE__, "unreachable", std::string())

#ifdef WEIR_DCHECKS
#define WEIR_DCHECK(condition) WEIR_CHECK(condition)
#else
#define WEIR_DCHECK(condition)  \
  do {                          \
    if (false && (condition)) { \
    }                           \
  } while (false)
#endif
