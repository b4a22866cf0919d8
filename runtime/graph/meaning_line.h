// The lines that make up an operator's meaning (Node::fingerprint).
#pragma once

#include <string>
#include <string_view>

namespace weir::graph {

// "<part> TAB <name> TAB <text> NEWLINE", with what would end a field or a line escaped by a
// backslash; runtime/checkpoint/fingerprint.h reads them. Persisted (state/FORMAT.md, "Meanings").
std::string MeaningLine(std::string_view part, std::string_view name, std::string_view text);

}  // namespace weir::graph
