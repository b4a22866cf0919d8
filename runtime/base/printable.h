// Texts of others on their way to a terminal.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// `text` with everything that a terminal would obey or a reader would be deceived by written out:
// control characters, which escape sequences begin with ("\x1B", "\u009B"), characters that change
// the direction of what follows ("\u202E"), and bytes that are no UTF-8. Newlines and tabs stay.
std::string Printable(std::string_view text);

// Printable text in which the middle of each word of more than `longest` characters is replaced by
// "…". Words that are paths may have 4096, since a shortened path would name no file.
std::string PrintableWords(std::string_view text, size_t longest);

}  // namespace weir
