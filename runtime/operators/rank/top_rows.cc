// Hot: Top-N over inserts spends its time here (bench/operators, "Top-10 per auction").
#include "runtime/operators/rank/top_rows.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "runtime/graph/rank_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/rank/rank_bound.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

// With fewer ranks, reading a partition is cheaper than counting its rows first.
constexpr int64_t kManyRanks = 16;

// The i-th of the keys that are concatenated in `bytes`; `ends` are the offsets behind them.
std::string_view Piece(const std::string& bytes, const std::vector<size_t>& ends, size_t i) {
  const size_t begin = i == 0 ? 0 : ends[i - 1];
  return std::string_view(bytes).substr(begin, ends[i] - begin);
}

}  // namespace

Status TopRows::Open(TopRowsOptions options, MapTable& top, const Schema& input) {
  options_ = std::move(options);
  top_ = &top;
  // If ranks are equal, only the end of a partition is read: a new row pushes out the last ones and
  // leaves those in front of it as they are.
  by_tails_ = options_.ranks_are_equal && options_.last >= kManyRanks && !options_.expires &&
              options_.input_key.empty() && options_.function != graph::RankFunction::kDenseRank;
  kept_columns_ = graph::KeptColumns(options_.keys, input);
  all_.resize(input.size());
  std::iota(all_.begin(), all_.end(), 0);
  rows_.Open({options_.keys, kept_columns_, input.types()}, top.layout());
  return {};
}

Status TopRows::Fold(const Batch& batch, const uint64_t* hashes, ValueTable& bounds,
                     RankDifference* difference) {
  batch_ = &batch;
  bounds_ = &bounds;
  changes_.clear();
  dead_.clear();
  overwrites_.clear();
  new_rows_.clear();
  rows_.Begin(batch);
  std::vector<ColumnPtr> columns;
  for (const graph::SortKey& key : options_.order) {
    columns.push_back(batch.columns[static_cast<size_t>(key.column)]);
  }
  order_.Encode(columns, options_.order, batch.row_count);
  RETURN_IF_ERROR(FindSurvivors(batch, hashes, bounds));
  if (survivors_.empty()) return {};
  RETURN_IF_ERROR(LoadStored(batch, hashes));
  if (!options_.input_key.empty()) RETURN_IF_ERROR(EncodeKeys(batch));
  for (uint32_t group = 0; group < groups_.size(); ++group) FoldGroup(group, difference);
  return {};
}

// Finds the rows that are not behind the bound of their partition.
Status TopRows::FindSurvivors(const Batch& batch, const uint64_t* hashes, ValueTable& bounds) {
  survivors_.clear();
  bound_rows_.resize(batch.row_count);
  const KeyView keys{&batch, options_.keys, hashes};
  RETURN_IF_ERROR(bounds.Find(keys, bound_rows_.data()));
  const RowLayout& layout = bounds.layout();
  // A row with exactly the bound's sort keys is behind it, unless it could be the row that set the
  // bound, or shares its rank.
  const bool equal_counts = options_.last_of_equal || !options_.input_key.empty() ||
                            options_.function != graph::RankFunction::kRowNumber;
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    const std::byte* bound = bound_rows_[row];
    if (bound != nullptr && !options_.expires && !layout.IsNull(bound, kRankBound)) {
      const StringRef last = layout.Load<StringRef>(bound, kRankBound);
      const int compared = order_[row].compare(last.view());
      if (compared > 0 || (compared == 0 && !equal_counts)) continue;
    }
    survivors_.push_back(row);
  }
  // Looked up again with the right to create: rows behind a bound must not mark anything as
  // changed.
  if (survivors_.empty()) return {};
  const auto count = static_cast<uint32_t>(survivors_.size());
  const Batch part = Select(batch, survivors_.data(), count);
  bound_rows_.resize(count);
  created_.assign(count, 0);
  const KeyView part_keys{&part, options_.keys, hashes};
  RETURN_IF_ERROR(bounds.FindOrCreate(part_keys, bound_rows_.data(), created_.data()));
  for (uint32_t i = 0; i < count; ++i) {
    if (created_[i] != 0) layout.SetNull(bound_rows_[i], kRankBound);
  }
  groups_.Collect(bound_rows_);
  return options_.refreshes ? EraseForgotten(batch, hashes) : Status();
}

// A partition whose bound has expired shows nothing any more: what is left of it goes.
Status TopRows::EraseForgotten(const Batch& batch, const uint64_t* hashes) {
  std::vector<uint32_t> fresh;
  for (const uint32_t first : groups_.firsts()) {
    if (created_[first] != 0) fresh.push_back(survivors_[first]);
  }
  if (fresh.empty()) return {};
  const Batch keys = Select(batch, fresh.data(), static_cast<uint32_t>(fresh.size()));
  return top_->EraseKeys({&keys, options_.keys, hashes});
}

