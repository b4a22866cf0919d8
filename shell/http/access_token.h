// The token of a data directory: clients that can read the file may log in. Other users of the
// machine can reach the port as well, but cannot read the file.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace weir::shell {

// The file in the data directory: 64 hexadecimal digits and a line end.
inline constexpr std::string_view kTokenFile = "token";

// Reads the token of a data directory that is there, or makes it, for its owner alone, if there is
// none. kExternal where it cannot be made, and E6001 for a file that is no token, or that others
// may use.
Result<std::string> ReadOrMakeToken(const std::string& data_directory);

// Whether they are equal, in a time that does not say where they differ.
bool SameToken(std::string_view left, std::string_view right);

}  // namespace weir::shell
