// Which role each kind of statement needs. Kinds are counted from the variant, so that a new one
// has to be said here, too.
#include "shell/engine/access/statement_roles.h"

#include <gmock/gmock.h>

#include <utility>

namespace weir::shell {
namespace {

using testing::HasSubstr;

constexpr size_t kKinds = std::variant_size_v<ast::StatementNode>;

template <typename T, typename... Ts>
constexpr bool kIsOneOf = (std::is_same_v<T, Ts> || ...);

// As design and documents say it.
template <typename T>
constexpr Role Expected() {
  using namespace ast;
  if (kIsOneOf<T, QueryStatement, Explain, Analyze, Show, Describe, WaitForJob, Use, Help, Quit,
               Clear, Set, Reset>)
    return Role::kReader;
  if (kIsOneOf<T, Insert, StatementSet, BeginStatementSet, EndStatementSet, CreateJob, StopJob,
               DropJob, SavepointJob, DropSavepoint, CheckpointJob, RestoreJob, Execute, Copy>)
    return Role::kOperator;
  if (kIsOneOf<T, CreateTable, CreateMaterializedTable, CreateView, CreateFunction, CreateObject,
               CreateModel, Alter, Drop, Source, Jar, CompilePlan, ExecutePlan, Update, Delete,
               Merge, Truncate, CallProcedure, UseModules, LoadModule, UnloadModule>)
    return Role::kAdmin;
  return Role::kAnybody;  // not said
}

template <typename T>
ast::Statement Made() {
  ast::Statement statement;
  T node;
  if constexpr (std::is_same_v<T, ast::Execute>) {
    ast::Statement inner;
    inner.node = ast::Insert();
    node.statement = ast::StatementPtr(inner);
  }
  statement.node = std::move(node);
  statement.span = {3, 9};
  return statement;
}

template <typename T>
void TryWithEachRole() {
  constexpr Role kNeeded = Expected<T>();
  static_assert(kNeeded != Role::kAnybody, "a kind of statement whose role is not said");
  const ast::Statement statement = Made<T>();
  EXPECT_EQ(RoleFor(statement), kNeeded) << statement.node.index();
  for (const Role role : {Role::kAnybody, Role::kReader, Role::kOperator, Role::kAdmin}) {
    const Status status = CheckRole({"ada", role, true}, statement);
    EXPECT_EQ(status.ok(), role >= kNeeded) << statement.node.index() << RoleName(role);
    if (status.ok()) continue;
    EXPECT_EQ(status.id(), "E6003");
    EXPECT_EQ(status.sqlstate(), "42501");
    EXPECT_THAT(status.message(), HasSubstr(std::string(RoleName(kNeeded))));
    EXPECT_EQ(status.span()->begin, 3U);
  }
}

template <size_t... kIndices>
void TryAll(std::index_sequence<kIndices...>) {
  (TryWithEachRole<std::variant_alternative_t<kIndices, ast::StatementNode>>(), ...);
}

TEST(StatementRolesTest, EveryKindWithEachRole) {
  TryAll(std::make_index_sequence<kKinds>());
}

TEST(StatementRolesTest, AReaderHasTemporaryViewsAndFunctions) {
  ast::Statement statement;
  statement.node = ast::CreateView{.temporary = true};
  EXPECT_EQ(RoleFor(statement), Role::kReader);
  statement.node = ast::Drop{.kind = ast::ObjectKind::kView, .temporary = true};
  EXPECT_EQ(RoleFor(statement), Role::kReader);
  statement.node = ast::CreateFunction{.temporary = true, .signature = ast::FunctionSignature{}};
  EXPECT_EQ(RoleFor(statement), Role::kReader);
  statement.node = ast::CreateFunction{.temporary = true, .body = ast::FunctionBody{}};
  EXPECT_EQ(RoleFor(statement), Role::kAdmin);
  statement.node = ast::CreateFunction{.signature = ast::FunctionSignature{}};
  EXPECT_EQ(RoleFor(statement), Role::kAdmin);
  statement.node = ast::Drop{.kind = ast::ObjectKind::kFunction, .temporary = true};
  EXPECT_EQ(RoleFor(statement), Role::kReader);
  statement.node = ast::Drop{.kind = ast::ObjectKind::kTable, .temporary = true};
  EXPECT_EQ(RoleFor(statement), Role::kAdmin);
  statement.node = ast::CreateTable{.temporary = true};
  EXPECT_EQ(RoleFor(statement), Role::kAdmin);
}

TEST(StatementRolesTest, RolesHaveNames) {
  for (const Role role : {Role::kReader, Role::kOperator, Role::kAdmin})
    EXPECT_EQ(RoleNamed(RoleName(role)), role);
  for (const std::string name : {"", "anybody", "Admin", "root", "admin "})
    EXPECT_EQ(RoleNamed(name), std::nullopt) << name;
}

}  // namespace
}  // namespace weir::shell
