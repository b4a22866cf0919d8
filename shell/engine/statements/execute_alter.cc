// ALTER of tables, views and functions: the definition as it would have been created, in the place
// of the one that is there. Jobs go on with what they were started with.
#include <fmt/format.h>

#include "planner/ast/to_sql.h"
#include "planner/bind/alter_table.h"
#include "planner/bind/bind.h"
#include "planner/parse/parse.h"
#include "shell/engine/catalog/kept_form.h"
#include "shell/engine/statements/materialized_tables.h"
#include "shell/engine/statements/notices_of_users.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {
namespace {

// Flink: "The table … doesn't exist or is a temporary table."
Status CheckPermanent(bool temporary, const ast::Name& name) {
  if (!temporary) return {};
  return Status::InvalidSql(fmt::format("{} is temporary: what a session alone has is not altered",
                                        name.parts.back().text))
      .WithId("E2015")
      .WithHint("DROP it and create it as it is to be")
      .WithSpan(name.span);
}

// The CREATE … that an object was made with. `text` was kept with the object.
template <typename T>
Result<T> CreateOf(const std::string& text) {
  const ast::StatementPtr create = TRY(parse::ParseStatement(text));
  return *create->As<T>();
}

Status WrongKind(const ast::Name& name, std::string_view is, std::string_view instead) {
  return Status::InvalidSql(fmt::format("{} is a {}", name.parts.back().text, is))
      .WithId("E2001")
      .WithHint(fmt::format("use ALTER {}", instead))
      .WithSpan(name.span);
}

// The CREATE OR REPLACE that does what `statement` says.
Result<std::string> AlteredTable(const ast::Alter& statement,
                                 const catalog::TableDefinition& table) {
  ast::CreateTable altered =
      TRY(bind::Altered(TRY(CreateOf<ast::CreateTable>(table.create_text)), statement));
  altered.name = WholeName(table.name, statement.name.span);
  altered.replace = true;
  altered.if_not_exists = false;
  return TextOf(altered);
}

// AS query: its columns have the query's names, whatever list of names the view had.
Result<std::string> AlteredView(const ast::Alter& statement, const catalog::ViewDefinition& view) {
  const auto* redefined = std::get_if<ast::RedefineQuery>(&statement.action);
  if (redefined == nullptr)
    return NotSupportedYet("this action of ALTER VIEW", statement.name.span);
  ast::CreateView altered = KeptForm(TRY(CreateOf<ast::CreateView>(view.create_text)), view.name);
  altered.columns.clear();
  altered.query = redefined->query;
  altered.replace = true;
  return TextOf(altered);
}

Result<std::string> AlteredFunction(const ast::Alter& statement,
                                    const catalog::FunctionDefinition& function) {
  const auto* redefined = std::get_if<ast::RedefineFunction>(&statement.action);
  if (redefined == nullptr)
    return NotSupportedYet("this action of ALTER FUNCTION", statement.name.span);
  if (function.temporary != redefined->temporary) {
    return function.temporary
               ? WrongKind(statement.name, "temporary function", "TEMPORARY FUNCTION")
               : WrongKind(statement.name, "function", "FUNCTION");
  }
  ast::CreateFunction altered = TRY(CreateOf<ast::CreateFunction>(function.create_text));
  if (!altered.body) {
    return Status::InvalidSql(
               fmt::format("{} is a function of SQL, and AS names one of another language",
                           function.name.object))
        .WithId("E2009")
        .WithHint("CREATE OR REPLACE FUNCTION gives it another text")
        .WithSpan(statement.name.span);
  }
  altered.body = redefined->body;
  altered.replace = true;
  altered.if_not_exists = false;
  return TextOf(altered);
}

Result<std::string> AlteredText(const ast::Alter& statement, const catalog::CatalogObject& object) {
  if (object.table) return AlteredTable(statement, *object.table);
  return object.view ? AlteredView(statement, *object.view)
                     : AlteredFunction(statement, *object.function);
}

// What `statement` names, which is of its kind; nothing where there is none and it says IF EXISTS.
Result<std::optional<catalog::CatalogObject>> ToAlter(const ast::Alter& statement,
                                                      const catalog::Catalog& catalog) {
  const SourceSpan place = statement.name.span;
  const std::vector<std::string> parts = bind::PartsOf(statement.name);
  if (statement.kind == ast::ObjectKind::kFunction) {
    const auto* action = std::get_if<ast::RedefineFunction>(&statement.action);
    const catalog::FunctionPtr function =
        TRY(action != nullptr && action->system ? catalog.FindSystemFunction(parts.back(), place)
                                                : catalog.FindFunction(parts, place));
    if (function) return std::optional(catalog::CatalogObject{nullptr, nullptr, function});
    if (statement.if_exists) return std::optional<catalog::CatalogObject>();
    return Status::InvalidSql(fmt::format("there is no function \"{}\"", parts.back()))
        .WithId("E2001")
        .WithSpan(place);
  }
  Result<catalog::CatalogObject> found = catalog.Find(parts, place);
  if (!found.ok() && found.status().id() == "E2001" && statement.if_exists)
    return std::optional<catalog::CatalogObject>();
  const catalog::CatalogObject object = TRY(std::move(found));
  const bool table = statement.kind == ast::ObjectKind::kTable;
  RETURN_IF_ERROR(CheckOrdinary(catalog, statement.name, "use ALTER MATERIALIZED TABLE"));
  if (table && !object.table) return WrongKind(statement.name, "view", "VIEW");
  if (!table && object.table) return WrongKind(statement.name, "table", "TABLE");
  RETURN_IF_ERROR(CheckPermanent(object.temporary(), statement.name));
  return std::optional(object);
}

// ", column half": the column of a CREATE TABLE that an error in its text is about; else "".
std::string PlaceIn(const std::string& text, std::optional<SourceSpan> span) {
  const Result<ast::StatementPtr> made = parse::ParseStatement(text);
  const auto* create = made.ok() ? (*made)->As<ast::CreateTable>() : nullptr;
  if (create == nullptr || !span) return "";
  for (const ast::TableElement& element : create->elements) {
    const auto* column = std::get_if<ast::ColumnDefinition>(&element);
    if (column != nullptr && column->span.begin <= span->begin && span->end <= column->span.end)
      return fmt::format(", column {}", column->name.last().text);
  }
  return "";
}

// In the same database, unless `to` says another one. Killed in between, there are both names.
Result<std::string> Rename(const catalog::CatalogObject& object, const ast::Name& to,
                           catalog::Catalog& catalog) {
  std::vector<std::string> parts = bind::PartsOf(to);
  const catalog::ObjectName& old = object.name();
  if (parts.size() == 1) parts = {old.catalog, old.database, parts[0]};
  const catalog::ObjectName name = TRY(catalog.NameNew(parts, to.span));
  if (TRY(catalog.FindExactly(name, object.kind())))
    return catalog::ExistsAlready(catalog::ObjectKindName(object.kind()), name.object, to.span);
  catalog::CatalogObject renamed;
  if (object.table) {
    const ast::CreateTable form = KeptForm(
        TRY(CreateOf<ast::CreateTable>(object.table->create_text)), name, catalog.connectors());
    renamed.table = TRY(bind::BindCreateTable(form, TextOf(form), catalog));
  } else {
    const ast::CreateView form =
        KeptForm(TRY(CreateOf<ast::CreateView>(object.view->create_text)), name);
    renamed.view = TRY(bind::DefineView(
        form, TextOf(form),
        catalog.WithCurrent(object.view->current_catalog, object.view->current_database)));
  }
  RETURN_IF_ERROR(catalog.Create(renamed, false, to.span).status());
  RETURN_IF_ERROR(
      catalog.Drop({old.catalog, old.database, old.object}, {.kind = object.kind()}, to.span)
          .status());
  return name.object;
}

}  // namespace

