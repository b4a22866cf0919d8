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

// Groups numbered in order of first occurrence. Memory is reused from one grouping to the next, and
// what the accessors return lives until then.
class GroupedRows {
 public:
  size_t size() const { return firsts_.size(); }
  // Each group's first row, ascending.
  std::span<const uint32_t> firsts() const { return firsts_; }
  // The group of each row.
  std::span<const uint32_t> group_of() const { return group_of_; }

 protected:
  // Replaces the contents by the groups of rows 0 … rows-1. hash_of(row) is the row's hash, whose
  // low and upper bits are well mixed; same(row, first) tells whether two rows are of one group: it
  // is asked where the upper halves of their hashes are equal. joined(group) is told the group of
  // each row, in the rows' order.
  template <typename HashOf, typename Same, typename Joined>
  void Group(size_t rows, const HashOf& hash_of, const Same& same, const Joined& joined);

 private:
  // Small, and no more of them than the groups need, so that they stay in the processor's cache.
  struct Slot {
    uint32_t hash;   // its upper half
    uint32_t group;  // and one: 0 is free
  };
  static constexpr size_t kFewestSlots = 256;

  // Empties the slots and makes them so many, a power of two.
  void ClearSlots(size_t count);
  // Doubles the slots of so many groups.
  template <typename HashOf>
  void Grow(uint32_t groups, const HashOf& hash_of);

  std::vector<Slot> slots_;
  std::vector<uint32_t> firsts_;
  std::vector<uint32_t> group_of_;
};

template <typename HashOf, typename Same, typename Joined>
void GroupedRows::Group(size_t rows, const HashOf& hash_of, const Same& same,
                        const Joined& joined) {
  // As many groups as last time are to be expected.
  ClearSlots(std::bit_ceil(std::max(kFewestSlots, std::min(firsts_.size(), rows) * 2)));
  firsts_.resize(rows);
  group_of_.resize(rows);
  // What the loop touches, in registers.
  Slot* slots = slots_.data();
  size_t mask = slots_.size() - 1;
  uint32_t* const firsts = firsts_.data();
  uint32_t groups = 0;
  for (uint32_t row = 0; row < rows; ++row) {
    const uint64_t hash = hash_of(row);
    const auto upper = static_cast<uint32_t>(hash >> 32);
    size_t at = static_cast<size_t>(hash) & mask;
    while (slots[at].group != 0 &&
           (slots[at].hash != upper || !same(row, firsts[slots[at].group - 1]))) {
      at = (at + 1) & mask;
    }
    uint32_t group = slots[at].group;
    if (group == 0) [[unlikely]] {
      firsts[groups] = row;
      group = ++groups;
      slots[at] = {upper, group};
      if (size_t{2} * groups > mask) {
        Grow(groups, hash_of);
        slots = slots_.data();
        mask = slots_.size() - 1;
      }
    }
    group_of_[row] = group - 1;
    joined(group - 1);
  }
  firsts_.resize(groups);
}

template <typename HashOf>
void GroupedRows::Grow(uint32_t groups, const HashOf& hash_of) {
  ClearSlots(slots_.size() * 2);
  const size_t mask = slots_.size() - 1;
  for (uint32_t group = 0; group < groups; ++group) {
    const uint64_t hash = hash_of(firsts_[group]);
    size_t at = static_cast<size_t>(hash) & mask;
    while (slots_[at].group != 0) at = (at + 1) & mask;
    slots_[at] = {static_cast<uint32_t>(hash >> 32), group + 1};
  }
}

inline void GroupedRows::ClearSlots(size_t count) {
  slots_.assign(count, Slot{0, 0});
}

}  // namespace weir::operators
