// What a Top-N owes after a restore as a query with other ranks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/operators/operator.h"
#include "runtime/operators/rank/rank_snapshot.h"

namespace weir::operators {

// Rows that the old query had put out and the new one does not show are taken back (-D), rows that
// are kept and shown from now on are put out (+I), each with the rank that it has: once, before
// anything else leaves the operator, so that the result is that of the new ranks over all input (of
// a smaller N what is beyond it is taken back). The operator keeps its ranks in its state as the
// entry "ranks": a checkpoint without one (written before ranks were noted) counts as of the same
// ranks. Which changes the state allows, restore_rules.cc says.
class RankRevision {
 public:
  // The tables of the operator; they outlive this, as does `spec`.
  struct Tables {
    MapTable* rows = nullptr;  // "rows" or "top" of graph::StateOfRank
    ValueTable* bounds = nullptr;
  };

  // Learns which ranks were shown. kCorruption when the entry cannot be read.
  Status Open(const graph::RankSpec& spec, const OperatorContext& ctx, const Tables& tables);
  // Whether Emit has something to do.
  bool pending() const { return pending_; }
  // When the operator wants to be called for it, rows or not (Operator::NextProcessingTime).
  Timestamp due() const { return pending_ ? Timestamp{0} : Timestamp::Max(); }
  // Emits what is owed and brings the state to the new ranks: rows that no rank counts any more are
  // erased where only ranked ones are kept. One pass over all partitions. Does nothing when nothing
  // is pending. REQUIRES: called before any row is folded.
  Status Emit(Output& out);
  // What is owed to `others`, then all rows that the new ranks show to `seeded` (Operator::Seed).
  Status Seed(Output& others, Output& seeded);
  // For OnBarrier. REQUIRES: nothing is pending.
  OperatorStateEntry Save() const;

 private:
  // Rows that were put out (or not) up to now, in pieces of a batch.
  class Changes;

  // A batch with the columns of the partitions of `run` alone, a row each.
  Result<Batch> PartitionsOf(const ScannedRows& run) const;
  Status ShowRun(const ScannedRows& run, Changes& changes, Output& out);
  Status ReviseRun(const ScannedRows& run, Changes& changes, Output& out);
  Status EraseBehind(std::string_view key, size_t count);

  const graph::RankSpec* spec_ = nullptr;
  graph::RankSpec wide_;  // all ranks that are shown before or after
  graph::RankSpec saved_;
  Tables tables_;
  std::vector<Type> types_;
  std::vector<Type> key_types_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  bool pending_ = false;
  RankSnapshotReader wide_reader_;
  RankSnapshotReader reader_;
};

// Notes in the partition's row of "bounds" the order of the last rank, once there is a row of it;
// `snapshot` holds the partition's rows up to that rank. REQUIRES: the row counts as changed.
void SetRankBound(const graph::RankSpec& spec, const RankSnapshot& snapshot, std::byte* row,
                  ValueTable& bounds);

}  // namespace weir::operators
