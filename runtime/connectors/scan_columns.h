// Which columns of a scan are decoded from records, and where they go.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/types/batch.h"
#include "runtime/types/schema.h"

namespace weir::connectors {

// A ROW column of which only some fields are decoded.
struct NarrowedColumn {
  size_t place;             // in ScanColumns::columns
  Type type;                // as declared
  std::vector<int> fields;  // its fields to decode, ascending
};

// Which columns of a scan come from records, as positions among all physical columns and in the
// scan's output. The others are metadata columns, of the format or the connector, and columns that
// the connector has from elsewhere, as the path of a file or the key of a message. `columns`
// followed by `format_metadata` is as long as `output`, and together with `others` covers the
// scan's output. Nothing is narrowed where a bad value that nobody reads makes a record bad
// (JudgesWholeRecords), or records are found by the types as declared (Format::whole_types).
struct ScanColumns {
  Schema record;             // every column in records; ROWs have only the fields to decode
  std::vector<int> columns;  // of `record`, in order of output
  std::vector<std::string> format_metadata;  // keys for FormatSpec::metadata
  std::vector<int> output;  // where columns[i] goes, then where format_metadata[i] goes
  std::vector<int> others;  // output places of the connector's metadata and of what is elsewhere
  std::vector<NarrowedColumn> narrowed;
};
// `elsewhere`: names of physical columns that are not in records.
ScanColumns SplitScanColumns(const graph::ScanSpec& spec, std::span<const std::string> elsewhere);

// Puts decoded columns, and those that `other` makes for a place of ScanColumns::others and a
// number of rows, where the scan wants them.
Batch ArrangeColumns(const ScanColumns& columns, Batch decoded,
                     const std::function<ColumnPtr(int place, uint32_t rows)>& other);

}  // namespace weir::connectors
