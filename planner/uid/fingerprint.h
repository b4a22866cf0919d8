// The text of what a node computes: equal texts over equal inputs mean equal results.
#pragma once

#include <string>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::uid {

// The operation with the names and types of its output, without inputs, places and names of
// clauses. For comparing nodes of one plan; never persisted, unlike planner/uid/meaning.h.
std::string FingerprintOf(const logical::Node& node);

// The operation alone, with columns by their positions in the inputs.
std::string OperationText(const logical::Node& node);

// An expression or call with `columns` as the texts of its columns, or their positions if that is
// empty.
std::string TextOf(const expr::Expr& expression, const std::vector<std::string>& columns);
std::string TextOf(const expr::AggregateCall& call, const std::vector<std::string>& columns);
std::string TextOf(const window::WindowSpec& window);

// False when an expression inside (RAND, UUID, NOW and the like) may change between evaluations, so
// that the node equals only itself.
bool IsDeterministic(const logical::Node& node);

}  // namespace weir::uid
