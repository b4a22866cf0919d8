// DISTINCT, and MIN and MAX over input with retractions: counts how often each value of an argument
// occurs, in a map next to the group's row.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/graph/job_graph.h"
#include "runtime/operators/aggregate/aggregate_set.h"
#include "runtime/operators/touched_rows.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// What the maps of an operator need to know about a batch after its AggregateSet has folded it.
// Borrowed for one Apply.
struct ValueMapInput {
  const Batch* batch;
  std::span<const int> key_columns;
  const uint64_t* hashes;  // one per physical row
  FilteredRows* filtered;  // of the selected rows and their groups
  bool retracts;           // whether the groups' rows have signs
};

// One count field of a map's table and the calls that depend on it: those with one argument and one
// FILTER. REQUIRES: calls, accumulators and table outlive it.
class ValueMap {
 public:
  // `window_column`: index of the BIGINT column with the window's end, which comes first in the
  // sub-key; -1 when the map is not divided by windows.
  ValueMap(const graph::ValueMapSlot& slot, MapTable& table, const StateSchema& schema,
           int window_column);

  const graph::ValueMapSlot& slot() const { return slot_; }
  // REQUIRES: the call has the same slot.
  void AddCall(const expr::AggregateCall& call, const expr::Accumulator& accumulator);

  // Adds the batch's values to the counts and lets the accumulators fold those that appeared (0 to
  // positive) or disappeared. Values are compared by their canonical bytes, and NULLs are left out.
  // A count that becomes 0 is erased; one below 0 is kept as a debt. Windows' MIN and MAX are left
  // for CloseWindow. Maps of one table, which differ in their FILTERs, share the lookup.
  static Status Apply(std::span<ValueMap> maps, const ValueMapInput& input, StringOwner& strings);

  // For maps divided by windows, when `window_end` fires: sets rows[i], the group of canonical
  // keys[i], to its final MIN and MAX. REQUIRES: the values of earlier windows are erased.
  Status CloseWindow(int64_t window_end, std::span<const std::string_view> keys,
                     std::span<std::byte* const> rows, StringOwner& strings);
  // Removes the values of these keys for windows up to that one, including those of other slots of
  // the table.
  Status EraseWindow(int64_t window_end, std::span<const std::string_view> keys);

 private:
  struct Call {
    const expr::Accumulator* accumulator;
    bool extreme;   // MIN or MAX, recomputed when a value disappears
    bool greatest;  // MAX
  };

  // The steps of Apply, each over the whole batch. The first two work on all maps of the table;
  // this is the first of those maps.
  Status ApplyTable(std::span<ValueMap> maps, const ValueMapInput& input, StringOwner& strings);
  Status FindValues(std::span<ValueMap> maps, const ValueMapInput& input);
  void SelectValues(const ValueMapInput& input);
  // Copies the rows without NULL arguments to not_null_.
  void LeaveOutNulls(const Batch& batch, const FoldedRows& rows);
  // `by_row`: the map's row for each physical row that is selected.
  // Lists each time that a value appears or disappears, in the order of the batch: a sum that loses
  // its last value begins anew, so that it must not get the next one before.
  void Count(std::span<std::byte* const> by_row);
  // As Count, for batches without retractions, in which counts only grow.
  void CountIn(std::span<std::byte* const> by_row);
  // Sets zeroed_ to the touched values whose count is 0.
  void ListZeroed();
  // Adds to dead_ those of the table's rows in which the counts of all FILTERs are 0.
  void ListDead(std::span<std::byte* const> rows);
  Status FoldChanges(const ValueMapInput& input, StringOwner& strings);
  Status FoldTransitions(const Batch& values, StringOwner& strings);
  void ListGroups();
  Status RefreshExtreme(const Call& call, const ValueMapInput& input, StringOwner& strings);
  Status FindEdges(bool greatest, const KeyView& keys);
  Status FoldEdges(const Call& call, StringOwner& strings);

  graph::ValueMapSlot slot_;
  MapTable& table_;
  const expr::AggregateCall* call_ = nullptr;  // any of calls_, for its argument and FILTER
  std::vector<Call> calls_;
  bool any_extreme_ = false;
  size_t field_;
  bool sole_field_;  // the table has no other count field
  std::vector<int> sub_key_columns_;
  std::vector<Type> sub_key_types_;
  bool by_window_;

  // State of the current batch: its rows with a value, and the map's rows for them.
  const FoldedRows* rows_ = nullptr;
  FoldedRows not_null_;  // where NULLs had to be left out
  std::vector<std::byte*> value_rows_;
  std::vector<std::byte*> zeroed_;  // values whose count has become 0
  // Shared by all maps of the table and kept in the first: the rows that some FILTER lets through,
  // and the map's row for each physical row (null: none).
  std::vector<uint32_t> any_rows_;
  std::vector<std::byte*> found_rows_;
  std::vector<std::byte*> by_row_;
  std::vector<uint8_t> created_;
  TouchedRows touched_;
  // Values that appeared (+1) or disappeared (-1).
  std::vector<std::byte*> fold_rows_;
  std::vector<uint32_t> fold_inputs_;
  std::vector<int8_t> fold_signs_;
  bool any_removed_ = false;
  std::vector<std::byte*> dead_;
  // Groups whose extremes are recomputed, each with a row of the batch, and the extreme values
  // found.
  std::vector<std::byte*> refreshed_;
  std::vector<uint32_t> refreshed_inputs_;
  std::vector<std::pair<uint32_t, std::byte*>> groups_;
  std::vector<std::optional<std::string_view>> edges_;
  std::vector<std::byte*> edge_rows_;
  std::vector<std::string> edge_bytes_;
  std::vector<std::string> greatest_bytes_;
  std::vector<std::string_view> edge_views_;
  std::string smallest_;
  std::string greatest_;
};

// Where an operator's maps are opened.
struct ValueMapPlace {
  const Schema& input;
  TaskState& state;
  int window_column;  // as in the constructor of ValueMap
};

// Opens the maps of an aggregate as graph::ValueMapsOf says. REQUIRES: `calls` are those of the
// node's spec; `set` is not moved while the maps live.
Result<std::vector<ValueMap>> OpenValueMaps(const graph::Node& node,
                                            std::span<const expr::AggregateCall> calls,
                                            const AggregateSet& set, const ValueMapPlace& place);

}  // namespace weir::operators
