// Meanings of saved operators are in the words of the version that wrote them (state/FORMAT.md,
// "Meanings"). Says the present one in these words, so that what only later versions write down is
// not taken for a change of the query.
#pragma once

#include <vector>

#include "runtime/checkpoint/compare_state.h"
#include "runtime/graph/meaning_line.h"

namespace weir::checkpoint {

// The number in the line "version"; 1 where there is none.
int VersionOf(const std::vector<graph::MeaningPart>& meaning);

// The wanted meaning in the wording and with the names of the saved one.
std::vector<graph::MeaningPart> MeaningFor(const std::vector<graph::MeaningPart>& saved,
                                           const WantedOperator& wanted);

// Without the parts that the saved version did not have at all. `wanted` is MeaningFor(saved, …).
std::vector<graph::MeaningPart> WithoutLater(const std::vector<graph::MeaningPart>& saved,
                                             std::vector<graph::MeaningPart> wanted);

// Without the lines that this version and those before it lack, where versions since only add
// lines. Of 8: options that count although they go to a library or say a default in so many words,
// and what it depends on which records are bad. Of 9: the same of tables that are looked up. Of 10:
// which rows windows make copies of, the defaults of LAG and LEAD, and what a sink changes.
std::vector<graph::MeaningPart> WithoutNew(std::vector<graph::MeaningPart> meaning, int version);

}  // namespace weir::checkpoint
