// Names that need no quotes in paths and lines.
#pragma once

#include <cstddef>
#include <string_view>

namespace weir {

// Whether `name` begins with an ASCII letter or a digit and has at most `most` characters, each of
// which is an ASCII letter, a digit or one of `more`. False for "".
bool IsPlainName(std::string_view name, size_t most, std::string_view more);

}  // namespace weir
