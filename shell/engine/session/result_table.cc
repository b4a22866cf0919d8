#include "shell/engine/session/result_table.h"

#include <cmath>

namespace weir::shell {

void ResultTable::AddTextRow(const std::vector<std::string>& cells) {
  std::vector<Value> row;
  row.reserve(cells.size());
  for (const std::string& cell : cells) row.emplace_back(Type::String(), cell);
  rows.push_back(std::move(row));
}

ResultTable TextTable(const std::vector<std::string>& names) {
  ResultTable table;
  for (const std::string& name : names) table.columns.push_back({name, Type::String()});
  return table;
}

Value TextCell(std::string text) {
  return {Type::String(), std::move(text)};
}

Value NumberCell(uint64_t number) {
  return {Type::BigInt(), static_cast<int64_t>(number)};
}

Value MeasureCell(double measure) {
  return {Type::Double(), std::round(measure * 1e3) / 1e3};
}

Value InZone(const Value& value, const TimeZone& zone) {
  if (value.is_null() || zone.is_utc()) return value;
  if (const auto* children = std::get_if<std::vector<Value>>(&value.storage());
      children != nullptr) {
    std::vector<Value> moved;
    moved.reserve(children->size());
    for (const Value& child : *children) moved.push_back(InZone(child, zone));
    return {value.type(), std::move(moved)};
  }
  if (value.type().kind() != TypeKind::kTimestampLtz) return value;
  if (const auto* nanos = std::get_if<TimestampNanos>(&value.storage()); nanos != nullptr) {
    return {value.type(), zone.ToLocal(*nanos)};
  }
  return {value.type(), zone.ToLocalMicros(value.get<int64_t>())};
}

}  // namespace weir::shell
