// The side of a join whose rows have no unique key: equal rows are stored once, with a count.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/operators/join/join_side.h"

namespace weir::operators {

// A row is identified by a hash of its columns and a number, which counts up when different rows
// have the same hash. Values are always compared, so equal hashes never make rows equal. However
// many copies there are, a row costs one lookup.
// Twins are rows that are equal and have different bytes: -0.0 is 0.0, and NaN is NaN. They have
// one hash and a number each, so that what comes out is what came in. Who takes back a row that is
// not there takes back its twin.
class MultisetSide final : public JoinSide {
 public:
  // `schema` is that of the side's input. `table` outlives this.
  MultisetSide(graph::JoinSideState state, const Schema& schema, MapTable& table);

  // A count may fall below 0 (see JoinSide::Apply). A row whose count is 0 is erased unless another
  // row of its hash has a higher number, since lookups count up from 0 and stop at the first gap.
  Status Apply(const SideChanges& changes) override;
  Status FindMatches(const SideChanges& rows, std::vector<int64_t>& matches) override;

  Status Probe(const KeyView& keys) override { return table_.ProbeUnordered(keys); }
  bool Next(MatchRun& run) override { return table_.NextMatches(run); }
  void MarkChanged(std::span<std::byte* const> rows) override { table_.MarkChanged(rows); }
  const RowLayout& layout() const override { return table_.layout(); }

 private:
  // Rows of the changes whose place in the table is not found yet.
  struct Pending {
    std::vector<uint32_t> places;  // among the selected rows
    std::vector<uint32_t> rows;    // physical
  };
  // Rows of the changes with their sub-key columns, the last of which is `number`.
  struct NumberedRows {
    Batch batch;
    std::vector<int> sub_key;
  };
  NumberedRows Number(const SideChanges& changes, const std::vector<uint32_t>& rows,
                      int64_t number) const;
  // Sets dead_[i] to the row of dead_ids_[i] under `number`, or null.
  Status FindDead(const SideChanges& changes, int64_t number);
  // Removes the rows of dead_ids_, whose count under `number` is 0, if they are the last of their
  // hash, and the rows of count 0 that are then the last.
  Status EraseNumbered(const SideChanges& changes, int64_t number);
  // Looks for the pending rows under `number`; those that find another row there stay pending.
  Status FindPending(const SideChanges& rows, int64_t number, std::vector<int64_t>& matches);
  // Whether another row may equal this one of the changes; no is certain.
  bool MayHaveTwin(const Batch& batch, uint32_t row) const;
  // For each row ids[i] of the changes with a row rows[i] of the table: whether they are equal.
  Result<std::vector<uint8_t>> AreTwins(const Batch& batch, std::span<const uint32_t> ids,
                                        std::span<std::byte* const> rows) const;
  // The counts of the twins of each row of beyond_, by number; 0 for those that are no twins.
  Status CopiesOfTwins(const SideChanges& changes, std::vector<std::vector<int64_t>>& copies);
  // Rows of beyond_ whose count is below 0 are paid by their twins.
  Status PayDebts(const SideChanges& changes);
  // Makes all selected rows of the changes pending.
  void Begin(const SideChanges& changes);
  // Ends the rows whose equal_ is set; the others stay pending.
  void KeepUnequal();
  // Finds or creates the pending rows under `number`; those that find another row there stay
  // pending.
  Status ApplyPending(const SideChanges& changes, int64_t number);
  // Applies the signs to the counts; lists rows whose count became 0 in dead_ or, where they may
  // have twins, in numbered_dead_.
  void Count(const SideChanges& changes, int64_t number);
  void StoreNew(const Batch& batch);
  void HashRows(const SideChanges& changes);

  MapTable& table_;
  std::vector<int> hashed_columns_;
  std::vector<int> twin_columns_;  // those in which equal values may have different bytes
  Pending pending_;
  std::vector<uint64_t> row_hashes_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  std::vector<uint8_t> equal_;
  std::vector<std::byte*> new_rows_;
  std::vector<uint32_t> new_ids_;
  std::vector<std::byte*> dead_;
  // Physical rows of the changes: those that are looked for, those that are dead under each number,
  // and those that found another row under number 0.
  std::vector<uint32_t> dead_ids_;
  std::vector<std::vector<uint32_t>> numbered_dead_;
  std::vector<uint32_t> beyond_;
};

}  // namespace weir::operators
