// Change events of Oracle GoldenGate (docs.oracle.com, "Using the JSON Formatter") as JSON, one per
// line: any kind of change, in and out. Flink: OggJsonFormatFactory.
#include <array>

#include "runtime/connectors/formats/change_decoder.h"
#include "runtime/connectors/formats/change_encoder.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/json_settings.h"

namespace weir::connectors {
namespace {

const std::array kOggMetadata = {
    graph::MetadataColumn{"table", Type::String(), "The changed table, with its schema."},
    graph::MetadataColumn{"primary-keys", Type::Array(Type::String()),
                          "The names of the table's key columns: primary_keys."},
    graph::MetadataColumn{"ingestion-timestamp", Type::TimestampLtz(6),
                          "When GoldenGate handled the change: current_ts, in UTC."},
    graph::MetadataColumn{"event-timestamp", Type::TimestampLtz(6),
                          "When the database made the change: op_ts, in UTC."},
};

const std::array kOggPlaces = {
    MetadataPlace{"table", "table", Type::String()},
    MetadataPlace{"primary-keys", "primary_keys", Type::Array(Type::String())},
    MetadataPlace{"ingestion-timestamp", "current_ts", Type::String()},
    MetadataPlace{"event-timestamp", "op_ts", Type::String()},
};

constexpr std::array kOggWords = {ChangeWord{"I", ChangeMeaning::kInsert},
                                  ChangeWord{"U", ChangeMeaning::kUpdate},
                                  ChangeWord{"D", ChangeMeaning::kDelete}};

const ChangeEnvelope kOggEnvelope = {
    .format = "ogg-json",
    .op = "op_type",
    .words = kOggWords,
    .before = "before",
    .after = "after",
    .no_before = "; a table of Oracle needs ADD TRANDATA … ALLCOLS",
    .metadata = kOggMetadata,
    .places = kOggPlaces,
};

const graph::FormatDescriptor& OggDescriptor() {
  static const graph::FormatDescriptor descriptor = ChangesDescriptor(
      kOggEnvelope, kJsonValueOptions,
      "Change events of Oracle GoldenGate as JSON, one a line: inserts, updates and deletes.");
  return descriptor;
}

}  // namespace

const Format& OggJsonFormat() {
  // NOLINTBEGIN(performance-unnecessary-value-param): as every format's
  static const Format format = {
      &OggDescriptor(), [](FormatSpec spec) { return MakeChangeDecoder(spec, {kOggEnvelope}); },
      [](FormatSpec spec) { return MakeChangeEncoder(spec, kOggEnvelope, OggDescriptor()); }};
  // NOLINTEND(performance-unnecessary-value-param)
  return format;
}

}  // namespace weir::connectors
