// Fields of state schemas from columns of an input.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/types/schema.h"

namespace weir::graph {

// Appends a field. State is matched by names, so each is unique among `fields`: the second "a" is
// called "a#2", the third "a#3".
void AddField(std::vector<Field>& fields, const std::string& name, const Type& type);

// One field a column, in this order, named after it. REQUIRES: columns of `input`.
std::vector<Field> FieldsOf(std::span<const int> columns, const Schema& input);

}  // namespace weir::graph
