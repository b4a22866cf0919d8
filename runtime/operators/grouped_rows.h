// Groups the rows of a batch: the common part of KeyGroups (by key) and RowGroups (by state row).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::operators {

// Groups are numbered in the order of their first rows. Memory is reused from one grouping to the
// next, which ends what the accessors returned.
class GroupedRows {
 public:
  size_t size() const { return firsts_.size(); }
  // Each group's first row, ascending.
  std::span<const uint32_t> firsts() const { return firsts_; }
  // The group of each row.
  std::span<const uint32_t> group_of() const { return group_of_; }

 protected:
  // Groups rows 0 … rows-1, replacing the contents. hash_of(row) is the row's hash, whose low and
  // high bits must be well mixed. same(row, first) says whether two rows belong to one group; it is
  // asked only when the upper halves of their hashes are equal. joined(group) is called with the
  // group of each row, in the rows' order.
  template <typename HashOf, typename Same, typename Joined>
  void Group(size_t rows, const HashOf& hash_of, const Same& same, const Joined& joined);

 private:
  // Eight bytes, and no more slots than the groups need, so that they stay in the processor's
  // cache.
  struct Slot {
    uint32_t hash;   // the upper half of the row's hash
    uint32_t group;  // the number of the group plus one; 0 is free
  };
  static constexpr size_t kFewestSlots = 256;

  // Frees all slots and sets their number, a power of two.
  void ClearSlots(size_t count);
  // Doubles the number of slots when there are this many groups.
  template <typename HashOf>
  void Grow(uint32_t groups, const HashOf& hash_of);

  std::vector<Slot> slots_;
  std::vector<uint32_t> firsts_;
  std::vector<uint32_t> group_of_;
};

template <typename HashOf, typename Same, typename Joined>
void GroupedRows::Group(size_t rows, const HashOf& hash_of, const Same& same,
                        const Joined& joined) {
  // Batches of one input tend to have similar numbers of groups, so the last number is taken as a
  // guess.
  ClearSlots(std::bit_ceil(std::max(kFewestSlots, std::min(firsts_.size(), rows) * 2)));
  firsts_.resize(rows);
  group_of_.resize(rows);
  // Locals, so that the compiler keeps them in registers.
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
