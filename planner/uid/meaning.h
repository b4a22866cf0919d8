// The meaning of a stateful operator's clause, described by what is below it down to the next state
// or table, so that a restore can say what an edit changed. It depends on nothing else: not on
// rules, names of clauses and aliases, the order of branches and conjuncts, or parallelism.
#pragma once

#include <string>

#include "planner/logical/plan.h"
#include "planner/uid/lineage.h"
#include "runtime/base/result.h"

namespace weir::uid {

// Sorted lines of part, name and text (runtime/checkpoint/fingerprint.h): where the rows come from,
// which filters they passed, the key columns as expressions over the source tables, the window, and
// the options of a table; "" for nodes without state. Except in Wording::kFormer also every column
// of the inputs of an operator that keeps rows, the columns of an output, and where a table's
// columns come from, since rows are compared by what their columns mean. `lineage` must be one for
// all nodes of a plan.
// Persisted with every operator's state and compared by runtime/checkpoint/compare_state.h when a
// job is restored from a changed query: if these texts change, old savepoints appear to have been
// edited.
std::string MeaningOf(const logical::Node& node, Lineage& lineage);

// Names every aggregate call after the expression that it computes over the source tables
// ("sum((price * 2))" whatever alias the argument has), if all inputs agree on it. The names are
// those of state columns, by which a restore finds accumulators.
Result<logical::Plan> NameStates(const logical::Plan& plan);

}  // namespace weir::uid
