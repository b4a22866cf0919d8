// Small files of the engine's own: eight letters that say the kind and version, CRC-32C of the rest
// (four bytes, little-endian), the body (state/FORMAT.md).
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace weir {

// The bytes of such a file. `magic` has eight letters.
std::string Sealed(std::string_view magic, std::string_view body);

// The body, of the caller's bytes; kCorruption where a byte has changed since. REQUIRES: `bytes`
// begin with `magic`.
Result<std::string_view> Unsealed(std::string_view magic, std::string_view bytes);

}  // namespace weir
