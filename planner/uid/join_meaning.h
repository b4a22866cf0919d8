// The lines that say what a join computes (meaning_lines.h), by which a restore recognises it.
#pragma once

#include "planner/uid/meaning_lines.h"

namespace weir::uid {

// The type of the same join with its inputs exchanged.
graph::JoinType Exchanged(graph::JoinType type);

// A join as it is written, or with its inputs exchanged. Borrows its arguments.
class JoinWords {
 public:
  JoinWords(const logical::Node& node, const logical::Join& join, Lineage& lineage, bool exchanged);

  // The columns of both inputs as they are written: "left.a", qualified by the names of the sides.
  const std::vector<std::string>& columns() const { return columns_; }
  // A pair of keys: "left.a = right.b".
  std::string Key(size_t pair) const;
  // Adds the type, inputs, condition, interval and window.
  void Add(Lines& lines) const;

 private:
  std::string Column(size_t side, int column) const;
  std::string InOrder(const std::string& left, const std::string& right) const;
  void AddInterval(const logical::JoinInterval& interval, Lines& lines) const;

  const logical::Node& node_;
  const logical::Join& join_;
  Lineage& lineage_;
  const bool exchanged_;
  std::vector<std::string> columns_;
};

// Adds the lines of a join: its type, both inputs, keys, condition, and its interval or window. In
// all wordings except kFormer also a hash of all these ("self") and the hash with the inputs
// exchanged ("mirror"), by which a restore recognises the same join with its inputs swapped.
void AddJoin(const logical::Node& node, const logical::Join& join, Lineage& lineage, Lines& lines);

}  // namespace weir::uid
