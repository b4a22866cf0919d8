// Columns that text takes on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// East Asian Width (Unicode, UAX 11): wide ones two, combining marks none.
int DisplayWidth(std::string_view text);
// `text` cut to `width` columns (0: unlimited), the last of which is "…" when something was cut.
std::string CutToWidth(const std::string& text, int width);

}  // namespace weir::shell
