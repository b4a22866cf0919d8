// Names that need no quotes in paths and lines.
#pragma once

#include <cstddef>
#include <string_view>

namespace weir {

// Whether it has 1 to `most` letters of ASCII, digits and signs of `more`, and begins with a letter
// or a digit.
bool IsPlainName(std::string_view name, size_t most, std::string_view more);

}  // namespace weir
