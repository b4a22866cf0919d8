// The families of scalar functions. Adding a function is one row in its family's table.
#pragma once

#include <span>
#include <string_view>

#include "runtime/expr/function.h"

namespace weir::expr {

using FunctionTable = std::span<const ScalarFunction> (*)();

struct FunctionFamily {
  std::string_view name;  // as SHOW FUNCTIONS groups them
  FunctionTable functions;
};

// In the order of SHOW FUNCTIONS.
std::span<const FunctionFamily> FunctionFamilies();

// One a file of this folder.
std::span<const ScalarFunction> ComparisonFunctions();
std::span<const ScalarFunction> LogicalFunctions();
std::span<const ScalarFunction> ArithmeticFunctions();
std::span<const ScalarFunction> RoundingFunctions();
std::span<const ScalarFunction> MathFunctions();
std::span<const ScalarFunction> StringFunctions();
std::span<const ScalarFunction> TextPositionFunctions();
std::span<const ScalarFunction> PatternFunctions();
std::span<const ScalarFunction> HashFunctions();
std::span<const ScalarFunction> TemporalFieldFunctions();
std::span<const ScalarFunction> TemporalArithmeticFunctions();
std::span<const ScalarFunction> TemporalTextFunctions();
std::span<const ScalarFunction> CurrentTimeFunctions();
std::span<const ScalarFunction> ConditionalFunctions();
std::span<const ScalarFunction> CollectionFunctions();
std::span<const ScalarFunction> ArrayFunctions();
std::span<const ScalarFunction> MapFunctions();
std::span<const ScalarFunction> RegexFunctions();
std::span<const ScalarFunction> EncodingFunctions();
std::span<const ScalarFunction> UrlFunctions();
std::span<const ScalarFunction> PrintfFunctions();
std::span<const ScalarFunction> JsonPathFunctions();
std::span<const ScalarFunction> JsonTextFunctions();

}  // namespace weir::expr
