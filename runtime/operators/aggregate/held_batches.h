// Batches that are collected in order to be handled as one.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/types/batch.h"

namespace weir::operators {

// REQUIRES: all batches have the same columns.
class HeldBatches {
 public:
  // Adds a batch. Batches of similar size are concatenated as they come, as a binary counter
  // carries, so that of n rows each is copied O(log n) times.
  void Add(Batch batch) {
    rows_ += batch.size();
    batches_.push_back(std::move(batch));
    while (batches_.size() > 1 && batches_.back().size() >= batches_[batches_.size() - 2].size()) {
      MergeLast();
    }
  }
  uint64_t rows() const { return rows_; }
  bool empty() const { return batches_.empty(); }
  // Returns all rows in the order in which they were added, and becomes empty. REQUIRES: !empty().
  Batch Take() {
    while (batches_.size() > 1) MergeLast();
    Batch all = std::move(batches_.back());
    batches_.clear();
    rows_ = 0;
    return all;
  }

 private:
  void MergeLast() {
    const Batch last = std::move(batches_.back());
    batches_.pop_back();
    batches_.back() = Concatenate(batches_.back(), last);
  }

  std::vector<Batch> batches_;
  uint64_t rows_ = 0;
};

}  // namespace weir::operators
