// The rows of a batch by the state row that each belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::operators {

// Numbers the distinct pointers among many, in order of first occurrence, and lists the rows of
// each. Memory is reused from call to call; one thread.
class RowGroups {
 public:
  // Replaces the contents. The results live until the next call.
  void Collect(std::span<std::byte* const> pointers);

  size_t size() const { return firsts_.size(); }
  // Index of each group's first row among the collected ones.
  std::span<const uint32_t> firsts() const { return firsts_; }
  // The group of each row.
  std::span<const uint32_t> group_of() const { return group_of_; }
  // Indexes of a group's rows, ascending.
  std::span<const uint32_t> RowsOf(size_t group) const {
    return std::span(rows_).subspan(begins_[group], begins_[group + 1] - begins_[group]);
  }

 private:
  struct Slot {
    const std::byte* pointer;
    uint64_t stamp;  // the slot is free when it is not stamp_
    uint32_t group;
  };

  std::vector<Slot> slots_;
  uint64_t stamp_ = 0;
  std::vector<uint32_t> firsts_;
  std::vector<uint32_t> group_of_;  // one a row
  std::vector<uint32_t> begins_;    // one a group and one more
  std::vector<uint32_t> rows_;
};

}  // namespace weir::operators
