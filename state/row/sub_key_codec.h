// The bytes of sub-keys as rows in memory keep them: canonical ones, shorter where types allow.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch_keys.h"
#include "runtime/types/schema.h"

namespace weir::state {

// Where texts or bytes are followed by integers, none of which may be NULL (the places of rows in a
// Top-N), the tags of the columns are left out, and integers have no leading zeros. Elsewhere bytes
// stay canonical: columns of fixed width are found by the hashes of a whole batch.
// Short bytes are equal and in order exactly where canonical ones are. Of this process alone: what
// is persisted is canonical. Immutable; usable by any thread.
class SubKeyCodec {
 public:
  explicit SubKeyCodec(const std::vector<Field>& sub_key);

  // Whether short bytes are other ones than canonical bytes.
  bool shortens() const { return shortens_; }
  // Appends the short bytes of a canonical sub-key. kCorruption when it is none.
  Status Shorten(std::string_view canonical, std::string& out) const;
  // Appends the canonical bytes of short ones.
  void Restore(std::string_view bytes, std::string& out) const;
  // The canonical bytes, in `scratch` unless they are `bytes`.
  std::string_view Canonical(std::string_view bytes, std::string& scratch) const {
    if (!shortens_) return bytes;
    scratch.clear();
    Restore(bytes, scratch);
    return scratch;
  }

 private:
  std::vector<uint8_t> texts_;  // one a column: of text, else an integer
  bool shortens_ = false;
};

// The sub-keys of a batch, as rows keep them, and their Hash64. Views live until the next Encode.
class SubKeys {
 public:
  explicit SubKeys(const std::vector<Field>& sub_key) : codec_(sub_key) {}

  const SubKeyCodec& codec() const { return codec_; }
  // Replaces the contents by the sub-keys of the batch's selected rows.
  void Encode(const Batch& batch, std::span<const int> columns);
  std::string_view key(uint32_t i) const {
    if (!codec_.shortens()) return canonical_.key(i);
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  uint64_t hash(uint32_t i) const { return codec_.shortens() ? hashes_[i] : canonical_.hash(i); }

 private:
  const SubKeyCodec codec_;
  BatchKeys canonical_;
  // Where they are shorter than that.
  std::string bytes_;
  std::vector<size_t> ends_;
  std::vector<uint64_t> hashes_;
};

}  // namespace weir::state
