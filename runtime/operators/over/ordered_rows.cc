#include "runtime/operators/over/ordered_rows.h"

#include <algorithm>
#include <numeric>

#include "runtime/types/key_encoding.h"
#include "runtime/types/leading_key.h"

namespace weir::operators {
namespace {

// The bytes of the first column of a sub-key, which is a BYTES: a tag, and bytes up to a zero that
// is followed by another one (a zero within them is followed by 0xFF).
size_t LengthOfOrder(std::string_view key) {
  size_t zero = key.find('\0', 1);
  while (key[zero + 1] != '\0') zero = key.find('\0', zero + 2);
  return zero + 2;
}

std::string_view OrderOf(std::string_view key) {
  return key.substr(0, LengthOfOrder(key));
}

}  // namespace

void OrderedKeys::Encode(const Batch& batch, std::span<const graph::SortKey> order) {
  std::vector<ColumnPtr> sorted_by;
  for (const graph::SortKey& key : order)
    sorted_by.push_back(batch.columns[static_cast<size_t>(key.column)]);
  SortOrder orders;
  orders.Encode(sorted_by, order, batch.row_count);
  std::vector<ColumnPtr> columns;
  for (const ColumnPtr& column : batch.columns) columns.push_back(Flatten(column));
  std::string bytes;
  std::vector<size_t> ends;
  AppendKeys(columns, batch.row_count, bytes, ends);
  const Type type = Type::Bytes().WithNullable(false);
  const MutableColumnPtr order_column = Column::Make(type, batch.row_count);
  const MutableColumnPtr row_column = Column::Make(type, batch.row_count);
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    const size_t begin = row == 0 ? 0 : ends[row - 1];
    order_column->SetString(row, orders[row]);
    row_column->SetString(row, std::string_view(bytes).substr(begin, ends[row] - begin));
  }
  orders_ = order_column;
  rows_ = row_column;
  bytes_.clear();
  AppendKeys(std::vector{orders_, rows_}, batch.row_count, bytes_, ends_);
}

Batch OrderedKeys::WithKeys(const Batch& batch, std::span<const uint32_t> ids,
                            std::span<const int64_t> copies) const {
  const auto count = static_cast<uint32_t>(ids.size());
  Batch part;
  part.row_count = count;
  for (const ColumnPtr& column : batch.columns)
    part.columns.push_back(GatherColumn(*column, ids.data(), count));
  part.columns.push_back(GatherColumn(*orders_, ids.data(), count));
  part.columns.push_back(GatherColumn(*rows_, ids.data(), count));
  const MutableColumnPtr numbers = Column::Make(Type::BigInt().WithNullable(false), count);
  std::ranges::copy(copies, numbers->mutable_data<int64_t>());
  part.columns.push_back(numbers);
  return part;
}

void OrderedRows::Open(MapTable& table, std::span<const int> fields) {
  table_ = &table;
  fields_.assign(fields.begin(), fields.end());
}

