#include "runtime/connectors/scan_columns.h"

#include <algorithm>
#include <utility>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {
namespace {

// A ROW type of those fields alone.
Type RowOfFields(const Type& row, const std::vector<int>& fields) {
  std::vector<TypeField> kept;
  for (const int field : fields) kept.push_back(row.fields()[static_cast<size_t>(field)]);
  return Type::Row(std::move(kept)).WithNullable(row.nullable());
}

// Extends a column of some fields of `row` to all of them, with NULLs for the missing ones.
ColumnPtr WidenRow(const Column& narrow, const Type& row, const std::vector<int>& fields) {
  const MutableColumnPtr wide = Column::Make(row, narrow.length(), narrow.is_constant());
  wide->ShareValidity(narrow.validity_buffer());
  size_t next = 0;
  for (size_t field = 0; field < row.fields().size(); ++field) {
    const bool kept = next < fields.size() && fields[next] == static_cast<int>(field);
    wide->AddChild(kept ? narrow.children()[next++]
                        : Column::MakeNull(row.fields()[field].type, narrow.length()));
  }
  return wide;
}

}  // namespace

ScanColumns SplitScanColumns(const graph::ScanSpec& spec, std::span<const std::string> elsewhere) {
  ScanColumns split;
  std::vector<int> place_in_record(spec.table_schema.size(), -1);
  for (size_t c = 0; c < spec.table_schema.size(); ++c) {
    const Field& field = spec.table_schema.fields[c];
    if (!spec.metadata_keys[c].empty() ||
        std::ranges::find(elsewhere, field.name) != elsewhere.end())
      continue;
    place_in_record[c] = static_cast<int>(split.record.size());
    split.record.fields.push_back(field);
  }
  const Format* format = FindFormat(graph::OptionValue(spec.options, "format"));
  const bool whole =
      format != nullptr && (format->whole_types || JudgesWholeRecords(*format, spec.options));
  std::vector<int> of_format;
  for (size_t i = 0; i < spec.columns.size(); ++i) {
    const auto column = static_cast<size_t>(spec.columns[i]);
    const int place = place_in_record[column];
    const std::string_view key = spec.metadata_keys[column];
    if (key.starts_with(graph::kFormatMetadataPrefix)) {
      split.format_metadata.emplace_back(key.substr(graph::kFormatMetadataPrefix.size()));
      of_format.push_back(static_cast<int>(i));
    } else if (place < 0) {
      split.others.push_back(static_cast<int>(i));
    } else {
      split.columns.push_back(place);
      split.output.push_back(static_cast<int>(i));
      if (i < spec.fields.size() && !spec.fields[i].empty() && !whole) {
        Type& type = split.record.fields[static_cast<size_t>(place)].type;
        split.narrowed.push_back({split.columns.size() - 1, type, spec.fields[i]});
        type = RowOfFields(type, spec.fields[i]);
      }
    }
  }
  split.output.insert(split.output.end(), of_format.begin(), of_format.end());
  return split;
}

Batch ArrangeColumns(const ScanColumns& columns, Batch decoded,
                     const std::function<ColumnPtr(int place, uint32_t rows)>& other) {
  for (const NarrowedColumn& narrowed : columns.narrowed) {
    ColumnPtr& column = decoded.columns[narrowed.place];
    column = WidenRow(*column, narrowed.type, narrowed.fields);
  }
  if (columns.others.empty() && std::ranges::is_sorted(columns.output)) return decoded;
  Batch out = decoded;
  out.columns.assign(columns.output.size() + columns.others.size(), nullptr);
  for (size_t i = 0; i < columns.output.size(); ++i) {
    out.columns[static_cast<size_t>(columns.output[i])] = decoded.columns[i];
  }
  for (const int place : columns.others) {
    out.columns[static_cast<size_t>(place)] = other(place, out.row_count);
  }
  return out;
}

}  // namespace weir::connectors