// Loads the stored rows of the survivors' partitions in their order; by tails only the last ones.
Status TopRows::LoadStored(const Batch& batch, const uint64_t* hashes) {
  std::vector<uint32_t> firsts;
  for (const uint32_t first : groups_.firsts()) firsts.push_back(survivors_[first]);
  const Batch keys = Select(batch, firsts.data(), static_cast<uint32_t>(firsts.size()));
  const KeyView view{&keys, options_.keys, hashes};
  heads_.assign(groups_.size(), 0);
  RETURN_IF_ERROR(by_tails_ ? ProbeTails(view) : top_->Probe(view));
  stored_begins_.assign(groups_.size() + 1, 0);
  while (top_->NextMatches(run_)) {
    for (size_t i = 0; i < run_.rows.size(); ++i) {
      ++stored_begins_[run_.probes[i] + 1];
      rows_.AddStored(run_.rows[i], firsts[run_.probes[i]]);
    }
  }
  for (size_t group = 0; group < groups_.size(); ++group) {
    stored_begins_[group + 1] += stored_begins_[group];
  }
  std::vector<ColumnPtr> columns;
  for (const graph::SortKey& key : options_.order) {
    columns.push_back(TRY(rows_.StoredColumn(key.column)));
  }
  stored_order_.Encode(columns, options_.order, rows_.stored_count());
  return {};
}

// Loads the rows that new ones may push out and the row before them, which may become the bound.
// Everything in front of that stays. This also holds for RANK, where rows that share a rank stay or
// go together.
Status TopRows::ProbeTails(const KeyView& keys) {
  RETURN_IF_ERROR(CountStored(keys));
  const auto last = static_cast<uint64_t>(options_.last);
  const bool one_a_rank = options_.function == graph::RankFunction::kRowNumber;
  tails_.assign(groups_.size(), 0);
  for (uint32_t group = 0; group < groups_.size(); ++group) {
    const uint64_t come = groups_.RowsOf(group).size();
    const uint64_t rows = counts_[group] + (one_a_rank ? std::min(come, last) : come);
    if (rows >= last) tails_[group] = std::min(counts_[group], rows - last + 1);
    heads_[group] = static_cast<int64_t>(counts_[group] - tails_[group]);
  }
  return top_->ProbeGreatest(keys, tails_);
}

// `keys`: one per group.
Status TopRows::CountStored(const KeyView& keys) {
  // A bound means that there is a row of the last rank, so with ROW_NUMBER there are `last` rows.
  // (In a window whose query once had more ranks there can be more rows, which stay until the
  // window ends.)
  counts_.assign(groups_.size(), static_cast<uint64_t>(options_.last));
  std::vector<uint32_t> asked;
  std::vector<uint32_t> rows;
  for (uint32_t group = 0; group < groups_.size(); ++group) {
    const bool full = !bounds_->layout().IsNull(bound_rows_[groups_.firsts()[group]], kRankBound);
    if (full && options_.function == graph::RankFunction::kRowNumber) continue;
    asked.push_back(group);
    rows.push_back(keys.batch->RowAt(group));
  }
  if (asked.empty()) return {};
  std::vector<uint64_t> counts(asked.size());
  const Batch part = Select(*keys.batch, rows.data(), static_cast<uint32_t>(rows.size()));
  RETURN_IF_ERROR(top_->CountRows({&part, keys.columns, keys.hashes}, counts.data()));
  for (size_t i = 0; i < asked.size(); ++i) counts_[asked[i]] = counts[i];
  return {};
}

Status TopRows::EncodeKeys(const Batch& batch) {
  std::vector<ColumnPtr> columns;
  std::vector<ColumnPtr> stored;
  for (const int column : options_.input_key) {
    columns.push_back(batch.columns[static_cast<size_t>(column)]);
    stored.push_back(TRY(rows_.StoredColumn(column)));
  }
  key_bytes_.clear();
  stored_key_bytes_.clear();
  AppendKeys(columns, batch.row_count, key_bytes_, key_ends_);
  AppendKeys(stored, rows_.stored_count(), stored_key_bytes_, stored_key_ends_);
  return {};
}

std::string_view TopRows::KeyOf(uint32_t id) const {
  return rows_.IsStored(id) ? Piece(stored_key_bytes_, stored_key_ends_, id)
                            : Piece(key_bytes_, key_ends_, rows_.BatchRow(id));
}

