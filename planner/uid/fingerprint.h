// What a node computes, as text: equal texts over equal inputs mean equal results.
#pragma once

#include <string>

#include "planner/logical/plan.h"

namespace weir::uid {

// The operation and the names and types of its output, without inputs, places and names of clauses.
std::string FingerprintOf(const logical::Node& node);

// False when an expression inside may differ from one evaluation to the next.
bool IsDeterministic(const logical::Node& node);

}  // namespace weir::uid
