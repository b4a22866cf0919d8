// Shortens texts of any length for messages.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// Keeps at most 200 characters of a statement, record or value and puts "…" in place of the rest.
// Quotes within the text are not escaped.
std::string Quotable(std::string_view text);

}  // namespace weir
