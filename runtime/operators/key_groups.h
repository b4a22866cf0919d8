// The rows of a batch by their keys, where no table of state tells the keys apart.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/operators/grouped_rows.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// Groups the rows of a batch by key, in order of first occurrence. Keys are compared by their
// canonical bytes, NULLs equal; linear in the rows.
class KeyGroups : public GroupedRows {
 public:
  // Replaces the contents by those of `batch` (dense), whose keys have these hashes.
  void Collect(const Batch& batch, std::span<const int> keys, const uint64_t* hashes);

 private:
  std::string_view KeyOf(uint32_t row) const {
    const size_t begin = row == 0 ? 0 : ends_[row - 1];
    return std::string_view(bytes_).substr(begin, ends_[row] - begin);
  }

  std::string bytes_;  // canonical keys of all rows
  std::vector<size_t> ends_;
};

}  // namespace weir::operators
