#include "runtime/operators/join/join_slices.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/operators/stored_rows.h"

namespace weir::operators {

Status JoinSlices::Open(graph::JoinSideState state, const graph::JoinInput& input, TaskState& tasks,
                        const std::string& uid) {
  state_ = std::move(state);
  input_ = &input;
  for (const Field& field : state_.schema.key) key_types_.push_back(field.type);
  table_ = TRY(tasks.OpenSlicedLists(uid, state_.schema));
  for (const Timestamp end : table_->Slices()) ends_.push_back(end.millis);
  fields_ = state_.columns;
  fields_.resize(state_.schema.value.size());
  return {};
}

Result<ListTable*> JoinSlices::Find(int64_t end) const {
  ListTable* table = TRY(table_->FindSlice({end}));
  WEIR_CHECK(table != nullptr);
  return table;
}

Status JoinSlices::Append(int64_t end, const Batch& batch, const uint64_t* hashes) {
  ListTable* table = TRY(table_->Slice({end}));
  const auto place = std::lower_bound(ends_.begin(), ends_.end(), end);
  if (place == ends_.end() || *place != end) ends_.insert(place, end);
  const size_t added = fields_.size() - state_.columns.size();
  for (size_t i = 0; i < added; ++i) {
    fields_[state_.columns.size() + i] = static_cast<int>(batch.columns.size() - added + i);
  }
  return table->Append({&batch, input_->keys, hashes}, fields_);
}

bool JoinSlices::Has(int64_t end) const {
  return std::binary_search(ends_.begin(), ends_.end(), end);
}

uint64_t JoinSlices::RowsOf(int64_t end) const {
  const Result<ListTable*> table = table_->FindSlice({end});
  return table.ok() && *table != nullptr ? (*table)->row_count() : 0;
}

Status JoinSlices::Probe(int64_t end, const KeyView& keys) {
  probed_ = TRY(Find(end));
  return probed_->Probe(keys);
}

Result<Batch> JoinSlices::BatchOf(const ScannedRows& rows) const {
  Batch batch = TRY(
      InputRows(rows, layout(), {input_->schema.size(), input_->keys, key_types_, state_.columns}));
  const bool late = std::any_of(rows.rows.begin(), rows.rows.end(), [&](const std::byte* row) {
    return MarkOf(row) != Timestamp::Min().millis;
  });
  if (!late) return batch;
  batch.late_marks = MakeBuffer<int64_t>(batch.row_count);
  std::transform(rows.rows.begin(), rows.rows.end(), batch.late_marks->as<int64_t>(),
                 [&](const std::byte* row) { return MarkOf(row); });
  return batch;
}

Status JoinSlices::Scan(int64_t end, const Wanted& wanted, const Visit& visit) {
  ListTable* table = TRY(Find(end));
  std::vector<std::string_view> keys;
  std::vector<std::byte*> rows;
  return table->Scan([&](const ScannedRows& run) -> Status {
    keys.clear();
    rows.clear();
    for (size_t i = 0; i < run.rows.size(); ++i) {
      if (!wanted(run.rows[i])) continue;
      keys.push_back(run.keys[i]);
      rows.push_back(run.rows[i]);
    }
    if (rows.empty()) return {};
    return visit(TRY(BatchOf({keys, rows})));
  });
}

Status JoinSlices::Drop(int64_t end) {
  std::erase(ends_, end);
  return table_->Drop({end});
}

}  // namespace weir::operators
