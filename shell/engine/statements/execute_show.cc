// SHOW and DESCRIBE.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "planner/ast/show_kind.h"
#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/catalog/describe.h"
#include "runtime/base/names.h"
#include "runtime/graph/secret_text.h"
#include "shell/engine/statements/materialized_tables.h"
#include "shell/engine/statements/statement_executor.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

catalog::NameFilter FilterOf(const ast::Show& statement) {
  if (!statement.filter) return {};
  return {statement.filter->pattern.text, true, statement.filter->negated,
          statement.filter->ignore_case};
}

Answer ListAnswer(std::string_view column, const std::vector<std::string>& names) {
  Answer answer;
  answer.table = TextTable({std::string(column)});
  for (const std::string& name : names) answer.table->AddTextRow({name});
  return answer;
}

// As Flink's, which has a column of comments where there is any.
Answer DescribeAnswer(const std::vector<catalog::DescribeRow>& rows) {
  const bool commented =
      std::ranges::any_of(rows, [](const auto& row) { return !row.comment.empty(); });
  std::vector<std::string> columns{"name", "type", "null", "key", "extras", "watermark"};
  if (commented) columns.emplace_back("comment");
  Answer answer;
  answer.table = TextTable(columns);
  const auto cell = [](const std::string& text) {
    return text.empty() ? Value::Null(Type::String()) : TextCell(text);
  };
  for (const catalog::DescribeRow& row : rows) {
    answer.table->rows.push_back(
        {cell(row.name), cell(row.type),
         Value(Type::String(), std::string(row.nullable ? "TRUE" : "FALSE")), cell(row.key),
         cell(row.extras), cell(row.watermark)});
    if (commented) answer.table->rows.back().push_back(cell(row.comment));
  }
  return answer;
}

// " WITH ('key' = 'value', …)" with the options of the job's last start; "" if there were none.
std::string WithOptions(const std::map<std::string, std::string>& options) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : options) {
    if (conf::FindOption(key) == nullptr || key == "pipeline.name") continue;
    texts.push_back(fmt::format("{} = {}", ast::QuoteOption(key),
                                ast::QuoteOption(graph::ShownValue(key, value))));
  }
  return texts.empty() ? "" : fmt::format(" WITH ({})", fmt::join(texts, ", "));
}

}  // namespace