void TopRows::FoldGroup(uint32_t group, RankDifference* difference) {
  before_.clear();
  for (uint32_t id = stored_begins_[group]; id < stored_begins_[group + 1]; ++id) {
    before_.push_back({stored_order_[id], {id}});
  }
  stays_ = before_;
  fresh_.clear();
  if (options_.input_key.empty()) {
    FoldRows(groups_.RowsOf(group));
  } else {
    FoldByKey(groups_.RowsOf(group));
  }
  Merge();
  const size_t had = Rank(before_, heads_[group], before_ranks_);
  const size_t has = Rank(entries_, heads_[group], ranks_);
  const std::span<const Entry> kept = std::span(entries_).first(has);
  Note(group, before_, kept);
  SetBound(group, kept);
  if (difference == nullptr) return;
  before_rows_.clear();
  after_rows_.clear();
  for (size_t i = 0; i < had; ++i) before_rows_.push_back(before_[i].row);
  for (const Entry& entry : kept) after_rows_.push_back(entry.row);
  difference->Append({before_rows_, before_ranks_}, {after_rows_, ranks_}, changes_);
}

void TopRows::FoldRows(std::span<const uint32_t> rows) {
  for (const uint32_t i : rows) {
    const uint32_t id = rows_.IdOfNew(survivors_[i]);
    fresh_.push_back({order_[survivors_[i]], {id}, id});
  }
}

// Has the effect of folding one row after the other: a row with the same sort keys as the stored
// row of its key replaces that in place; otherwise it gets a new place.
void TopRows::FoldByKey(std::span<const uint32_t> rows) {
  updates_.clear();
  for (const uint32_t i : rows) {
    const uint32_t id = rows_.IdOfNew(survivors_[i]);
    updates_.push_back({KeyOf(id), order_[survivors_[i]], id});
  }
  std::sort(updates_.begin(), updates_.end(), [](const Update& a, const Update& b) {
    return a.key != b.key ? a.key < b.key : a.id < b.id;
  });
  for (Entry& old : before_) {
    const std::string_view key = KeyOf(old.row.id);
    const auto at = std::lower_bound(updates_.begin(), updates_.end(), key,
                                     [](const Update& a, std::string_view b) { return a.key < b; });
    if (at != updates_.end() && at->key == key) at->old = &old;
  }
  for (size_t begin = 0; begin < updates_.size();) {
    size_t end = begin + 1;
    while (end < updates_.size() && updates_[end].key == updates_[begin].key) ++end;
    FoldKey(std::span(updates_).subspan(begin, end - begin));
    begin = end;
  }
  std::erase_if(stays_, [](const Entry& entry) { return entry.row.id == kNoRank; });
}

// `updates` are the rows of one key in the order of arrival.
void TopRows::FoldKey(std::span<const Update> updates) {
  const Entry* old = updates[0].old;
  const std::string_view* order = old == nullptr ? nullptr : &old->order;
  const Update* placed = nullptr;
  // The place is that of the last change of the sort keys, the values are those of the last row.
  for (const Update& update : updates) {
    if (order != nullptr && *order == update.order) continue;
    order = &update.order;
    placed = &update;
  }
  const RankedRow row{updates.back().id, old == nullptr ? kNoRank : old->row.id};
  if (placed != nullptr) fresh_.push_back({*order, row, placed->id});
  if (old == nullptr) return;
  stays_[static_cast<size_t>(old - before_.data())].row =
      placed == nullptr ? row : RankedRow{kNoRank};
}

void TopRows::Merge() {
  const auto less = [](const Entry& a, const Entry& b) { return a.order < b.order; };
  // Rows with equal sort keys are in the order of arrival, or with last_of_equal in the opposite
  // one.
  const auto before = [this](const Entry& a, const Entry& b) {
    const int order = a.order.compare(b.order);
    if (order != 0) return order < 0;
    return options_.last_of_equal ? a.placed > b.placed : a.placed < b.placed;
  };
  // If each row has a rank of its own, no more than `last` new rows can be kept.
  const bool one_a_rank = options_.function == graph::RankFunction::kRowNumber;
  if (one_a_rank && std::cmp_less(options_.last, fresh_.size())) {
    std::partial_sort(fresh_.begin(), fresh_.begin() + options_.last, fresh_.end(), before);
    fresh_.resize(static_cast<size_t>(options_.last));
  } else {
    std::sort(fresh_.begin(), fresh_.end(), before);
  }
  // For equal elements std::merge prefers the first range.
  entries_.clear();
  const auto into = std::back_inserter(entries_);
  options_.last_of_equal
      ? std::merge(fresh_.begin(), fresh_.end(), stays_.begin(), stays_.end(), into, less)
      : std::merge(stays_.begin(), stays_.end(), fresh_.begin(), fresh_.end(), into, less);
}

