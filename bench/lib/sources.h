// Sources that benchmarks hand to a job: batches from memory, and keys let through a gate.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "bench/lib/batch_stream.h"
#include "runtime/graph/operator_spec.h"
#include "runtime/source.h"

namespace weir::bench {

// What a replay tells about itself; written by the source's threads.
struct ReplayFacts {
  std::atomic<uint64_t> allocations_begin{0};  // when a quarter was read
  std::atomic<uint64_t> allocations_end{0};    // when all was read
  std::atomic<uint64_t> rows_between{0};
};

struct ReplaySetup {
  const BatchStream* table = nullptr;
  uint32_t splits = 1;  // split k reads every splits-th batch, from k on
  uint64_t most_rows = UINT64_MAX;
  ReplayFacts* facts = nullptr;
};

// The columns of `spec` from the table; outlived by it. Batches longer than the job's batch size
// are cut.
std::unique_ptr<Source> MakeReplay(const ReplaySetup& setup, const graph::ScanSpec& spec);

// Which keys a gated source has given out, and how many it may.
struct Gate {
  std::atomic<uint64_t> allowed{0};
  std::atomic<uint64_t> given{0};
  // The longest time between two reads, of which the first gave rows, since somebody last wrote 0.
  std::atomic<int64_t> longest_gap_nanos{0};
  // The same in processor time of the reading thread: what others do on the machine is not in it.
  std::atomic<int64_t> longest_busy_nanos{0};
};

struct GatedKeysSetup {
  uint64_t keys = 0;
  uint64_t touched = 0;
  uint32_t payload = 0;  // bytes of a column s STRING behind k and v; 0: there is none
};

// Unbounded rows (k BIGINT, v BIGINT[, s STRING]): the first `keys` keys count up, those behind are
// random ones below `touched`. Waits while as many rows were given as `gate` allows. The gate
// outlives it.
std::unique_ptr<Source> MakeGatedKeys(const GatedKeysSetup& setup, Gate& gate);

}  // namespace weir::bench
