#include "shell/engine/session/file_tables.h"

#include <fmt/format.h>

#include <optional>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/parse/parse.h"
#include "runtime/connectors/sample/file_sample.h"
#include "runtime/connectors/sample/text_types.h"

namespace weir::shell {

std::string DefinitionBody(const Schema& schema, const graph::TableOptions& all) {
  std::string columns;
  for (const Field& field : schema.fields) {
    columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", ast::QuoteIdentifier(field.name),
                           field.type.ToString());
  }
  std::string options;
  for (const graph::TableOption& option : all) {
    options += fmt::format("{}{} = {}", options.empty() ? "" : ", ", ast::QuoteOption(option.key),
                           ast::QuoteOption(option.value));
  }
  return fmt::format("({}) WITH ({})", columns, options);
}

catalog::Catalog::DefineFiles FileTables(FileSystem& files) {
  return [&files](const catalog::Catalog& catalog,
                  const std::string& path) -> Result<catalog::TablePtr> {
    const connectors::FileSample sample = TRY(connectors::SampleFiles(files, path));
    const std::string text = fmt::format("CREATE TEMPORARY TABLE {} {}", ast::QuoteIdentifier(path),
                                         DefinitionBody(sample.schema, sample.options));
    const ast::StatementPtr create = TRY(parse::ParseStatement(text));
    return bind::BindCreateTable(*create->As<ast::CreateTable>(), text, catalog);
  };
}

namespace {

// The type for a column of numbers and the value in quotes that `text` begins with: DOUBLE if that
// is one, else STRING.
Type TypeThatHolds(std::string_view text) {
  if (!text.starts_with('\'')) return Type::String();
  const std::string_view value = text.substr(1, text.find('\'', 1) - 1);
  const connectors::FieldSlice slice{value.data(), static_cast<uint32_t>(value.size()), true};
  const std::optional<Type> type = connectors::TypeOfTexts({&slice, 1});
  return type == Type::Double() ? Type::Double() : Type::String();
}

// The table's columns. The one with a value that does not fit gets a type that holds it. File,
// column and value are taken out of the error's text as FileReader::DecodingError and NotAValue
// (runtime/connectors) write it: another wording there means no better type here.
Schema ColumnsThatHold(const catalog::TableDefinition& table, const Status& error) {
  Schema schema = table.ScanSchema();
  if (error.message().find(fmt::format("file '{}'", table.name.object)) == std::string::npos)
    return schema;
  for (Field& field : schema.fields) {
    const std::string misfit = fmt::format("column \"{}\": ", field.name);
    const size_t at = error.message().find(misfit);
    if (at == std::string::npos) continue;
    const Type holds = TypeThatHolds(std::string_view(error.message()).substr(at + misfit.size()));
    field.type = holds == field.type ? Type::String() : holds;
  }
  return schema;
}

}  // namespace

Status WithTablesOfFiles(Status error, std::span<const catalog::CatalogObject> objects) {
  if (error.code() != StatusCode::kDataError) return error;
  for (const catalog::CatalogObject& object : objects) {
    if (!object.table) continue;
    const catalog::TableDefinition& table = *object.table;
    const std::string& path = table.name.object;
    if (graph::OptionValue(table.options, "path") != path) continue;
    const Schema sampled = table.ScanSchema();
    const Schema columns = ColumnsThatHold(table, error);
    std::string hint = fmt::format(
        "{}{}{}:\n  CREATE TABLE {} {};", error.hint(), error.hint().empty() ? "" : "\n",
        columns == sampled ? "options stand in a table of your own"
                           : "or say the columns yourself, instead of those that the first "
                             "records have",
        ast::QuoteIdentifier(bind::AliasOfFiles(path)), DefinitionBody(columns, table.options));
    error = std::move(error).WithHint(std::move(hint));
  }
  return error;
}

}  // namespace weir::shell