Result<Answer> StatementExecutor::Run(const ast::Show& statement, SourceSpan span) {
  const catalog::Catalog& catalog = session_.catalog();
  const catalog::NameFilter filter = FilterOf(statement);
  const std::vector<std::string> parts = bind::PartsOf(statement.name);
  Answer answer;
  switch (statement.kind) {
    case ast::ShowKind::kCatalogs:
      return ListAnswer("catalog name", TRY(catalog.ListCatalogs(filter)));
    case ast::ShowKind::kCurrentCatalog:
      return ListAnswer("current catalog name", {catalog.current_catalog()});
    case ast::ShowKind::kDatabases:
      return ListAnswer("database name", TRY(catalog.ListDatabases(
                                             parts.empty() ? "" : parts.back(), filter, span)));
    case ast::ShowKind::kCurrentDatabase:
      return ListAnswer("current database name", {catalog.current_database()});
    case ast::ShowKind::kTables:
      return ListAnswer("table name", TRY(catalog.ListTables(parts, filter, span)));
    case ast::ShowKind::kMaterializedTables:
      return ListAnswer("materialized table name",
                        TRY(MaterializedTables(*this).Names(statement, filter, span)));
    case ast::ShowKind::kViews:
      return ListAnswer("view name", TRY(catalog.ListViews(parts, filter, span)));
    case ast::ShowKind::kFunctions:
    case ast::ShowKind::kUserFunctions:
    case ast::ShowKind::kCreateFunction:
      return ShowFunctions(statement, span);
    case ast::ShowKind::kJobs:
      return ShowJobs(filter);
    case ast::ShowKind::kCheckpoints:
      return ShowCheckpoints(statement, span);
    case ast::ShowKind::kSavepoints:
      return ShowSavepoints(statement, filter);
    case ast::ShowKind::kState:
      return ShowState(statement, filter);
    case ast::ShowKind::kStateDifference:
      return ShowStateDifference(statement, span);
    case ast::ShowKind::kColumns: {
      const catalog::CatalogObject object = TRY(FindRelation(statement.name));
      auto columns = object.table ? catalog::DescribeTable(*object.table)
                                  : catalog::DescribeView(*object.view);
      std::erase_if(columns, [&](const auto& column) { return !filter.Keeps(column.name); });
      return DescribeAnswer(columns);
    }
    case ast::ShowKind::kCreateMaterializedTable:
    case ast::ShowKind::kCreateOrAlterMaterializedTable:
      return MaterializedTables(*this).ShowCreate(statement);
    case ast::ShowKind::kCreateTable:
    case ast::ShowKind::kCreateView: {
      const catalog::CatalogObject object = TRY(catalog.Find(parts, statement.name.span));
      RETURN_IF_ERROR(CheckOrdinary(catalog, statement.name, "use SHOW CREATE MATERIALIZED TABLE"));
      const bool wants_table = statement.kind == ast::ShowKind::kCreateTable;
      if (wants_table != (object.table != nullptr)) {
        return Status::InvalidSql(
                   fmt::format("{} is a {}", parts.back(), object.table ? "table" : "view"))
            .WithId("E2001")
            .WithHint(fmt::format("use SHOW CREATE {}", object.table ? "TABLE" : "VIEW"))
            .WithSpan(statement.name.span);
      }
      // A view that cannot be used any more is shown without its columns.
      const Result<catalog::CatalogObject> usable = FindRelation(statement.name);
      answer.text =
          (object.table ? catalog::ShowCreateTable(*object.table)
                        : catalog::ShowCreateView(*(usable.ok() ? *usable : object).view)) +
          "\n";
      return answer;
    }
    case ast::ShowKind::kCreateJob: {
      const JobRecord record = TRY(session_.registry().Find(statement.job->text));
      for (const std::string& definition : record.definitions)
        answer.text += graph::ShownSql(definition) + ";\n";
      answer.text += fmt::format("CREATE JOB {}{} AS {};\n", ast::QuoteIdentifier(record.name),
                                 WithOptions(record.options), graph::ShownSql(record.sql));
      return answer;
    }
    default:
      return NotSupportedYet(LeadingWords(text_, span), span);
  }
}

Result<catalog::CatalogObject> StatementExecutor::FindRelation(const ast::Name& name) {
  const catalog::Catalog& catalog = session_.catalog();
  if (name.is_file)
    return catalog::CatalogObject{TRY(catalog.FindFiles(name.last().text, name.span)), nullptr};
  catalog::CatalogObject object = TRY(catalog.Find(bind::PartsOf(name), name.span));
  if (!object.view || !object.view->columns.empty()) return object;
  auto view = std::make_shared<catalog::ViewDefinition>(*object.view);
  view->columns = TRY(bind::ColumnsOfView(*object.view, catalog, name.span));
  return catalog::CatalogObject{nullptr, std::move(view)};
}

Result<Answer> StatementExecutor::Run(const ast::Describe& statement, SourceSpan span) {
  switch (statement.kind) {
    case ast::DescribeKind::kRelation: {
      const catalog::CatalogObject object = TRY(FindRelation(statement.name));
      return DescribeAnswer(object.table ? catalog::DescribeTable(*object.table)
                                         : catalog::DescribeView(*object.view));
    }
    case ast::DescribeKind::kFunction:
      return DescribeFunction(statement.name);
    case ast::DescribeKind::kJob:
      return DescribeJob(statement.reference);
    case ast::DescribeKind::kJobCosts:
      return AnalyzeJob(statement.reference);
    case ast::DescribeKind::kRecovery:
      return DescribeRecovery(statement.reference);
    case ast::DescribeKind::kSavepoint:
      return DescribeSavepoint(statement.reference);
    default:
      return NotSupportedYet(LeadingWords(text_, span), span);
  }
}

}  // namespace weir::shell
