// The root of syntax trees: a statement of any kind, as parse.h returns it.
#pragma once

#include <variant>

#include "planner/ast/session.h"

namespace weir::ast {

// The order of the alternatives has no meaning and is never persisted, as jobs are recorded as
// text. The shell answers a statement that it cannot execute with E1002 and its words
// (shell/engine/statements/statement_executor.h), so that a new alternative is never ignored
// silently.
using StatementNode =
    std::variant<QueryStatement, Insert, StatementSet, BeginStatementSet, EndStatementSet, Execute,
                 Copy, Update, Delete, Merge, Truncate, CallProcedure, CompilePlan, ExecutePlan,
                 Explain, Analyze, CreateTable, CreateMaterializedTable, CreateView, CreateFunction,
                 CreateObject, CreateModel, Alter, Drop, CreateJob, StopJob, DropJob, SavepointJob,
                 DropSavepoint, CheckpointJob, RestoreJob, WaitForJob, Show, Describe, Use,
                 UseModules, LoadModule, UnloadModule, Jar, Set, Reset, Help, Quit, Clear, Source>;

// One statement with its place in the script; the semicolon is not part of it.
// Owns everything below it; copying copies the whole tree.
struct Statement {
  StatementNode node;
  Span span;

  // The node if it is a T, else null.
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
  friend bool operator==(const Statement&, const Statement&) = default;
};

}  // namespace weir::ast
