#include "runtime/connectors/generators/map_entries.h"

#include <cstdint>

namespace weir::connectors {

MapEntries::MapEntries(const Type& type)
    : key_(type.fields()[0].type), value_(type.fields()[1].type) {}

Value& MapEntries::ValueOfKey() {
  Value key = GetValue(*key_.Finish(), 0);
  const auto [place, added] = places_.try_emplace(key.ToSql(), entries_.size());
  if (added) entries_.emplace_back(std::move(key), Value::Null(value_.type()));
  return entries_[place->second].second;
}

void MapEntries::Take() {
  ValueOfKey() = GetValue(*value_.Finish(), 0);
}

void MapEntries::Count() {
  Value& count = ValueOfKey();
  const int32_t before = count.is_null() ? 0 : count.get<int32_t>();
  count = Value(value_.type(), before + 1);
}

void MapEntries::AppendTo(ColumnBuilder& out) const {
  for (const auto& [key, value] : entries_) {
    out.child(0).AppendValue(key);
    out.child(1).AppendValue(value);
  }
  out.AppendList();
}

}  // namespace weir::connectors
