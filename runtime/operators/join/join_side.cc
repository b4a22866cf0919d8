// Sides whose rows need no count: one row per key, rows by a unique key, and lists.
#include "runtime/operators/join/join_side.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "runtime/fault_point.h"
#include "runtime/operators/join/join_multiset.h"
#include "runtime/operators/stored_rows.h"

namespace weir::operators {
namespace {

// Rows that are appended and never retracted.
class ListSide final : public JoinSide {
 public:
  ListSide(graph::JoinSideState state, ListTable& table)
      : JoinSide(std::move(state)), table_(table), fields_(state_.columns) {}

  Status Apply(const SideChanges& changes) override {
    if (state_.matches_field < 0) {
      return table_.Append({changes.batch, changes.keys, changes.hashes}, fields_);
    }
    std::vector<int64_t> matches(changes.batch->row_count, 0);
    for (uint32_t i = 0; i < changes.batch->size(); ++i) {
      matches[changes.batch->RowAt(i)] = changes.matches[i];
    }
    const Batch counted = WithColumn(*changes.batch, matches.data());
    std::vector<int> fields = fields_;
    fields.push_back(static_cast<int>(counted.columns.size()) - 1);
    return table_.Append({&counted, changes.keys, changes.hashes}, fields);
  }
  Status FindMatches(const SideChanges&, std::vector<int64_t>&) override {
    return Status::Internal("rows of a list are never taken back");
  }
  Status Probe(const KeyView& keys) override { return table_.Probe(keys); }
  bool Next(MatchRun& run) override { return table_.NextMatches(run); }
  void MarkChanged(std::span<std::byte* const> rows) override { table_.MarkChanged(rows); }
  const RowLayout& layout() const override { return table_.layout(); }

 private:
  ListTable& table_;
  const std::vector<int> fields_;
};

// Reaches a test point that no test may reach: a row was added while another one with its unique
// key exists, or retracted before it was added. One of them has overtaken the other, so the key was
// not unique behind some exchange (planner/traits/upsert_key.h). The output may still be right by
// chance, which is why tests watch this point.
void WatchUniqueKey(const SideChanges& changes, std::span<std::byte* const> rows,
                    const std::vector<uint8_t>& created) {
  if (GetFaultHook() == nullptr) return;
  std::unordered_map<const std::byte*, bool> there;
  for (size_t i = 0; i < rows.size(); ++i) {
    bool& before = there.try_emplace(rows[i], created[i] == 0).first->second;
    const bool after = changes.signs == nullptr || changes.signs[i] > 0;
    if (before == after) WEIR_FAULT_POINT("never.join_key_broken");
    before = after;
  }
}

// Applies the last change of each touched row: it is stored anew or erased.
class LastChanges {
 public:
  // `rows[i]` is the row of the i-th selected row of the changes.
  template <typename Table>
  void Apply(const SideChanges& changes, std::span<std::byte* const> rows,
             const graph::JoinSideState& state, Table& table) {
    // Seen from the back, the first occurrence is the last change.
    backwards_.assign(rows.rbegin(), rows.rend());
    touched_.Collect(backwards_);
    stored_.clear();
    ids_.clear();
    dead_.clear();
    for (size_t i = 0; i < touched_.size(); ++i) {
      const auto last = static_cast<uint32_t>(rows.size() - 1 - touched_.first()[i]);
      std::byte* row = touched_.rows()[i];
      if (changes.signs != nullptr && changes.signs[last] < 0) {
        dead_.push_back(row);
        continue;
      }
      stored_.push_back(row);
      ids_.push_back(changes.batch->RowAt(last));
      if (state.matches_field >= 0) {
        table.layout().template Store<int64_t>(row, static_cast<size_t>(state.matches_field),
                                               changes.matches[last]);
      }
    }
    StoreColumns(*changes.batch, state.columns, table.layout(),
                 {stored_.data(), ids_.data(), static_cast<uint32_t>(stored_.size())}, table);
    if (!dead_.empty()) table.Erase(dead_);
  }

 private:
  TouchedRows touched_;
  std::vector<std::byte*> backwards_;
  std::vector<std::byte*> stored_;
  std::vector<uint32_t> ids_;
  std::vector<std::byte*> dead_;
};

// Sets matches[i] to the number of matches of rows[i], or kNotThere if it is null.
void LoadMatches(const JoinSide& side, std::span<std::byte* const> rows,
                 std::vector<int64_t>& matches) {
  matches.clear();
  for (const std::byte* row : rows) {
    matches.push_back(row == nullptr ? JoinSide::kNotThere : side.MatchesOf(row));
  }
}

// At most one row per key.
class SingleRowSide final : public JoinSide {
 public:
  SingleRowSide(graph::JoinSideState state, ValueTable& table)
      : JoinSide(std::move(state)), table_(table) {}

