// Colours SQL as it is typed on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// text[begin…] with the escape sequences of its colours (ECMA-48 SGR): keywords, strings, numbers
// and comments have one, what lacks its closing quote another; names and signs have none. What
// stands before `begin` says only what the rest is: whether it lies within a string, for example.
std::string Highlight(std::string_view text, size_t begin);

}  // namespace weir::shell
