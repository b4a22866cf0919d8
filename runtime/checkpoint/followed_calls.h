// Finds accumulators that continue under other names: a call that is written differently, or over a
// column with another name, may compute the same.
#pragma once

#include <string>
#include <vector>

#include "runtime/checkpoint/fingerprint.h"
#include "runtime/checkpoint/union_names.h"
#include "runtime/types/state_schema.h"

namespace weir::checkpoint {

// Whether the field belongs to no accumulator: the row count of a group, the times of a session.
bool IsBookkeeping(const std::string& field);
// What a call computes; its name if the meaning does not say.
std::string CallText(const std::vector<MeaningPart>& meaning, const std::string& name);

// New names for saved tables and, for each saved table in order, for its value fields.
struct CallNames {
  Renames tables;
  std::vector<Renames> fields;
};
// All renames are applied at once, so that two names can be swapped.
CallNames FollowedCalls(const OperatorStateSchema& saved, const std::vector<MeaningPart>& before,
                        const OperatorStateSchema& wanted, const std::vector<MeaningPart>& now);

}  // namespace weir::checkpoint
