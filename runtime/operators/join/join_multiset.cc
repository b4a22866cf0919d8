#include "runtime/operators/join/join_multiset.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "runtime/fault_point.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

bool HoldsFloats(const Type& type) {
  if (type.kind() == TypeKind::kFloat || type.kind() == TypeKind::kDouble) return true;
  return type.is_nested() && std::ranges::any_of(type.fields(), [](const TypeField& field) {
           return HoldsFloats(field.type);
         });
}

// What one twin owes is taken from what others have.
void Settle(std::vector<int64_t>& copies) {
  for (int64_t& debt : copies) {
    for (int64_t& some : copies) {
      if (debt >= 0) break;
      const int64_t paid = std::clamp<int64_t>(some, 0, -debt);
      debt += paid;
      some -= paid;
    }
  }
}

}  // namespace

MultisetSide::MultisetSide(graph::JoinSideState state, const Schema& schema, MapTable& table)
    : JoinSide(std::move(state)), table_(table) {
  // The hash is part of a row's key on disk. Columns without an order, such as maps, are left out,
  // as equal ones may have different bytes; rows that differ only in these get numbers.
  for (const int column : state_.columns) {
    const Type& type = schema.fields.at(static_cast<size_t>(column)).type;
    const bool ordered = CheckHasOrder(type).ok();
    if (ordered) hashed_columns_.push_back(column);
    if (!ordered || HoldsFloats(type)) twin_columns_.push_back(column);
  }
}

void MultisetSide::HashRows(const SideChanges& changes) {
  const Batch& batch = *changes.batch;
  row_hashes_.resize(batch.row_count);
  HashKeys(batch, hashed_columns_, row_hashes_.data());
}

void MultisetSide::Begin(const SideChanges& changes) {
  const Batch& batch = *changes.batch;
  HashRows(changes);
  pending_.places.clear();
  pending_.rows.clear();
  for (uint32_t i = 0; i < batch.size(); ++i) {
    pending_.places.push_back(i);
    pending_.rows.push_back(batch.RowAt(i));
  }
}

Status MultisetSide::FindMatches(const SideChanges& rows, std::vector<int64_t>& matches) {
  Begin(rows);
  matches.assign(rows.batch->size(), kNotThere);
  for (int64_t number = 0; !pending_.rows.empty(); ++number) {
    RETURN_IF_ERROR(FindPending(rows, number, matches));
  }
  return {};
}

Status MultisetSide::FindPending(const SideChanges& rows, int64_t number,
                                 std::vector<int64_t>& matches) {
  const NumberedRows numbered = Number(rows, pending_.rows, number);
  rows_.resize(pending_.rows.size());
  RETURN_IF_ERROR(
      table_.Find({&numbered.batch, rows.keys, rows.hashes}, numbered.sub_key, rows_.data()));
  // A row that does not exist under this number does not exist at all, as in ApplyPending.
  Pending found;
  std::vector<std::byte*> there;
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i] == nullptr) continue;
    found.places.push_back(pending_.places[i]);
    found.rows.push_back(pending_.rows[i]);
    there.push_back(rows_[i]);
  }
  pending_ = std::move(found);
  equal_.assign(there.size(), 1);
  CompareColumns(numbered.batch, state_.columns, table_.layout(),
                 {there.data(), pending_.rows.data(), static_cast<uint32_t>(there.size())},
                 equal_.data());
  std::vector<uint8_t> twins;  // where some are unequal
  if (std::ranges::count(equal_, 0) > 0)
    twins = TRY(AreTwins(numbered.batch, pending_.rows, there));
  for (size_t i = 0; i < there.size(); ++i) {
    int64_t& stored = matches[pending_.places[i]];
    if (CopiesOf(there[i]) <= 0) continue;
    const bool twin = !twins.empty() && twins[i] != 0 && stored == kNotThere;
    if (equal_[i] != 0 || twin) stored = MatchesOf(there[i]);
  }
  KeepUnequal();
  return {};
}

bool MultisetSide::MayHaveTwin(const Batch& batch, uint32_t row) const {
  if (DefectPlanted("twins-unlooked-for")) return false;
  const auto may_be_twin = []<typename T>(T value) { return value == 0 || std::isnan(value); };
  return std::ranges::any_of(twin_columns_, [&](int at) {
    const Column& column = *batch.columns[static_cast<size_t>(at)];
    if (column.IsNull(row)) return false;
    const TypeKind kind = column.type().kind();
    if (kind == TypeKind::kFloat) return may_be_twin(column.ValueAt<float>(row));
    return kind != TypeKind::kDouble || may_be_twin(column.ValueAt<double>(row));
  });
}

