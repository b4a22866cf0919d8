#include "runtime/graph/boolean_option.h"

namespace weir::graph {

bool BooleanOption(const TableOptions& options, std::string_view key, bool default_value) {
  const Result<bool> value = ParseBoolean(OptionValue(options, key));
  return value.ok() ? *value : default_value;
}

}  // namespace weir::graph
