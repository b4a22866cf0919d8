// Change events of Maxwell's daemon (maxwells-daemon.io, "Data format") as JSON, one per line: any
// kind of change of a table of MySQL, in and out. Flink: MaxwellJsonFormatFactory.
#include <array>

#include "runtime/connectors/formats/change_decoder.h"
#include "runtime/connectors/formats/change_encoder.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/json_settings.h"

namespace weir::connectors {
namespace {

const std::array kMaxwellMetadata = {
    graph::MetadataColumn{"database", Type::String(), "The changed database."},
    graph::MetadataColumn{"table", Type::String(), "The changed table."},
    graph::MetadataColumn{"primary-key-columns", Type::Array(Type::String()),
                          "The names of the table's key columns: primary_key_columns."},
    // Maxwell's ts counts seconds, but Flink takes it for milliseconds, and scripts make up for it.
    graph::MetadataColumn{"ingestion-timestamp", Type::TimestampLtz(3),
                          "The event's ts, read as milliseconds as Flink does."},
};

const std::array kMaxwellPlaces = {
    MetadataPlace{"database", "database", Type::String()},
    MetadataPlace{"table", "table", Type::String()},
    MetadataPlace{"primary-key-columns", "primary_key_columns", Type::Array(Type::String())},
    MetadataPlace{"ingestion-timestamp", "ts", Type::BigInt()},
};

constexpr std::array kMaxwellWords = {ChangeWord{"insert", ChangeMeaning::kInsert},
                                      ChangeWord{"update", ChangeMeaning::kUpdate},
                                      ChangeWord{"delete", ChangeMeaning::kDelete}};

const ChangeEnvelope kMaxwellEnvelope = {
    .format = "maxwell-json",
    .op = "type",
    .words = kMaxwellWords,
    .before = "old",
    .after = "data",
    .changed_columns = true,
    .metadata = kMaxwellMetadata,
    .places = kMaxwellPlaces,
};

const graph::FormatDescriptor& MaxwellDescriptor() {
  static const graph::FormatDescriptor descriptor = ChangesDescriptor(
      kMaxwellEnvelope, kJsonValueOptions,
      "Change events of Maxwell as JSON, one a line: inserts, updates and deletes.");
  return descriptor;
}

}  // namespace

const Format& MaxwellJsonFormat() {
  // NOLINTBEGIN(performance-unnecessary-value-param): as every format's
  static const Format format = {
      &MaxwellDescriptor(),
      [](FormatSpec spec) { return MakeChangeDecoder(spec, {kMaxwellEnvelope}); },
      [](FormatSpec spec) {
        return MakeChangeEncoder(spec, kMaxwellEnvelope, MaxwellDescriptor());
      }};
  // NOLINTEND(performance-unnecessary-value-param)
  return format;
}

}  // namespace weir::connectors
