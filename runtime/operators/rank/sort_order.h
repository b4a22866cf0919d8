// Sort keys as bytes: memcmp of two rows' bytes orders them as ORDER BY does.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// The sort keys of some rows, in one buffer. Memory is kept from call to call.
//
// A key's bytes are the canonical ones (key_encoding.h), flipped for DESC; where NULLs do not lie
// where that puts them, a byte before the value says on which side. No row's bytes are a prefix of
// another's of the same keys. Saved in the state of Top-N: a change is a change of format.
// Sorting then costs memcmp, whatever types and directions the keys have.
class SortOrder {
 public:
  // Replaces the contents by the keys of rows 0..rows-1 of `columns`, one a sort key in order; the
  // columns of `keys` are not looked at.
  void Encode(std::span<const ColumnPtr> columns, std::span<const graph::SortKey> keys,
              uint32_t rows);
  // Valid until the next Encode.
  std::string_view operator[](uint32_t row) const {
    const size_t begin = row == 0 ? 0 : ends_[row - 1];
    return std::string_view(bytes_).substr(begin, ends_[row] - begin);
  }
  uint32_t size() const { return static_cast<uint32_t>(ends_.size()); }

 private:
  void EncodeOne(const ColumnPtr& column, const graph::SortKey& key, uint32_t rows);

  std::string bytes_;
  std::vector<size_t> ends_;
  std::string scratch_;
  std::vector<size_t> scratch_ends_;
};

}  // namespace weir::operators
