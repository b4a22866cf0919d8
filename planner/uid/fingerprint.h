// What a node computes, as text: equal texts over equal inputs mean equal results.
#pragma once

#include <string>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::uid {

// The operation and the names and types of its output, without inputs, places and names of clauses.
// For comparing nodes of one plan; never persisted (planner/uid/meaning.h is).
std::string FingerprintOf(const logical::Node& node);

// The operation alone, columns by their places in the inputs.
std::string OperationText(const logical::Node& node);

// An expression or call whose columns are told by `columns`, one text each; by their places where
// `columns` is empty.
std::string TextOf(const expr::Expr& expression, const std::vector<std::string>& columns);
std::string TextOf(const expr::AggregateCall& call, const std::vector<std::string>& columns);
std::string TextOf(const window::WindowSpec& window);

// False when an expression inside may differ from one evaluation to the next.
// RAND, UUID, NOW and their like make a node its own.
bool IsDeterministic(const logical::Node& node);

}  // namespace weir::uid
