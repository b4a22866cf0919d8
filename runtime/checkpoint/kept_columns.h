// Rows that an operator keeps, told by what their columns mean: which saved column goes on as which
// wanted one, whatever both are called. The planner writes of every column of an input the
// expression over the tables read that it is (planner/uid/meaning.h); which of them are kept, and
// under which names, the state schema says.
#pragma once

#include <string>
#include <vector>

#include "runtime/checkpoint/fingerprint.h"
#include "runtime/checkpoint/union_names.h"
#include "runtime/types/state_schema.h"

namespace weir::checkpoint {

// What a field of a table means; "" of fields that are no column ("copies()"), and where the
// meaning says nothing of it.
std::string ColumnText(const std::vector<MeaningPart>& meaning, const std::string& table,
                       const std::string& field);

// Value fields of a saved table that go on under the name of a wanted one which means the same, and
// those that make room for them. Applied all at once, so that two can change places.
Renames RenamedColumns(const StateSchema& saved, const std::vector<MeaningPart>& before,
                       const StateSchema& wanted, const std::vector<MeaningPart>& now);

// The columns that an operator reads of one input, in their order there, as expressions: those of
// which `schema` keeps something. Rows that are found by a hash are hashed in this order.
// `input`: "left", "right", or "" of operators with one input.
std::vector<std::string> RowTexts(const std::vector<MeaningPart>& meaning,
                                  const OperatorStateSchema& schema, const std::string& input);

// How an output's columns differ, in words; "" when they do not. Where the format writes no names,
// columns are told by their places.
std::string OutputDifference(const std::vector<MeaningPart>& saved,
                             const std::vector<MeaningPart>& wanted);

}  // namespace weir::checkpoint
