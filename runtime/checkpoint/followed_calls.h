// Accumulators that go on under other names: a call that is written otherwise, or over a column
// that is called otherwise, computes the same.
#pragma once

#include <string>
#include <vector>

#include "runtime/checkpoint/fingerprint.h"
#include "runtime/checkpoint/union_names.h"
#include "runtime/types/state_schema.h"

namespace weir::checkpoint {

// The call of an accumulator of several fields: "avg(x)" of "avg(x)" and "avg(x).count".
std::string AccumulatorOf(const std::string& field);
// Fields beside the accumulators, of every group and of sessions.
bool IsBookkeeping(const std::string& field);
// What a call computes: its name, where nothing else is said.
std::string CallText(const std::vector<MeaningPart>& meaning, const std::string& name);

// New names of saved tables, and of the value fields of each saved table, in their order.
struct CallNames {
  Renames tables;
  std::vector<Renames> fields;
};
// All at once: two may change places.
CallNames FollowedCalls(const OperatorStateSchema& saved, const std::vector<MeaningPart>& before,
                        const OperatorStateSchema& wanted, const std::vector<MeaningPart>& now);

}  // namespace weir::checkpoint
