// What the clause of a stateful operator means, told by what is below it down to the next state or
// table, so that a restore can say what an edit changed. Depends on nothing else: neither on rules,
// names of clauses and aliases, the order of branches and conjuncts, nor on parallelism.
#pragma once

#include <string>

#include "planner/logical/plan.h"
#include "runtime/base/result.h"

namespace weir::uid {

// Lines of part, name and text (runtime/checkpoint/fingerprint.h), sorted: where the rows come
// from, which filters they passed, the key columns as expressions over the tables read, the window,
// the options of a table. "" for nodes without state. `time_zone`: of windows over TIMESTAMP_LTZ.
std::string MeaningOf(const logical::Node& node, const std::string& time_zone);

// Accumulators are known by their names in the state: names every call after the expression that it
// computes over the tables read ("sum((price * 2))" whatever alias the argument has), where all
// inputs agree on it.
Result<logical::Plan> NameStates(const logical::Plan& plan);

}  // namespace weir::uid
