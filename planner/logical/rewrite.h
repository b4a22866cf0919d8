// Walks and rebuilds plans, which are trees with shared nodes; what is shared stays shared.
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "planner/logical/plan.h"
#include "runtime/base/result.h"

namespace weir::logical {

// Every node once, inputs before their consumers, in the order in which a walk from the roots meets
// them.
std::vector<NodePtr> ProducersFirst(const Plan& plan);

// How often each node is an input of another one or a root.
std::unordered_map<const Node*, int> CountConsumers(const Plan& plan);

// `node` with other inputs; `node` itself when they are the same.
NodePtr WithInputs(const NodePtr& node, std::vector<NodePtr> inputs);

// Calls `rewrite` once for every node, inputs first, with the original node and the node over its
// rewritten inputs (the original itself if no input changed). The result replaces the node
// everywhere. It may have other columns only if every consumer is rewritten to match. Stops at the
// first failure.
using NodeRewrite = std::function<Result<NodePtr>(const Node& original, NodePtr node)>;
Result<Plan> Rewrite(const Plan& plan, const NodeRewrite& rewrite);

// Whether a Replicate gives a row for each value of a collection, its last input column, as UNNEST
// does. Behind the others its columns are then the value (of a MAP key and value) and its number.
bool IsUnnest(const Node& replicate);
// Whether such a node keeps rows without values (LEFT JOIN).
bool KeepsEmpty(const Node& unnest);

// The names in the order of the columns.
std::vector<std::string> NamesOf(const std::vector<Column>& columns);

// A reference to column `index` of `node`.
// REQUIRES of both: columns of the node.
expr::ExprPtr ColumnRef(const Node& node, int index);
// A Project of these columns of `input`, with their names.
NodePtr SelectColumns(const NodePtr& input, const std::vector<int>& columns, Origin origin);

}  // namespace weir::logical
