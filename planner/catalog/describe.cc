#include "planner/catalog/describe.h"

#include <fmt/format.h>

#include "planner/ast/function.h"
#include "planner/ast/to_sql.h"
#include "planner/catalog/catalog.h"
#include "runtime/expr/foreign.h"
#include "runtime/graph/secret_text.h"

namespace weir::catalog {
namespace {

std::string NameList(const TableDefinition& table, const std::vector<int>& columns, bool quoted) {
  std::vector<std::string> names;
  for (const int column : columns) {
    const std::string& name = table.columns[static_cast<size_t>(column)].name;
    names.push_back(quoted ? QuoteName(name) : name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string MetadataText(const ColumnDefinition& column) {
  std::string text = "METADATA";
  if (column.metadata_key != column.name) text += " FROM " + ast::QuoteString(column.metadata_key);
  return column.is_virtual ? text + " VIRTUAL" : text;
}

std::string ColumnText(const ColumnDefinition& column) {
  std::string text = QuoteName(column.name) + " ";
  switch (column.kind) {
    case ColumnKind::kPhysical:
      text += column.type.ToString();
      break;
    case ColumnKind::kMetadata:
      text += column.type.ToString() + " " + MetadataText(column);
      break;
    case ColumnKind::kComputed:
      text += "AS " + column.computed_text;
      break;
  }
  return column.comment.empty() ? text : text + " COMMENT " + ast::QuoteString(column.comment);
}

std::vector<std::string> BodyLines(const TableDefinition& table) {
  std::vector<std::string> lines;
  for (const ColumnDefinition& column : table.columns) lines.push_back(ColumnText(column));
  if (table.watermark) {
    const std::string& name = table.columns[static_cast<size_t>(table.watermark->column)].name;
    lines.push_back(fmt::format("WATERMARK FOR {} AS {}", QuoteName(name), table.watermark->text));
  }
  if (!table.primary_key.empty()) {
    const std::string constraint = table.primary_key_name.empty()
                                       ? ""
                                       : "CONSTRAINT " + QuoteName(table.primary_key_name) + " ";
    lines.push_back(fmt::format("{}PRIMARY KEY ({}) NOT ENFORCED", constraint,
                                NameList(table, table.primary_key, true)));
  }
  return lines;
}

std::string PartitionText(const TableDefinition& table) {
  std::vector<std::string> names;
  for (const std::string& name : table.partition_keys) names.push_back(QuoteName(name));
  return fmt::format("PARTITIONED BY ({})\n", fmt::join(names, ", "));
}

bool IsKey(const TableDefinition& table, size_t column) {
  for (const int key : table.primary_key) {
    if (static_cast<size_t>(key) == column) return true;
  }
  return false;
}

std::string ExtrasText(const ColumnDefinition& column) {
  switch (column.kind) {
    case ColumnKind::kPhysical:
      return "";
    case ColumnKind::kMetadata:
      return MetadataText(column);
    case ColumnKind::kComputed:
      return "AS " + column.computed_text;
  }
  return "";
}

}  // namespace

std::string TypeText(const Type& type, logical::TimeAttribute time) {
  std::string text = type.ToStringIgnoringNullability();
  switch (time) {
    case logical::TimeAttribute::kNone:
      return text;
    case logical::TimeAttribute::kEvent:
      return text + " *ROWTIME*";
    case logical::TimeAttribute::kProcessing:
      return text + " *PROCTIME*";
  }
  return text;
}

// CREATE `what` with all that a table has of its own.
static std::string CreateText(const TableDefinition& table, std::string_view what) {
  std::string text = fmt::format("CREATE {} {} (\n  {}\n)\n", what, table.name.Quoted(),
                                 fmt::join(BodyLines(table), ",\n  "));
  if (!table.comment.empty()) text += "COMMENT " + ast::QuoteString(table.comment) + "\n";
  if (!table.partition_keys.empty()) text += PartitionText(table);
  std::vector<std::string> options;
  for (const graph::TableOption& option : table.options) {
    options.push_back(ast::QuoteOption(option.key) + " = " +
                      ast::QuoteOption(graph::ShownValue(option.key, option.value)));
  }
  return text + fmt::format("WITH (\n  {}\n)", fmt::join(options, ",\n  "));
}

std::string ShowCreateTable(const TableDefinition& table) {
  return CreateText(table, table.temporary ? "TEMPORARY TABLE" : "TABLE");
}

std::string FreshnessText(int64_t millis) {
  constexpr int64_t kSecond = 1000;
  constexpr std::pair<int64_t, std::string_view> kUnits[] = {{kSecond * 60 * 60 * 24, "DAY"},
                                                             {kSecond * 60 * 60, "HOUR"},
                                                             {kSecond * 60, "MINUTE"},
                                                             {kSecond, "SECOND"}};
  for (const auto& [unit, word] : kUnits) {
    if (millis % unit == 0) return fmt::format("INTERVAL '{}' {}", millis / unit, word);
  }
  return fmt::format("INTERVAL '{}.{:03}' SECOND", millis / kSecond, millis % kSecond);
}

std::string ShowCreateMaterializedTable(const TableDefinition& table, bool or_alter) {
  const Materialization& made = *table.materialized;
  return fmt::format(
      "{}\nFRESHNESS = {}\nREFRESH_MODE = {}\nAS {}",
      CreateText(table, or_alter ? "OR ALTER MATERIALIZED TABLE" : "MATERIALIZED TABLE"),
      FreshnessText(made.freshness_millis), made.continuous ? "CONTINUOUS" : "FULL",
      graph::ShownSql(made.query_text));
}

std::string ShowCreateView(const ViewDefinition& view) {
  std::vector<std::string> names;
  for (const logical::Column& column : view.columns) names.push_back(QuoteName(column.name));
  if (names.empty()) {
    for (const std::string& name : view.column_names) names.push_back(QuoteName(name));
  }
  const std::string comment =
      view.comment.empty() ? "" : "COMMENT " + ast::QuoteString(view.comment) + "\n";
  const std::string list =
      names.empty() ? " " : fmt::format(" (\n  {}\n)\n", fmt::join(names, ",\n  "));
  return fmt::format("CREATE {}VIEW {}{}{}AS {}", view.temporary ? "TEMPORARY " : "",
                     view.name.Quoted(), list, comment, graph::ShownSql(view.query_text));
}

// What stands behind RETURNS where another language implements it.
static std::string ForeignText(const FunctionDefinition& function) {
  const expr::ForeignFunction& foreign = *function.foreign;
  const bool native = foreign.language == expr::ForeignLanguage::kNative;
  std::string text;
  if (!native || foreign.implementation != function.name.object)
    text = fmt::format("AS {} ", ast::QuoteString(foreign.implementation));
  text += native ? "LANGUAGE NATIVE" : "LANGUAGE PYTHON";
  if (!foreign.version.empty()) text += " VERSION " + ast::QuoteString(foreign.version);
  if (foreign.determinism != expr::Determinism::kPure) text += " NOT DETERMINISTIC";
  if (foreign.called_on_null) text += " CALLED ON NULL INPUT";
  if (native) text += " USING " + ast::QuoteString(foreign.library);
  return text;
}

std::string BodyText(const FunctionDefinition& function) {
  if (function.foreign != nullptr) return ForeignText(function);
  return graph::ShownSql(function.returns ? ast::ToSql(*function.text->expression)
                                          : ast::ToSql(*function.text->query));
}

std::string ShowCreateFunction(const FunctionDefinition& function) {
  const auto list = [](const std::vector<FunctionParameter>& all) {
    std::vector<std::string> lines;
    for (const FunctionParameter& one : all)
      lines.push_back(fmt::format("{} {}", QuoteName(one.name), one.type.ToString()));
    return lines.empty() ? "()" : fmt::format("(\n  {}\n)", fmt::join(lines, ",\n  "));
  };
  const std::string name =
      function.system ? QuoteName(function.name.object) : function.name.Quoted();
  const std::string comment =
      function.comment.empty() ? "" : "COMMENT " + ast::QuoteString(function.comment) + "\n";
  return fmt::format(
      "CREATE {}{}FUNCTION {} {}\nRETURNS {}\n{}{}{}", function.temporary ? "TEMPORARY " : "",
      function.system ? "SYSTEM " : "", name, list(function.parameters),
      function.returns ? function.returns->ToString() : "TABLE " + list(function.columns), comment,
      function.foreign != nullptr ? "" : "RETURN ", BodyText(function));
}

std::vector<DescribeRow> DescribeTable(const TableDefinition& table) {
  std::vector<DescribeRow> rows;
  const std::string key =
      table.primary_key.empty() ? "" : "PRI(" + NameList(table, table.primary_key, false) + ")";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const ColumnDefinition& column = table.columns[i];
    const bool timed = table.watermark && static_cast<size_t>(table.watermark->column) == i;
    rows.push_back({column.name, TypeText(column.type, column.time), column.type.nullable(),
                    IsKey(table, i) ? key : "", ExtrasText(column),
                    timed ? table.watermark->text : "", column.comment});
  }
  return rows;
}

std::vector<DescribeRow> DescribeView(const ViewDefinition& view) {
  std::vector<DescribeRow> rows;
  for (const logical::Column& column : view.columns) {
    rows.push_back(
        {column.name, TypeText(column.type, column.time), column.type.nullable(), "", "", "", ""});
  }
  return rows;
}

}  // namespace weir::catalog
