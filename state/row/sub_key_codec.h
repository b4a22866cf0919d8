// The bytes of sub-keys as rows in memory store them: canonical bytes, shortened if the types
// allow.
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

// If texts or bytes are followed by integers, none of which may be NULL (as in the sub-keys of a
// Top-N), the tags of the columns are left out and integers have no leading zeros. All others stay
// canonical, because columns of fixed width can then be hashed for a whole batch. Short bytes have
// the same equality and order as canonical ones. They are used only within this process; what is
// persisted is canonical. Immutable; any thread.
class SubKeyCodec {
 public:
  explicit SubKeyCodec(const std::vector<Field>& sub_key);

  // Whether short bytes differ from canonical ones.
  bool shortens() const { return shortens_; }
  // Appends the short bytes of a canonical sub-key. kCorruption when it is malformed.
  Status Shorten(std::string_view canonical, std::string& out) const;
  // Appends the canonical bytes of short ones.
  void Restore(std::string_view bytes, std::string& out) const;
  // The canonical bytes, in `scratch` unless they are the same as `bytes`.
  std::string_view Canonical(std::string_view bytes, std::string& scratch) const {
    if (!shortens_) return bytes;
    scratch.clear();
    Restore(bytes, scratch);
    return scratch;
  }

 private:
  std::vector<uint8_t> texts_;  // for each column whether it is a text; else it is an integer
  bool shortens_ = false;
};

// The sub-keys of a batch in the form that rows store, and their Hash64. Views are valid until the
// next Encode.
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
  // Used if they are shorter than canonical.
  std::string bytes_;
  std::vector<size_t> ends_;
  std::vector<uint64_t> hashes_;
};

}  // namespace weir::state
