// LIMIT without an order: any rows are the right ones, so reading ends as soon as they are there.
#pragma once

#include <functional>

#include "runtime/operators/operator.h"

namespace weir::operators {

// Says OperatorContext::enough once the rows up to the last rank of a LIMIT have come. Rows that
// may be taken back count while they are there: a result that changes goes on to change until the
// input has ended, and is then as it was at some moment of the stream.
class RowLimit {
 public:
  // For ranks that a LIMIT asks for: one partition, no order, no time-to-live. For all others Note
  // does nothing.
  void Open(const graph::RankSpec& spec, const OperatorContext& ctx);
  // To be called after Open and behind every batch, with the table of rows; calls `enough` the
  // first time that there are as many rows as the LIMIT asks for.
  void Note(const MapTable& rows);

 private:
  uint64_t last_ = 0;
  std::function<void()> enough_;  // null for other ranks, and once it was called
};

}  // namespace weir::operators
