// Messages that are records of Avro by the schema that the table's columns mean, as whoever wrote
// them had it: Flink's format avro.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "runtime/connectors/formats/avro/avro_message.h"
#include "runtime/connectors/formats/avro/avro_types.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/row_message_decoder.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::string_view kEncoding = "encoding";
constexpr std::string_view kLegacy = "timestamp_mapping.legacy";

constexpr std::array kAvroOptions = {
    OptionDescriptor{kEncoding, OptionKind::kEnum, "binary", "binary|json", false,
                     "How records are written; as JSON they are not supported yet."},
    OptionDescriptor{kLegacy, OptionKind::kBoolean, "true", "", false,
                     "TIMESTAMP is timestamp-millis or -micros, as TIMESTAMP_LTZ is; false: "
                     "local-timestamp-millis or -micros."},
    OptionDescriptor{"ignore-parse-errors", OptionKind::kBoolean, "false", "", false,
                     "Bad messages are left out and counted."},
};

Status CheckAvro(const Schema& schema, const graph::TableOptions& options);

const graph::FormatDescriptor kAvroDescriptor = {
    .name = "avro",
    .doc = "Records of Apache Avro in messages, by the schema that the columns mean.",
    .decodes = true,
    .encodes = true,
    .messages = true,
    .files = false,
    .options = kAvroOptions,
    .check = CheckAvro,
};

Status CheckAvro(const Schema&, const graph::TableOptions& options) {
  if (graph::TypedOptions(kAvroDescriptor, options).Is(kEncoding, "binary")) return {};
  return Status::Unsupported("'avro.encoding' = 'json' is not supported yet")
      .WithHint("records are read and written as 'binary'");
}

Result<std::shared_ptr<const avro::AvroSchemaTree>> SchemaOf(const FormatSpec& spec) {
  const bool legacy = graph::TypedOptions(kAvroDescriptor, spec.options).Flag(kLegacy);
  return avro::AvroSchemaOf(
      spec.record, legacy ? avro::TimestampMapping::kLegacy : avro::TimestampMapping::kLocal);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<MessageDecoder>> MakeAvroMessages(FormatSpec spec) {
  const std::shared_ptr<const avro::AvroSchemaTree> schema = TRY(SchemaOf(spec));
  const std::vector<int> wanted = DecodedColumns(spec, AvroFormat());
  const auto plan = std::make_shared<const avro::AvroPlan>(
      avro::MakeAvroPlan(schema->root(), schema->root(), spec.record, wanted));
  avro::PlanOf plan_of = [plan](std::string_view&) -> Result<const avro::AvroPlan*> {
    return plan.get();
  };
  return avro::MakeAvroMessageDecoder(spec, wanted, std::move(plan_of));
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<MessageEncoder>> MakeAvroMessageWriter(FormatSpec spec) {
  return avro::MakeAvroMessageEncoder(spec, TRY(SchemaOf(spec)),
                                      [](std::string&) { return Status(); });
}

}  // namespace

const Format& AvroFormat() {
  static const Format format = {&kAvroDescriptor,      nullptr, nullptr, MakeAvroMessages,
                                MakeAvroMessageWriter,
                                /*whole_types=*/true};
  return format;
}

}  // namespace weir::connectors
