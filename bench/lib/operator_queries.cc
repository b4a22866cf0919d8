#include "bench/lib/operator_queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "bench/hand/operator_loops.h"
#include "bench/lib/sources.h"

namespace weir::bench {
namespace {

constexpr const char* kMemory =
    "WITH ('connector' = 'filesystem', 'path' = 'memory', 'format' = 'csv');\n";

std::string BidsSql(bool watermark) {
  return fmt::format("CREATE TABLE bids ({}{}) {}", kBidColumnsSql,
                     watermark ? ", WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND" : "",
                     kMemory);
}

std::string ResultSql(const char* columns) {
  return fmt::format("CREATE TABLE result ({}) WITH ('connector' = 'blackhole');\n", columns);
}

std::string SqlOf(Kind kind) {
  switch (kind) {
    case Kind::kJoin:
      return fmt::format(
          "CREATE TABLE a (k BIGINT NOT NULL, v BIGINT NOT NULL) {0}CREATE TABLE b (k BIGINT NOT "
          "NULL, v BIGINT NOT NULL) {0}{1}INSERT INTO result SELECT a.k, a.v, b.v FROM a JOIN b ON "
          "a.k = b.k",
          kMemory, ResultSql("k BIGINT, a BIGINT, b BIGINT"));
    case Kind::kTop:
      return BidsSql(false) + ResultSql("auction BIGINT, bidder BIGINT, price BIGINT") +
             "INSERT INTO result SELECT auction, bidder, price FROM (SELECT *, ROW_NUMBER() OVER "
             "(PARTITION BY auction ORDER BY price DESC) AS rn FROM bids) WHERE rn <= 10";
    case Kind::kRanks:
      return BidsSql(false) + ResultSql("auction BIGINT, bidder BIGINT, price BIGINT") +
             "INSERT INTO result SELECT auction, bidder, price FROM (SELECT *, ROW_NUMBER() OVER "
             "(ORDER BY price DESC) AS rn FROM bids) WHERE rn <= 100000";
    case Kind::kLast:
      return BidsSql(true) +
             ResultSql("auction BIGINT, bidder BIGINT, price BIGINT, dateTime TIMESTAMP(3)") +
             "INSERT INTO result SELECT auction, bidder, price, dateTime FROM (SELECT *, "
             "ROW_NUMBER() OVER (PARTITION BY bidder, auction ORDER BY dateTime DESC) AS rn FROM "
             "bids) WHERE rn <= 1";
    case Kind::kSession:
      return BidsSql(true) + ResultSql("bidder BIGINT, s TIMESTAMP(3), e TIMESTAMP(3), n BIGINT") +
             "INSERT INTO result SELECT bidder, window_start, window_end, COUNT(*) FROM "
             "SESSION(TABLE bids PARTITION BY bidder, DESCRIPTOR(dateTime), INTERVAL '10' SECOND) "
             "GROUP BY bidder, window_start, window_end";
  }
  WEIR_UNREACHABLE();
}

template <typename Loop>
OperatorRun OverBids(const OperatorInputs& inputs) {
  Loop loop;
  for (size_t i = 0; i < inputs.bids->batch_count(); ++i) loop.Feed(ViewOf(inputs.bids->At(i)));
  const uint64_t rows = loop.Finish();
  return {.rows_out = rows, .state_rows = loop.state_rows()};
}

OperatorRun JoinByHand(const OperatorInputs& inputs) {
  HandJoin loop;
  const PairTable* sides[] = {inputs.left.get(), inputs.right.get()};
  for (size_t i = 0; i < std::max(sides[0]->batch_count(), sides[1]->batch_count()); ++i) {
    for (int side = 0; side < 2; ++side) {
      if (i >= sides[side]->batch_count()) continue;
      const Batch batch = sides[side]->At(i);
      loop.Feed(side, batch.columns[0]->data<int64_t>(), batch.columns[1]->data<int64_t>(),
                batch.row_count);
    }
  }
  const uint64_t rows = loop.Finish();
  return {.rows_out = rows, .state_rows = loop.state_rows()};
}

void NoteState(const task::JobSnapshot& snapshot, Kind kind, OperatorRun& run) {
  OperatorRun now;
  for (const task::OperatorSnapshot& op : snapshot.operators) {
    if (op.kind != FactsOf(kind).operator_) continue;
    now.state_rows += op.state_rows;
    now.state_bytes += op.state_bytes;
    now.disk_reads += op.disk_reads;
  }
  run.disk_reads = std::max(run.disk_reads, now.disk_reads);
  if (now.state_rows < run.state_rows) return;
  run.state_rows = now.state_rows;
  run.state_bytes = now.state_bytes;
}

}  // namespace

const KindFacts& FactsOf(Kind kind) {
  static const KindFacts kFacts[] = {
      {"join of two inputs that only grow", "join", 16, "Join"},
      {"ten dearest bids per auction", "top", 24, "Rank"},
      {"the 100,000 dearest bids", "ranks", 24, "Rank"},
      {"last bid per bidder and auction", "last", 32, "Deduplicate"},
      {"sessions per bidder", "session", 32, "WindowAggregate"},
  };
  return kFacts[static_cast<size_t>(kind)];
}

PairTable::PairTable(uint64_t rows, uint64_t keys, uint64_t seed) {
  BidGenerator random(seed);
  const Type type = Type::BigInt().WithNullable(false);
  while (rows_ < rows) {
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(rows - rows_, kDefaultBatchRows));
    const MutableColumnPtr k = Column::Make(type, count);
    const MutableColumnPtr v = Column::Make(type, count);
    for (uint32_t i = 0; i < count; ++i, ++rows_) {
      k->mutable_data<int64_t>()[i] = static_cast<int64_t>(random.Random(keys));
      v->mutable_data<int64_t>()[i] = static_cast<int64_t>(rows_);
    }
    Batch batch;
    batch.row_count = count;
    batch.columns = {k, v};
    batches_.push_back(std::move(batch));
  }
}

