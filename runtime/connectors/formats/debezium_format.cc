// Change events of Debezium as JSON, one per line: any kind of change, in and out.
#include <fmt/format.h>

#include "runtime/connectors/formats/debezium_decoder.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/json_encoder.h"
#include "runtime/connectors/formats/json_settings.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

constexpr std::string_view kDebeziumName = "debezium-json";

constexpr auto kDebeziumOptions = WithJsonValueOptions(
    {"schema-include", graph::OptionKind::kBoolean, "false", "", false,
     "Each event is {\"schema\": …, \"payload\": the event}; for reading only."});

const graph::FormatDescriptor& DebeziumDescriptor() {
  static const graph::FormatDescriptor descriptor = {
      .name = kDebeziumName,
      .doc = "Change events of Debezium as JSON, one a line: inserts, updates and deletes.",
      .decodes = true,
      .encodes = true,
      .messages = true,
      .line_a_row = true,
      .names_columns = true,
      .gives = ChangelogMode::All(),
      .accepts = ChangelogMode::All(),
      .options = kDebeziumOptions,
      .metadata = DebeziumMetadata(),
  };
  return descriptor;
}

bool IncludesSchema(const FormatSpec& spec) {
  return graph::TypedOptions(DebeziumDescriptor(), spec.options).Flag("schema-include");
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<Decoder>> MakeDecoder(FormatSpec spec) {
  RETURN_IF_ERROR(CheckJsonColumns(kDebeziumName, spec.record));
  const DebeziumDecoding options{IncludesSchema(spec)};
  return MakeDebeziumDecoder(spec, options);
}

// Writes a row that is taken back as a deletion, {"before":…,"after":null,"op":"d"}, and any other
// as an insertion ("op":"c"). An update is therefore two events, as in Flink.
class DebeziumEncoder final : public Encoder {
 public:
  DebeziumEncoder(const FormatSpec& spec, JsonEncoding options) {
    std::vector<TypeField> fields;
    for (const Field& field : spec.record.fields) fields.push_back({field.name, field.type});
    row_ = Type::Row(std::move(fields));
    FormatSpec events{spec.options, EventSchema(), {}, spec.zone, false, {}};
    events_ = MakeJsonLinesEncoder(std::move(events), std::move(options));
  }

  Status Append(const Batch& batch, std::string& out) override {
    const Batch rows = Compact(batch);
    const MutableColumnPtr before = Side(rows);
    const MutableColumnPtr after = Side(rows);
    const MutableColumnPtr op = Column::Make(Type::String(), rows.row_count);
    for (uint32_t row = 0; row < rows.row_count; ++row) {
      const bool comes = IsAddition(rows.kind(row));
      (comes ? before : after)->SetNull(row);
      op->SetString(row, comes ? "c" : "d");
    }
    Batch events;
    events.row_count = rows.row_count;
    events.columns = {before, after, op};
    return events_->Append(events, out);
  }

 private:
  Schema EventSchema() const {
    return Schema{{{"before", row_}, {"after", row_}, {"op", Type::String()}}};
  }

  MutableColumnPtr Side(const Batch& rows) const {
    MutableColumnPtr side = Column::Make(row_, rows.row_count);
    for (const ColumnPtr& column : rows.columns) side->AddChild(Flatten(column));
    return side;
  }

  Type row_;
  std::unique_ptr<Encoder> events_;
};

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<Encoder>> MakeEncoder(FormatSpec spec) {
  RETURN_IF_ERROR(CheckJsonColumns(kDebeziumName, spec.record));
  if (IncludesSchema(spec)) {
    return Status::InvalidSql("'debezium-json.schema-include' = 'true' cannot be written")
        .WithId("E2008")
        .WithHint("leave the option out of tables that are written");
  }
  JsonEncoding options = JsonEncodingOf(DebeziumDescriptor(), spec.options);
  return std::unique_ptr<Encoder>(std::make_unique<DebeziumEncoder>(spec, std::move(options)));
}

}  // namespace

const Format& DebeziumJsonFormat() {
  static const Format format = {&DebeziumDescriptor(), MakeDecoder, MakeEncoder};
  return format;
}

}  // namespace weir::connectors
