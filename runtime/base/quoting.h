// What messages show of texts that may be of any length.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// At most 200 characters of a statement, record or value, and "…" in place of the rest.
// Nothing else of it is changed: a quote inside stays a quote.
std::string Quotable(std::string_view text);

}  // namespace weir
