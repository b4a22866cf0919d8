// The parts that uids are made from: what a node can be told apart by.
#pragma once

#include <string>
#include <vector>

#include "planner/logical/plan.h"
#include "planner/uid/merge.h"

namespace weir::uid {

// "a,b": the names of the key columns of an aggregation or sort, escaped and sorted; "" without
// keys.
std::string KeyText(const logical::Node& node);
// "orders,users": the tables that are read below the node, escaped and sorted.
std::string SourcesText(const logical::Node& node);
// "orders_by_a_b": a name to suggest for an unnamed clause.
std::string SuggestName(const logical::Node& node);
// Where the claim's name comes from: "CTE m", "table orders", "STATE_ID".
std::string WordsOf(const logical::Node& node, const Claim& claim);
// Twelve hexadecimal digits of the role, state and key of the node, and of `inputs`, the uids of
// the nearest nodes with state below it.
// Stable over runs and machines (Hash64 of the texts); changed by an edit of what it hashes.
std::string StructuralId(const logical::Node& node, std::vector<std::string> inputs);

}  // namespace weir::uid
