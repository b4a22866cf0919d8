#include "runtime/connectors/postgres/change_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/connectors/postgres/value_text.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/kinds_of.h"
#include "runtime/types/value.h"

namespace weir::connectors::postgres {
namespace {

ColumnPtr MetadataOf(const ChangeScan& scan, const ChangeColumn& column, uint32_t rows,
                     const std::vector<int64_t>& times) {
  const Type& type = column.field.type;
  if (column.metadata == "table_name") return MakeConstantColumn(Value(type, scan.name), rows);
  if (column.metadata == "schema_name") return MakeConstantColumn(Value(type, scan.schema), rows);
  if (column.metadata == "database_name")
    return MakeConstantColumn(Value(type, scan.database), rows);
  ColumnBuilder builder(type, rows);
  for (uint32_t row = 0; row < rows; ++row) builder.Append(times.empty() ? int64_t{0} : times[row]);
  return builder.Finish();
}

}  // namespace

Result<std::shared_ptr<const ColumnMap>> MapColumns(const ChangeScan& scan,
                                                    const LoggedTable& table,
                                                    const std::vector<ServerColumn>& columns,
                                                    const LogMessage& relation) {
  auto map = std::make_shared<ColumnMap>();
  map->count = relation.columns.size();
  const auto place = [&](const std::string& name) -> Result<size_t> {
    const auto found = std::ranges::find(relation.columns, name, &LogColumn::name);
    if (found != relation.columns.end())
      return static_cast<size_t>(found - relation.columns.begin());
    return Refused(fmt::format("the log does not have the column \"{}\" of {}, which table {} "
                               "reads: it was dropped or renamed, or is left out by the "
                               "publication '{}', or its values are computed",
                               name, table.table.name, scan.table, scan.publication),
                   "stop the job with a savepoint, change the table's definition, and restore it");
  };
  for (const ServerColumn& column : columns) map->columns.push_back(TRY(place(column.name)));
  for (const KeyColumn& column : table.key) map->key.push_back(TRY(place(column.name)));
  map->identity = map->key;
  for (const std::string& name : scan.primary_key) {
    const ServerColumn* const column = table.table.Find(name);
    map->identity.push_back(TRY(place(column == nullptr ? name : column->name)));
  }
  return std::shared_ptr<const ColumnMap>(std::move(map));
}

ChangeRows::ChangeRows(const ChangeScan& scan) : scan_(scan) {
  for (const ChangeColumn& column : scan.columns) {
    if (!column.metadata.empty()) continue;
    const bool in_key = std::ranges::count(scan.primary_key, column.field.name) > 0;
    read_.push_back({&column.field, in_key});
  }
}

Status ChangeRows::AppendCell(const RowOfLog& row, size_t at, const Read& read) {
  const Field& field = *read.field;
  const LogCell* cell = &(*row.cells)[at];
  if (cell->kind == LogCell::Kind::kUnchanged && row.before != nullptr) cell = &(*row.before)[at];
  if (cell->kind == LogCell::Kind::kText) {
    texts_->Append(cell->text);
    return {};
  }
  if (cell->kind == LogCell::Kind::kUnchanged) {
    return Refused(fmt::format("an update of {}.{} has left \"{}\" alone, whose value is stored "
                               "apart, so that the log does not have it",
                               scan_.schema, scan_.name, field.name),
                   fmt::format("ALTER TABLE {}.{} REPLICA IDENTITY FULL, and start the job afresh",
                               QuotedName(scan_.schema), QuotedName(scan_.name)));
  }
  texts_->AppendNull();
  if (row.key_alone && read.in_key) {
    return Refused(fmt::format("the log does not have the key \"{}\" of a row of {}.{} that was "
                               "deleted",
                               field.name, scan_.schema, scan_.name),
                   fmt::format("ALTER TABLE {}.{} REPLICA IDENTITY FULL, and start the job afresh",
                               QuotedName(scan_.schema), QuotedName(scan_.name)));
  }
  if (field.type.nullable() || row.key_alone) return {};
  return Status::DataError(fmt::format("NULL in the NOT NULL column \"{}\"", field.name))
      .WithId("E3004");
}

Status ChangeRows::Append(const RowOfLog& row, const ColumnMap& map) {
  if (!texts_ && !read_.empty()) texts_.emplace(static_cast<int>(read_.size()));
  for (size_t i = 0; i < read_.size(); ++i)
    RETURN_IF_ERROR(AppendCell(row, map.columns[i], read_[i]));
  kinds_.push_back(row.kind);
  times_.push_back(row.commit_micros);
  return {};
}

Result<Batch> ChangeRows::Take() {
  const Answer texts = texts_ ? std::move(*texts_).Finish() : Answer();
  texts_.reset();
  Result<Batch> batch = BatchOf(scan_, {texts, 0, static_cast<int>(kinds_.size())}, kinds_, times_);
  if (!batch.ok()) return batch;
  kinds_.clear();
  times_.clear();
  return batch;
}

Result<Batch> BatchOf(const ChangeScan& scan, const TextRows& rows,
                      const std::vector<RowKind>& kinds, const std::vector<int64_t>& times) {
  const auto& [texts, begin, end] = rows;
  Batch batch;
  batch.row_count = static_cast<uint32_t>(end - begin);
  int place = 0;
  for (const ChangeColumn& column : scan.columns) {
    if (!column.metadata.empty()) {
      batch.columns.push_back(MetadataOf(scan, column, batch.row_count, times));
      continue;
    }
    // Those of the log were checked one by one, as some are of keys alone.
    batch.columns.push_back(times.empty()
                                ? TRY(ReadColumn(texts, place, begin, end, column.field))
                                : TRY(ReadColumnOrNulls(texts, place, begin, end, column.field)));
    ++place;
  }
  batch.row_kinds = KindsUnlessInserts(kinds);
  return batch;
}

}  // namespace weir::connectors::postgres
