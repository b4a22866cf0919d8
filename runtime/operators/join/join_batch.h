// A batch on its way into a join: the rows whose keys can match, their hashes, and the signs of its
// rows.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/graph/join_spec.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// Reused from batch to batch for its memory. `keyed` shares the batch's columns; `hashes` are by
// physical row and come from the exchange where it computed them.
struct JoinBatch {
  // The batch with those rows selected whose keys can be equal to some other key. A NULL is equal
  // to nothing, except under IS NOT DISTINCT FROM; rows with such a key are never stored.
  Batch keyed;
  std::vector<uint32_t> places;  // of the keyed rows, as positions among the batch's selected rows
  const uint64_t* hashes = nullptr;
  std::vector<int8_t> signs;  // one per keyed row; empty when all are +1

  // Prepares `batch`, which must outlive this. `null_safe`: see graph::JoinShape.
  void Take(const Batch& batch, const std::vector<int>& keys,
            const std::vector<uint8_t>& null_safe);

 private:
  std::vector<uint64_t> hash_scratch_;
};

}  // namespace weir::operators