// Counts ranks from `head`, the number of rows in front of the loaded ones. A row of the batch that
// belongs in front of those gets a rank that is too great, but never so great that it is dropped,
// and its exact rank does not matter.
size_t TopRows::Rank(const std::vector<Entry>& entries, int64_t head, std::vector<int64_t>& ranks) {
  differs_.assign(entries.size(), 1);
  if (options_.function != graph::RankFunction::kRowNumber) {
    for (size_t i = 1; i < entries.size(); ++i) {
      differs_[i] = entries[i].order != entries[i - 1].order ? 1 : 0;
    }
  }
  RankPlaces(options_.function, differs_, ranks);
  const auto end = std::upper_bound(ranks.begin(), ranks.end(), options_.last - head);
  const auto kept = static_cast<size_t>(end - ranks.begin());
  ranks.resize(kept);
  return kept;
}

// Notes what Store has to do: stored rows that are dropped, replaced or new.
void TopRows::Note(uint32_t group, std::span<const Entry> before, std::span<const Entry> kept) {
  // Stored rows of a group have consecutive ids.
  std::vector<uint8_t> stays(before.size(), 0);
  const uint32_t base = before.empty() ? 0 : before[0].row.id;
  for (const Entry& entry : kept) {
    if (rows_.IsStored(entry.row.id)) {
      stays[entry.row.id - base] = 1;
      continue;
    }
    const uint32_t row = rows_.BatchRow(entry.row.id);
    const uint32_t replaced = entry.row.replaces;
    if (replaced != kNoRank && before[replaced - base].order == entry.order) {
      stays[replaced - base] = 1;
      overwrites_.push_back({replaced, row});
    } else {
      new_rows_.push_back({row, group});
    }
  }
  for (size_t i = 0; i < before.size(); ++i) {
    if (stays[i] == 0) dead_.push_back(rows_.stored()[before[i].row.id]);
  }
}

// Sets the bound to the sort keys of the last rank once there is a row of it.
void TopRows::SetBound(size_t group, std::span<const Entry> kept) {
  const RowLayout& layout = bounds_->layout();
  std::byte* row = bound_rows_[groups_.firsts()[group]];
  const bool full = options_.function == graph::RankFunction::kDenseRank
                        ? !kept.empty() && ranks_[kept.size() - 1] == options_.last
                        : heads_[group] + static_cast<int64_t>(kept.size()) >= options_.last;
  if (!full) {
    if (!layout.IsNull(row, kRankBound)) bounds_->SetString(row, kRankBound, "");
    layout.SetNull(row, kRankBound);
    return;
  }
  layout.ClearNull(row, kRankBound);
  bounds_->SetString(row, kRankBound, kept.back().order);
}

Status TopRows::Store() {
  if (survivors_.empty()) return {};
  if (options_.refreshes) top_->MarkChanged(rows_.stored());
  std::vector<std::byte*> rows;
  std::vector<uint32_t> ids;
  for (const Overwrite& overwrite : overwrites_) {
    rows.push_back(rows_.stored()[overwrite.stored]);
    ids.push_back(overwrite.row);
  }
  if (!rows.empty()) {
    top_->MarkChanged(rows);
    StoreColumns(*batch_, kept_columns_, top_->layout(),
                 {rows.data(), ids.data(), static_cast<uint32_t>(rows.size())}, *top_);
  }
  if (!new_rows_.empty()) StoreNew();
  if (!dead_.empty()) top_->Erase(dead_);
  return {};
}

// Adds new rows under the keys that LoadStored looked up.
void TopRows::StoreNew() {
  const auto count = static_cast<uint32_t>(new_rows_.size());
  const MutableColumnPtr order = Column::Make(Type::Bytes().WithNullable(false), count);
  const MutableColumnPtr sequence = Column::Make(Type::BigInt().WithNullable(false), count);
  // Numbered in the order of their ranks. That differs from the order of arrival if a later row of
  // a key took the place of an earlier one. If the last of equal rows ranks first, numbers are
  // negative, and what is behind the sign descends with the rank.
  if (options_.last_of_equal) std::reverse(new_rows_.begin(), new_rows_.end());
  std::vector<uint32_t> ids(count);
  std::vector<uint32_t> groups(count);
  for (uint32_t i = 0; i < count; ++i) {
    ids[i] = new_rows_[i].row;
    groups[i] = new_rows_[i].group;
    order->mutable_data<StringRef>()[i] = StringRef(order_[ids[i]]);
    sequence->mutable_data<int64_t>()[i] = options_.last_of_equal ? -sequence_ : sequence_;
    ++sequence_;
  }
  Batch places;
  places.row_count = count;
  places.columns = {order, sequence};
  std::vector<std::byte*> rows(count);
  top_->Add(groups, places, std::array{0, 1}, rows.data());
  StoreColumns(*batch_, kept_columns_, top_->layout(), {rows.data(), ids.data(), count}, *top_);
}

}  // namespace weir::operators
