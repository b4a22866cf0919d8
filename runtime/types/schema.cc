#include "runtime/types/schema.h"

#include <fmt/format.h>

#include "runtime/base/names.h"

namespace weir {

std::optional<size_t> Schema::Find(std::string_view name) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return i;
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (EqualsIgnoreCase(fields[i].name, name)) return i;
  }
  return std::nullopt;
}

std::vector<Type> Schema::types() const {
  std::vector<Type> types;
  types.reserve(fields.size());
  for (const Field& field : fields) types.push_back(field.type);
  return types;
}

std::string Schema::ToString() const {
  std::string text = "(";
  for (size_t i = 0; i < fields.size(); ++i) {
    text += fmt::format("{}`{}` {}", i > 0 ? ", " : "", fields[i].name, fields[i].type.ToString());
  }
  return text + ")";
}

}  // namespace weir
