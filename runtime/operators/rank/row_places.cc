#include "runtime/operators/rank/row_places.h"

#include <numeric>

#include "runtime/base/bytes.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

constexpr size_t kSequences = 0;
constexpr size_t kNumberBytes = 8;

}  // namespace

void RowPlaces::Open(MapTable& table, const std::vector<int>& partition, size_t width) {
  table_ = &table;
  partition_ = &partition;
  all_.resize(width);
  std::iota(all_.begin(), all_.end(), 0);
}

Status RowPlaces::Fold(const Batch& batch, const uint64_t* partition_hashes) {
  Batch keyed = batch;
  const int sub_key[] = {static_cast<int>(keyed.columns.size())};
  keyed.columns.push_back(HashesOf(batch));
  rows_.resize(batch.row_count);
  created_.assign(batch.row_count, 0);
  RETURN_IF_ERROR(table_->FindOrCreate({&keyed, *partition_, partition_hashes}, sub_key,
                                       rows_.data(), created_.data()));
  groups_.Collect(rows_);
  const RowLayout& layout = table_->layout();
  sequences_.resize(groups_.size());
  for (size_t group = 0; group < groups_.size(); ++group) {
    const std::byte* row = rows_[groups_.firsts()[group]];
    sequences_[group] = layout.Load<StringRef>(row, kSequences).str();
  }
  added_.clear();
  removed_.clear();
  first_ = sequence_;
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    FoldRow(batch, row, sequences_[groups_.group_of()[row]]);
  }
  std::erase_if(added_, [](const RowPlace& place) { return place.row == kNoRow; });
  std::vector<std::byte*> dead;
  for (size_t group = 0; group < groups_.size(); ++group) {
    std::byte* row = rows_[groups_.firsts()[group]];
    if (sequences_[group].empty()) {
      dead.push_back(row);
    } else {
      table_->SetString(row, kSequences, sequences_[group]);
    }
  }
  if (!dead.empty()) table_->Erase(dead);
  return {};
}

Status RowPlaces::Refresh(const Batch& rows, const uint64_t* partition_hashes) {
  Batch keyed = rows;
  const int sub_key[] = {static_cast<int>(keyed.columns.size())};
  keyed.columns.push_back(HashesOf(rows));
  rows_.resize(rows.row_count);
  RETURN_IF_ERROR(table_->Find({&keyed, *partition_, partition_hashes}, sub_key, rows_.data()));
  std::erase(rows_, nullptr);
  table_->MarkChanged(rows_);
  return {};
}

ColumnPtr RowPlaces::HashesOf(const Batch& batch) const {
  const MutableColumnPtr hashes = Column::Make(Type::BigInt().WithNullable(false), batch.row_count);
  HashKeys(batch, all_, reinterpret_cast<uint64_t*>(hashes->mutable_data<int64_t>()));
  return hashes;
}

void RowPlaces::FoldRow(const Batch& batch, uint32_t row, std::string& sequences) {
  if (IsAddition(batch.kind(row))) {
    AppendLittle(sequences, sequence_);
    added_.push_back({row, sequence_++});
    return;
  }
  if (sequences.size() < kNumberBytes) return;  // the row does not exist
  ByteReader reader(sequences);
  const auto number = reader.Little<int64_t>();
  sequences.erase(0, kNumberBytes);
  const auto fresh = static_cast<uint64_t>(number - first_);
  if (fresh < added_.size()) {
    added_[fresh].row = kNoRow;
  } else {
    removed_.push_back({row, number});
  }
}

Batch RowPlaces::WithPlaces(const Batch& batch, const SortOrder& order,
                            const std::vector<RowPlace>& places, bool reverse) const {
  const auto count = static_cast<uint32_t>(places.size());
  std::vector<uint32_t> ids;
  for (const RowPlace& place : places) ids.push_back(place.row);
  Batch result;
  result.row_count = count;
  for (const ColumnPtr& column : batch.columns) {
    result.columns.push_back(GatherColumn(*column, ids.data(), count));
  }
  const MutableColumnPtr orders = Column::Make(Type::Bytes().WithNullable(false), count);
  const MutableColumnPtr numbers = Column::Make(Type::BigInt().WithNullable(false), count);
  for (uint32_t i = 0; i < count; ++i) {
    orders->mutable_data<StringRef>()[i] = StringRef(order[places[i].row]);
    numbers->mutable_data<int64_t>()[i] = reverse ? -places[i].sequence : places[i].sequence;
  }
  result.columns.push_back(orders);
  result.columns.push_back(numbers);
  return result;
}

}  // namespace weir::operators
