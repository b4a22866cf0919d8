// The lines of a meaning while it is being written (runtime/checkpoint/fingerprint.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/uid/lineage.h"

namespace weir::uid {

// Collects the lines of a meaning.
class Lines {
 public:
  void Add(std::string_view part, std::string_view name, std::string_view text);
  // Adds where rows come from and what they passed: "from" and the filters for a single branch,
  // otherwise an "input" for each.
  void AddBranches(const Branches& branches);
  // Adds the difference to what versions 4 and 5 said (runtime/graph/meaning_line.h).
  void AddFormer(const Lines& former);
  // The lines in sorted order, so that equal meanings have equal texts.
  std::string Text();

 private:
  std::vector<std::string> lines_;
};

}  // namespace weir::uid
