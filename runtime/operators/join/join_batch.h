// A batch on its way into a join: its rows with a key that can match, their hashes, and what all
// of its rows are worth.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/graph/join_spec.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// Reused from batch to batch for its memory.
// `keyed` shares the batch's columns; `hashes` are by physical row, from the exchange where it left
// them.
struct JoinBatch {
  // The batch with those rows selected whose keys can be equal to any: a NULL equals nothing, save
  // under IS NOT DISTINCT FROM. The others are never stored.
  Batch keyed;
  std::vector<uint32_t> places;  // of the keyed rows, among the selected rows of the batch
  const uint64_t* hashes = nullptr;
  std::vector<int8_t> signs;  // one a keyed row; empty when all are +1

  // `batch` must outlive this. `null_safe`: see graph::JoinShape.
  void Take(const Batch& batch, const std::vector<int>& keys,
            const std::vector<uint8_t>& null_safe);

 private:
  std::vector<uint64_t> hash_scratch_;
};

}  // namespace weir::operators
