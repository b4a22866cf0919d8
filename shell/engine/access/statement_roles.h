// Which role each kind of statement needs: the one table of it.
#pragma once

#include "planner/ast/statement.h"
#include "runtime/base/status.h"
#include "shell/engine/access/role.h"

namespace weir::shell {

// Readers ask and look, and make temporary views and functions of SQL. Operators also start, stop
// and restore jobs, and COPY to allowed paths. Everything else is for admins: definitions,
// temporary tables too, other statements that name files, and what does nothing yet. What a
// statement says about paths is judged where they are used (allowed_paths.h).
Role RoleFor(const ast::Statement& statement);

// E6003 with the role that is needed, where `who` has a lesser one.
Status CheckRole(const Principal& who, const ast::Statement& statement);

}  // namespace weir::shell
