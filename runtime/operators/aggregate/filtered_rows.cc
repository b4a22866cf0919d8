#include "runtime/operators/aggregate/filtered_rows.h"

#include <algorithm>

namespace weir::operators {

void FilteredRows::Begin(const Batch& batch, std::byte* const* groups, const int8_t* signs) {
  batch_ = &batch;
  groups_ = groups;
  signs_ = signs;
  for (List& list : lists_) list.made = false;
}

const FoldedRows& FilteredRows::Of(int filter) {
  auto list = std::ranges::find(lists_, filter, &List::filter);
  if (list == lists_.end()) list = lists_.insert(lists_.end(), List{filter, false, {}});
  if (list->made) return list->rows;
  list->made = true;
  if (filter < 0) {
    ListAll(list->rows);
  } else {
    ListPassing(*batch_->columns[static_cast<size_t>(filter)], list->rows);
  }
  return list->rows;
}

void FilteredRows::ListAll(FoldedRows& rows) const {
  const uint32_t size = batch_->size();
  rows.input_rows.resize(size);
  for (uint32_t i = 0; i < size; ++i) rows.input_rows[i] = batch_->RowAt(i);
  rows.groups.assign(groups_, groups_ + size);
  rows.signs.clear();
  if (signs_ != nullptr) rows.signs.assign(signs_, signs_ + size);
}

void FilteredRows::ListPassing(const Column& filter, FoldedRows& rows) const {
  const uint32_t size = batch_->size();
  rows.input_rows.resize(size);
  rows.groups.resize(size);
  rows.signs.resize(signs_ == nullptr ? 0 : size);
  const auto* const values = filter.data<uint8_t>();
  const uint64_t* const validity = filter.validity();
  const uint32_t mask = filter.is_constant() ? 0 : ~uint32_t{0};
  uint32_t count = 0;
  // Written for every row but only kept for those that pass, so that no branch depends on the
  // values.
  for (uint32_t i = 0; i < size; ++i) {
    const uint32_t row = batch_->RowAt(i);
    const uint32_t stored = row & mask;
    rows.input_rows[count] = row;
    rows.groups[count] = groups_[i];
    if (signs_ != nullptr) rows.signs[count] = signs_[i];
    count += values[stored] != 0 && (validity == nullptr || GetBit(validity, stored)) ? 1 : 0;
  }
  rows.input_rows.resize(count);
  rows.groups.resize(count);
  rows.signs.resize(signs_ == nullptr ? 0 : count);
}

}  // namespace weir::operators
