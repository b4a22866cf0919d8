// Base64 (RFC 4648, section 4), as HTTP's Basic login and the users file have it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::shell {

// Without the padding at the end.
std::string ToBase64(std::string_view bytes);
// With or without padding; nothing for what is none.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace weir::shell
