#include "shell/engine/access/statement_roles.h"

#include <fmt/format.h>

namespace weir::shell {
namespace {

// One function for each kind of statement and none for all, so that the compiler reports a new kind
// here.
struct RoleOf {
  // What asks and looks.
  Role operator()(const ast::QueryStatement&) const { return Role::kReader; }
  Role operator()(const ast::Explain&) const { return Role::kReader; }
  Role operator()(const ast::Analyze&) const { return Role::kReader; }
  Role operator()(const ast::Show&) const { return Role::kReader; }
  Role operator()(const ast::Describe&) const { return Role::kReader; }
  Role operator()(const ast::WaitForJob&) const { return Role::kReader; }
  Role operator()(const ast::Use&) const { return Role::kReader; }
  Role operator()(const ast::Help&) const { return Role::kReader; }
  Role operator()(const ast::Quit&) const { return Role::kReader; }
  Role operator()(const ast::Clear&) const { return Role::kReader; }
  // For the session's own options; Session::CheckMaySet guards those of the process.
  Role operator()(const ast::Set&) const { return Role::kReader; }
  Role operator()(const ast::Reset&) const { return Role::kReader; }
  // A temporary view is a name for a query, which its session alone has.
  Role operator()(const ast::CreateView& view) const {
    return view.temporary ? Role::kReader : Role::kAdmin;
  }
  // A temporary function of SQL likewise is one for an expression or a query. In any other language
  // it is code that runs here.
  Role operator()(const ast::CreateFunction& function) const {
    return function.temporary && !function.body ? Role::kReader : Role::kAdmin;
  }
  Role operator()(const ast::Drop& drop) const {
    const bool of_session =
        drop.kind == ast::ObjectKind::kView || drop.kind == ast::ObjectKind::kFunction;
    return drop.temporary && of_session ? Role::kReader : Role::kAdmin;
  }

  // A file below an allowed path (CheckPath): a reader names none.
  Role operator()(const ast::Copy&) const { return Role::kOperator; }
  // Jobs, and what they go on from.
  Role operator()(const ast::Insert&) const { return Role::kOperator; }
  Role operator()(const ast::StatementSet&) const { return Role::kOperator; }
  Role operator()(const ast::BeginStatementSet&) const { return Role::kOperator; }
  Role operator()(const ast::EndStatementSet&) const { return Role::kOperator; }
  Role operator()(const ast::CreateJob&) const { return Role::kOperator; }
  Role operator()(const ast::StopJob&) const { return Role::kOperator; }
  Role operator()(const ast::DropJob&) const { return Role::kOperator; }
  Role operator()(const ast::SavepointJob&) const { return Role::kOperator; }
  Role operator()(const ast::DropSavepoint&) const { return Role::kOperator; }
  Role operator()(const ast::CheckpointJob&) const { return Role::kOperator; }
  Role operator()(const ast::RestoreJob&) const { return Role::kOperator; }
  Role operator()(const ast::Execute& execute) const { return RoleFor(*execute.statement); }

  // Definitions, which have paths and passwords in them.
  Role operator()(const ast::CreateTable&) const { return Role::kAdmin; }
  Role operator()(const ast::CreateMaterializedTable&) const { return Role::kAdmin; }
  Role operator()(const ast::CreateObject&) const { return Role::kAdmin; }
  Role operator()(const ast::CreateModel&) const { return Role::kAdmin; }
  Role operator()(const ast::Alter&) const { return Role::kAdmin; }
  // Files.
  Role operator()(const ast::Source&) const { return Role::kAdmin; }
  Role operator()(const ast::Jar&) const { return Role::kAdmin; }
  Role operator()(const ast::CompilePlan&) const { return Role::kAdmin; }
  Role operator()(const ast::ExecutePlan&) const { return Role::kAdmin; }
  // What changes rows of other systems in place, at once, and is no job that somebody could stop.
  Role operator()(const ast::Update&) const { return Role::kAdmin; }
  Role operator()(const ast::Delete&) const { return Role::kAdmin; }
  Role operator()(const ast::Truncate&) const { return Role::kAdmin; }
  // Nothing of this is executed yet.
  Role operator()(const ast::Merge&) const { return Role::kAdmin; }
  Role operator()(const ast::CallProcedure&) const { return Role::kAdmin; }
  Role operator()(const ast::UseModules&) const { return Role::kAdmin; }
  Role operator()(const ast::LoadModule&) const { return Role::kAdmin; }
  Role operator()(const ast::UnloadModule&) const { return Role::kAdmin; }
};

}  // namespace

Role RoleFor(const ast::Statement& statement) {
  return std::visit(RoleOf(), statement.node);
}

Status CheckRole(const Principal& who, const ast::Statement& statement) {
  const Role needed = RoleFor(statement);
  return who.role >= needed ? Status() : RoleMissing(who, needed).WithSpan(statement.span);
}

}  // namespace weir::shell
