#include "runtime/connectors/jdbc/row_changes.h"

namespace weir::connectors::jdbc {

Status ChangeEncoder::Encode(const Batch& batch, uint32_t row) {
  key_text_.clear();
  row_text_.clear();
  for (size_t k = 0; k < key_.size(); ++k) {
    if (k > 0) key_text_ += text_.between;
    RETURN_IF_ERROR(text_.append(*batch.columns[static_cast<size_t>(key_[k])], row, key_text_));
  }
  for (size_t c = 0; c < batch.columns.size(); ++c) {
    if (c > 0) row_text_ += text_.between;
    RETURN_IF_ERROR(text_.append(*batch.columns[c], row, row_text_));
  }
  return text_.check(row_text_);
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

}  // namespace weir::connectors::jdbc
