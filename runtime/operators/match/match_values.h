// The values that conditions and measures read of runs, as columns.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/operators/match/match_runs.h"
#include "runtime/operators/over/frame_rows.h"

namespace weir::operators {

// What a value is asked of: a run's cells, and a row that would come next as one of `variable`, or,
// for complete matches, the row that is given.
struct MatchRequest {
  const uint32_t* cells;
  uint32_t row;                                   // kNoRow: one for the whole match
  const std::vector<uint32_t>* recent = nullptr;  // the rows before one that would come next
};

// Reads rows by their ids: those that were kept first, then those of a batch. Used by one thread.
class MatchValues {
 public:
  // `plan` outlives this.
  explicit MatchValues(const MatchPlan& plan);

  // Sets the rows to read. `kept` has the columns KeptByMatch of rows from state, `batch` all
  // columns of the rows that have come. Borrows `lists`.
  Status SetRows(const Batch& kept, const Batch& batch, const RowLists& lists);

  // Computes the values of the spec with the numbers `values`: a column for each, with a row for
  // each request. `variable` is the one that the requests' rows would match.
  Result<Batch> Of(std::span<const int> values, int variable,
                   std::span<const MatchRequest> requests);
  // Whether BOOLEAN column `column` of the `batch` of SetRows is TRUE in physical row `row`; NULL
  // is not. Unlike the rows of requests, this one is not counted from the first kept row.
  bool Flag(int column, uint32_t row) const;
  uint32_t kept_rows() const { return kept_rows_; }

 private:
  // An aggregate, whose rows are folded anew for each request: runs branch and share their rows, so
  // that none has an accumulator of its own.
  struct Aggregate {
    RowLayout layout;
    std::unique_ptr<expr::Accumulator> accumulator;  // null: the value is none
  };

  Result<ColumnPtr> OfValue(int number, int variable, std::span<const MatchRequest> requests);
  ColumnPtr OfRows(const graph::MatchValue& value, bool own,
                   std::span<const MatchRequest> requests);
  ColumnPtr Classifiers(const graph::MatchValue& value, int variable, bool own,
                        std::span<const MatchRequest> requests) const;
  Result<ColumnPtr> Aggregated(int number, bool own, std::span<const MatchRequest> requests);
  Result<ColumnPtr> AggregatedSoFar(int number, std::span<const MatchRequest> requests);
  const Column* ArgumentOf(const graph::MatchValue& value) const;

  const MatchPlan& plan_;
  std::vector<Aggregate> aggregates_;  // one a value
  const RowLists* lists_ = nullptr;
  Batch batch_;
  uint32_t kept_rows_ = 0;
  std::vector<ColumnPtr> columns_;  // by column of the input: of all rows; null where none is kept
  std::vector<uint32_t> ids_;       // scratch
  FrameRows rows_;
};

}  // namespace weir::operators
