// The queries of `bench operators`, each in SQL and by hand.
#pragma once

#include <cstdint>
#include <memory>

#include "bench/lib/batch_stream.h"
#include "bench/lib/bids.h"
#include "bench/lib/engine.h"

namespace weir::bench {

enum class Kind : uint8_t { kJoin, kTop, kRanks, kLast, kSession };
inline constexpr Kind kKinds[] = {Kind::kJoin, Kind::kTop, Kind::kRanks, Kind::kLast,
                                  Kind::kSession};

struct KindFacts {
  const char* name;
  const char* word;       // on the command line
  double payload;         // bytes a row of state: its columns, the key included
  const char* operator_;  // the operator's kind in the job
};
const KindFacts& FactsOf(Kind kind);

// Rows (k BIGINT, v BIGINT), whose keys are random ones below `keys`.
class PairTable : public BatchStream {
 public:
  PairTable(uint64_t rows, uint64_t keys, uint64_t seed);
  uint64_t rows() const { return rows_; }
  size_t batch_count() const override { return batches_.size(); }
  Batch At(size_t i) const override { return batches_[i]; }

 private:
  uint64_t rows_ = 0;
  std::vector<Batch> batches_;
};

// Inputs of all queries; only those that the chosen ones read are made.
struct OperatorInputs {
  std::unique_ptr<PairTable> left;
  std::unique_ptr<PairTable> right;
  std::unique_ptr<BidTable> bids;
};
uint64_t RowsIn(Kind kind, const OperatorInputs& inputs);

struct OperatorRun {
  uint64_t rows_out = 0;
  uint64_t state_rows = 0;  // most that the loop had, or what the operator holds before the end
  uint64_t state_bytes = 0;
  uint64_t disk_reads = 0;
};
OperatorRun RunHand(Kind kind, const OperatorInputs& inputs);
// `memory_limit` in bytes; 0: none that matters. The state is looked at while the job runs.
OperatorRun RunEngine(Kind kind, const OperatorInputs& inputs, uint32_t parallelism,
                      uint64_t memory_limit);

}  // namespace weir::bench
