// Tables of ours as tables of Flink's connectors and formats.
#pragma once

#include <string>
#include <vector>

#include "planner/ast/definition.h"
#include "runtime/base/result.h"

namespace weir::shell::flink {

// Changes the options of a table to those that Flink's connector has under its name. What is left
// out is told in `notes`; what cannot be said otherwise is E1002, at the option.
Status RewriteTableOptions(ast::Properties& options, std::vector<std::string>& notes);

}  // namespace weir::shell::flink
