#include "runtime/connectors/postgres/row_changes.h"

#include <fmt/format.h>

#include "runtime/base/valid_utf8.h"
#include "runtime/connectors/postgres/value_text.h"

namespace weir::connectors::postgres {

void ChangeEncoder::Encode(const Batch& batch, uint32_t row) {
  key_text_.clear();
  row_text_.clear();
  for (size_t k = 0; k < key_.size(); ++k) {
    if (k > 0) key_text_ += '\t';
    AppendCopyField(*batch.columns[static_cast<size_t>(key_[k])], row, key_text_);
  }
  for (size_t c = 0; c < batch.columns.size(); ++c) {
    if (c > 0) row_text_ += '\t';
    AppendCopyField(*batch.columns[c], row, row_text_);
  }
}

Status ChangeEncoder::CheckTexts() const {
  if (row_text_.find('\0') != std::string::npos) {
    return Status::DataError("a text with the character U+0000, which PostgreSQL does not take")
        .WithId("E3001");
  }
  if (IsUtf8(row_text_)) return {};
  return Status::DataError("a text whose bytes are no UTF-8, which PostgreSQL does not take")
      .WithId("E3001")
      .WithHint("a column of the type BYTES, and bytea there, takes any bytes");
}

void RowChanges::Add(const RowChange& change) {
  if (!change.key) {
    lines_ += *change.row;
    lines_ += '\n';
    bytes_ = lines_.size();
    ++added_;
    return;
  }
  Held& held = keyed_[std::string(*change.key)];
  held.row.reset();
  if (change.row) held.row.emplace(*change.row);
  held.place = ++places_;
  bytes_ += change.key->size() + change.row.value_or("").size();
}

void RowChanges::Clear() {
  lines_.clear();
  added_ = 0;
  keyed_.clear();
  bytes_ = 0;
}

std::string RowChanges::Rows() const {
  std::string lines = lines_;
  for (const auto& [key, held] : keyed_) {
    if (held.row) lines.append(*held.row).append(fmt::format("\t{}\n", held.place));
  }
  return lines;
}

std::string RowChanges::DeletedKeys() const {
  std::string lines;
  for (const auto& [key, held] : keyed_) {
    if (!held.row) lines.append(key).append(fmt::format("\t{}\n", held.place));
  }
  return lines;
}

}  // namespace weir::connectors::postgres
