// The rows of a batch, grouped: what KeyGroups (by key) and RowGroups (by state row) have in
// common.
#pragma once

#include <algorithm>
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
  // low and upper bits are well mixed; same(row, first) tells whether two rows are of one group: it
  // is asked where the upper halves of their hashes are equal.
  template <typename HashOf, typename Same>
  void Group(size_t rows, const HashOf& hash_of, const Same& same);

 private:
  // Small, so that those of a batch stay in the processor's cache.
  struct Slot {
    uint32_t hash;   // its upper half
    uint32_t group;  // and one: 0 is free
  };

  // Lists the rows by group, by counting: begins_ holds the number of rows of each group.
  void ListRows();

  std::vector<Slot> slots_;
  std::vector<uint32_t> firsts_;
  std::vector<uint32_t> group_of_;
  std::vector<uint32_t> begins_;  // one a group and one more
  std::vector<uint32_t> rows_;
};

template <typename HashOf, typename Same>
void GroupedRows::Group(size_t rows, const HashOf& hash_of, const Same& same) {
  const size_t count = std::bit_ceil(rows * 2);
  if (slots_.size() < count) slots_.resize(count);
  std::fill_n(slots_.begin(), count, Slot{0, 0});
  const size_t mask = count - 1;
  firsts_.clear();
  begins_.clear();
  group_of_.resize(rows);
  for (uint32_t row = 0; row < rows; ++row) {
    const uint64_t hash = hash_of(row);
    const auto upper = static_cast<uint32_t>(hash >> 32);
    size_t at = static_cast<size_t>(hash) & mask;
    while (slots_[at].group != 0 &&
           (slots_[at].hash != upper || !same(row, firsts_[slots_[at].group - 1]))) {
      at = (at + 1) & mask;
    }
    if (slots_[at].group == 0) {
      firsts_.push_back(row);
      begins_.push_back(0);
      slots_[at] = {upper, static_cast<uint32_t>(firsts_.size())};
    }
    group_of_[row] = slots_[at].group - 1;
    ++begins_[slots_[at].group - 1];
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
