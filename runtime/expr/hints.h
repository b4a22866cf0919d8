// What to write instead: hints for calls that do not bind. Words for people only; nothing depends
// on them but the text of errors. Threads: pure functions over constant tables.
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

// What another system's function is called here, e.g. "here it is COALESCE(value, …)" for NVL;
// empty for names that are known nowhere, and for what this program lacks as well. Case does not
// matter.
std::string ElsewhereHint(std::string_view name);

// The same for names of types: "here it is STRING" for TEXT.
std::string ElsewhereTypeHint(std::string_view name);

}  // namespace weir::expr
