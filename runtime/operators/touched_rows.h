// Which state rows a batch touches: the distinct pointers among many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::operators {

// Groups pointers by equality, in order of first occurrence. Memory is reused from call to call.
class TouchedRows {
 public:
  // Replaces the contents. The results live until the next call.
  void Collect(std::span<std::byte* const> rows);

  size_t size() const { return rows_.size(); }
  // The distinct pointers.
  std::span<std::byte* const> rows() const { return rows_; }
  // Index among the collected pointers of each one's first occurrence.
  std::span<const uint32_t> first() const { return first_; }

 private:
  struct Slot {
    const std::byte* row;
    uint64_t stamp;  // the slot is free when it is not stamp_
  };

  std::vector<Slot> slots_;
  uint64_t stamp_ = 0;
  int shift_ = 64;
  std::vector<std::byte*> rows_;
  std::vector<uint32_t> first_;
};

}  // namespace weir::operators