uint64_t RowsIn(Kind kind, const OperatorInputs& inputs) {
  return kind == Kind::kJoin ? inputs.left->rows() + inputs.right->rows() : inputs.bids->rows();
}

OperatorRun RunHand(Kind kind, const OperatorInputs& inputs) {
  switch (kind) {
    case Kind::kJoin:
      return JoinByHand(inputs);
    case Kind::kTop:
      return OverBids<HandTop>(inputs);
    case Kind::kRanks:
      return OverBids<HandRanks>(inputs);
    case Kind::kLast:
      return OverBids<HandLast>(inputs);
    case Kind::kSession:
      return OverBids<HandSessions>(inputs);
  }
  WEIR_UNREACHABLE();
}

OperatorRun RunEngine(Kind kind, const OperatorInputs& inputs, uint32_t parallelism,
                      uint64_t memory_limit) {
  JobSetup setup;
  setup.sql = SqlOf(kind);
  setup.parallelism = parallelism;
  if (memory_limit > 0) setup.memory_limit = memory_limit;
  setup.make_source =
      [&inputs, parallelism](const graph::ScanSpec& spec) -> Result<std::unique_ptr<Source>> {
    const BatchStream* table = spec.table == "a"   ? static_cast<BatchStream*>(inputs.left.get())
                               : spec.table == "b" ? static_cast<BatchStream*>(inputs.right.get())
                                                   : inputs.bids.get();
    return MakeReplay({.table = table, .splits = parallelism}, spec);
  };
  RunningJob job(std::move(setup));
  OperatorRun run;
  task::JobSnapshot snapshot = job.Snapshot();
  while (snapshot.state != task::JobState::kFinished && snapshot.state != task::JobState::kFailed) {
    NoteState(snapshot, kind, run);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    snapshot = job.Snapshot();
  }
  NoteState(snapshot, kind, run);
  run.rows_out = job.Finish();
  return run;
}

}  // namespace weir::bench
