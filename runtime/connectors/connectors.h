// The connectors that registry.cc lists, one a file.
#pragma once

#include "runtime/connectors/registry.h"

namespace weir::connectors {

// One connector: its descriptor and how to make its two halves (null where it has none).
// Names are matched ignoring case. Options were checked against the descriptor when the table was
// made, so that the makers fail for the outside world only.
struct Connector {
  const graph::ConnectorDescriptor* descriptor;
  Result<std::unique_ptr<Source>> (*make_source)(const graph::ScanSpec&, const ConnectorContext&);
  Result<std::unique_ptr<Sink>> (*make_sink)(const graph::SinkSpec&, const ConnectorContext&);
};

// Files in a directory (docs/connectors.md); exactly once by rename.
const Connector& FilesystemConnector();
// Random rows and sequences, as Flink's.
const Connector& DatagenConnector();
// The benchmark's events (nexmark_events.h).
const Connector& NexmarkConnector();
// Rows that stand in the table's options: for tests and first steps.
const Connector& InlineConnector();
// Rows as text, Flink's "+I[1, a]".
const Connector& PrintConnector();
// Counts and drops.
const Connector& BlackholeConnector();

// Halves of the filesystem connector, each in a file of its own.
Result<std::unique_ptr<Source>> MakeFileSource(const graph::ScanSpec&, const ConnectorContext&);
Result<std::unique_ptr<Sink>> MakeFileSink(const graph::SinkSpec&, const ConnectorContext&);

// A ROW column of which only some fields are decoded.
struct NarrowedColumn {
  size_t place;             // in ScanColumns::columns
  Type type;                // as declared
  std::vector<int> fields;  // of it, ascending
};

// Columns of a scan that come from records (physical ones), by their place among all physical
// columns and their place in the scan's output; the rest are metadata columns, of the format or of
// the connector, or those of PARTITIONED BY, which are in the paths of files.
// `columns` and then `format_metadata` are as long as `output`; with `metadata` it covers the
// scan's output.
struct ScanColumns {
  Schema record;             // every column in records; ROWs have only the fields to decode
  std::vector<int> columns;  // of `record`, in order of output
  std::vector<std::string> format_metadata;  // keys for FormatSpec::metadata
  std::vector<int> output;    // where columns[i] goes, then where format_metadata[i] goes
  std::vector<int> metadata;  // output places of the connector's metadata and partition columns
  std::vector<NarrowedColumn> narrowed;
};
ScanColumns SplitScanColumns(const graph::ScanSpec& spec);

}  // namespace weir::connectors
