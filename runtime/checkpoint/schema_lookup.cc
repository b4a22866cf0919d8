#include "runtime/checkpoint/schema_lookup.h"

#include <algorithm>

namespace weir::checkpoint {

const Field* FindField(const std::vector<Field>& fields, std::string_view name) {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

const StateSchema* FindTable(const OperatorStateSchema& schema, std::string_view name) {
  const auto found = std::find_if(schema.tables.begin(), schema.tables.end(),
                                  [&](const StateSchema& table) { return table.name == name; });
  return found == schema.tables.end() ? nullptr : &*found;
}

}  // namespace weir::checkpoint
