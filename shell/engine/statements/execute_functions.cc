// SHOW FUNCTIONS, SHOW CREATE FUNCTION and DESCRIBE FUNCTION: those of the language, and those of
// users.
#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/show_kind.h"
#include "planner/bind/bind.h"
#include "planner/catalog/describe.h"
#include "planner/catalog/function_definition.h"
#include "runtime/base/check.h"
#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/foreign.h"
#include "runtime/expr/function.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {
namespace {

// "" for a function without arguments.
std::string_view NullText(const expr::ScalarFunction& function) {
  const bool takes_any =
      std::any_of(function.overloads.begin(), function.overloads.end(),
                  [](const expr::Overload& overload) { return !overload.params.empty(); });
  if (!takes_any) return "";
  switch (function.nulls) {
    case expr::NullRule::kPropagate:
      return "NULL when an argument is NULL";
    case expr::NullRule::kCustom:
      return "an argument that is NULL need not make the result NULL";
  }
  WEIR_UNREACHABLE();
}

std::vector<std::vector<std::string>> RowsOfTheLanguage() {
  std::vector<std::vector<std::string>> rows;
  for (const expr::ScalarFunction* function : expr::ListFunctions()) {
    rows.push_back({std::string(function->name), std::string(function->signature),
                    std::string(function->doc)});
    for (const std::string_view alias : function->aliases) {
      rows.push_back({std::string(alias), fmt::format("as {}", function->name), ""});
    }
  }
  for (const expr::AggregateDoc& aggregate : expr::AggregateFunctions()) {
    rows.push_back({std::string(aggregate.name), std::string(aggregate.signature),
                    std::string(aggregate.doc)});
  }
  for (const expr::FormDoc& form : expr::SpecialForms()) {
    rows.push_back({std::string(form.name), std::string(form.signature), std::string(form.doc)});
  }
  return rows;
}

// The rows of SHOW FUNCTIONS for those that a call in `database` may mean. One whose definition
// cannot be read has a name only.
Result<std::vector<std::vector<std::string>>> RowsOfUsers(const catalog::Catalog& catalog,
                                                          const std::vector<std::string>& database,
                                                          SourceSpan span) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : TRY(catalog.ListFunctions(database, {}, span))) {
    catalog::FunctionPtr function = TRY(catalog.FindSystemFunction(name, span));
    if (!function) {
      std::vector<std::string> parts = database;
      parts.push_back(name);
      const Result<catalog::FunctionPtr> found = catalog.FindFunction(parts, span);
      if (found.ok()) function = *found;
    }
    rows.push_back(
        {name, function ? function->Signature() : "", function ? function->comment : ""});
  }
  return rows;
}

std::string KindOf(const catalog::FunctionDefinition& function) {
  if (function.foreign == nullptr) return function.returns ? "SQL" : "SQL, of a table";
  return function.foreign->language == expr::ForeignLanguage::kNative ? "native" : "Python";
}

// The rows of DESCRIBE FUNCTION.
std::vector<std::pair<std::string, std::string>> InfoOf(
    const catalog::FunctionDefinition& function) {
  const auto word = [](bool value) { return value ? "true" : "false"; };
  std::vector<std::pair<std::string, std::string>> rows = {
      {"name", function.system ? function.name.object : function.name.Short()},
      {"kind", KindOf(function)},
      {"signature", function.Signature()},
      {"description", function.comment},
      {"body", catalog::BodyText(function)},
      {"temporary", word(function.temporary)},
      {"system", word(function.system)}};
  std::erase_if(rows, [](const auto& row) { return row.second.empty(); });
  return rows;
}

