// Formats errors for people: id, message, the piece of SQL with a caret range, and a hint.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace weir::shell {

// Borrowed for the call. `text` is what was parsed, byte for byte.
struct ErrorContext {
  std::string_view text;     // what the span of the status refers to; empty: no excerpt
  std::string_view file;     // printed as file:line:column before the message; empty: none
  std::optional<size_t> at;  // start of the statement, for the line when the status has no span
  bool color = false;
  int width = 0;          // of the terminal; the piece of SQL is cut to it. 0: not known
  bool sqlstate = false;  // "ERROR E2003 [42703]: …"
};

//   ERROR E2003: column "skuu" does not exist
//     1 | SELECT skuu, count(*) FROM orders;
//       |        ^^^^
//   HINT: did you mean "sku"?
// A span over several lines is marked up to the end of its first line. Whatever names and values
// the texts quote, no word of a message has more than 200 characters, and nothing of them is
// obeyed by a terminal (runtime/base/printable.h). Ends with a newline.
std::string FormatError(const Status& status, const ErrorContext& context);

struct LineColumn {
  size_t line = 1;    // from 1
  size_t column = 1;  // from 1, in characters
};
// For an offset beyond the end, the position behind the last character.
LineColumn LocateOffset(std::string_view text, size_t offset);

}  // namespace weir::shell