Result<Answer> StatementExecutor::Run(const ast::Alter& statement, SourceSpan span) {
  if (statement.kind == ast::ObjectKind::kMaterializedTable)
    return MaterializedTables(*this).Run(statement);
  const bool known = statement.kind == ast::ObjectKind::kTable ||
                     statement.kind == ast::ObjectKind::kView ||
                     statement.kind == ast::ObjectKind::kFunction;
  if (!known) return NotSupportedYet(LeadingWords(text_, span), span);
  const std::string_view kind = statement.kind == ast::ObjectKind::kTable  ? "Table"
                                : statement.kind == ast::ObjectKind::kView ? "View"
                                                                           : "Function";
  const std::vector<std::string> parts = bind::PartsOf(statement.name);
  const std::optional<catalog::CatalogObject> object = TRY(ToAlter(statement, session_.catalog()));
  if (!object) return Say(fmt::format("{} {} does not exist.", kind, parts.back()));
  const std::vector<std::string> notices = NoticesOfUsers(session_, parts, object->kind());
  Answer answer;
  const auto* rename = std::get_if<ast::RenameObject>(&statement.action);
  if (rename != nullptr && !object->function) {
    const std::string name = TRY(Rename(*object, rename->to, session_.catalog()));
    answer = Say(fmt::format("{} {} renamed to {}.", kind, object->name().object, name));
  } else {
    const std::string text = TRY(AlteredText(statement, *object));
    Result<Answer> replaced = ExecuteText(text);
    if (!replaced.ok()) {
      const std::string place = PlaceIn(text, replaced.status().span());
      return std::move(replaced).status().WithContext("as altered" + place).At(statement.name.span);
    }
    answer = Say(fmt::format("{} {} altered.", kind, object->name().object));
    answer.notices = std::move(replaced->notices);
  }
  answer.notices.insert(answer.notices.end(), notices.begin(), notices.end());
  return answer;
}

}  // namespace weir::shell
