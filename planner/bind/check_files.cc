#include "planner/bind/check_files.h"

#include <fmt/format.h>

namespace weir::bind {
namespace {

// Of what a failure names: a column, else an option as the statement spells it, of the keys or the
// values.
SourceSpan PlaceOfFault(const ast::CreateTable& create, const Status& fault) {
  for (const ast::TableElement& element : create.elements) {
    const auto* column = std::get_if<ast::ColumnDefinition>(&element);
    if (column == nullptr) continue;
    const std::string& name = column->name.last().text;
    for (const char end : {'"', '.'}) {
      if (fault.message().find(fmt::format("column \"{}{}", name, end)) != std::string::npos)
        return column->span;
    }
  }
  const bool of_keys = fault.message().starts_with("the keys: ");
  for (const ast::Property& option : create.options) {
    std::string_view key = option.key.text;
    const std::string_view before = of_keys ? "key." : "value.";
    const bool prefixed = key.starts_with(before);
    if (of_keys && !prefixed) continue;
    if (prefixed) key.remove_prefix(before.size());
    if (fault.message().find(fmt::format("'{}'", key)) != std::string::npos)
      return option.value.span;
  }
  return create.name.span;
}

}  // namespace

Status CheckFilesOfTable(const ast::CreateTable& create, const catalog::TableDefinition& table) {
  if (table.connector->check_files == nullptr) return {};
  Schema physical;
  for (const catalog::ColumnDefinition& column : table.columns) {
    if (column.kind == catalog::ColumnKind::kPhysical)
      physical.fields.push_back({column.name, column.type});
  }
  Status status = table.connector->check_files(physical, table.WithPrimaryKey(table.options));
  if (status.ok()) return status;
  const SourceSpan place = PlaceOfFault(create, status);
  return std::move(status).WithSpan(place);
}

}  // namespace weir::bind
