// What a join makes of the changes and upsert keys of its inputs.
#pragma once

#include <vector>

#include "planner/logical/plan.h"

namespace weir::traits {

// What is known about one input, from its NodeTraits.
struct JoinInputTraits {
  ChangelogMode gives;
  std::vector<int> upsert_key;  // of the input's columns; empty: none known
};

// The kinds of change in the output. An inner join passes kinds on. A join that keeps unmatched
// rows retracts them by -D and emits them by +I; interval and window joins emit each row once.
ChangelogMode GivenByJoin(const logical::Node& node, const logical::Join& join,
                          const JoinInputTraits& left, const JoinInputTraits& right);

// Columns that identify a row of the output; empty if none are known, as for a full join. Semi and
// anti joins have the key of the left input. If rows can move from one join key to another, the
// join keys are part of the upsert key, so that the changes of one upsert key come from one
// subtask, in order (Flink: FlinkRelMdUpsertKeys).
std::vector<int> UpsertKeyOfJoin(const logical::Node& node, const logical::Join& join,
                                 const JoinInputTraits& left, const JoinInputTraits& right);

// E2011 if an input of an interval or window join is not append-only, which both require as in
// Flink.
Status CheckJoinInputs(const logical::Node& node, const logical::Join& join,
                       const JoinInputTraits& left, const JoinInputTraits& right);

}  // namespace weir::traits
