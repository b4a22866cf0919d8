// What HELP says of functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::shell {

// A row of function_examples.def. Lives forever.
struct FunctionExample {
  std::string_view name;
  std::string_view select;  // what stands behind SELECT
  std::string_view gives;   // as text; "" where it is never the same
};
std::span<const FunctionExample> FunctionExamples();

// Signature, description and example of a scalar function, an aggregate function or a special form,
// by its name or an alias, in any case; "" when there is none.
std::string FunctionHelp(std::string_view name);
// The names that it knows.
std::vector<std::string> FunctionsWithHelp();

}  // namespace weir::shell
