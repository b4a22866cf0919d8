// What the clause of a stateful operator means, told by what is below it down to the next state or
// table, so that a restore can say what an edit changed. Depends on nothing else: neither on rules,
// names of clauses and aliases, the order of branches and conjuncts, nor on parallelism.
#pragma once

#include <string>

#include "planner/logical/plan.h"
#include "planner/uid/lineage.h"
#include "runtime/base/result.h"

namespace weir::uid {

// Lines of part, name and text (runtime/checkpoint/fingerprint.h), sorted: where the rows come
// from, which filters they passed, the key columns as expressions over the tables read, the window,
// the options of a table. "" for nodes without state. But for Wording::kFormer also every column of
// the inputs of an operator that keeps rows, what an output's columns are, and where a table's come
// from: rows are known by what their columns mean, whatever they are called.
// Persisted with every operator's state, and compared by runtime/checkpoint/compare_state.h when a
// job is restored from a changed query: a change of these texts makes old savepoints look changed.
// `lineage` is asked for what is below, and answers for every node of one plan.
std::string MeaningOf(const logical::Node& node, Lineage& lineage);

// Accumulators are known by their names in the state: names every call after the expression that it
// computes over the tables read ("sum((price * 2))" whatever alias the argument has), where all
// inputs agree on it.
// The names are those of state columns: a restore finds an accumulator by them.
Result<logical::Plan> NameStates(const logical::Plan& plan);

}  // namespace weir::uid
