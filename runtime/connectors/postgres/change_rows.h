// Rows of changes on their way into a batch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/connectors/postgres/change_scan.h"
#include "runtime/connectors/postgres/connection.h"
#include "runtime/connectors/postgres/log_message.h"
#include "runtime/types/batch.h"

namespace weir::connectors::postgres {

// Where the columns that are read are among those of the log's rows.
struct ColumnMap {
  std::vector<size_t> columns;   // of those that are no metadata
  std::vector<size_t> key;       // of the table's primary key
  std::vector<size_t> identity;  // of that one and of the DDL's
  size_t count = 0;              // of all
};
// E4010 for a column that the log does not have.
Result<std::shared_ptr<const ColumnMap>> MapColumns(const ChangeScan& scan,
                                                    const LoggedTable& table,
                                                    const std::vector<ServerColumn>& columns,
                                                    const LogMessage& relation);

// One row of a change.
struct RowOfLog {
  RowKind kind = RowKind::kInsert;
  const std::vector<LogCell>* cells = nullptr;
  const std::vector<LogCell>* before =
      nullptr;             // has what an update left alone; null: nothing does
  bool key_alone = false;  // the other columns are not known
  int64_t commit_micros = 0;
};

// Collects rows of the log. Used by one thread.
class ChangeRows {
 public:
  explicit ChangeRows(const ChangeScan& scan);

  uint32_t size() const { return static_cast<uint32_t>(kinds_.size()); }
  // E3004 for NULL where the DDL says NOT NULL, E4010 for a value that the log does not have.
  Status Append(const RowOfLog& row, const ColumnMap& map);
  // The rows as a batch, after which there are none. kDataError as ReadColumn, after which this is
  // good for nothing.
  Result<Batch> Take();

 private:
  // A column that is no metadata.
  struct Read {
    const Field* field;
    bool in_key;  // of the DDL
  };
  Status AppendCell(const RowOfLog& row, size_t at, const Read& read);

  const ChangeScan& scan_;
  std::vector<Read> read_;
  std::optional<AnswerBuilder> texts_;
  std::vector<RowKind> kinds_;
  std::vector<int64_t> times_;
};

// Some rows of an answer.
struct TextRows {
  const Answer& texts;
  int begin;
  int end;
};

// A batch of rows, whose columns are those of the scan that are no
// metadata. `kinds` and `times` (microseconds since 1970) are theirs; without kinds they are
// inserts, and without times they are of the table itself, and their time is 0.
Result<Batch> BatchOf(const ChangeScan& scan, const TextRows& rows,
                      const std::vector<RowKind>& kinds, const std::vector<int64_t>& times);

}  // namespace weir::connectors::postgres
