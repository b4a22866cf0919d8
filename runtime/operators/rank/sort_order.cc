// Hot: every row of a Top-N passes here.
#include "runtime/operators/rank/sort_order.h"

#include <utility>

#include "runtime/types/key_encoding.h"

namespace weir::operators {

void SortOrder::Encode(std::span<const ColumnPtr> columns, std::span<const graph::SortKey> keys,
                       uint32_t rows) {
  bytes_.clear();
  ends_.clear();
  if (keys.empty()) {
    ends_.assign(rows, 0);
    return;
  }
  EncodeOne(columns[0], keys[0], rows);
  for (size_t i = 1; i < keys.size(); ++i) {
    const std::string before = std::exchange(bytes_, {});
    const std::vector<size_t> before_ends = std::exchange(ends_, {});
    EncodeOne(columns[i], keys[i], rows);
    std::string joined;
    joined.reserve(before.size() + bytes_.size());
    size_t begin = 0;
    size_t own_begin = 0;
    for (uint32_t row = 0; row < rows; ++row) {
      joined.append(before, begin, before_ends[row] - begin);
      joined.append(bytes_, own_begin, ends_[row] - own_begin);
      begin = before_ends[row];
      own_begin = ends_[row];
      ends_[row] = joined.size();
    }
    bytes_ = std::move(joined);
  }
}

void SortOrder::EncodeOne(const ColumnPtr& column, const graph::SortKey& key, uint32_t rows) {
  const ColumnPtr flat = Flatten(column);
  AppendKeys({&flat, 1}, rows, bytes_, ends_);
  if (key.descending) {
    // No value's bytes are a prefix of another's, so flipped bytes compare the other way round.
    for (char& byte : bytes_) byte = static_cast<char>(~byte);
  }
  // Canonical bytes put NULL first, and inverted ones last: where that is asked for, no byte in
  // front is needed.
  if (key.nulls_first != key.descending) return;
  scratch_ = std::exchange(bytes_, {});
  scratch_ends_ = std::exchange(ends_, {});
  bytes_.reserve(scratch_.size() + rows);
  size_t begin = 0;
  for (uint32_t row = 0; row < rows; ++row) {
    bytes_.push_back(flat->IsNull(row) == key.nulls_first ? '\0' : '\1');
    bytes_.append(scratch_, begin, scratch_ends_[row] - begin);
    begin = scratch_ends_[row];
    ends_.push_back(bytes_.size());
  }
}

}  // namespace weir::operators
