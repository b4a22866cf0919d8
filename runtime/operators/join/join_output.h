// The output of joins: rows of both sides next to each other, gathered a column at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/expr/evaluator.h"
#include "runtime/graph/join_state.h"
#include "runtime/operators/operator.h"
#include "runtime/operators/stored_rows.h"

namespace weir::operators {

// Candidates for a match, as parallel arrays: rows of a batch (the own side) against stored rows
// (the other side). `stored` holds the stored columns of the other side, with a value for each
// candidate.
struct Candidates {
  const Batch* batch = nullptr;
  int port = 0;                  // of the batch: 0 for the left input
  std::vector<uint32_t> own;     // physical rows of the batch
  PoolVector<ColumnPtr> stored;  // one per column of JoinSideState::columns of the other side

  uint32_t size() const { return static_cast<uint32_t>(own.size()); }
};

// The rows of one Build as parallel arrays, in the order of the output.
struct JoinedRows {
  std::vector<RowKind> kinds;
  // The physical row of the batch that the change comes from. Where the own side is absent from the
  // output, this row still supplies the values of the join keys to the other side.
  std::vector<uint32_t> own;
  std::vector<uint32_t> other;   // candidate; kNoRow where the other side is absent
  std::vector<uint8_t> has_own;  // 0 where the own side is absent

  void Clear();
  size_t size() const { return kinds.size(); }
  // Adds the pair of a candidate, or a row of one side alone.
  void AddPair(RowKind kind, uint32_t own_row, uint32_t candidate);
  void AddOwn(RowKind kind, uint32_t own_row);
  void AddOther(RowKind kind, uint32_t own_row, uint32_t candidate);
};

// Builds output batches and evaluates residual conditions. Columns of the absent side are NULL.
// Values are copied out of the state, so that an output batch stays valid when the state changes.
class JoinOutput {
 public:
  // `states` say which columns each side stores. They, `shape` and `output` are borrowed for the
  // life of this.
  Status Open(const graph::JoinShape& shape, const graph::JoinSideState& left,
              const graph::JoinSideState& right, const Schema& output,
              const expr::EvaluationContext& evaluation);

  // Reads the stored columns of the other side's rows into `candidates`. kCorruption where the
  // bytes of a nested value are malformed.
  Status Load(const RowLayout& layout, std::span<std::byte* const> rows,
              Candidates& candidates) const;
  // Sets passes[i] to 1 where the residual condition is TRUE, or everywhere when there is none;
  // FALSE and NULL do not pass. kDataError where evaluating it fails.
  Status EvaluateResidual(const Candidates& candidates, std::vector<uint8_t>& passes);
  // The output rows as a batch, in their order.
  Batch Build(const Candidates& candidates, const JoinedRows& rows) const;

 private:
  // Column `column` of the other side: stored, or a key taken from the own side's row.
  ColumnPtr OtherColumn(const Candidates& candidates, int column, const uint32_t* own,
                        const uint32_t* other, uint32_t count) const;
  int other_port(const Candidates& candidates) const { return 1 - candidates.port; }

  const graph::JoinShape* shape_ = nullptr;
  const Schema* output_ = nullptr;
  // For each side's columns: the position among the stored ones, or -1 - k where key k supplies the
  // value.
  std::vector<int> places_[2];
  std::vector<int> stored_[2];  // JoinSideState::columns
  std::unique_ptr<expr::Evaluator> residual_;
  std::vector<uint8_t> residual_columns_[2];  // columns that the residual reads
};

}  // namespace weir::operators
