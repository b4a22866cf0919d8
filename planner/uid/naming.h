// The parts of uids: texts that distinguish nodes.
#pragma once

#include <string>
#include <vector>

#include "planner/logical/plan.h"
#include "planner/uid/merge.h"

namespace weir::uid {

// The names of the key columns of an aggregation or sort, escaped and sorted: "a,b"; "" without
// keys.
std::string KeyText(const logical::Node& node);
// The tables that are read below the node, escaped and sorted: "orders,users".
std::string SourcesText(const logical::Node& node);
// A name to suggest for an unnamed clause: "orders_by_a_b". Whether another clause has it is not
// looked at.
std::string SuggestName(const logical::Node& node);
// Where the claim's name comes from: "CTE m", "table orders", "STATE_ID".
std::string WordsOf(const logical::Node& node, const Claim& claim);
// Twelve hexadecimal digits that hash the role, state and key of the node and `inputs`, the uids of
// the nearest nodes with state below it (Hash64 of the texts). Stable over runs and machines, but
// changed by an edit of what it hashes.
std::string StructuralId(const logical::Node& node, std::vector<std::string> inputs);

}  // namespace weir::uid
