// The first rows of every partition, by their sort keys: what Top-N keeps of input whose rows never
// get worse.
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

// `last` counts ranks from 1; `order` names columns of the input.
struct TopRowsOptions {
  graph::RankFunction function = graph::RankFunction::kRowNumber;
  std::vector<int> keys;  // of the table, columns of the input
  std::vector<graph::SortKey> order;
  int64_t last = 1;
  bool last_of_equal = false;
  // Which rank a row has makes no difference, only that it is at most `last`.
  bool ranks_are_equal = false;
  std::vector<int> input_key;  // not empty: a row takes the place of the one of its key
  // Rows of state may vanish by their age, so that bounds do not hold.
  bool expires = false;
};

// Rows are folded in two steps, so that the changes can be gathered while the state is as before:
// Fold, then rows() and changes(), then Store. The tables are those of graph::StateOfRank: "top"
// here, "bounds" with every Fold (windows have one a slice). A row behind its partition's bound
// costs one lookup and changes nothing, not even what is written by the next checkpoint. Where
// there are many ranks and all are equal, a batch costs what it brings, however many rows a
// partition has; else all rows of the partitions that get some are read. One thread.
// Rows of equal keys rank in the order of arrival, which is part of their place in the table.
class TopRows {
 public:
  // REQUIRES: `top` and `input` outlive this.
  Status Open(TopRowsOptions options, MapTable& top, const Schema& input);

  // Folds the rows of `batch` (dense, additions only), whose keys have these hashes. The changes
  // are those that `difference` sees, none when it is null. REQUIRES: `batch` and `bounds` stay,
  // and `top` is not called, until Store.
  Status Fold(const Batch& batch, const uint64_t* hashes, ValueTable& bounds,
              RankDifference* difference);
  const std::vector<RankChange>& changes() const { return changes_; }
  // Gathers changes(). Valid between Fold and Store.
  const RankedRows& rows() const { return rows_; }
  // Writes what was folded.
  // Ends the batch: rows() is invalid from here on.
  Status Store();

  // The number of the next row, in order of arrival; part of the operator's state.
  int64_t sequence() const { return sequence_; }
  void set_sequence(int64_t next) { sequence_ = next; }

 private:
  struct Entry {
    std::string_view order;
    RankedRow row;
    uint32_t placed = kNoRank;  // of the batch: the id of the row that took this place
  };
  // A row of the batch, where rows have keys.
  struct Update {
    std::string_view key;
    std::string_view order;
    uint32_t id;
    const Entry* old = nullptr;  // the stored row of the key; only in the first of a key
  };
  // A row of state whose values are replaced by those of a row of the batch.
  struct Overwrite {
    uint32_t stored;
    uint32_t row;
  };
  // A row of the batch that gets a row of state.
  struct NewRow {
    uint32_t row;
    uint32_t group;
  };

  Status FindSurvivors(const Batch& batch, const uint64_t* hashes, ValueTable& bounds);
  Status LoadStored(const Batch& batch, const uint64_t* hashes);
  Status ProbeTails(const KeyView& keys);
  Status CountStored(const KeyView& keys);
  Status EncodeKeys(const Batch& batch);
  void FoldGroup(uint32_t group, RankDifference* difference);
  // Of before_ and rows of the batch they make stays_ and fresh_, which Merge makes entries_ of.
  void FoldRows(std::span<const uint32_t> rows);
  void FoldByKey(std::span<const uint32_t> rows);
  void FoldKey(std::span<const Update> updates);
  void Merge();
  std::string_view KeyOf(uint32_t id) const;
  // Ranks of entries, before which are `head` more; how many are kept.
  size_t Rank(const std::vector<Entry>& entries, int64_t head, std::vector<int64_t>& ranks);
  void Note(uint32_t group, std::span<const Entry> before, std::span<const Entry> kept);
  void SetBound(size_t group, std::span<const Entry> kept);
  void StoreNew();

  TopRowsOptions options_;
  MapTable* top_ = nullptr;
  std::vector<int> kept_columns_;
  std::vector<int> all_;  // the input's columns
  int64_t sequence_ = 0;
  bool by_tails_ = false;

  // Of the batch at hand.
  const Batch* batch_ = nullptr;
  ValueTable* bounds_ = nullptr;
  SortOrder order_;
  SortOrder stored_order_;
  std::vector<std::byte*> bound_rows_;
  std::vector<uint8_t> created_;
  std::vector<uint32_t> survivors_;
  RowGroups groups_;
  MatchRun run_;
  std::vector<uint64_t> counts_;         // by tails: stored rows of each group
  std::vector<uint64_t> tails_;          // how many of them are loaded, the last ones
  std::vector<int64_t> heads_;           // stored rows of each group before those that are loaded
  std::vector<uint32_t> stored_begins_;  // the first loaded row of each group, and the end
  RankedRows rows_;
  std::string key_bytes_;  // of input_key: survivors, then stored rows
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
