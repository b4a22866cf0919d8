// The lines of a meaning while it is being written (runtime/checkpoint/fingerprint.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/uid/lineage.h"
#include "runtime/graph/meaning_line.h"

namespace weir::uid {

// Collects the lines of a meaning.
class Lines {
 public:
  void Add(std::string_view part, std::string_view name, std::string_view text);
  // Adds where rows come from and what they passed: "from" and the filters for a single branch,
  // otherwise an "input" for each.
  void AddBranches(const Branches& branches);
  // What former versions said, in place of the lines so far.
  struct Former {
    graph::FormerWords words;
    std::vector<std::string> lines;
  };
  // Adds the differences to these (runtime/graph/meaning_line.h).
  void AddFormer(const std::vector<Former>& former);
  const std::vector<std::string>& lines() const { return lines_; }
  // The lines in sorted order, so that equal meanings have equal texts.
  std::string Text();

 private:
  std::vector<std::string> lines_;
};

}  // namespace weir::uid
