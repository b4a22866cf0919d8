// The format strings of Java (java.util.Formatter) for PRINTF: "%-5s|%,.2f".
#pragma once

#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/expr/kernel.h"

namespace weir::expr {

// One piece of a format: literal text, or the conversion of one argument. The comments of the flags
// are Java's characters for them.
struct FormatPiece {
  std::string_view text;  // literal; the rest then has its defaults
  char conversion = 0;    // lower case: d o x e f g s b c, or % and n; 0: literal
  bool upper = false;
  int argument = -1;  // from 0; -1 for text, % and n
  int width = -1;
  int precision = -1;
  bool left = false;       // -
  bool alternate = false;  // #
  bool plus = false;       // +
  bool space = false;      // blank
  bool zero = false;       // 0
  bool grouped = false;    // ,
  bool bracketed = false;  // (
};

// `format` in pieces, which are views into it. Empty when Java refuses it (unknown conversion,
// flags that do not go together, a width that lacks): PRINTF is NULL then (Flink). kUnsupported for
// the conversions %h, %a and %t of Java, which are missing here.
Result<std::optional<std::vector<FormatPiece>>> ParseJavaFormat(std::string_view format);

// Appends `piece` of value `row` of `argument` (null for literals, % and n). False, and nothing is
// appended, when the conversion does not take the argument's type. NULL is written "null", or
// "false" by %b. Numbers are rounded half up from their shortest decimal form, as in Java. Strings
// and widths count UTF-16 units.
bool AppendFormatted(const FormatPiece& piece, const Column* argument, uint32_t row,
                     TextBuilder& out);

}  // namespace weir::expr
