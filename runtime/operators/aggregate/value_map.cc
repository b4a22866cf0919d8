#include "runtime/operators/aggregate/value_map.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/expr/aggregate_function.h"
#include "runtime/operators/emit.h"

namespace weir::operators {
namespace {

std::string WindowPrefix(int64_t window_end) {
  const MutableColumnPtr column = Column::Make(Type::BigInt().WithNullable(false), 1);
  column->mutable_data<int64_t>()[0] = window_end;
  std::string bytes;
  AppendKeyValue(*column, 0, bytes);
  return bytes;
}

bool AnyNull(const Column& column, std::span<const uint32_t> rows) {
  if (!column.has_validity() && column.type().kind() != TypeKind::kNull) return false;
  bool any = false;
  for (const uint32_t row : rows) any |= column.IsNull(row);
  return any;
}

}  // namespace

ValueMap::ValueMap(const graph::ValueMapSlot& slot, MapTable& table, const StateSchema& schema,
                   int window_column)
    : slot_(slot),
      table_(table),
      field_(static_cast<size_t>(slot.field)),
      sole_field_(schema.value.size() == 1),
      by_window_(window_column >= 0) {
  if (by_window_) sub_key_columns_.push_back(window_column);
  for (const Field& field : schema.sub_key) sub_key_types_.push_back(field.type);
}

void ValueMap::AddCall(const expr::AggregateCall& call, const expr::Accumulator& accumulator) {
  if (call_ == nullptr) {
    call_ = &call;
    sub_key_columns_.insert(sub_key_columns_.end(), call.arguments.begin(), call.arguments.end());
  }
  const bool greatest = call.function == expr::AggregateFunction::kMax;
  const bool extreme = greatest || call.function == expr::AggregateFunction::kMin;
  any_extreme_ |= extreme;
  calls_.push_back({&accumulator, extreme, greatest});
}

Status ValueMap::Apply(std::span<ValueMap> maps, const ValueMapInput& input, StringOwner& strings) {
  for (size_t i = 0; i < maps.size(); ++i) {
    const int table = maps[i].slot_.table;
    const bool first = std::none_of(maps.begin(), maps.begin() + static_cast<std::ptrdiff_t>(i),
                                    [&](const ValueMap& map) { return map.slot_.table == table; });
    if (first) RETURN_IF_ERROR(maps[i].ApplyTable(maps.subspan(i), input, strings));
  }
  return {};
}

Status ValueMap::ApplyTable(std::span<ValueMap> maps, const ValueMapInput& input,
                            StringOwner& strings) {
  const auto for_own = [&](auto&& f) {
    for (ValueMap& map : maps) {
      if (map.slot_.table == slot_.table) f(map);
    }
  };
  for_own([&](ValueMap& map) { map.SelectValues(input); });
  RETURN_IF_ERROR(FindValues(maps, input));
  if (any_rows_.empty()) return {};
  // Only after all have counted is it known which values have a count of zero everywhere.
  if (!input.retracts) {
    for_own([&](ValueMap& map) { map.CountIn(by_row_); });
  } else {
    for_own([&](ValueMap& map) { map.Count(by_row_); });
    for_own([&](ValueMap& map) { map.ListZeroed(); });
  }
  for_own([&](ValueMap& map) { map.ListDead(map.zeroed_); });
  for_own([&](const ValueMap& map) {
    if (&map != this) dead_.insert(dead_.end(), map.dead_.begin(), map.dead_.end());
  });
  std::sort(dead_.begin(), dead_.end());
  dead_.erase(std::unique(dead_.begin(), dead_.end()), dead_.end());
  if (!dead_.empty()) table_.Erase(dead_);
  Status status;
  for_own([&](ValueMap& map) {
    if (status.ok()) status = map.FoldChanges(input, strings);
  });
  return status;
}

Status ValueMap::FindValues(std::span<ValueMap> maps, const ValueMapInput& input) {
  constexpr std::byte kWanted{};  // its address marks a row as wanted
  std::byte* const wanted = const_cast<std::byte*>(&kWanted);
  by_row_.assign(input.batch->row_count, nullptr);
  any_rows_.clear();
  for (const ValueMap& map : maps) {
    if (map.slot_.table != slot_.table) continue;
    const std::vector<uint32_t>& rows = map.rows_->input_rows;
    if (rows.size() == input.batch->size()) {
      any_rows_ = rows;  // there are no more than these
      break;
    }
    for (const uint32_t row : rows) {
      if (std::exchange(by_row_[row], wanted) == nullptr) any_rows_.push_back(row);
    }
  }
  if (any_rows_.empty()) return {};
  if (!std::is_sorted(any_rows_.begin(), any_rows_.end()))
    std::sort(any_rows_.begin(), any_rows_.end());  // selections must be ascending
  const Batch values =
      Select(*input.batch, any_rows_.data(), static_cast<uint32_t>(any_rows_.size()));
  found_rows_.resize(any_rows_.size());
  created_.assign(any_rows_.size(), 0);
  const KeyView keys{&values, input.key_columns, input.hashes};
  RETURN_IF_ERROR(table_.FindOrCreate(keys, sub_key_columns_, found_rows_.data(), created_.data()));
  for (size_t i = 0; i < any_rows_.size(); ++i) by_row_[any_rows_[i]] = found_rows_[i];
  return {};
}

void ValueMap::Count(std::span<std::byte* const> by_row) {
  value_rows_.clear();
  fold_rows_.clear();
  fold_inputs_.clear();
  fold_signs_.clear();
  any_removed_ = false;
  for (const uint32_t row : rows_->input_rows) value_rows_.push_back(by_row[row]);
  const RowLayout& layout = table_.layout();
  for (size_t i = 0; i < value_rows_.size(); ++i) {
    const auto before = layout.Load<int64_t>(value_rows_[i], field_);
    const int64_t after = before + rows_->signs[i];
    layout.Store<int64_t>(value_rows_[i], field_, after);
    if ((before > 0) == (after > 0)) continue;
    fold_rows_.push_back(rows_->groups[i]);
    fold_inputs_.push_back(rows_->input_rows[i]);
    fold_signs_.push_back(after > 0 ? int8_t{1} : int8_t{-1});
    any_removed_ |= after <= 0;
  }
  touched_.Collect(value_rows_);
}

Status ValueMap::FoldChanges(const ValueMapInput& input, StringOwner& strings) {
  if (rows_->size() == 0) return {};
  RETURN_IF_ERROR(FoldTransitions(*input.batch, strings));
  if (!any_extreme_ || by_window_ || !any_removed_) return {};
  ListGroups();
  for (const Call& call : calls_) {
    if (call.extreme) RETURN_IF_ERROR(RefreshExtreme(call, input, strings));
  }
  return {};
}

void ValueMap::SelectValues(const ValueMapInput& input) {
  const FoldedRows& passing = input.filtered->Of(call_->filter);
  rows_ = &passing;
  const bool nulls = std::ranges::any_of(call_->arguments, [&](int argument) {
    return AnyNull(*input.batch->columns[static_cast<size_t>(argument)], passing.input_rows);
  });
  if (!nulls) return;
  LeaveOutNulls(*input.batch, passing);
  rows_ = &not_null_;
}

void ValueMap::LeaveOutNulls(const Batch& batch, const FoldedRows& rows) {
  not_null_.input_rows.clear();
  not_null_.groups.clear();
  not_null_.signs.clear();
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint32_t row = rows.input_rows[i];
    const bool null = std::ranges::any_of(call_->arguments, [&](int argument) {
      return batch.columns[static_cast<size_t>(argument)]->IsNull(row);
    });
    if (null) continue;
    not_null_.input_rows.push_back(row);
    not_null_.groups.push_back(rows.groups[i]);
    if (!rows.signs.empty()) not_null_.signs.push_back(rows.signs[i]);
  }
}

