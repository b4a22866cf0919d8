// Tables of state as a source of rows.
#pragma once

#include <memory>
#include <string>

#include "runtime/graph/operator_spec.h"
#include "runtime/source.h"
#include "state/reading/snapshot_records.h"

namespace weir::state {

// One table of a snapshot.
struct StateScan {
  std::shared_ptr<const CheckpointMetadata> metadata;  // verified
  std::shared_ptr<SnapshotRecords> records;            // of it
  std::string uid;
  std::string table;        // "" for the first one
  std::string primary_key;  // of the definition that reads it, "a;b"; "": it has none
};

// Reads the columns and rows that `scan` asks for, whose schema has columns of ColumnsOf. Splits
// are ranges of key groups, or, where the condition names its keys, one that looks these up. E2009
// where the table has other columns.
Result<std::unique_ptr<Source>> MakeStateSource(StateScan from, const graph::ScanSpec& scan);

// What is in `after` and not in `before`, and the other way round, of the same table: rows of "op"
// (+I, -D, and -U before +U where a key's row has changed) and its columns. Ascending by the bytes
// of keys. Without a uid it is that of all tables, as texts. `scan.table_schema` is that of
// DifferenceColumns.
Result<std::unique_ptr<Source>> MakeDifferenceSource(StateScan before, StateScan after,
                                                     const graph::ScanSpec& scan);
// The columns of the difference: those of ColumnsOf `after` behind "op"; without a uid "uid",
// "table", "key" and "row". E7002 unless the two tables can be compared: of one kind, by the same
// keys, in as many key groups.
Result<Schema> DifferenceColumns(const StateScan& before, const StateScan& after);

}  // namespace weir::state
