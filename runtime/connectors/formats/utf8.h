// Whether bytes are text.
#pragma once

#include <string_view>

namespace weir::connectors {

// Whether `bytes` are UTF-8 as RFC 3629 has it: nothing overlong, no surrogates. Some tens of bytes
// a nanosecond: asked of whole blocks, and of single fields where a block fails.
bool IsUtf8(std::string_view bytes);

}  // namespace weir::connectors
