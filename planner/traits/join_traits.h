// What can be said of a join's output.
#pragma once

#include <vector>

#include "planner/logical/plan.h"

namespace weir::traits {

// What is known of one input.
// Taken from NodeTraits of the two inputs.
struct JoinInputTraits {
  ChangelogMode gives;
  std::vector<int> upsert_key;  // of the input's columns; empty: none known
};

// Kinds of change in the output. Inner joins pass kinds on; a join that keeps unmatched rows takes
// them back by -D and puts them out by +I; interval and window joins decide once.
ChangelogMode GivenByJoin(const logical::Join& join, const JoinInputTraits& left,
                          const JoinInputTraits& right);

// Columns of the output that identify a row of it; empty: none known. Where rows may move from one
// key of the join to another, the keys are part of it: changes of one upsert key come from one
// subtask, in order (Flink: FlinkRelMdUpsertKeys).
// A full join has none; semi and anti joins have that of the left input.
std::vector<int> UpsertKeyOfJoin(const logical::Node& node, const logical::Join& join,
                                 const JoinInputTraits& left, const JoinInputTraits& right);

// E2011 where an interval or window join has an input that is not append-only, which neither takes
// (as in Flink).
Status CheckJoinInputs(const logical::Node& node, const logical::Join& join,
                       const JoinInputTraits& left, const JoinInputTraits& right);

}  // namespace weir::traits
