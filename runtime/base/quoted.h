// Quotes literals and names for SQL.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// `text` between two of `quote`, with those inside it doubled.
std::string Quoted(std::string_view text, char quote);

}  // namespace weir
