#include "runtime/operators/over/ahead_rows.h"

#include "runtime/operators/stored_rows.h"
#include "runtime/types/leading_key.h"

namespace weir::operators {

void AheadRows::Open(MapTable& table, std::span<const int> fields) {
  table_ = &table;
  fields_.assign(fields.begin(), fields.end());
  flag_ = table.layout().field_count() - 1;
}

Status AheadRows::Read(std::string_view key, uint32_t row, int64_t limit) {
  row_ = row;
  rows_.clear();
  times_.clear();
  given_ = 0;
  RETURN_IF_ERROR(table_->VisitKey(key, false, [&](std::string_view sub_key, std::byte* stored) {
    const int64_t time = LeadingBigInt(sub_key);
    if (time > limit) return false;
    rows_.push_back(stored);
    times_.push_back(time);
    return true;
  }));
  while (given_ < rows_.size() && IsGiven(rows_[given_])) ++given_;
  FindPeers();
  return {};
}

void AheadRows::FindPeers() {
  const size_t count = rows_.size();
  peers_.resize(count);
  peer_ends_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const bool same = i > 0 && times_[i - 1] == times_[i];
    peers_[i] = same ? peers_[i - 1] : static_cast<uint32_t>(i);
  }
  for (size_t i = count; i-- > 0;) {
    const bool last = i + 1 == count || times_[i + 1] != times_[i];
    peer_ends_[i] = last ? static_cast<uint32_t>(i) + 1 : peer_ends_[i + 1];
  }
}

Result<ColumnPtr> AheadRows::Values(const Batch& batch, int column, size_t begin,
                                    size_t end) const {
  const Column& source = *batch.columns[static_cast<size_t>(column)];
  const int field = fields_[static_cast<size_t>(column)];
  const auto count = static_cast<uint32_t>(end - begin);
  if (field < 0) return Flatten(RepeatRow(source, row_, count));
  const auto rows = std::span(rows_).subspan(begin, count);
  return LoadColumn(table_->layout(), static_cast<size_t>(field), rows);
}

void AheadRows::Give(uint32_t begin, uint32_t end) {
  if (begin >= end) return;
  const auto rows = std::span(rows_).subspan(begin, end - begin);
  table_->MarkChanged(rows);
  for (std::byte* row : rows) table_->layout().Store<uint8_t>(row, flag_, 1);
}

void AheadRows::Erase(uint32_t rows) {
  if (rows > 0) table_->Erase(std::span(rows_).first(rows));
}

}  // namespace weir::operators
