// Messages of Avro that begin with the number of their schema in a registry: a byte 0, and four
// bytes, the most significant one first. Flink's format avro-confluent.
#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/connectors/formats/avro/avro_confluent_options.h"
#include "runtime/connectors/formats/avro/avro_message.h"
#include "runtime/connectors/formats/avro/avro_types.h"
#include "runtime/connectors/formats/row_message_decoder.h"

namespace weir::connectors {
namespace {

using avro::AvroPlan;
using avro::AvroSchemaTree;
using avro::ConfluentOptions;
using schema_registry::SchemaRegistry;
using SchemaPtr = std::shared_ptr<const AvroSchemaTree>;

constexpr size_t kHeaderBytes = 5;
constexpr size_t kMostSchemas = 10'000;  // bounds the memory; after that all are made anew

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

Status WrongConfluent(const Status& status) {
  return Status::InvalidSql(fmt::format("the value of option '{}.schema' is wrong: {}",
                                        avro::kConfluentName, status.message()))
      .WithId("E2008")
      .WithHint(status.hint());
}

// The schema that the table is read or written with.
Result<SchemaPtr> SchemaOf(const Schema& columns, const ConfluentOptions& said) {
  if (said.schema.empty()) return avro::AvroSchemaOf(columns, avro::TimestampMapping::kLegacy);
  Result<SchemaPtr> given = AvroSchemaTree::Parse(said.schema);
  if (!given.ok()) return WrongConfluent(given.status());
  const Status fits = avro::CheckAvroColumns((*given)->root(), columns);
  return fits.ok() ? given : Result<SchemaPtr>(WrongConfluent(fits));
}

Status CheckConfluent(const Schema&, const graph::TableOptions& options) {
  const ConfluentOptions said = TRY(avro::ConfluentOptionsOf(options));
  if (said.schema.empty()) return {};
  const Status status = AvroSchemaTree::Parse(said.schema).status();
  return status.ok() ? Status() : WrongConfluent(status);
}

// The plans of the schemas that messages were written with. Used by one thread.
class WritersPlans {
 public:
  WritersPlans(SchemaPtr reader, Schema columns, std::vector<int> wanted,
               std::shared_ptr<SchemaRegistry> registry)
      : reader_(std::move(reader)),
        columns_(std::move(columns)),
        wanted_(std::move(wanted)),
        registry_(std::move(registry)) {}

  Result<const AvroPlan*> Of(std::string_view& message) {
    if (message.size() < kHeaderBytes || message.front() != '\0') {
      return Status::DataError(
                 "it does not begin with the number of a schema, as those of a registry do")
          .WithId("E3005");
    }
    const auto id = static_cast<int32_t>(LoadBig32(message.data() + 1));
    message.remove_prefix(kHeaderBytes);
    if (last_ != nullptr && id == last_id_) [[likely]]
      return last_;
    const auto known = plans_.find(id);
    last_ = known != plans_.end() ? &known->second : TRY(Learn(id));
    last_id_ = id;
    return last_;
  }

 private:
  Result<const AvroPlan*> Learn(int32_t id) {
    const std::shared_ptr<const std::string> text = TRY(registry_->Schema(id));
    Result<SchemaPtr> writer = AvroSchemaTree::Parse(*text);
    if (!writer.ok())
      return std::move(writer).status().WithContext(fmt::format("schema {} of the registry", id));
    if (plans_.size() >= kMostSchemas) plans_.clear();
    AvroPlan plan = avro::MakeAvroPlan((*writer)->root(), *avro::WithoutNull(reader_->root()),
                                       columns_, wanted_);
    return &(plans_[id] = std::move(plan));
  }

  const SchemaPtr reader_;
  const Schema columns_;
  const std::vector<int> wanted_;
  const std::shared_ptr<SchemaRegistry> registry_;
  std::unordered_map<int32_t, AvroPlan> plans_;
  int32_t last_id_ = 0;
  const AvroPlan* last_ = nullptr;
};

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<MessageDecoder>> MakeConfluentMessages(FormatSpec spec) {
  const ConfluentOptions said = TRY(avro::ConfluentOptionsOf(spec.options));
  SchemaPtr reader = TRY(SchemaOf(spec.record, said));
  const std::vector<int> wanted = DecodedColumns(spec, AvroConfluentFormat());
  auto plans = std::make_shared<WritersPlans>(std::move(reader), spec.record, wanted,
                                              SchemaRegistry::At(said.place));
  return avro::MakeAvroMessageDecoder(
      spec, wanted, [plans](std::string_view& message) { return plans->Of(message); });
}

// A schema is registered when the first row is written.
class RegisteredPrefix {
 public:
  RegisteredPrefix(SchemaPtr schema, std::string subject, std::shared_ptr<SchemaRegistry> registry)
      : schema_(std::move(schema)), subject_(std::move(subject)), registry_(std::move(registry)) {}

  Status AppendTo(std::string& out) {
    if (bytes_.empty()) {
      const int32_t id = TRY(registry_->Register(subject_, schema_->text()));
      bytes_ += '\0';
      AppendBig32(bytes_, static_cast<uint32_t>(id));
    }
    out += bytes_;
    return {};
  }

 private:
  const SchemaPtr schema_;
  const std::string subject_;
  const std::shared_ptr<SchemaRegistry> registry_;
  std::string bytes_;
};

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<MessageEncoder>> MakeConfluentMessageWriter(FormatSpec spec) {
  ConfluentOptions said = TRY(avro::ConfluentOptionsOf(spec.options));
  SchemaPtr schema = TRY(SchemaOf(spec.record, said));
  const Status keeps = avro::CheckAvroDigits(schema->root(), spec.record);
  if (!keeps.ok()) return WrongConfluent(keeps);
  std::string subject = said.subject.empty() ? spec.subject : std::move(said.subject);
  if (subject.empty()) {
    return Status::InvalidSql(
               fmt::format("the option '{}.subject' is needed to write", avro::kConfluentName))
        .WithId("E2008");
  }
  auto prefix = std::make_shared<RegisteredPrefix>(schema, std::move(subject),
                                                   SchemaRegistry::At(said.place));
  return avro::MakeAvroMessageEncoder(spec, std::move(schema),
                                      [prefix](std::string& out) { return prefix->AppendTo(out); });
}

}  // namespace

const Format& AvroConfluentFormat() {
  static const Format format = {&ConfluentDescriptor(),     nullptr, nullptr, MakeConfluentMessages,
                                MakeConfluentMessageWriter,
                                /*whole_types=*/true};
  return format;
}

}  // namespace weir::connectors
