// A batch of changes cut so that state tells what became of each row that is taken back: for joins
// whose rows expire.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/types/batch.h"

namespace weir::operators {

// Used by one task. Cold: only batches that take rows back, of joins with a time-to-live.
class JoinPieces {
 public:
  // `identity`: columns of a type that can be a key. Rows that differ in them are different rows.
  explicit JoinPieces(std::vector<int> identity) : identity_(std::move(identity)) {}

  // Parts of the selected rows, in order: within one, no row is taken back behind another change of
  // it. (Rows whose hashes are equal count as one, which cuts once more than is needed.)
  std::vector<Batch> Cut(const Batch& batch);

 private:
  const std::vector<int> identity_;
  std::vector<uint64_t> hashes_;
  std::unordered_set<uint64_t> touched_;
};

}  // namespace weir::operators
