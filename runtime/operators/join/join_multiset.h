// The side of a join whose rows have no unique key: equal rows are one, with a count.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/operators/join/join_side.h"

namespace weir::operators {

// Rows are told apart by a hash of theirs; the rare ones of one hash by a number, which grows as
// long as another row has taken it. Values are compared, never the hash alone.
// A key's rows cost one look-up each, however many equal ones there are.
class MultisetSide final : public JoinSide {
 public:
  // `schema` is that of the side's input. `table` outlives this.
  MultisetSide(graph::JoinSideState state, const Schema& schema, MapTable& table);

  // A count may fall below 0 (see JoinSide::Apply); a row of count 0 is erased, unless another row
  // of its hash has a later number.
  Status Apply(const SideChanges& changes) override;
  Status FindMatches(const SideChanges& rows, std::vector<int64_t>& matches) override;

  Status Probe(const KeyView& keys) override { return table_.ProbeUnordered(keys); }
  bool Next(MatchRun& run) override { return table_.NextMatches(run); }
  void MarkChanged(std::span<std::byte* const> rows) override { table_.MarkChanged(rows); }
  const RowLayout& layout() const override { return table_.layout(); }

 private:
  // Rows of the changes that have not found their place yet.
  struct Pending {
    std::vector<uint32_t> places;  // among the selected rows
    std::vector<uint32_t> rows;    // physical
  };
  // Rows of the changes with the columns that are their sub-keys, the last one being `number`.
  struct NumberedRows {
    Batch batch;
    std::vector<int> sub_key;
  };
  NumberedRows Number(const SideChanges& changes, const std::vector<uint32_t>& rows,
                      int64_t number) const;
  // dead_[i] = the row of dead_ids_[i] under `number`, or null.
  Status FindDead(const SideChanges& changes, int64_t number);
  // Removes the rows of dead_ids_, which have no copies left under `number`, where no row of their
  // hash comes behind them, and what this leaves at the end.
  Status EraseNumbered(const SideChanges& changes, int64_t number);
  // Finds the pending rows under `number`; those that are another row's stay pending.
  Status FindPending(const SideChanges& rows, int64_t number, std::vector<int64_t>& matches);
  // All selected rows of the changes are pending.
  void Begin(const SideChanges& changes);
  // Drops the pending rows that are done: those whose equal_ is set.
  void KeepUnequal();
  // Finds or makes the pending rows under `number`; those that are another row's stay pending.
  Status ApplyPending(const SideChanges& changes, int64_t number);
  // Lists those that have no copies left in dead_ and dead_ids_.
  void Count(const SideChanges& changes);
  void StoreNew(const Batch& batch);
  void HashRows(const SideChanges& changes);

  MapTable& table_;
  std::vector<int> hashed_columns_;
  Pending pending_;
  std::vector<uint64_t> row_hashes_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  std::vector<uint8_t> equal_;
  std::vector<std::byte*> new_rows_;
  std::vector<uint32_t> new_ids_;
  std::vector<std::byte*> dead_;
  std::vector<uint32_t> dead_ids_;  // physical rows of the changes
};

}  // namespace weir::operators
