// The canonical keys of a whole batch at once (key_encoding.h says what they are).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/types/batch.h"

namespace weir {

// Appends the keys of the batch's selected rows one after another and sets ends[i] to where the
// i-th ends in `out`. Keys of fixed width are encoded a column at a time, all others row by row, as
// by AppendKeyValue.
void AppendKeys(const Batch& batch, std::span<const int> key_columns, std::string& out,
                std::vector<size_t>& ends);

// The keys of a batch's selected rows and their hashes. Memory is reused from batch to batch; views
// are valid until the next Encode. Not thread-safe.
class BatchKeys {
 public:
  // Replaces the keys and leaves the hashes alone, since some callers need only one of the two.
  void Encode(const Batch& batch, std::span<const int> key_columns);
  // Replaces the hashes and leaves the keys alone.
  void Hash(const Batch& batch, std::span<const int> key_columns);

  uint32_t size() const { return static_cast<uint32_t>(ends_.size()); }
  // The key of the i-th selected row of the last batch that was encoded.
  std::string_view key(uint32_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  // Hash64 of the key of the i-th selected row of the last batch that was hashed.
  uint64_t hash(uint32_t i) const { return hashes_[i]; }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
  std::vector<uint64_t> hashes_;
};

// The greatest number of bytes that a key of this type has, NULL included; 0 where there is no such
// number.
size_t GreatestKeyBytes(const Type& type);

}  // namespace weir
