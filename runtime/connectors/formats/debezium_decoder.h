// Decodes change events of Debezium (debezium.io, "Change event values"): JSON objects, one a line,
// that hold a row before and after a change.
#pragma once

#include <memory>
#include <span>

#include "runtime/connectors/formats/format.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::connectors {

struct DebeziumDecoding {
  bool schema_include = false;  // each event is {"schema": …, "payload": <the event>}
};

// What an event says of itself, by Flink's keys and of its types (DebeziumJsonDecodingFormat): for
// FormatSpec::metadata. All are NULL where the event lacks them.
std::span<const graph::MetadataColumn> DebeziumMetadata();

// As Flink's DebeziumJsonDeserializationSchema: "op" c and r give +I of `after`, d gives -D of
// `before`, u gives -U of `before` and +U of `after`, in that order and never in two batches: a
// batch has up to max(max_rows, 2) rows. An event without "op", with another one, or without the
// row that it needs is a bad record, as is a `source.ts_ms` that is no number. REQUIRES: every type
// of the record passed CheckJsonColumns; `spec.metadata` are keys of DebeziumMetadata.
std::unique_ptr<Decoder> MakeDebeziumDecoder(const FormatSpec& spec, DebeziumDecoding options);

}  // namespace weir::connectors