void ValueMap::CountIn(std::span<std::byte* const> by_row) {
  fold_rows_.clear();
  fold_inputs_.clear();
  dead_.clear();
  zeroed_.clear();
  any_removed_ = false;
  // Copied, as the compiler must otherwise assume that a store into a row changes the layout.
  const size_t offset = table_.layout().offset(field_);
  for (size_t i = 0; i < rows_->size(); ++i) {
    std::byte* const value = by_row[rows_->input_rows[i]];
    int64_t count;
    std::memcpy(&count, value + offset, sizeof(count));
    ++count;
    std::memcpy(value + offset, &count, sizeof(count));
    if (count == 0) zeroed_.push_back(value);
    if (count != 1) continue;
    fold_rows_.push_back(rows_->groups[i]);
    fold_inputs_.push_back(rows_->input_rows[i]);
  }
}

void ValueMap::ListDead(std::span<std::byte* const> rows) {
  const RowLayout& layout = table_.layout();
  for (std::byte* const row : rows) {
    bool owed = false;  // the count of some FILTER is not 0, so the row must stay
    for (size_t field = 0; field < layout.field_count(); ++field) {
      owed |= layout.Load<int64_t>(row, field) != 0;
    }
    if (!owed) dead_.push_back(row);
  }
}

void ValueMap::ListZeroed() {
  zeroed_.clear();
  dead_.clear();
  for (std::byte* const row : touched_.rows()) {
    if (table_.layout().Load<int64_t>(row, field_) == 0) zeroed_.push_back(row);
  }
}

