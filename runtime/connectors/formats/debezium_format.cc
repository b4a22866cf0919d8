// Change events of Debezium (debezium.io, "Change event values") as JSON, one per line: any kind of
// change, in and out. Flink: DebeziumJsonFormatFactory.
#include <array>

#include "runtime/connectors/formats/change_decoder.h"
#include "runtime/connectors/formats/change_encoder.h"
#include "runtime/connectors/formats/debezium_words.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/json_settings.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

constexpr auto kDebeziumOptions = WithJsonValueOptions(std::array{graph::OptionDescriptor{
    "schema-include", graph::OptionKind::kBoolean, "false", "", false,
    "Each event is {\"schema\": …, \"payload\": the event}; for reading only."}});

const std::array kDebeziumMetadata = {
    graph::MetadataColumn{"schema", Type::String(),
                          "The event's schema, as JSON text; with 'schema-include'."},
    graph::MetadataColumn{"ingestion-timestamp", Type::TimestampLtz(3),
                          "When Debezium made the event: its ts_ms."},
    graph::MetadataColumn{"source.timestamp", Type::TimestampLtz(3),
                          "When the database made the change: ts_ms of its source."},
    graph::MetadataColumn{"source.database", Type::String(), "The changed database."},
    graph::MetadataColumn{"source.schema", Type::String(), "The changed schema."},
    graph::MetadataColumn{"source.table", Type::String(), "The changed table."},
    graph::MetadataColumn{"source.properties", Type::Map(Type::String(), Type::String()),
                          "All that the event says of its source."},
};

const Type kTexts = Type::Map(Type::String(), Type::String());
const std::array kDebeziumPlaces = {
    MetadataPlace{"schema", "schema", Type::String(), "", true},
    MetadataPlace{"ingestion-timestamp", "ts_ms", Type::BigInt()},
    MetadataPlace{"source.timestamp", "source", kTexts, "ts_ms"},
    MetadataPlace{"source.database", "source", kTexts, "db"},
    MetadataPlace{"source.schema", "source", kTexts, "schema"},
    MetadataPlace{"source.table", "source", kTexts, "table"},
    MetadataPlace{"source.properties", "source", kTexts},
};

const ChangeEnvelope kDebeziumEnvelope = {
    .format = "debezium-json",
    .op = "op",
    .words = kDebeziumWords,
    .before = "before",
    .after = "after",
    .no_before = kNoDebeziumBefore,
    .metadata = kDebeziumMetadata,
    .places = kDebeziumPlaces,
};

const graph::FormatDescriptor& DebeziumDescriptor() {
  static const graph::FormatDescriptor descriptor = ChangesDescriptor(
      kDebeziumEnvelope, kDebeziumOptions,
      "Change events of Debezium as JSON, one a line: inserts, updates and deletes.");
  return descriptor;
}

bool IncludesSchema(const FormatSpec& spec) {
  return graph::TypedOptions(DebeziumDescriptor(), spec.options).Flag("schema-include");
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<Decoder>> MakeDebeziumDecoder(FormatSpec spec) {
  return MakeChangeDecoder(spec, {kDebeziumEnvelope, IncludesSchema(spec)});
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<Encoder>> MakeDebeziumEncoder(FormatSpec spec) {
  if (IncludesSchema(spec)) {
    return Status::InvalidSql("'debezium-json.schema-include' = 'true' cannot be written")
        .WithId("E2008")
        .WithHint("leave the option out of tables that are written");
  }
  return MakeChangeEncoder(spec, kDebeziumEnvelope, DebeziumDescriptor());
}

}  // namespace

const Format& DebeziumJsonFormat() {
  static const Format format = {&DebeziumDescriptor(), MakeDebeziumDecoder, MakeDebeziumEncoder};
  return format;
}

}  // namespace weir::connectors
