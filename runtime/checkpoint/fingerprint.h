// The meaning of a clause as it is saved with its state (runtime/graph/meaning_line.h).
// planner/uid/meaning.h writes it, and restore_rules.h says what a change of a part means for a
// restore.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/meaning_line.h"

namespace weir::checkpoint {

using graph::MeaningPart;
using graph::ParseMeaning;

// Whether it is of version 1, which has no line "version" and names neither the columns of kept
// rows nor those of an output.
bool IsFormer(std::string_view fingerprint);

// Describes what only one of two meanings has, apart from key columns: "the filter price > 5 is
// gone, the filter price > 9 is new"; "" when they agree. Considers only parts in `only` or, when
// that is empty, all but those in `except`. Parts that occur several times are compared as
// multisets.
std::string DifferenceInWords(const std::vector<MeaningPart>& saved,
                              const std::vector<MeaningPart>& wanted,
                              const std::vector<std::string_view>& only,
                              const std::vector<std::string_view>& except);

// The expression that the key column of this name is made from, or the name itself when the meaning
// does not say.
std::string KeyText(const std::vector<MeaningPart>& meaning, const std::string& name);

// The text of the first part of this kind; "" when there is none.
std::string TextOf(const std::vector<MeaningPart>& meaning, std::string_view part);

// The uids of the nearest operators below that keep rows, and of tables that are read; each once.
std::vector<std::string> InputsOf(const std::vector<MeaningPart>& meaning);

// From which place an operator reads each of them, how often: place -> uid -> times. A place is a
// hash, of a join "left", "right", and these with a hash. Empty where there is only one, and in
// meanings from before places were written down.
using InputPlaces = std::map<std::string, std::map<std::string, uint64_t>>;
InputPlaces InputPlacesOf(const std::vector<MeaningPart>& meaning);

// One spelling for all paths of the same table ("./in", "in/", "file:///in"). A relative path is
// taken as below `directory`, unless that is "". Other URLs stay as they are.
std::string PlainPath(std::string_view path, const std::string& directory);

// The text of a lookup table ("inner on …, format = csv, path = names.csv") with its path in that
// spelling.
std::string WithPlainPath(std::string text, const std::string& directory);

}  // namespace weir::checkpoint