Status ValueMap::FoldTransitions(const Batch& values, StringOwner& strings) {
  if (fold_rows_.empty()) return {};
  const ColumnPtr& argument = values.columns[static_cast<size_t>(call_->arguments[0])];
  const int8_t* signs = any_removed_ ? fold_signs_.data() : nullptr;
  for (const Call& call : calls_) {
    // After a retraction an extreme is read from the map; over windows always.
    if (call.extreme && (by_window_ || signs != nullptr)) continue;
    const expr::FoldInput input{static_cast<uint32_t>(fold_rows_.size()), fold_rows_.data(),
                                fold_inputs_.data(), signs};
    RETURN_IF_ERROR(call.accumulator->Update(input, argument.get(), strings));
  }
  return {};
}

void ValueMap::ListGroups() {
  // Extremes were left out of the fold if any value was retracted, so they are also recomputed for
  // groups that only grew.
  touched_.Collect(rows_->groups);
  groups_.clear();
  for (size_t i = 0; i < touched_.size(); ++i) {
    groups_.emplace_back(rows_->input_rows[touched_.first()[i]], touched_.rows()[i]);
  }
  std::sort(groups_.begin(), groups_.end());  // selections must be ascending
  refreshed_inputs_.clear();
  refreshed_.clear();
  for (const auto& [row, group] : groups_) {
    refreshed_inputs_.push_back(row);
    refreshed_.push_back(group);
  }
}

Status ValueMap::RefreshExtreme(const Call& call, const ValueMapInput& input,
                                StringOwner& strings) {
  const Batch batch = Select(*input.batch, refreshed_inputs_.data(),
                             static_cast<uint32_t>(refreshed_inputs_.size()));
  RETURN_IF_ERROR(FindEdges(call.greatest, {&batch, input.key_columns, input.hashes}));
  call.accumulator->Initialize(refreshed_);
  edge_rows_.clear();
  edge_views_.clear();
  for (size_t i = 0; i < refreshed_.size(); ++i) {
    if (!edges_[i]) continue;
    edge_rows_.push_back(refreshed_[i]);
    edge_views_.push_back(*edges_[i]);
  }
  return FoldEdges(call, strings);
}

Status ValueMap::FindEdges(bool greatest, const KeyView& keys) {
  if (sole_field_) return table_.EdgeSubKeys(keys, greatest, edges_);
  // The table also holds values that only another FILTER has let through: these are skipped.
  edge_bytes_.assign(refreshed_.size(), {});
  edges_.assign(refreshed_.size(), std::nullopt);
  std::vector<ColumnPtr> columns;
  for (const int column : keys.columns) {
    columns.push_back(keys.batch->columns[static_cast<size_t>(column)]);
  }
  std::string key;
  for (uint32_t i = 0; i < refreshed_.size(); ++i) {
    key.clear();
    AppendKey(columns, keys.batch->RowAt(i), key);
    const auto visit = [&](std::string_view sub_key, std::byte* row) {
      if (table_.layout().Load<int64_t>(row, field_) <= 0) return true;
      edge_bytes_[i] = sub_key;
      edges_[i] = edge_bytes_[i];
      return false;
    };
    RETURN_IF_ERROR(table_.VisitKey(key, greatest, visit));
  }
  return {};
}

