#include "planner/catalog/table_definition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "planner/catalog/catalog.h"

namespace weir::catalog {

std::string ObjectName::Quoted() const {
  return QuoteName(catalog) + "." + QuoteName(database) + "." + QuoteName(object);
}

std::string ObjectName::Short() const {
  if (catalog != kDefaultCatalog) return catalog + "." + database + "." + object;
  return database == kDefaultDatabase ? object : database + "." + object;
}

std::vector<std::string> TableDefinition::ComputedNames() const {
  std::vector<std::string> names;
  for (const ColumnDefinition& column : columns) {
    if (column.kind == ColumnKind::kComputed) names.push_back(column.name);
  }
  return names;
}

Schema TableDefinition::ScanSchema() const {
  Schema schema;
  for (const ColumnDefinition& column : columns) {
    if (column.kind != ColumnKind::kComputed) schema.fields.push_back({column.name, column.type});
  }
  return schema;
}

std::vector<std::string> TableDefinition::ScanMetadataKeys() const {
  std::vector<std::string> keys;
  for (const ColumnDefinition& column : columns) {
    if (column.kind != ColumnKind::kComputed) keys.push_back(column.metadata_key);
  }
  return keys;
}

std::vector<int> TableDefinition::InsertColumns() const {
  std::vector<int> indexes;
  for (size_t i = 0; i < columns.size(); ++i) {
    const ColumnKind kind = columns[i].kind;
    const bool written =
        kind == ColumnKind::kPhysical || (kind == ColumnKind::kMetadata && !columns[i].is_virtual);
    if (written) indexes.push_back(static_cast<int>(i));
  }
  return indexes;
}

ChangelogMode TableDefinition::SourceChanges() const {
  if (ConnectorSaysChanges()) return connector->source_changes(options);
  return format != nullptr ? format->gives : ChangelogMode::AppendOnly();
}

ChangelogMode TableDefinition::SinkChanges() const {
  const bool by_format = format != nullptr && !ConnectorSaysChanges();
  // A connector that has to know the key finds by it what a change is about.
  if (!by_format && !connector->primary_key_option.empty() && primary_key.empty())
    return ChangelogMode::AppendOnly();
  return by_format ? format->accepts : connector->sink_accepts;
}

bool TableDefinition::ConnectorSaysChanges() const {
  return connector != nullptr && connector->source_changes != nullptr;
}

bool TableDefinition::HasKeyInMessages() const {
  return connector != nullptr && connector->has_keys && !connector->primary_key_option.empty();
}

graph::TableOptions TableDefinition::WithPrimaryKey(graph::TableOptions given) const {
  if (connector == nullptr || connector->primary_key_option.empty() || primary_key.empty())
    return given;
  std::vector<std::string> names;
  for (const int column : primary_key) names.push_back(columns[static_cast<size_t>(column)].name);
  given.push_back(
      {std::string(connector->primary_key_option), fmt::format("{}", fmt::join(names, ";"))});
  return given;
}

std::vector<logical::Column> TableDefinition::QueryColumns() const {
  std::vector<logical::Column> out;
  for (const ColumnDefinition& column : columns)
    out.push_back({column.name, column.type, column.time});
  return out;
}

}  // namespace weir::catalog
