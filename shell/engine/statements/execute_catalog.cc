// CREATE, DROP and USE of catalogs, databases, tables, views and functions.
#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/bind/bind_foreign.h"
#include "planner/bind/check_files.h"
#include "planner/bind/like_table.h"
#include "planner/catalog/flink_table_options.h"
#include "planner/logical/declared_columns.h"
#include "planner/parse/parse.h"
#include "runtime/base/local_path.h"
#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/graph/option_reach.h"
#include "runtime/graph/secret_text.h"
#include "shell/engine/catalog/kept_form.h"
#include "shell/engine/catalog/listed_definition.h"
#include "shell/engine/jobs/foreign_functions.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/jobs/table_paths.h"
#include "shell/engine/statements/made_table.h"
#include "shell/engine/statements/materialized_tables.h"
#include "shell/engine/statements/notices_of_users.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {
namespace {

std::string StatementText(std::string_view text, SourceSpan span) {
  return std::string(text.substr(span.begin, span.end - span.begin));
}

std::string ShortName(const ast::Name& name) {
  return name.parts.back().text;
}

// The CREATE TABLE of a CREATE TABLE … AS, with the columns of its query.
std::string TableWithColumns(const ast::CreateTable& statement, const Schema& columns) {
  std::string options;
  for (const ast::Property& option : statement.options) {
    options += fmt::format("{}{} = {}", options.empty() ? "" : ", ",
                           ast::QuoteOption(option.key.text), ast::QuoteOption(option.value.text));
  }
  std::string partitions;
  for (const ast::Identifier& column : statement.partitioned_by) {
    partitions += (partitions.empty() ? " PARTITIONED BY (" : ", ") + ast::ToSql(column);
  }
  return fmt::format(
      "CREATE{}{} TABLE{} {} ({}){}{}{}", statement.replace ? " OR REPLACE" : "",
      statement.temporary ? " TEMPORARY" : "", statement.if_not_exists ? " IF NOT EXISTS" : "",
      ast::ToSql(statement.name), ColumnList(columns),
      statement.comment ? " COMMENT " + ast::QuoteString(statement.comment->text) : "",
      partitions.empty() ? "" : partitions + ")", options.empty() ? "" : " WITH (" + options + ")");
}

// With its paths made absolute where the session's directory is not the process's, as is `text`, in
// which it begins at `begin`. Spans stay those of what was said.
ast::CreateTable WithPathsOfSession(const ast::CreateTable& said, Session& session, size_t begin,
                                    std::string& text) {
  ast::CreateTable whole = said;
  const graph::OptionReaches reaches(TableOptionsOf(said), session.catalog().connectors());
  // From the last one on, so that the places of those in front stay.
  for (auto at = whole.options.rbegin(); at != whole.options.rend(); ++at) {
    ast::Property& option = *at;
    const std::string path = session.PathOf(option.value.text);
    if (!reaches.IsPath(option.key.text, option.value.text) || path == option.value.text) continue;
    const SourceSpan value = option.value.span;
    text.replace(value.begin - begin, value.end - value.begin, ast::QuoteString(path));
    option.value.text = path;
  }
  return whole;
}

// With the path of a library made absolute, by the session's directory. Its span stays that of what
// was said.
Result<ast::CreateFunction> WithWholePath(const ast::CreateFunction& said, const Session& session) {
  ast::CreateFunction whole = said;
  if (!bind::IsNative(said)) return whole;
  for (ast::Resource& file : whole.body->resources) {
    const Result<std::string> path = LocalPath(file.path.text);
    if (!path.ok()) return Status(path.status()).WithSpan(file.path.span);
    if (!path->empty()) file.path.text = AbsolutePath(session.PathOf(*path));
  }
  return whole;
}

// Of a library's: whether the user may name the file, and, where the statement is the user's own,
// whether that has the function. What comes with a job's state is loaded when the job begins.
Status CheckNative(const ast::CreateFunction& create, const catalog::FunctionDefinition& function,
                   RecordedPaths paths, const Session& session) {
  if (!bind::IsNative(create) || paths == RecordedPaths::kAllowed) return {};
  const ast::Text& path = create.body->resources.front().path;
  RETURN_IF_ERROR(session.CheckPath(PathUse::kSavepoint, path.text).WithSpan(path.span));
  if (paths != RecordedPaths::kNone) return {};
  return CheckLibrary(*session.ports().files, create, *function.foreign);
}

// "Table t created."
Answer Created(std::string_view kind, std::string_view name, catalog::ChangeOutcome outcome) {
  const bool done = outcome == catalog::ChangeOutcome::kDone;
  Answer answer = Say(fmt::format("{} {} {}.", kind, name, done ? "created" : "exists already"));
  if (outcome == catalog::ChangeOutcome::kEqual)
    AddNotice(fmt::format("NOTICE: {} {} exists with the same definition", ToLower(kind), name),
              answer);
  return answer;
}

// A notice that a call of the function means another one, as in Flink; "" if it does not.
std::string HiddenByBuiltIn(const catalog::FunctionDefinition& function) {
  const std::string& name = function.name.object;
  if (function.system || !bind::IsBuiltInFunction(name)) return "";
  return fmt::format(
      "NOTICE: {0}(…) is the built-in function; {1}.{0}(…) is this one, and a TEMPORARY SYSTEM "
      "FUNCTION would take the place of the built-in one",
      ast::QuoteIdentifier(name), ast::QuoteIdentifier(function.name.database));
}

}  // namespace

