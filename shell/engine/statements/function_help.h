// What HELP says about a function: from the registries and function_examples.def.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::shell {

// A row of function_examples.def.
struct FunctionExample {
  std::string_view name;
  std::string_view select;  // without the word SELECT
  std::string_view gives;   // the result as text; "" if it varies
};
std::span<const FunctionExample> FunctionExamples();

// Signature, description and example of a scalar function, an aggregate function or a special form,
// by its name or an alias, in any case; "" when there is none.
std::string FunctionHelp(std::string_view name);
// The names that it knows, without aliases.
std::vector<std::string> FunctionsWithHelp();

}  // namespace weir::shell
