// Messages of Avro that begin with the number of their schema in a registry: Flink's format
// avro-confluent.
#include <utility>

#include "runtime/connectors/formats/avro/avro_registry.h"
#include "runtime/connectors/formats/avro/avro_types.h"
#include "runtime/connectors/formats/row_message_decoder.h"

namespace weir::connectors {
namespace {

using avro::AvroPlan;
using avro::AvroSchemaTree;
using avro::ConfluentOptions;
using schema_registry::SchemaRegistry;
using SchemaPtr = std::shared_ptr<const AvroSchemaTree>;

Status CheckConfluent(const Schema& schema, const graph::TableOptions& options);

const graph::FormatDescriptor& ConfluentDescriptor() {
  static const graph::FormatDescriptor descriptor = {
      .name = avro::kConfluentName,
      .doc = "Records of Apache Avro in messages, whose schemas a registry has.",
      .decodes = true,
      .encodes = true,
      .messages = true,
      .files = false,
      .options = avro::ConfluentOptionDescriptors(),
      .open_prefix = avro::kRegistryProperties,
      .open_reach = avro::ReachOfProperty,
      .check = CheckConfluent,
  };
  return descriptor;
}

// The schema that the table is read or written with.
Result<SchemaPtr> SchemaOf(const Schema& columns, const ConfluentOptions& said) {
  if (said.schema.empty()) return avro::AvroSchemaOf(columns, avro::TimestampMapping::kLegacy);
  Result<SchemaPtr> given = AvroSchemaTree::Parse(said.schema);
  if (!given.ok()) return avro::WrongSchema(avro::kConfluentName, given.status());
  const Status fits = avro::CheckAvroColumns((*given)->root(), columns);
  return fits.ok() ? given : Result<SchemaPtr>(avro::WrongSchema(avro::kConfluentName, fits));
}

Status CheckConfluent(const Schema&, const graph::TableOptions& options) {
  const ConfluentOptions said = TRY(avro::ConfluentOptionsOf(avro::kConfluentName, options));
  if (said.schema.empty()) return {};
  const Status status = AvroSchemaTree::Parse(said.schema).status();
  return status.ok() ? Status() : avro::WrongSchema(avro::kConfluentName, status);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<MessageDecoder>> MakeConfluentMessages(FormatSpec spec) {
  const ConfluentOptions said = TRY(avro::ConfluentOptionsOf(avro::kConfluentName, spec.options));
  const SchemaPtr reader = TRY(SchemaOf(spec.record, said));
  const std::vector<int> wanted = DecodedColumns(spec, AvroConfluentFormat());
  auto plans = std::make_shared<avro::WritersPlans<AvroPlan>>(
      SchemaRegistry::At(said.place), [reader, columns = spec.record, wanted](const auto& writer) {
        return avro::MakeAvroPlan(writer, *avro::WithoutNull(reader->root()), columns, wanted);
      });
  return avro::MakeAvroMessageDecoder(
      spec, wanted, [plans](std::string_view& message) { return plans->Of(message); });
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<MessageEncoder>> MakeConfluentMessageWriter(FormatSpec spec) {
  const ConfluentOptions said = TRY(avro::ConfluentOptionsOf(avro::kConfluentName, spec.options));
  SchemaPtr schema = TRY(SchemaOf(spec.record, said));
  const Status keeps = avro::CheckAvroDigits(schema->root(), spec.record);
  if (!keeps.ok()) return avro::WrongSchema(avro::kConfluentName, keeps);
  avro::Prefix prefix = TRY(avro::PrefixOf(avro::kConfluentName, spec, said, schema));
  return avro::MakeAvroMessageEncoder(spec, std::move(schema), std::move(prefix));
}

}  // namespace

const Format& AvroConfluentFormat() {
  static const Format format = {&ConfluentDescriptor(),     nullptr, nullptr, MakeConfluentMessages,
                                MakeConfluentMessageWriter,
                                /*whole_types=*/true};
  return format;
}

}  // namespace weir::connectors