Result<Answer> StatementExecutor::ExecuteText(const std::string& text) {
  const ast::StatementPtr made = TRY(parse::ParseStatement(text));
  StatementExecutor executor(session_, text, view_);
  executor.paths_ = paths_;
  return executor.Execute(*made);
}

Result<Answer> StatementExecutor::ExecuteMade(const std::string& text, SourceSpan span) {
  Result<Answer> answer = ExecuteText(text);
  if (answer.ok()) return answer;
  return std::move(answer).status().At(span);
}

// CREATE TABLE t WITH (…) AS query: the table, then the job that fills it.
Result<Answer> StatementExecutor::CreateTableAs(const ast::CreateTable& statement,
                                                SourceSpan span) {
  if (!statement.elements.empty()) {
    return NotSupportedYet("a list of columns in CREATE TABLE … AS", statement.name.span);
  }
  const planner::PlannerOptions options = TRY(OptionsOf(session_.settings()));
  const planner::PlannedJob planned =
      TRY(planner::PlanQuery(*statement.query, session_.catalog(), options));
  if (bind::ReadsNamesake(planned.objects, statement.name, session_.catalog()) &&
      !DefectPlanted("tables-of-themselves")) {
    return Status::InvalidSql("the query reads the table that this statement replaces")
        .WithId("E2015")
        .WithHint("write its rows into a table of another name")
        .WithSpan(statement.name.span);
  }
  Schema declared;
  for (const logical::Column& column : logical::DeclaredColumns(*planned.bound.roots.front())) {
    declared.fields.push_back({column.name, column.type});
  }
  const Answer created =
      TRY(ExecuteMade(TableWithColumns(statement, declared), statement.name.span));
  ast::Statement insert;
  insert.span = span;
  insert.node = ast::Insert{.target = statement.name, .query = statement.query};
  Answer answer = TRY(Execute(insert));
  answer.notices.insert(answer.notices.begin(), created.notices.begin(), created.notices.end());
  return answer;
}

// CREATE TABLE … LIKE a table of the catalog, or LIKE 'path': the table that is inferred from these
// files.
Result<Answer> StatementExecutor::CreateTableLike(const ast::CreateTable& statement) {
  const ast::Name& name = statement.like->source;
  catalog::CatalogObject source;
  if (name.is_file) {
    source.table = TRY(session_.catalog().FindFiles(name.last().text, name.span));
  } else {
    source = TRY(session_.catalog().Find(bind::PartsOf(name), name.span));
  }
  if (!source.table) {
    return Status::InvalidSql(
               fmt::format("\"{}\" is a view; a table is LIKE tables only", source.name().Short()))
        .WithId("E2009")
        .WithHint("CREATE TABLE … AS SELECT makes a table of a query")
        .WithSpan(name.span);
  }
  const ast::StatementPtr create = TRY(parse::ParseStatement(source.table->create_text));
  const ast::CreateTable merged = TRY(bind::MergeLike(statement, *create->As<ast::CreateTable>()));
  return ExecuteMade(TextOf(merged), statement.name.span);
}

