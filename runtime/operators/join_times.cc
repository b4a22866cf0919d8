#include "runtime/operators/join_times.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

namespace weir::operators {

Status JoinTimes::Open(const graph::JoinShape& shape, TaskState& tasks, const std::string& uid) {
  shape_ = &shape;
  const StateSchema schema = graph::TimesOfJoin(shape);
  for (const Field& field : schema.key) key_types_.push_back(field.type);
  table_ = TRY(tasks.OpenSliced(uid, schema));
  FindNext();
  return {};
}

void JoinTimes::FindNext() {
  const std::vector<Timestamp> slices = table_->Slices();
  next_ = slices.empty() ? INT64_MAX : slices.front().millis;
}

Status JoinTimes::Note(const KeyView& keys, const int64_t* due) {
  std::vector<std::pair<int64_t, uint32_t>> order;
  ForEachRow(*keys.batch, [&](uint32_t row) { order.emplace_back(due[row], row); });
  std::sort(order.begin(), order.end());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && order[end].first == order[begin].first) ++end;
    const auto count = static_cast<uint32_t>(end - begin);
    const BufferPtr ids = MakeBuffer<uint32_t>(count);
    for (uint32_t i = 0; i < count; ++i) ids->as<uint32_t>()[i] = order[begin + i].second;
    Batch part = *keys.batch;
    part.selection = Selection(ids, count);
    RETURN_IF_ERROR(NoteAt(part, keys, order[begin].first));
    begin = end;
  }
  return {};
}

Status JoinTimes::NoteAt(const Batch& batch, const KeyView& keys, int64_t due) {
  ValueTable* table = TRY(table_->Slice({due}));
  rows_.resize(batch.size());
  created_.assign(batch.size(), 0);
  RETURN_IF_ERROR(
      table->FindOrCreate({&batch, keys.columns, keys.hashes}, rows_.data(), created_.data()));
  next_ = std::min(next_, due);
  return {};
}

Result<DueKeys> JoinTimes::KeysOf(const ScannedRows& run) const {
  DueKeys keys;
  keys.batch.row_count = static_cast<uint32_t>(run.rows.size());
  if (!key_types_.empty()) {
    for (ColumnPtr& column : TRY(DecodeKeys(run.keys, key_types_)))
      keys.batch.columns.push_back(std::move(column));
  }
  keys.columns.resize(key_types_.size());
  std::iota(keys.columns.begin(), keys.columns.end(), 0);
  keys.hashes.resize(keys.batch.row_count);
  HashKeys(keys.batch, keys.columns, keys.hashes.data());
  return keys;
}

Status JoinTimes::Take(int64_t time, const Visit& visit) {
  while (next_ <= time && next_ != INT64_MAX) {
    const int64_t due = next_;
    ValueTable* table = TRY(table_->FindSlice({due}));
    if (table != nullptr) {
      RETURN_IF_ERROR(table->Scan([&](const ScannedRows& run) -> Status {
        DueKeys keys = TRY(KeysOf(run));
        return visit(due, keys);
      }));
    }
    RETURN_IF_ERROR(table_->Drop({due}));
    FindNext();
  }
  return {};
}

}  // namespace weir::operators