Status ValueMap::FoldEdges(const Call& call, StringOwner& strings) {
  if (edge_rows_.empty()) return {};
  const std::vector<ColumnPtr> columns = TRY(DecodeKeys(edge_views_, sub_key_types_));
  const expr::FoldInput input{static_cast<uint32_t>(edge_rows_.size()), edge_rows_.data(), nullptr,
                              nullptr};
  return call.accumulator->Update(input, columns.back().get(), strings);
}

Status ValueMap::CloseWindow(int64_t window_end, std::span<const std::string_view> keys,
                             std::span<std::byte* const> rows, StringOwner& strings) {
  const std::string prefix = WindowPrefix(window_end);
  edge_rows_.clear();
  edge_bytes_.clear();
  greatest_bytes_.clear();
  for (size_t i = 0; i < keys.size(); ++i) {
    bool any = false;
    const auto visit = [&](std::string_view sub_key, std::byte* row) {
      if (sub_key.substr(0, prefix.size()) > prefix) return false;
      if (table_.layout().Load<int64_t>(row, field_) <= 0) return true;
      if (!any) smallest_ = sub_key;
      greatest_ = sub_key;
      any = true;
      return true;
    };
    RETURN_IF_ERROR(table_.VisitKey(keys[i], false, visit));
    if (!any) continue;
    edge_rows_.push_back(rows[i]);
    edge_bytes_.push_back(smallest_);
    greatest_bytes_.push_back(greatest_);
  }
  for (const Call& call : calls_) {
    if (!call.extreme) continue;
    const std::vector<std::string>& bytes = call.greatest ? greatest_bytes_ : edge_bytes_;
    edge_views_.assign(bytes.begin(), bytes.end());
    RETURN_IF_ERROR(FoldEdges(call, strings));
  }
  return {};
}

Status ValueMap::EraseWindow(int64_t window_end, std::span<const std::string_view> keys) {
  const std::string prefix = WindowPrefix(window_end);
  for (const std::string_view key : keys) {
    dead_.clear();
    RETURN_IF_ERROR(table_.VisitKey(key, false, [&](std::string_view sub_key, std::byte* row) {
      if (sub_key.substr(0, prefix.size()) > prefix) return false;
      dead_.push_back(row);
      return true;
    }));
    if (!dead_.empty()) table_.Erase(dead_);
  }
  return {};
}

Result<std::vector<ValueMap>> OpenValueMaps(const graph::Node& node,
                                            std::span<const expr::AggregateCall> calls,
                                            const AggregateSet& set, const ValueMapPlace& place) {
  const std::vector<StateSchema> tables = graph::StateOf(node.spec, place.input).tables;
  const std::vector<graph::ValueMapSlot> slots = graph::ValueMapsOf(node.spec, place.input);
  std::vector<MapTable*> opened(tables.size(), nullptr);
  std::vector<ValueMap> maps;
  maps.reserve(slots.size());
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].table < 0) continue;
    const auto table = static_cast<size_t>(slots[i].table);
    if (opened[table] == nullptr) {
      opened[table] = TRY(place.state.OpenMap(node.uid, tables[table]));
    }
    const auto same = std::find_if(maps.begin(), maps.end(),
                                   [&](const ValueMap& map) { return map.slot() == slots[i]; });
    ValueMap& map = same != maps.end() ? *same
                                       : maps.emplace_back(slots[i], *opened[table], tables[table],
                                                           place.window_column);
    map.AddCall(calls[i], set.accumulator(i));
  }
  return maps;
}

}  // namespace weir::operators
