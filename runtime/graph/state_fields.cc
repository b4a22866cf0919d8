#include "runtime/graph/state_fields.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::graph {

void AddField(std::vector<Field>& fields, const std::string& name, const Type& type) {
  std::string unique = name;
  const auto taken = [&](const Field& field) { return field.name == unique; };
  for (int n = 2; std::any_of(fields.begin(), fields.end(), taken); ++n) {
    unique = fmt::format("{}#{}", name, n);
  }
  fields.push_back({std::move(unique), type});
}

std::vector<Field> FieldsOf(std::span<const int> columns, const Schema& input) {
  std::vector<Field> fields;
  for (const int index : columns) {
    const Field& column = input.fields.at(static_cast<size_t>(index));
    AddField(fields, column.name, column.type);
  }
  return fields;
}

}  // namespace weir::graph
