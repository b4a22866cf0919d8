// The rows of a batch, grouped: what KeyGroups (by key) and RowGroups (by state row) have in
// common.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::operators {

// Groups numbered in order of first occurrence, with the rows of each. Memory is reused from one
// grouping to the next, and what the accessors return lives until then; one thread.
class GroupedRows {
 public:
  size_t size() const { return firsts_.size(); }
  // Each group's first row, ascending.
  std::span<const uint32_t> firsts() const { return firsts_; }
  // The group of each row.
  std::span<const uint32_t> group_of() const { return group_of_; }
  // A group's rows, ascending.
  std::span<const uint32_t> RowsOf(size_t group) const {
    return std::span(rows_).subspan(begins_[group], begins_[group + 1] - begins_[group]);
  }

 protected:
  // Replaces the contents by the groups of rows 0 … rows-1. hash_of(row) is the row's hash, whose
  // low bits are well mixed; same(row, first) tells whether two rows of equal hash are of one
  // group.
  template <typename HashOf, typename Same>
  void Group(size_t rows, const HashOf& hash_of, const Same& same);

 private:
  struct Slot {
    uint64_t hash;
    uint64_t stamp;  // the slot is free when it is not stamp_
    uint32_t group;
  };

  // Lists the rows by group, by counting: begins_ holds the number of rows of each group.
  void ListRows();

  std::vector<Slot> slots_;
  uint64_t stamp_ = 0;
  std::vector<uint32_t> firsts_;
  std::vector<uint32_t> group_of_;
  std::vector<uint32_t> begins_;  // one a group and one more
  std::vector<uint32_t> rows_;
};

template <typename HashOf, typename Same>
void GroupedRows::Group(size_t rows, const HashOf& hash_of, const Same& same) {
  if (slots_.size() < rows * 2) slots_.assign(std::bit_ceil(rows * 2), Slot{0, 0, 0});
  const uint64_t stamp = ++stamp_;
  const size_t mask = slots_.size() - 1;
  firsts_.clear();
  begins_.clear();
  group_of_.resize(rows);
  for (uint32_t row = 0; row < rows; ++row) {
    const uint64_t hash = hash_of(row);
    size_t at = static_cast<size_t>(hash) & mask;
    while (slots_[at].stamp == stamp &&
           (slots_[at].hash != hash || !same(row, firsts_[slots_[at].group]))) {
      at = (at + 1) & mask;
    }
    if (slots_[at].stamp != stamp) {
      slots_[at] = {hash, stamp, static_cast<uint32_t>(firsts_.size())};
      firsts_.push_back(row);
      begins_.push_back(0);
    }
    group_of_[row] = slots_[at].group;
    ++begins_[slots_[at].group];
  }
  ListRows();
}

inline void GroupedRows::ListRows() {
  uint32_t end = 0;
  for (uint32_t& begin : begins_) {
    end += begin;
    begin = end;
  }
  begins_.push_back(end);
  rows_.resize(group_of_.size());
  // From the back, so that each group's rows are ascending and begins_ ends at their beginnings.
  for (size_t row = rows_.size(); row-- > 0;) {
    rows_[--begins_[group_of_[row]]] = static_cast<uint32_t>(row);
  }
}

}  // namespace weir::operators
