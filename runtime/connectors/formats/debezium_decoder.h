// Decodes change events of Debezium (debezium.io, "Change event values"): JSON objects, one per
// line, that hold a row before and after a change.
#pragma once

#include <memory>
#include <span>

#include "runtime/connectors/formats/format.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::connectors {

struct DebeziumDecoding {
  bool schema_include = false;  // each event is {"schema": …, "payload": <the event>}
};

// What an event says about itself, with Flink's keys and types (DebeziumJsonDecodingFormat); for
// FormatSpec::metadata. A value that the event lacks is NULL.
std::span<const graph::MetadataColumn> DebeziumMetadata();

// Decodes as Flink's DebeziumJsonDeserializationSchema: "op" c and r give +I of `after`, d gives -D
// of `before`, u gives -U of `before` and +U of `after`. The two rows of an update are never in two
// batches, so a batch has up to max(max_rows, 2) rows. An event without "op" or with an unknown
// one, without the row that it needs, or with a `source.ts_ms` that is not a number is a bad
// record. REQUIRES: every type of the record passed CheckJsonColumns; `spec.metadata` are keys of
// DebeziumMetadata.
std::unique_ptr<Decoder> MakeDebeziumDecoder(const FormatSpec& spec, DebeziumDecoding options);

}  // namespace weir::connectors
