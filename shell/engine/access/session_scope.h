// Which statements change nothing but the session that executes them.
#pragma once

#include "planner/ast/statement.h"

namespace weir::shell {

// USE, SET and RESET, and what makes, alters or drops TEMPORARY objects. They are over when their
// session is. Pure.
bool IsOfSession(const ast::Statement& statement);

}  // namespace weir::shell
