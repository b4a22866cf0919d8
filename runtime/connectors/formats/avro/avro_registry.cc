#include "runtime/connectors/formats/avro/avro_registry.h"

#include "runtime/base/bytes.h"

namespace weir::connectors::avro {
namespace {

using schema_registry::SchemaRegistry;

constexpr size_t kHeaderBytes = 5;

// A schema is registered when the first row is written.
class RegisteredPrefix {
 public:
  RegisteredPrefix(std::shared_ptr<const AvroSchemaTree> schema, std::string subject,
                   std::shared_ptr<SchemaRegistry> registry)
      : schema_(std::move(schema)), subject_(std::move(subject)), registry_(std::move(registry)) {}

  Status AppendTo(std::string& out) {
    if (bytes_.empty()) {
      const int32_t number = TRY(registry_->Register(subject_, schema_->text()));
      bytes_ += '\0';
      AppendBig32(bytes_, static_cast<uint32_t>(number));
    }
    out += bytes_;
    return {};
  }

 private:
  const std::shared_ptr<const AvroSchemaTree> schema_;
  const std::string subject_;
  const std::shared_ptr<SchemaRegistry> registry_;
  std::string bytes_;
};

}  // namespace

Result<int32_t> TakeSchemaNumber(std::string_view& message) {
  if (message.size() < kHeaderBytes || message.front() != '\0') {
    return Status::DataError(
               "it does not begin with the number of a schema, as those of a registry do")
        .WithId("E3005");
  }
  const auto number = static_cast<int32_t>(LoadBig32(message.data() + 1));
  message.remove_prefix(kHeaderBytes);
  return number;
}

Result<std::shared_ptr<const AvroSchemaTree>> SchemaOfNumber(SchemaRegistry& registry,
                                                             int32_t number) {
  const std::shared_ptr<const std::string> text = TRY(registry.Schema(number));
  Result<std::shared_ptr<const AvroSchemaTree>> schema = AvroSchemaTree::Parse(*text);
  if (schema.ok()) return schema;
  return std::move(schema).status().WithContext(fmt::format("schema {} of the registry", number));
}

Result<Prefix> PrefixOf(std::string_view format, const FormatSpec& spec,
                        const ConfluentOptions& said,
                        std::shared_ptr<const AvroSchemaTree> schema) {
  std::string subject = said.subject.empty() ? spec.subject : said.subject;
  if (subject.empty()) {
    return Status::InvalidSql(fmt::format("the option '{}.subject' is needed to write", format))
        .WithId("E2008");
  }
  auto prefix = std::make_shared<RegisteredPrefix>(std::move(schema), std::move(subject),
                                                   SchemaRegistry::At(said.place));
  return Prefix([prefix](std::string& out) { return prefix->AppendTo(out); });
}

}  // namespace weir::connectors::avro
