// The meaning of a clause as it is saved with its state: lines "part TAB name TAB text", sorted,
// with \\, \t and \n escaped. planner/uid/meaning.h writes them; what a part of an operator's
// meaning means for a restore is said by restore_rules.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::checkpoint {

// Ordered by part, name, text.
struct MeaningPart {
  std::string part;  // "filter", "key", "window", "option", …
  std::string name;  // of the key column or option; "" elsewhere
  std::string text;
  friend auto operator<=>(const MeaningPart&, const MeaningPart&) = default;
};

// Whether it is of version 1, which has no line "version": it names neither the columns of kept
// rows nor those of an output.
bool IsFormer(std::string_view fingerprint);

// Lines that are malformed count as a part of their own, so that they differ from all others.
std::vector<MeaningPart> ParseFingerprint(std::string_view fingerprint);

// What is in only one of two meanings, key columns apart, in words: "the filter price > 5 is gone,
// the filter price > 9 is new". "" when they agree. Only parts in `only`, or, when it is empty, all
// but those in `except`.
// Parts that occur several times are compared as multisets.
std::string DifferenceInWords(const std::vector<MeaningPart>& saved,
                              const std::vector<MeaningPart>& wanted,
                              const std::vector<std::string_view>& only,
                              const std::vector<std::string_view>& except);

// What the key column of this name is made from; its name itself when the meaning does not say.
std::string KeyText(const std::vector<MeaningPart>& meaning, const std::string& name);

// The uids of the nearest operators below that keep rows, and of tables that are read.
std::vector<std::string> InputsOf(const std::vector<MeaningPart>& meaning);

// A path of a table without what does not change it ("./in", "in/", "file:///in"); below
// `directory` where it is relative and that is not "". Other URLs stay as they are.
std::string PlainPath(std::string_view path, const std::string& directory);

// The text of a table that is looked up ("inner on …, format = csv, path = names.csv") with its
// path like that.
std::string WithPlainPath(std::string text, const std::string& directory);

}  // namespace weir::checkpoint
