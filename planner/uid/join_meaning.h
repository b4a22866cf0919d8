// What a join means.
#pragma once

#include "planner/uid/meaning_lines.h"

namespace weir::uid {

// The type of the same join with its inputs exchanged.
graph::JoinType Exchanged(graph::JoinType type);

// A join as it is written, or with its inputs exchanged. Borrows what it is given.
class JoinWords {
 public:
  JoinWords(const logical::Node& node, const logical::Join& join, Lineage& lineage, bool exchanged);

  // Of both inputs as they are written: "left.a", told apart by what the sides are called.
  const std::vector<std::string>& columns() const { return columns_; }
  // "left.a = right.b" of a pair.
  std::string Key(size_t pair) const;
  // Type, inputs, condition, interval and window.
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

// Its type, both inputs, keys, condition, and its interval or window. In all wordings but kFormer
// also a hash of all that ("self"), and what it would be with the inputs exchanged ("mirror"): the
// same join, whose states only have changed their places.
void AddJoin(const logical::Node& node, const logical::Join& join, Lineage& lineage, Lines& lines);

}  // namespace weir::uid
