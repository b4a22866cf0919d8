// Keeps the first rows of every partition by their sort keys: a Top-N over input whose rows never
// move backwards.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/operators/operator.h"
#include "runtime/operators/rank/rank_changes.h"
#include "runtime/operators/rank/ranked_rows.h"
#include "runtime/operators/rank/sort_order.h"
#include "runtime/operators/row_groups.h"

namespace weir::operators {

// `last` counts ranks from 1; `order` refers to columns of the input.
struct TopRowsOptions {
  graph::RankFunction function = graph::RankFunction::kRowNumber;
  std::vector<int> keys;  // of the table, columns of the input
  std::vector<graph::SortKey> order;
  int64_t last = 1;
  bool last_of_equal = false;
  // Only whether a row's rank is at most `last` matters, not which rank it has.
  bool ranks_are_equal = false;
  std::vector<int> input_key;  // if not empty, a row replaces the stored row with its key
  // Rows of the state may expire, or have, so that bounds cannot be relied on.
  bool expires = false;
  bool refreshes = false;  // as RefreshesShown
};

// Folds rows in two steps, so that the changes can be gathered while the state is still as before:
// Fold, then rows() and changes(), then Store. The tables are those of graph::StateOfRank: "top" is
// given here and "bounds" with every Fold, since windows have one for each slice. Rows of equal
// sort keys rank in the order of arrival, which is part of their sub-key.
// A row behind its partition's bound costs one lookup and changes nothing, so that the next
// checkpoint does not contain it. With many ranks that are all equal, a batch costs in proportion
// to its own rows, however many the partition has. Otherwise all stored rows of the partitions
// concerned are read.
class TopRows {
 public:
  // REQUIRES: `top` and `input` outlive this.
  Status Open(TopRowsOptions options, MapTable& top, const Schema& input);

  // Folds the rows of `batch` (dense, additions only), whose keys have these hashes. `difference`
  // gets the changes; when it is null, none are computed. REQUIRES: until Store, `batch` and
  // `bounds` stay as they are and `top` is not called.
  Status Fold(const Batch& batch, const uint64_t* hashes, ValueTable& bounds,
              RankDifference* difference);
  const std::vector<RankChange>& changes() const { return changes_; }
  // Supplies the values of changes(). Valid between Fold and Store.
  const RankedRows& rows() const { return rows_; }
  // Writes what was folded to the tables. Ends the batch: rows() is invalid from here on.
  Status Store();

  // The number of the next row in the order of arrival; part of the operator's state.
  int64_t sequence() const { return sequence_; }
  void set_sequence(int64_t next) { sequence_ = next; }

 private:
  struct Entry {
    std::string_view order;
    RankedRow row;
    uint32_t placed = kNoRank;  // id of the row of the batch that gave it this place
  };
  // A row of the batch in a Top-N whose rows have keys.
  struct Update {
    std::string_view key;
    std::string_view order;
    uint32_t id;
    const Entry* old = nullptr;  // the stored row with this key; only for the first row of a key
  };
  // A stored row whose values are replaced by those of a row of the batch.
  struct Overwrite {
    uint32_t stored;
    uint32_t row;
  };
  // A row of the batch that gets a state row of its own.
  struct NewRow {
    uint32_t row;
    uint32_t group;
  };

  Status FindSurvivors(const Batch& batch, const uint64_t* hashes, ValueTable& bounds);
  Status EraseForgotten(const Batch& batch, const uint64_t* hashes);
  Status LoadStored(const Batch& batch, const uint64_t* hashes);
  Status ProbeTails(const KeyView& keys);
  Status CountStored(const KeyView& keys);
  Status EncodeKeys(const Batch& batch);
  void FoldGroup(uint32_t group, RankDifference* difference);
  // Divides before_ and the rows of the batch into stays_ and fresh_, which Merge combines into
  // entries_.
  void FoldRows(std::span<const uint32_t> rows);
  void FoldByKey(std::span<const uint32_t> rows);
  void FoldKey(std::span<const Update> updates);
  void Merge();
  std::string_view KeyOf(uint32_t id) const;
  // Computes the ranks of entries that have `head` more rows in front of them; returns how many are
  // kept.
  size_t Rank(const std::vector<Entry>& entries, int64_t head, std::vector<int64_t>& ranks);
  void Note(uint32_t group, std::span<const Entry> before, std::span<const Entry> kept);
  void SetBound(size_t group, std::span<const Entry> kept);
  void StoreNew();

  TopRowsOptions options_;
  MapTable* top_ = nullptr;
  std::vector<int> kept_columns_;
  std::vector<int> all_;  // all columns of the input
  int64_t sequence_ = 0;
  bool by_tails_ = false;

  // State of the current batch.
  const Batch* batch_ = nullptr;
  ValueTable* bounds_ = nullptr;
  SortOrder order_;
  SortOrder stored_order_;
  std::vector<std::byte*> bound_rows_;
  std::vector<uint8_t> created_;
  std::vector<uint32_t> survivors_;
  RowGroups groups_;
  MatchRun run_;
  std::vector<uint64_t> counts_;  // by tails: stored rows of each group
  std::vector<uint64_t> tails_;   // how many of them, from the end, are loaded
  // The number of stored rows of each group in front of the loaded ones.
  std::vector<int64_t> heads_;
  std::vector<uint32_t> stored_begins_;  // the first loaded row of each group, and the end
  RankedRows rows_;
  std::string key_bytes_;  // of input_key: all rows of the batch
  std::vector<size_t> key_ends_;
  std::string stored_key_bytes_;
  std::vector<size_t> stored_key_ends_;
  std::vector<Entry> before_;
  std::vector<Entry> stays_;
  std::vector<Entry> fresh_;
  std::vector<Entry> entries_;
  std::vector<Update> updates_;
  std::vector<uint8_t> differs_;
  std::vector<int64_t> before_ranks_;
  std::vector<int64_t> ranks_;
  std::vector<RankedRow> before_rows_;
  std::vector<RankedRow> after_rows_;
  std::vector<RankChange> changes_;
  std::vector<std::byte*> dead_;
  std::vector<Overwrite> overwrites_;
  std::vector<NewRow> new_rows_;
};

}  // namespace weir::operators
