// The columns of a table, a batch or an operator's output: names and types.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/types/type.h"

namespace weir {

// Names keep the case they were declared with.
struct Field {
  std::string name;
  Type type;
  friend bool operator==(const Field&, const Field&) = default;
};

// The fields in column order. Names are unique in a table, but not necessarily in a query's output.
struct Schema {
  std::vector<Field> fields;

  size_t size() const { return fields.size(); }
  // The first field of this name: an exact match first, else the first match that ignores case.
  std::optional<size_t> Find(std::string_view name) const;
  // A copy of the types, in column order.
  std::vector<Type> types() const;
  // "(`a` INT, `b` STRING)".
  std::string ToString() const;
  friend bool operator==(const Schema&, const Schema&) = default;
};

}  // namespace weir
