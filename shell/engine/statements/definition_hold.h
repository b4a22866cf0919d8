// Keeps statements that read a definition and write it anew, such as ALTER, apart from others that
// change the same object: what each of them was told is done holds.
#pragma once

#include <optional>

#include "planner/ast/statement.h"
#include "shell/engine/jobs/name_holds.h"

namespace weir::shell {

// Holds the last part of the name of the object that the statement alters, replaces or drops;
// nothing for other statements. Waits, and throws Interrupted, as NameHolds::Take does. The catalog
// must be refreshed behind it.
std::optional<NameHold> HoldDefinition(const ast::Statement& statement, NameHolds& definitions);

}  // namespace weir::shell
