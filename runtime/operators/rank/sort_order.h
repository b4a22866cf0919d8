// Sort keys as bytes: comparing the bytes of two rows with memcmp orders them as ORDER BY does,
// whatever the types and directions of the keys.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// The sort keys of some rows in one buffer, whose memory is reused.
// A key's bytes are the canonical ones (key_encoding.h), inverted for DESC. Where NULLs do not
// belong where those bytes would put them, a byte in front of the value says on which side they
// are. The bytes of no row are a prefix of those of another. They are saved in the state of Top-N,
// so changing them means a new format.
class SortOrder {
 public:
  // Replaces the contents by the sort keys of rows 0..rows-1; `columns` holds one column for each
  // of `keys`, whose own column numbers are not used.
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