Result<Answer> ShowCreateFunction(const catalog::Catalog& catalog, const ast::Name& name) {
  const catalog::FunctionPtr function = TRY(bind::FindUserFunction(catalog, name, name.span));
  if (function) {
    Answer answer;
    answer.text = catalog::ShowCreateFunction(*function) + "\n";
    return answer;
  }
  const std::string& wanted = name.parts.back().text;
  const bool built_in = name.parts.size() == 1 && bind::IsBuiltInFunction(wanted);
  return Status::InvalidSql(built_in ? fmt::format("{} is built in", ToUpper(wanted))
                                     : fmt::format("no function is named {}", wanted))
      .WithId(built_in ? "E2015" : "E2005")
      .WithHint(built_in ? fmt::format("DESCRIBE FUNCTION {}", wanted)
                         : DidYouMean(wanted, TRY(catalog.ListFunctions({}, {}, {}))))
      .WithSpan(name.span);
}

}  // namespace

Result<Answer> StatementExecutor::ShowFunctions(const ast::Show& statement, SourceSpan span) {
  if (statement.kind == ast::ShowKind::kCreateFunction)
    return ShowCreateFunction(session_.catalog(), statement.name);
  // Functions are named in capitals, which nobody types: the pattern's case does not count.
  catalog::NameFilter kept;
  if (statement.filter)
    kept = {statement.filter->pattern.text, true, statement.filter->negated, true};
  Answer answer;
  answer.table = TextTable({"function name", "signature", "description"});
  std::vector<std::vector<std::string>> rows;
  if (statement.kind == ast::ShowKind::kFunctions) rows = RowsOfTheLanguage();
  const std::vector<std::string> database = bind::PartsOf(statement.name);
  for (std::vector<std::string>& row : TRY(RowsOfUsers(session_.catalog(), database, span)))
    rows.push_back(std::move(row));
  std::sort(rows.begin(), rows.end());
  for (const auto& row : rows) {
    if (kept.Keeps(row[0])) answer.table->AddTextRow(row);
  }
  return answer;
}

Result<Answer> StatementExecutor::DescribeFunction(const ast::Name& name) {
  Answer answer;
  answer.table = TextTable({"info name", "info value"});
  const std::string& wanted = name.parts.back().text;
  if (const catalog::FunctionPtr function =
          TRY(bind::FindUserFunction(session_.catalog(), name, name.span))) {
    for (const auto& [info, value] : InfoOf(*function)) answer.table->AddTextRow({info, value});
    return answer;
  }
  if (const expr::ScalarFunction* function = expr::FindFunction(wanted); function != nullptr) {
    answer.table->AddTextRow({"name", std::string(function->name)});
    answer.table->AddTextRow({"kind", "scalar"});
    answer.table->AddTextRow({"signature", std::string(function->signature)});
    answer.table->AddTextRow({"description", std::string(function->doc)});
    if (const std::string_view nulls = NullText(*function); !nulls.empty())
      answer.table->AddTextRow({"nulls", std::string(nulls)});
    answer.table->AddTextRow(
        {"deterministic", function->determinism == expr::Determinism::kPure ? "true" : "false"});
    return answer;
  }
  if (const auto known = expr::FindAggregate(wanted); known.ok()) {
    const expr::AggregateDoc& aggregate = expr::AggregateFunctions()[static_cast<size_t>(*known)];
    answer.table->AddTextRow({"name", std::string(aggregate.name)});
    answer.table->AddTextRow({"kind", "aggregate"});
    answer.table->AddTextRow({"signature", std::string(aggregate.signature)});
    answer.table->AddTextRow({"description", std::string(aggregate.doc)});
    return answer;
  }
  for (const expr::FormDoc& form : expr::SpecialForms()) {
    if (!EqualsIgnoreCase(form.name, wanted)) continue;
    answer.table->AddTextRow({"name", std::string(form.name)});
    answer.table->AddTextRow({"kind", "special form"});
    answer.table->AddTextRow({"signature", std::string(form.signature)});
    answer.table->AddTextRow({"description", std::string(form.doc)});
    return answer;
  }
  if (expr::IsMissingFunction(wanted)) {
    return Status::Unsupported(fmt::format("{} is not supported yet", ToUpper(wanted)))
        .WithSpan(name.span);
  }
  return Status::InvalidSql(fmt::format("no function is named {}", wanted))
      .WithId("E2005")
      .WithHint(expr::SuggestFunction(wanted))
      .WithSpan(name.span);
}

}  // namespace weir::shell
