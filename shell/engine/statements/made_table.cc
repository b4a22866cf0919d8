#include "shell/engine/statements/made_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "planner/ast/to_sql.h"
#include "planner/catalog/flink_table_options.h"
#include "runtime/base/local_path.h"
#include "runtime/graph/option_reach.h"
#include "runtime/graph/secret_text.h"
#include "shell/engine/jobs/table_paths.h"

namespace weir::shell {
namespace {

// Only a value that is a path becomes one of the session's directory (execute_catalog.cc).
Status RelativeInValue(std::string_view key) {
  return Status::InvalidSql(
             fmt::format("'{}' names a file by a relative path, and this session's directory is "
                         "not that of the process that opens it",
                         key))
      .WithId("E2015")
      .WithHint("give the whole path");
}

}  // namespace

std::string ColumnList(const Schema& columns) {
  std::string list;
  for (const Field& field : columns.fields) {
    // The literal '' is a CHAR(0), which no column can be declared as.
    const bool empty = field.type.is_character() && field.type.length() == 0;
    const Type type = empty ? Type::String().WithNullable(field.type.nullable()) : field.type;
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", ast::QuoteIdentifier(field.name),
                        type.ToString());
  }
  return list;
}

Status CheckPathsIn(const ast::CreateTable& statement, Session& session) {
  const graph::OptionReaches reaches(TableOptionsOf(statement), session.catalog().connectors());
  for (const ast::Property& option : statement.options) {
    const std::string& key = option.key.text;
    const bool snapshot = graph::IsPathOption(key) && key != "path";
    const PathUse use = snapshot ? PathUse::kSavepoint : PathUse::kTable;
    for (const std::string& path : reaches.PathsIn(key, option.value.text)) {
      const std::string whole = session.PathOf(path);
      RETURN_IF_ERROR(session.CheckPath(use, whole).WithSpan(option.value.span));
      if (path != option.value.text && path != whole)
        return RelativeInValue(key).WithSpan(option.value.span);
    }
  }
  return {};
}

std::string OptionsWithoutEffect(const ast::CreateTable& statement,
                                 const catalog::TableDefinition& table) {
  std::vector<std::string> texts;
  for (const ast::Property& option : statement.options) {
    const catalog::FlinkTableOption* found =
        catalog::FindFlinkTableOption(option.key.text, *table.connector, table.format);
    if (found != nullptr && !found->refused)
      texts.push_back(fmt::format("{} ({})", option.key.text, found->reason));
  }
  if (texts.empty()) return "";
  return fmt::format("NOTICE: options of Flink's without effect here: {}", fmt::join(texts, ", "));
}

std::string SecretsInClear(const catalog::TableDefinition& table) {
  std::vector<std::string> keys;
  for (const graph::TableOption& option : table.options) {
    if (!graph::SecretsInValue(option.key, option.value).empty())
      keys.push_back(fmt::format("'{}'", option.key));
  }
  if (keys.empty()) return "";
  return fmt::format(
      "WARNING: the catalog, checkpoints and savepoints keep what {} says in clear; 'weir secret "
      "set NAME' and '${{secret:NAME}}' as the value keep it apart",
      fmt::join(keys, ", "));
}

std::string ReadsTemporary(std::string_view what, const std::vector<catalog::CatalogObject>& used) {
  std::vector<std::string> names;
  for (const catalog::CatalogObject& object : used) {
    const bool files = IsAbsolutePath(object.name().object);  // FROM 'path'
    if (object.temporary() && !files) names.push_back(object.name().Short());
  }
  if (names.empty()) return "";
  return fmt::format(
      "NOTICE: {} is kept, and can be used only in sessions that have what is temporary in this "
      "one: {}",
      what, fmt::join(names, ", "));
}

}  // namespace weir::shell
