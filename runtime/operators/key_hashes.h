// The hashes of a batch's keys.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/types/batch.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {

// Hash64 of the key of every selected row, by physical row; hashes of deselected rows are
// arbitrary. Taken from the batch where a hash exchange has left them, otherwise computed into
// `scratch`, and valid as long as both. REQUIRES: an exchange in front of the operator hashes by
// the same keys.
inline const uint64_t* KeyHashes(const Batch& batch, std::span<const int> keys,
                                 std::vector<uint64_t>& scratch) {
  if (batch.key_hashes != nullptr) return batch.key_hashes->as<uint64_t>();
  scratch.resize(batch.row_count);
  HashKeys(batch, keys, scratch.data());
  return scratch.data();
}

}  // namespace weir::operators
