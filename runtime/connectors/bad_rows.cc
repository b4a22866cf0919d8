#include "runtime/connectors/bad_rows.h"

#include <utility>

#include "runtime/base/valid_utf8.h"
#include "runtime/graph/bad_records.h"
#include "runtime/types/column_builder.h"

namespace weir::connectors {
namespace {

// One of the columns of bad records. An empty text is NULL where `or_null`.
ColumnPtr TextColumn(const Type& type, const std::vector<BadRow>& rows, std::string BadRow::*text,
                     bool or_null) {
  ColumnBuilder builder(type, static_cast<uint32_t>(rows.size()));
  for (const BadRow& row : rows) {
    const std::string& value = row.*text;
    if (or_null && value.empty()) {
      builder.AppendNull();
    } else {
      // A message quotes the record, which may be of any bytes, as a path may.
      builder.AppendString(type.is_character() ? ValidUtf8(value) : value);
    }
  }
  return builder.Finish();
}

}  // namespace

Batch MakeBadRows(const graph::ScanSpec& spec, const std::vector<BadRow>& rows) {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(rows.size());
  for (const int column : spec.columns) {
    const Type& type = spec.table_schema.fields[static_cast<size_t>(column)].type;
    batch.columns.push_back(Column::MakeNull(type, batch.row_count));
  }
  const Schema known = graph::BadRecordColumns();
  std::string BadRow::*const texts[] = {&BadRow::raw, &BadRow::place, &BadRow::column,
                                        &BadRow::message};
  for (size_t i = 0; i < known.size(); ++i) {
    const bool or_null = texts[i] == &BadRow::column;
    batch.columns.push_back(TextColumn(known.fields[i].type, rows, texts[i], or_null));
  }
  return batch;
}

void AddNoBadRecord(Batch& rows) {
  for (const Field& field : graph::BadRecordColumns().fields)
    rows.columns.push_back(Column::MakeNull(field.type, rows.row_count));
}

}  // namespace weir::connectors
