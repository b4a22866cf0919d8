#include "planner/uid/column_places.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/graph/bad_records.h"

namespace weir::uid {

std::vector<std::string> ColumnPlaces(const logical::Node& scan, const Lineage& lineage,
                                      PlaceWords words) {
  const graph::ScanSpec& spec = std::get<logical::Scan>(scan.operation).spec;
  const bool in_record = lineage.NamesColumns(spec.options);
  const bool by_name =
      words == PlaceWords::kCurrent ? lineage.FindsByName(spec.options) : in_record;
  std::vector<std::string> lines;
  int place = 0;
  for (size_t i = 0; i < spec.table_schema.fields.size(); ++i) {
    const Field& field = spec.table_schema.fields[i];
    const std::string& key = spec.metadata_keys.at(i);
    const bool of_directory =
        words != PlaceWords::kVersion2 &&
        std::ranges::find(spec.partition_keys, field.name) != spec.partition_keys.end();
    std::string where = "the value of its name";
    if (!key.empty()) {
      where = fmt::format("metadata '{}'", key);
    } else if (of_directory) {
      where = "the name of a directory";
    } else if (!by_name) {
      where = fmt::format("value {} of a record", ++place);
    }
    // An instant that is read from text without a zone is one of the session's zone.
    const bool instant = field.type.kind() == TypeKind::kTimestampLtz;
    if (instant && !in_record && key.empty() && !of_directory)
      where += " in " + lineage.time_zone();
    lines.push_back(fmt::format("{}\t{}", lineage.NameOf(scan, field.name), where));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> ColumnTypes(const logical::Node& scan, const Lineage& lineage) {
  std::vector<std::string> lines;
  for (const Field& field : std::get<logical::Scan>(scan.operation).spec.table_schema.fields) {
    lines.push_back(fmt::format("{}\t{}", lineage.NameOf(scan, field.name),
                                field.type.ToStringIgnoringNullability()));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

bool LeavesOutBadRecords(const graph::TableOptions& contents) {
  return std::ranges::any_of(contents, [](const graph::TableOption& option) {
    return option.key.ends_with(".ignore-parse-errors") || option.key == graph::kErrorsTable;
  });
}

std::vector<std::string> ColumnsOfRecords(const logical::Node& scan, const Lineage& lineage) {
  const graph::ScanSpec& spec = std::get<logical::Scan>(scan.operation).spec;
  std::vector<std::string> columns;
  for (size_t i = 0; i < spec.table_schema.fields.size(); ++i) {
    const Field& field = spec.table_schema.fields[i];
    if (!spec.metadata_keys.at(i).empty()) continue;
    columns.push_back(
        fmt::format("{} {}", lineage.NameOf(scan, field.name), field.type.ToString()));
  }
  std::sort(columns.begin(), columns.end());
  return columns;
}

}  // namespace weir::uid
