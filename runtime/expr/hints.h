// Hints for calls that do not bind: what to write instead. They only affect the text of errors.
// Pure functions over constant tables, so any thread may call them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/expr/expr.h"
#include "runtime/expr/function.h"

namespace weir::expr {

// How to make the arguments of `function` fit: a cast, `||` for strings, an INTERVAL for times; its
// signature where nothing better is known. Never empty.
std::string MismatchHint(const ScalarFunction& function, std::span<const ExprPtr> args);

// The types of the arguments as an error lists them, "INT, CHAR(1)"; where the function takes a
// unit of time, the unit itself: "DAY, STRING".
std::string ListArguments(const ScalarFunction& function, std::span<const ExprPtr> args);

// The name here of a function that other systems have, e.g. "here it is COALESCE(value, …)" for
// NVL. Case does not matter. Empty for unknown names, and for functions that are missing here as
// well.
std::string ElsewhereHint(std::string_view name);

// As ElsewhereHint, for table functions: "here it is FROM 'file.csv'" for READ_CSV.
std::string ElsewhereTableHint(std::string_view name);

// As ElsewhereHint, for names of types: "here it is STRING" for TEXT.
std::string ElsewhereTypeHint(std::string_view name);

}  // namespace weir::expr