Status OrderedRows::Read(const std::string& key, const Batch& batch, const OrderedKeys& keys,
                         std::span<const uint32_t> rows) {
  rows_.clear();
  keys_.clear();
  before_.clear();
  touched_.clear();
  removed_.clear();
  changes_ = 0;
  passed_ = 0;
  first_ = rows.front();
  RETURN_IF_ERROR(ReadOld(key));
  std::vector<uint32_t> sorted(rows.begin(), rows.end());
  std::ranges::stable_sort(sorted, [&](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
  size_t old = 0;
  for (size_t begin = 0; begin < sorted.size();) {
    const std::string_view changed = keys[sorted[begin]];
    size_t end = begin + 1;
    while (end < sorted.size() && keys[sorted[end]] == changed) ++end;
    for (; old < old_.size() && KeyOf(old_[old]) < changed; ++old)
      AddPlace({old_[old].row, first_, 0}, KeyOf(old_[old]));
    const size_t first_copy = old;
    while (old < old_.size() && KeyOf(old_[old]) == changed) ++old;
    Merge(std::span(old_).subspan(first_copy, old - first_copy),
          std::span(sorted).subspan(begin, end - begin), batch, changed);
    begin = end;
  }
  for (; old < old_.size(); ++old) AddPlace({old_[old].row, first_, 0}, KeyOf(old_[old]));
  before_.push_back(passed_);
  touched_.push_back(changes_);
  if (changed()) FindPeers();
  return {};
}

Status OrderedRows::ReadOld(const std::string& key) {
  old_.clear();
  bytes_.clear();
  return table_->VisitKey(key, false, [&](std::string_view sub_key, std::byte* row) {
    const size_t bytes = sub_key.size() - kBigIntKeyBytes;
    old_.push_back({bytes_.size(), bytes, LeadingBigInt(sub_key.substr(bytes)), row});
    bytes_ += sub_key.substr(0, bytes);
    return true;
  });
}

void OrderedRows::Merge(std::span<const Old> copies, std::span<const uint32_t> same,
                        const Batch& batch, std::string_view key) {
  size_t count = copies.size();
  for (const uint32_t row : same) {
    if (IsAddition(batch.kind(row))) {
      ++count;
    } else if (count > 0) {
      --count;
    }
  }
  for (size_t i = 0; i < copies.size(); ++i) {
    if (i < count) {
      AddPlace({copies[i].row, first_, 0}, key);
    } else {
      removed_.push_back(copies[i].row);
      ++changes_;
    }
  }
  // Rows of which earlier copies have expired are numbered on.
  int64_t copy = copies.empty() ? 0 : copies.back().copy + 1;
  for (size_t i = copies.size(); i < count; ++i) AddPlace({nullptr, same.front(), copy++}, key);
}

void OrderedRows::AddPlace(const OrderedRow& row, std::string_view key) {
  before_.push_back(passed_);
  touched_.push_back(changes_);
  if (row.stored == nullptr) ++changes_;
  passed_ = changes_;
  rows_.push_back(row);
  keys_.push_back(key);
}

void OrderedRows::FindPeers() {
  const size_t count = rows_.size();
  peers_.resize(count);
  peer_ends_.resize(count);
  std::string_view order;
  for (size_t i = 0; i < count; ++i) {
    const bool same = i > 0 && keys_[i].starts_with(order);
    if (!same) order = OrderOf(keys_[i]);
    peers_[i] = same ? peers_[i - 1] : static_cast<uint32_t>(i);
  }
  for (size_t i = count; i-- > 0;) {
    const bool last = i + 1 == count || peers_[i + 1] != peers_[i];
    peer_ends_[i] = last ? static_cast<uint32_t>(i) + 1 : peer_ends_[i + 1];
  }
}

Result<ColumnPtr> OrderedRows::Values(const Batch& batch, int column, size_t begin,
                                      size_t end) const {
  std::vector<std::byte*> stored;
  std::vector<uint32_t> added;
  for (size_t i = begin; i < end; ++i) {
    if (rows_[i].stored != nullptr) {
      stored.push_back(rows_[i].stored);
    } else {
      added.push_back(rows_[i].row);
    }
  }
  if (added.empty()) return ValuesOf(batch, column, stored);
  const Column& source = *batch.columns[static_cast<size_t>(column)];
  Batch fresh;
  fresh.row_count = static_cast<uint32_t>(added.size());
  fresh.columns.push_back(Flatten(GatherColumn(source, added.data(), fresh.row_count)));
  if (stored.empty()) return fresh.columns[0];
  Batch old;
  old.row_count = static_cast<uint32_t>(stored.size());
  old.columns.push_back(TRY(ValuesOf(batch, column, stored)));
  std::vector<uint32_t> ids;
  uint32_t next_old = 0;
  uint32_t next_new = old.row_count;
  for (size_t i = begin; i < end; ++i)
    ids.push_back(rows_[i].stored != nullptr ? next_old++ : next_new++);
  const Batch all = Concatenate(old, fresh);
  return GatherColumn(*all.columns[0], ids.data(), static_cast<uint32_t>(ids.size()));
}

Result<ColumnPtr> OrderedRows::ValuesOf(const Batch& batch, int column,
                                        std::span<std::byte* const> stored) const {
  const Column& source = *batch.columns[static_cast<size_t>(column)];
  const int field = fields_[static_cast<size_t>(column)];
  if (field >= 0) {
    const ColumnPtr loaded = TRY(LoadColumn(table_->layout(), static_cast<size_t>(field), stored));
    return loaded->WithType(source.type());
  }
  return Flatten(RepeatRow(source, first_, static_cast<uint32_t>(stored.size())));
}

}  // namespace weir::operators
