// Cuts a batch of changes so that the state can tell, for each retraction, whether its row is still
// there. For joins whose rows expire.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/types/batch.h"

namespace weir::operators {

// Belongs to one task. Not a hot path: it is used only for batches with retractions, in joins with
// a time-to-live.
class JoinPieces {
 public:
  // `identity`: columns that can be keys. Rows that differ in them are different rows.
  explicit JoinPieces(std::vector<int> identity) : identity_(std::move(identity)) {}

  // Divides the selected rows into parts, in order, such that within a part no row is retracted
  // after another change of the same row. Rows with equal hashes are taken for the same, which at
  // worst cuts once more than needed.
  std::vector<Batch> Cut(const Batch& batch);

 private:
  const std::vector<int> identity_;
  std::vector<uint64_t> hashes_;
  std::unordered_set<uint64_t> touched_;
};

}  // namespace weir::operators
