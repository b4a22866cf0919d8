// Finds tables and fields of a state schema by their names; null when there is none.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/types/state_schema.h"

namespace weir::checkpoint {

// Names are compared byte for byte. The result lives as long as what was searched.
const Field* FindField(const std::vector<Field>& fields, std::string_view name);
const StateSchema* FindTable(const OperatorStateSchema& schema, std::string_view name);

}  // namespace weir::checkpoint
