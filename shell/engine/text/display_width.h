// The number of terminal columns that text takes.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// By East Asian Width (Unicode, UAX 11): wide characters take two columns, combining marks none.
int DisplayWidth(std::string_view text);
// Cuts `text` to `width` columns (0: unlimited); if something is cut, the last column is "…".
std::string CutToWidth(const std::string& text, int width);

}  // namespace weir::shell