Result<std::vector<uint8_t>> MultisetSide::AreTwins(const Batch& batch,
                                                    std::span<const uint32_t> ids,
                                                    std::span<std::byte* const> rows) const {
  std::vector<uint8_t> twins(rows.size(), 1);
  std::string own;
  std::string other;
  for (size_t field = 0; field < state_.columns.size(); ++field) {
    const Column& column = *batch.columns[static_cast<size_t>(state_.columns[field])];
    const ColumnPtr stored = TRY(LoadColumn(table_.layout(), field, rows));
    for (uint32_t i = 0; i < rows.size(); ++i) {
      own.clear();
      other.clear();
      AppendKeyValue(column, ids[i], own);
      AppendKeyValue(*stored, i, other);
      if (own != other) twins[i] = 0;
    }
  }
  return twins;
}

void MultisetSide::KeepUnequal() {
  Pending rest;
  for (size_t i = 0; i < pending_.rows.size(); ++i) {
    if (equal_[i] != 0) continue;
    rest.places.push_back(pending_.places[i]);
    rest.rows.push_back(pending_.rows[i]);
  }
  pending_ = std::move(rest);
}

Status MultisetSide::Apply(const SideChanges& changes) {
  Begin(changes);
  numbered_dead_.clear();
  beyond_.clear();
  for (int64_t number = 0; !pending_.rows.empty(); ++number) {
    RETURN_IF_ERROR(ApplyPending(changes, number));
    if (number == 0) beyond_ = pending_.rows;
  }
  if (!beyond_.empty()) RETURN_IF_ERROR(PayDebts(changes));
  // Only now: rows of the changes may have come behind those that are gone.
  for (auto number = static_cast<int64_t>(numbered_dead_.size()) - 1; number >= 0; --number) {
    dead_ids_ = std::move(numbered_dead_[static_cast<size_t>(number)]);
    if (!dead_ids_.empty()) RETURN_IF_ERROR(EraseNumbered(changes, number));
  }
  return {};
}

Status MultisetSide::CopiesOfTwins(const SideChanges& changes,
                                   std::vector<std::vector<int64_t>>& copies) {
  copies.assign(beyond_.size(), {});
  for (int64_t number = 0;; ++number) {
    dead_ids_ = beyond_;
    RETURN_IF_ERROR(FindDead(changes, number));
    std::vector<std::byte*> there;
    std::vector<uint32_t> ids;
    for (size_t i = 0; i < beyond_.size(); ++i) {
      if (dead_[i] == nullptr) continue;
      there.push_back(dead_[i]);
      ids.push_back(beyond_[i]);
    }
    if (there.empty()) return {};
    const std::vector<uint8_t> twins = TRY(AreTwins(*changes.batch, ids, there));
    for (size_t i = 0, at = 0; i < beyond_.size(); ++i) {
      if (dead_[i] == nullptr) continue;
      copies[i].push_back(twins[at++] != 0 ? CopiesOf(dead_[i]) : 0);
    }
  }
}

Status MultisetSide::PayDebts(const SideChanges& changes) {
  std::vector<std::vector<int64_t>> before;
  RETURN_IF_ERROR(CopiesOfTwins(changes, before));
  std::vector<std::vector<int64_t>> after = before;
  size_t numbers = 0;
  for (std::vector<int64_t>& copies : after) {
    Settle(copies);
    numbers = std::max(numbers, copies.size());
  }
  if (after == before) return {};
  if (numbered_dead_.size() < numbers) numbered_dead_.resize(numbers);
  const auto copies_field = static_cast<size_t>(state_.copies_field);
  for (size_t number = 0; number < numbers; ++number) {
    dead_ids_ = beyond_;
    RETURN_IF_ERROR(FindDead(changes, static_cast<int64_t>(number)));
    std::vector<std::byte*> changed;
    for (size_t i = 0; i < beyond_.size(); ++i) {
      if (number >= after[i].size() || after[i][number] == before[i][number]) continue;
      table_.layout().Store<int64_t>(dead_[i], copies_field, after[i][number]);
      changed.push_back(dead_[i]);
      if (after[i][number] == 0) numbered_dead_[number].push_back(beyond_[i]);
    }
    if (!changed.empty()) table_.MarkChanged(changed);
  }
  return {};
}

MultisetSide::NumberedRows MultisetSide::Number(const SideChanges& changes,
                                                const std::vector<uint32_t>& rows,
                                                int64_t number) const {
  NumberedRows numbered{*changes.batch, {}};
  Batch& batch = numbered.batch;
  const size_t width = batch.columns.size();
  batch = WithColumn(batch, reinterpret_cast<const int64_t*>(row_hashes_.data()));
  const std::vector<int64_t> numbers(batch.row_count, number);
  batch = WithColumn(batch, numbers.data());
  for (size_t i = width; i < batch.columns.size(); ++i) {
    numbered.sub_key.push_back(static_cast<int>(i));
  }
  const auto count = static_cast<uint32_t>(rows.size());
  BufferPtr ids = MakeBuffer<uint32_t>(count);
  std::memcpy(ids->as<uint32_t>(), rows.data(), count * sizeof(uint32_t));
  batch.selection = Selection(std::move(ids), count);
  return numbered;
}

