// The rows of a batch by their keys, where no table of state tells the keys apart.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/types/batch.h"

namespace weir::operators {

// Numbers the distinct keys of a batch in order of first occurrence and lists the rows of each.
// Memory is reused from call to call; one thread.
class KeyGroups {
 public:
  // Replaces the contents by those of `batch` (dense), whose keys have these hashes. The results
  // live until the next call.
  void Collect(const Batch& batch, std::span<const int> keys, const uint64_t* hashes);

  size_t size() const { return firsts_.size(); }
  // Each group's first row, ascending.
  const std::vector<uint32_t>& firsts() const { return firsts_; }
  // A group's rows, ascending.
  std::span<const uint32_t> RowsOf(size_t group) const {
    return std::span(rows_).subspan(begins_[group], begins_[group + 1] - begins_[group]);
  }

 private:
  struct Slot {
    uint64_t hash;
    uint64_t stamp;  // the slot is free when it is not stamp_
    uint32_t group;
  };
  std::string_view KeyOf(uint32_t row) const {
    const size_t begin = row == 0 ? 0 : ends_[row - 1];
    return std::string_view(bytes_).substr(begin, ends_[row] - begin);
  }

  std::string bytes_;  // canonical keys of all rows
  std::vector<size_t> ends_;
  std::vector<Slot> slots_;
  uint64_t stamp_ = 0;
  std::vector<uint32_t> firsts_;
  std::vector<uint32_t> group_of_;
  std::vector<uint32_t> begins_;
  std::vector<uint32_t> rows_;
};

}  // namespace weir::operators
