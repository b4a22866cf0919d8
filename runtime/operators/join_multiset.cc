#include "runtime/operators/join_multiset.h"

#include <cstring>
#include <utility>

#include "runtime/operators/stored_rows.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {

MultisetSide::MultisetSide(graph::JoinSideState state, const Schema& schema, MapTable& table)
    : JoinSide(std::move(state)), table_(table) {
  // What cannot be a key is left to the comparison of values.
  for (const int column : state_.columns) {
    if (CheckKeyType(schema.fields.at(static_cast<size_t>(column)).type).ok()) {
      hashed_columns_.push_back(column);
    }
  }
}

void MultisetSide::HashRows(const SideChanges& changes, const RowTimes& times) {
  constexpr uint64_t kSpread = 0x9E3779B97F4A7C15;  // odd: different marks, different sums
  const Batch& batch = *changes.batch;
  row_hashes_.resize(batch.row_count);
  HashKeys(batch, hashed_columns_, row_hashes_.data());
  if (times.times == nullptr) return;
  for (uint32_t i = 0; i < batch.size(); ++i) {
    uint64_t& hash = row_hashes_[batch.RowAt(i)];
    if (times.marks != nullptr)
      hash += static_cast<uint64_t>(times.marks[batch.RowAt(i)]) * kSpread;
    if (state_.matches_field >= 0 && changes.matches[i] > 0) hash = ~hash;
  }
}

Status MultisetSide::ApplyAt(const SideChanges& changes, const RowTimes& times) {
  const Batch& batch = *changes.batch;
  HashRows(changes, times);
  pending_.places.clear();
  pending_.rows.clear();
  for (uint32_t i = 0; i < batch.size(); ++i) {
    pending_.places.push_back(i);
    pending_.rows.push_back(batch.RowAt(i));
  }
  for (int64_t number = 0; !pending_.rows.empty(); ++number) {
    RETURN_IF_ERROR(ApplyPending(changes, times, number));
  }
  return {};
}

Status MultisetSide::ApplyPending(const SideChanges& changes, const RowTimes& times,
                                  int64_t number) {
  const auto count = static_cast<uint32_t>(pending_.rows.size());
  Batch batch = *changes.batch;
  const size_t width = batch.columns.size();
  std::vector<int> sub_key;
  if (times.times != nullptr) batch = WithColumn(batch, times.times);
  batch = WithColumn(batch, reinterpret_cast<const int64_t*>(row_hashes_.data()));
  const std::vector<int64_t> numbers(batch.row_count, number);
  batch = WithColumn(batch, numbers.data());
  for (size_t i = width; i < batch.columns.size(); ++i) sub_key.push_back(static_cast<int>(i));
  BufferPtr ids = MakeBuffer<uint32_t>(count);
  std::memcpy(ids->as<uint32_t>(), pending_.rows.data(), count * sizeof(uint32_t));
  batch.selection = Selection(std::move(ids), count);

  rows_.resize(count);
  created_.assign(count, 0);
  RETURN_IF_ERROR(table_.FindOrCreate({&batch, changes.keys, changes.hashes}, sub_key, rows_.data(),
                                      created_.data()));
  StoreNew(batch, times);
  equal_.assign(count, 1);
  CompareColumns(batch, state_.columns, table_.layout(),
                 {rows_.data(), pending_.rows.data(), count}, equal_.data());
  Count(changes);

  Pending rest;
  for (uint32_t i = 0; i < count; ++i) {
    if (equal_[i] != 0) continue;
    rest.places.push_back(pending_.places[i]);
    rest.rows.push_back(pending_.rows[i]);
  }
  pending_ = std::move(rest);
  return {};
}

void MultisetSide::StoreNew(const Batch& batch, const RowTimes& times) {
  const RowLayout& layout = table_.layout();
  new_rows_.clear();
  new_ids_.clear();
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (created_[i] == 0) continue;
    new_rows_.push_back(rows_[i]);
    new_ids_.push_back(pending_.rows[i]);
    if (times.times == nullptr) continue;
    const uint32_t id = pending_.rows[i];
    layout.Store<int64_t>(rows_[i], static_cast<size_t>(state_.time_field), times.times[id]);
    if (state_.mark_field < 0) continue;
    layout.Store<int64_t>(rows_[i], static_cast<size_t>(state_.mark_field),
                          times.marks == nullptr ? Timestamp::Min().millis : times.marks[id]);
  }
  StoreColumns(batch, state_.columns, table_.layout(),
               {new_rows_.data(), new_ids_.data(), static_cast<uint32_t>(new_rows_.size())},
               table_);
}

void MultisetSide::Count(const SideChanges& changes) {
  const RowLayout& layout = table_.layout();
  const auto copies_field = static_cast<size_t>(state_.copies_field);
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (equal_[i] == 0) continue;
    const uint32_t place = pending_.places[i];
    const int64_t sign = changes.signs == nullptr ? 1 : changes.signs[place];
    layout.Store<int64_t>(rows_[i], copies_field,
                          layout.Load<int64_t>(rows_[i], copies_field) + sign);
    if (state_.matches_field >= 0 && sign > 0) {
      layout.Store<int64_t>(rows_[i], static_cast<size_t>(state_.matches_field),
                            changes.matches[place]);
    }
  }
  dead_.clear();
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (equal_[i] != 0 && layout.Load<int64_t>(rows_[i], copies_field) == 0) {
      dead_.push_back(rows_[i]);
    }
  }
  if (!dead_.empty()) table_.Erase(dead_);
}

}  // namespace weir::operators
