// Matches the columns of kept rows by what they mean: which saved column becomes which wanted one,
// whatever both are called. For every column of an input the planner writes down the expression
// over the source tables that it stands for (planner/uid/meaning.h); the state schema says which of
// them are kept, and under which names.
#pragma once

#include <string>
#include <vector>

#include "runtime/checkpoint/fingerprint.h"
#include "runtime/checkpoint/union_names.h"
#include "runtime/types/state_schema.h"

namespace weir::checkpoint {

// The meaning of a field of a table; "" for fields that are not columns ("copies()") and where
// nothing was written down.
std::string ColumnText(const std::vector<MeaningPart>& meaning, const std::string& table,
                       const std::string& field);

// Renames that turn value fields of a saved table into the wanted ones of the same meaning, and
// others that make room for those. All are applied at once, so that two names can be swapped.
Renames RenamedColumns(const StateSchema& saved, const std::vector<MeaningPart>& before,
                       const StateSchema& wanted, const std::vector<MeaningPart>& now);

// The columns that an operator reads from one input and of which `schema` keeps something, as
// expressions in their order there. Rows that are found by a hash are hashed in this order. `input`
// is "left", "right", or "" for operators with one input.
std::vector<std::string> RowTexts(const std::vector<MeaningPart>& meaning,
                                  const OperatorStateSchema& schema, const std::string& input);

// Describes how an output's columns differ; "" when they do not. Where the format writes no names,
// columns are compared by position.
std::string OutputDifference(const std::vector<MeaningPart>& saved,
                             const std::vector<MeaningPart>& wanted);

}  // namespace weir::checkpoint
