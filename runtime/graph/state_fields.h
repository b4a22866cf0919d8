// Fields of state schemas from columns of an input.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/types/schema.h"

namespace weir::graph {

// Appends a field under a unique name, since a restore matches fields by name: the second "a" is
// called "a#2", the third "a#3".
void AddField(std::vector<Field>& fields, const std::string& name, const Type& type);

// One field for each of `columns`, in this order, named after the column of `input`.
std::vector<Field> FieldsOf(std::span<const int> columns, const Schema& input);

}  // namespace weir::graph