  Status Apply(const SideChanges& changes) override {
    rows_.resize(changes.batch->size());
    created_.assign(changes.batch->size(), 0);
    RETURN_IF_ERROR(table_.FindOrCreate({changes.batch, changes.keys, changes.hashes}, rows_.data(),
                                        created_.data()));
    WatchUniqueKey(changes, rows_, created_);
    last_.Apply(changes, rows_, state_, table_);
    return {};
  }
  Status FindMatches(const SideChanges& rows, std::vector<int64_t>& matches) override {
    rows_.resize(rows.batch->size());
    RETURN_IF_ERROR(table_.Find({rows.batch, rows.keys, rows.hashes}, rows_.data()));
    LoadMatches(*this, rows_, matches);
    return {};
  }
  Status Probe(const KeyView& keys) override {
    rows_.resize(keys.batch->size());
    next_ = 0;
    return table_.Find(keys, rows_.data());
  }
  bool Next(MatchRun& run) override {
    run.probes.clear();
    run.rows.clear();
    while (next_ < rows_.size() && run.rows.size() < MatchRun::kRows) {
      if (rows_[next_] != nullptr) {
        run.probes.push_back(next_);
        run.rows.push_back(rows_[next_]);
      }
      ++next_;
    }
    return !run.rows.empty();
  }
  void MarkChanged(std::span<std::byte* const> rows) override { table_.MarkChanged(rows); }
  const RowLayout& layout() const override { return table_.layout(); }

 private:
  ValueTable& table_;
  LastChanges last_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  uint32_t next_ = 0;
};

// A side whose rows have a unique key that goes beyond the join's keys: under a join key, a row is
// found by the other columns of its unique key.
class UniqueRowsSide final : public JoinSide {
 public:
  UniqueRowsSide(graph::JoinSideState state, MapTable& table)
      : JoinSide(std::move(state)), table_(table) {}

  Status Apply(const SideChanges& changes) override {
    rows_.resize(changes.batch->size());
    created_.assign(changes.batch->size(), 0);
    RETURN_IF_ERROR(table_.FindOrCreate({changes.batch, changes.keys, changes.hashes},
                                        state_.sub_key, rows_.data(), created_.data()));
    WatchUniqueKey(changes, rows_, created_);
    last_.Apply(changes, rows_, state_, table_);
    return {};
  }
  Status FindMatches(const SideChanges& rows, std::vector<int64_t>& matches) override {
    rows_.resize(rows.batch->size());
    RETURN_IF_ERROR(
        table_.Find({rows.batch, rows.keys, rows.hashes}, state_.sub_key, rows_.data()));
    LoadMatches(*this, rows_, matches);
    return {};
  }
  Status Probe(const KeyView& keys) override { return table_.Probe(keys); }
  bool Next(MatchRun& run) override { return table_.NextMatches(run); }
  void MarkChanged(std::span<std::byte* const> rows) override { table_.MarkChanged(rows); }
  const RowLayout& layout() const override { return table_.layout(); }

 private:
  MapTable& table_;
  LastChanges last_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
};

}  // namespace

Result<std::unique_ptr<JoinSide>> OpenJoinSide(graph::JoinSideState state, const Schema& schema,
                                               TaskState& tasks, const std::string& uid) {
  switch (state.rows) {
    case graph::JoinRows::kOne: {
      ValueTable* table = TRY(tasks.OpenValue(uid, state.schema));
      return std::unique_ptr<JoinSide>(new SingleRowSide(std::move(state), *table));
    }
    case graph::JoinRows::kUnique: {
      MapTable* table = TRY(tasks.OpenMap(uid, state.schema));
      return std::unique_ptr<JoinSide>(new UniqueRowsSide(std::move(state), *table));
    }
    case graph::JoinRows::kList: {
      ListTable* table = TRY(tasks.OpenList(uid, state.schema));
      return std::unique_ptr<JoinSide>(new ListSide(std::move(state), *table));
    }
    case graph::JoinRows::kMultiset:
      break;
  }
  MapTable* table = TRY(tasks.OpenMap(uid, state.schema));
  return std::unique_ptr<JoinSide>(new MultisetSide(std::move(state), schema, *table));
}

Batch WithColumn(const Batch& batch, const int64_t* values) {
  Batch result = batch;
  const MutableColumnPtr column = Column::Make(Type::BigInt().WithNullable(false), batch.row_count);
  std::memcpy(column->mutable_data<int64_t>(), values, batch.row_count * sizeof(int64_t));
  result.columns.push_back(column);
  return result;
}

}  // namespace weir::operators