Result<Answer> StatementExecutor::Run(const ast::CreateTable& said, SourceSpan span) {
  if (said.query) return CreateTableAs(said, span);
  std::string text = StatementText(text_, span);
  const ast::CreateTable statement = WithPathsOfSession(said, session_, span.begin, text);
  if (paths_ != RecordedPaths::kAllowed) RETURN_IF_ERROR(CheckPathsIn(statement, session_));
  if (statement.like) return CreateTableLike(statement);
  catalog::Catalog& catalog = session_.catalog();
  const bool kept = catalog.keeps() && !statement.temporary;
  catalog::TablePtr table;
  if (kept) {
    const ast::CreateTable form = KeptForm(
        statement, TRY(catalog.NameNew(bind::PartsOf(statement.name), statement.name.span)),
        catalog.connectors());
    table = TRY(bind::BindCreateTable(form, TextOf(form), catalog));
  } else {
    table = TRY(bind::BindCreateTable(statement, text, catalog));
  }
  if (paths_ != RecordedPaths::kAllowed)
    RETURN_IF_ERROR(bind::CheckFilesOfTable(statement, *table));
  Answer answer =
      TRY(Add({table, nullptr}, statement.replace, statement.if_not_exists, statement.name.span));
  AddNotice(OptionsWithoutEffect(statement, *table), answer);
  AddNotice(SecretsInClear(*table), answer);
  return answer;
}

// Adds the object to the catalog; the answer is that of CREATE.
Result<Answer> StatementExecutor::Add(const catalog::CatalogObject& object, bool replace,
                                      bool if_not_exists, SourceSpan place) {
  const std::string& said = object.name().object;
  const std::string_view kind = object.table ? "Table" : object.view ? "View" : "Function";
  if (replace) {
    if (!object.function && !object.temporary()) {
      const ast::Name name = WholeName(object.name(), place);
      RETURN_IF_ERROR(CheckOrdinary(session_.catalog(), name, "DROP MATERIALIZED TABLE first"));
    }
    RETURN_IF_ERROR(session_.catalog().Replace(object, place));
    return Say(fmt::format("{} {} replaced.", kind, said));
  }
  const catalog::ChangeOutcome outcome =
      TRY(session_.catalog().Create(object, if_not_exists, place));
  return Created(kind, said, outcome);
}

Result<Answer> StatementExecutor::Run(const ast::CreateView& statement, SourceSpan span) {
  catalog::Catalog& catalog = session_.catalog();
  const SourceSpan place = statement.name.span;
  if (!catalog.keeps() || statement.temporary) {
    catalog::ViewPtr view =
        TRY(bind::BindCreateView(statement, StatementText(text_, span), catalog));
    const ast::CreateView listed = TRY(WithListedColumns(statement, catalog));
    if (listed != statement) view = TRY(bind::BindCreateView(listed, TextOf(listed), catalog));
    return Add({nullptr, view}, statement.replace, statement.if_not_exists, place);
  }
  ast::CreateView form =
      KeptForm(statement, TRY(catalog.NameNew(bind::PartsOf(statement.name), place)));
  std::vector<catalog::CatalogObject> used;
  bind::BindOptions options;
  options.used_objects = &used;
  options.absolute_paths = true;
  RETURN_IF_ERROR(bind::BindCreateView(form, TextOf(form), catalog, options).status());
  form = TRY(WithListedColumns(form, catalog));
  // Kept without its columns: their types change with its tables, some of which may be temporary.
  const catalog::ViewPtr view = TRY(bind::DefineView(form, TextOf(form), catalog));
  Answer answer = TRY(Add({nullptr, view}, statement.replace, statement.if_not_exists, place));
  AddNotice(ReadsTemporary("view " + view->name.object, used), answer);
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::CreateFunction& said, SourceSpan span) {
  const ast::CreateFunction statement = TRY(WithWholePath(said, session_));
  // Definitions that come with a savepoint are not asked for their roles, and this one is code.
  if (statement.body && paths_ != RecordedPaths::kAllowed) {
    if (session_.who().role != Role::kAdmin)
      return RoleMissing(session_.who(), Role::kAdmin).WithSpan(statement.name.span);
  }
  catalog::Catalog& catalog = session_.catalog();
  const bool kept = catalog.keeps() && !statement.temporary;
  std::vector<catalog::CatalogObject> used;
  bind::BindOptions options;
  options.used_objects = &used;
  options.absolute_paths = kept;
  const catalog::FunctionPtr checked =
      TRY(bind::BindCreateFunction(statement, text_, catalog, options));
  RETURN_IF_ERROR(CheckNative(statement, *checked, paths_, session_));
  const ast::CreateFunction listed =
      statement.body ? statement : TRY(WithListedColumns(statement, catalog));
  const bool same = listed == said;
  const std::string text = kept   ? TextOf(KeptForm(listed, checked->name))
                           : same ? StatementText(text_, span)
                                  : TextOf(listed);
  // Read again, so that its places are in the text that is kept with it.
  const ast::StatementPtr own = TRY(parse::ParseStatement(text));
  const catalog::FunctionPtr function =
      TRY(bind::DefineFunction(*own->As<ast::CreateFunction>(), text, catalog));
  Answer answer = TRY(Add({nullptr, nullptr, function}, statement.replace, statement.if_not_exists,
                          statement.name.span));
  AddNotice(HiddenByBuiltIn(*function), answer);
  if (kept) AddNotice(ReadsTemporary("function " + function->name.object, used), answer);
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::CreateObject& statement, SourceSpan span) {
  if (statement.kind == ast::ObjectKind::kDatabase) {
    return Created(
        "Database", ShortName(statement.name),
        TRY(session_.catalog().CreateDatabase(bind::PartsOf(statement.name),
                                              statement.if_not_exists, statement.name.span)));
  }
  if (statement.kind == ast::ObjectKind::kCatalog) {
    for (const ast::Property& option : statement.options) {
      if (option.key.text == "type" && option.value.text != "generic_in_memory") {
        return NotSupportedYet(fmt::format("a catalog of type '{}'", option.value.text),
                               option.value.span);
      }
    }
    return Created("Catalog", ShortName(statement.name),
                   TRY(session_.catalog().CreateCatalog(
                       ShortName(statement.name), statement.if_not_exists, statement.name.span)));
  }
  return NotSupportedYet(LeadingWords(text_, span), span);
}

