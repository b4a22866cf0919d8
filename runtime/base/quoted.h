// Literals and names of SQL.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// Between two of `quote`; those inside are doubled.
std::string Quoted(std::string_view text, char quote);

}  // namespace weir