Status MultisetSide::ApplyPending(const SideChanges& changes, int64_t number) {
  const auto count = static_cast<uint32_t>(pending_.rows.size());
  const NumberedRows numbered = Number(changes, pending_.rows, number);
  const Batch& batch = numbered.batch;
  rows_.resize(count);
  created_.assign(count, 0);
  RETURN_IF_ERROR(table_.FindOrCreate({&batch, changes.keys, changes.hashes}, numbered.sub_key,
                                      rows_.data(), created_.data()));
  StoreNew(batch);
  equal_.assign(count, 1);
  CompareColumns(batch, state_.columns, table_.layout(),
                 {rows_.data(), pending_.rows.data(), count}, equal_.data());
  Count(changes, number);
  if (!dead_.empty()) table_.Erase(dead_);
  KeepUnequal();
  return {};
}

void MultisetSide::StoreNew(const Batch& batch) {
  new_rows_.clear();
  new_ids_.clear();
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (created_[i] == 0) continue;
    new_rows_.push_back(rows_[i]);
    new_ids_.push_back(pending_.rows[i]);
  }
  StoreColumns(batch, state_.columns, table_.layout(),
               {new_rows_.data(), new_ids_.data(), static_cast<uint32_t>(new_rows_.size())},
               table_);
}

void MultisetSide::Count(const SideChanges& changes, int64_t number) {
  const RowLayout& layout = table_.layout();
  const auto copies_field = static_cast<size_t>(state_.copies_field);
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (equal_[i] == 0) continue;
    const uint32_t place = pending_.places[i];
    const int64_t sign = changes.signs == nullptr ? 1 : changes.signs[place];
    const auto copies = layout.Load<int64_t>(rows_[i], copies_field);
    layout.Store<int64_t>(rows_[i], copies_field, copies + sign);
    if (state_.matches_field < 0 || sign < 0) continue;
    // Copies can only differ if one of them met rows that have expired. Then none is reported as
    // unmatched.
    const bool joins_copies = copies > 0 && state_.sends_unmatched;
    const int64_t matches = changes.matches[place];
    layout.Store<int64_t>(rows_[i], static_cast<size_t>(state_.matches_field),
                          joins_copies ? std::max(matches, MatchesOf(rows_[i])) : matches);
  }
  dead_.clear();
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (equal_[i] == 0 || layout.Load<int64_t>(rows_[i], copies_field) != 0) continue;
    if (!MayHaveTwin(*changes.batch, pending_.rows[i])) {
      dead_.push_back(rows_[i]);
      continue;
    }
    if (numbered_dead_.size() <= static_cast<size_t>(number))
      numbered_dead_.resize(static_cast<size_t>(number) + 1);
    numbered_dead_[static_cast<size_t>(number)].push_back(pending_.rows[i]);
  }
}

Status MultisetSide::FindDead(const SideChanges& changes, int64_t number) {
  const NumberedRows numbered = Number(changes, dead_ids_, number);
  dead_.resize(dead_ids_.size());
  return table_.Find({&numbered.batch, changes.keys, changes.hashes}, numbered.sub_key,
                     dead_.data());
}

// A row is searched by ascending numbers up to one that does not exist. So while a later row with
// its hash exists, a row without copies keeps its number.
Status MultisetSide::EraseNumbered(const SideChanges& changes, int64_t number) {
  const auto copies_field = static_cast<size_t>(state_.copies_field);
  RETURN_IF_ERROR(FindDead(changes, number + 1));
  size_t last = 0;
  for (size_t i = 0; i < dead_.size(); ++i) {
    if (dead_[i] == nullptr) dead_ids_[last++] = dead_ids_[i];
  }
  dead_ids_.resize(last);
  for (int64_t at = number; at >= 0 && !dead_ids_.empty(); --at) {
    RETURN_IF_ERROR(FindDead(changes, at));
    size_t left = 0;
    for (size_t i = 0; i < dead_.size(); ++i) {
      if (dead_[i] == nullptr || table_.layout().Load<int64_t>(dead_[i], copies_field) != 0)
        continue;
      dead_[left] = dead_[i];
      dead_ids_[left++] = dead_ids_[i];
    }
    dead_.resize(left);
    dead_ids_.resize(left);
    if (!dead_.empty()) table_.Erase(dead_);
  }
  return {};
}

}  // namespace weir::operators
