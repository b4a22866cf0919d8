// DISTINCT, and MIN and MAX over retracting input: the values of an argument with how often each is
// there, kept in a map beside the group's row.
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

// What all maps of an operator are told about a batch, after its AggregateSet was.
// Borrowed for one Apply.
struct ValueMapInput {
  const Batch* batch;
  std::span<const int> key_columns;
  const uint64_t* hashes;  // one a physical row
  FilteredRows* filtered;  // of the selected rows and their groups
  bool retracts;           // they have signs
};

// One count field of a map's table, and the calls that live on it: those of one argument and
// FILTER. REQUIRES: calls, accumulators and table outlive it.
class ValueMap {
 public:
  // `window_column`: index of the BIGINT column with the window's end, which comes first in the
  // sub-key; -1 when the map is not divided by windows.
  ValueMap(const graph::ValueMapSlot& slot, MapTable& table, const StateSchema& schema,
           int window_column);

  const graph::ValueMapSlot& slot() const { return slot_; }
  // REQUIRES: of equal slot.
  void AddCall(const expr::AggregateCall& call, const expr::Accumulator& accumulator);

  // Counts the batch's values in and out of the maps, and tells the accumulators of those that
  // appeared or went. MIN and MAX by windows are left for CloseWindow. Maps of one table, which
  // differ in their FILTERs, look their values up together.
  // Values are compared by their canonical bytes, NULLs are left out; a count that falls to 0 is
  // erased, one below 0 is kept as a debt.
  static Status Apply(std::span<ValueMap> maps, const ValueMapInput& input, StringOwner& strings);

  // For maps by windows, when `window_end` fires: brings rows[i], the group of canonical keys[i],
  // to its final MIN and MAX. REQUIRES: values of earlier windows are erased.
  Status CloseWindow(int64_t window_end, std::span<const std::string_view> keys,
                     std::span<std::byte* const> rows, StringOwner& strings);
  // Removes the values of these keys up to that window, those of other slots of the table as well.
  Status EraseWindow(int64_t window_end, std::span<const std::string_view> keys);

 private:
  struct Call {
    const expr::Accumulator* accumulator;
    bool extreme;   // MIN or MAX, computed anew when a value went
    bool greatest;  // MAX
  };

  // The steps of Apply, each over the whole batch; the first two for all maps of the table, of
  // which this is the first.
  Status ApplyTable(std::span<ValueMap> maps, const ValueMapInput& input, StringOwner& strings);
  Status FindValues(std::span<ValueMap> maps, const ValueMapInput& input);
  void SelectValues(const ValueMapInput& input);
  // Those of `rows` that have no NULL argument, into not_null_.
  void LeaveOutNulls(const Batch& batch, const FoldedRows& rows);
  // `by_row`: the map's row for each physical row that is selected.
  void Count(std::span<std::byte* const> by_row);
  // The same where nothing is taken back: lists the values that appear at once.
  void CountIn(std::span<std::byte* const> by_row);
  void ListTransitions();
  // Adds those of the table's rows to dead_ of which no FILTER counts anything.
  void ListDead(std::span<std::byte* const> rows);
  Status FoldChanges(const ValueMapInput& input, StringOwner& strings);
  Status FoldTransitions(const Batch& values, StringOwner& strings);
  void ListGroups();
  Status RefreshExtreme(const Call& call, const ValueMapInput& input, StringOwner& strings);
  Status FindEdges(bool greatest, const KeyView& keys);
  Status FoldEdges(const Call& call, StringOwner& strings);

  graph::ValueMapSlot slot_;
  MapTable& table_;
  const expr::AggregateCall* call_ = nullptr;  // any of calls_: for argument and FILTER
  std::vector<Call> calls_;
  bool any_extreme_ = false;
  size_t field_;
  bool sole_field_;  // every value of the table counts here
  std::vector<int> sub_key_columns_;
  std::vector<Type> sub_key_types_;
  bool by_window_;

  // Of the batch at hand: its rows with a value, and the map's rows for them.
  const FoldedRows* rows_ = nullptr;
  FoldedRows not_null_;  // where NULLs had to be left out
  std::vector<std::byte*> value_rows_;
  std::vector<std::byte*> zeroed_;  // values whose debt was paid
  // Of all maps of the table, used by the first: the rows that some FILTER lets through, and the
  // map's row for each physical row (null: none).
  std::vector<uint32_t> any_rows_;
  std::vector<std::byte*> found_rows_;
  std::vector<std::byte*> by_row_;
  std::vector<uint8_t> created_;
  std::vector<int64_t> before_;  // one a touched value
  TouchedRows touched_;
  // Values that appeared (+1) or went (-1).
  std::vector<std::byte*> fold_rows_;
  std::vector<uint32_t> fold_inputs_;
  std::vector<int8_t> fold_signs_;
  bool any_removed_ = false;
  std::vector<std::byte*> dead_;
  // Groups whose extremes are computed anew, each with a row of the batch; and the edges of groups.
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
  int window_column;  // as of ValueMap
};

// Opens the maps of an aggregate as graph::ValueMapsOf says. REQUIRES: `calls` are those of the
// node's spec; `set` is not moved while the maps live.
Result<std::vector<ValueMap>> OpenValueMaps(const graph::Node& node,
                                            std::span<const expr::AggregateCall> calls,
                                            const AggregateSet& set, const ValueMapPlace& place);

}  // namespace weir::operators
