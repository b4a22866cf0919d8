// Validation of UTF-8, and the mark that some texts begin with.
#pragma once

#include <string_view>

namespace weir {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Whether `bytes` are UTF-8 as in RFC 3629: no overlong forms and no surrogates. Some tens of bytes
// a nanosecond; used for whole blocks, and for single fields if a block fails.
bool IsUtf8(std::string_view bytes);

}  // namespace weir
