// The lines of a meaning while it is written (runtime/checkpoint/fingerprint.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/uid/lineage.h"

namespace weir::uid {

// Collects lines of a meaning.
class Lines {
 public:
  void Add(std::string_view part, std::string_view name, std::string_view text);
  // Where rows come from and what they passed: "from" and its filters of one branch, else "input"s.
  void AddBranches(const Branches& branches);
  // Sorted.
  std::string Text();

 private:
  std::vector<std::string> lines_;
};

}  // namespace weir::uid