Result<Answer> StatementExecutor::Run(const ast::Drop& statement, SourceSpan span) {
  catalog::Catalog& catalog = session_.catalog();
  const std::vector<std::string> parts = bind::PartsOf(statement.name);
  std::vector<std::string> notices;
  const SourceSpan place = statement.name.span;
  bool dropped = false;
  std::string_view kind;
  switch (statement.kind) {
    case ast::ObjectKind::kMaterializedTable:
      return MaterializedTables(*this).Drop(statement);
    case ast::ObjectKind::kTable:
    case ast::ObjectKind::kView: {
      RETURN_IF_ERROR(CheckOrdinary(catalog, statement.name, "DROP MATERIALIZED TABLE drops it"));
      const bool table = statement.kind == ast::ObjectKind::kTable;
      kind = table ? "Table" : "View";
      const auto known = table ? catalog::ObjectKind::kTable : catalog::ObjectKind::kView;
      notices = NoticesOfUsers(session_, parts, known);
      dropped = TRY(catalog.Drop(parts, {known, statement.temporary, statement.if_exists}, place));
      break;
    }
    case ast::ObjectKind::kFunction:
      kind = "Function";
      notices = NoticesOfUsers(session_, parts, catalog::ObjectKind::kFunction);
      dropped = TRY(catalog.DropFunction(parts,
                                         {catalog::ObjectKind::kFunction, statement.temporary,
                                          statement.if_exists, statement.system},
                                         place));
      break;
    case ast::ObjectKind::kDatabase: {
      kind = "Database";
      const bool cascade = statement.behaviour == ast::DropBehaviour::kCascade;
      MaterializedTables tables(*this);
      const std::vector<std::string> jobs =
          cascade ? tables.RefreshJobsIn(parts, place) : std::vector<std::string>();
      dropped = TRY(catalog.DropDatabase(parts, {statement.if_exists, cascade}, place));
      RETURN_IF_ERROR(tables.EndRefreshes(jobs, place));
      break;
    }
    case ast::ObjectKind::kCatalog:
      kind = "Catalog";
      dropped = TRY(catalog.DropCatalog(parts.back(), statement.if_exists, place));
      break;
    case ast::ObjectKind::kModel:
    case ast::ObjectKind::kConnection:
      return NotSupportedYet(LeadingWords(text_, span), span);
  }
  Answer answer =
      Say(fmt::format("{} {} {}.", kind, parts.back(), dropped ? "dropped" : "does not exist"));
  if (dropped) answer.notices = std::move(notices);
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::Use& statement, SourceSpan) {
  const std::vector<std::string> parts = bind::PartsOf(statement.name);
  RETURN_IF_ERROR(statement.catalog
                      ? session_.catalog().UseCatalog(parts.back(), statement.name.span)
                      : session_.catalog().UseDatabase(parts, statement.name.span));
  return Say(fmt::format("Using {}.{}.", session_.catalog().current_catalog(),
                         session_.catalog().current_database()));
}

}  // namespace weir::shell
