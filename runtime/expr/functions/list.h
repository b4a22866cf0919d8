// The families of scalar functions. Adding a function is one row in its family's table.
#pragma once

#include <span>
#include <string_view>

#include "runtime/expr/function.h"

namespace weir::expr {

using FunctionTable = std::span<const ScalarFunction> (*)();

// A family is one file. Its table is made at the first call and lives forever.
struct FunctionFamily {
  std::string_view name;  // as SHOW FUNCTIONS groups them
  FunctionTable functions;
};

// In the order of SHOW FUNCTIONS.
std::span<const FunctionFamily> FunctionFamilies();

// One function for each file of this folder. Operators: = <> < <= > >= and IS DISTINCT FROM; NOT
// and tests of truth values; + - * / %.
std::span<const ScalarFunction> ComparisonFunctions();
std::span<const ScalarFunction> LogicalFunctions();
std::span<const ScalarFunction> ArithmeticFunctions();
// FLOOR, CEIL (of numbers and times), ROUND, TRUNCATE, SIGN; the rest over DOUBLE, and RAND.
std::span<const ScalarFunction> RoundingFunctions();
std::span<const ScalarFunction> MathFunctions();
// Functions that return strings; functions that measure and search them; LIKE and SIMILAR TO.
std::span<const ScalarFunction> StringFunctions();
std::span<const ScalarFunction> TextPositionFunctions();
std::span<const ScalarFunction> PatternFunctions();
// Digests (RFC 1321, FIPS 180-4) and base64 (RFC 4648).
std::span<const ScalarFunction> HashFunctions();
// EXTRACT, YEAR, MONTH, …; TIMESTAMPADD, TIMESTAMPDIFF and intervals; DATE_FORMAT and its inverses;
// NOW, CURRENT_DATE, …, which differ from batch to batch over unbounded input.
std::span<const ScalarFunction> TemporalFieldFunctions();
std::span<const ScalarFunction> TemporalArithmeticFunctions();
std::span<const ScalarFunction> TemporalTextFunctions();
std::span<const ScalarFunction> CurrentTimeFunctions();
// GREATEST, LEAST, tests of text, TYPEOF. CASE, COALESCE, IF and NULLIF are the evaluator's forms.
std::span<const ScalarFunction> ConditionalFunctions();
// Constructors and element access of ROW, ARRAY and MAP, followed by what only arrays and only maps
// have.
std::span<const ScalarFunction> CollectionFunctions();
std::span<const ScalarFunction> ArrayFunctions();
std::span<const ScalarFunction> OrderedValuesFunctions();
std::span<const ScalarFunction> MapFunctions();
// Regular expressions in Java's syntax (java_regex.h).
std::span<const ScalarFunction> RegexFunctions();
// Java's charsets, UTF-8 and IPv4; URLs as java.net treats them; Java's format strings.
std::span<const ScalarFunction> EncodingFunctions();
std::span<const ScalarFunction> UrlFunctions();
std::span<const ScalarFunction> PrintfFunctions();
// SQL:2016's JSON functions by the rules of Flink's SqlJsonUtils.
std::span<const ScalarFunction> JsonPathFunctions();
std::span<const ScalarFunction> JsonTextFunctions();

}  // namespace weir::expr
