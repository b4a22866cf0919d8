// Messages of Protocol Buffers, by the type that a descriptor file declares: Flink's format
// protobuf, which takes it from a class of Java.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/message_encoder.h"
#include "runtime/connectors/formats/protobuf/message_fields.h"
#include "runtime/connectors/formats/protobuf/message_rows.h"
#include "runtime/connectors/formats/protobuf/message_type.h"
#include "runtime/connectors/formats/protobuf/message_writer.h"
#include "runtime/connectors/formats/row_message_decoder.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;
using protobuf::MessageField;
using protobuf::MessageRowBuilder;
using protobuf::MessageType;

constexpr std::string_view kClass = "message-class-name";
constexpr std::string_view kDescriptorFile = "descriptor-file";
constexpr std::string_view kReadDefaults = "read-default-values";
constexpr std::string_view kNullText = "write-null-string-literal";

// Those of Flink's "Protobuf Format", and descriptor-file. Where that lies means nothing to state,
// as a schema registry's address does not: which fields are read, the columns and the class say.
constexpr std::array kProtobufOptions = {
    OptionDescriptor{kClass, OptionKind::kString, "", "", true,
                     "The message's full name, or that of its class in Java."},
    OptionDescriptor{kDescriptorFile, OptionKind::kString, "", "", true,
                     "What protoc --include_imports --descriptor_set_out writes.",
                     graph::OptionEffect::kAccess, graph::OptionReach::kSchemaPath},
    OptionDescriptor{"ignore-parse-errors", OptionKind::kBoolean, "false", "", false,
                     "Bad messages are left out and counted."},
    OptionDescriptor{kReadDefaults, OptionKind::kBoolean, "false", "", false,
                     "What a message does not have is read as its default, else as NULL."},
    OptionDescriptor{kNullText, OptionKind::kString, "", "", false,
                     "What is written for a NULL text within an array or map."},
};

Status CheckProtobufColumns(const Schema& record, const graph::TableOptions& options);

const graph::FormatDescriptor kProtobufDescriptor = {
    .name = "protobuf",
    .doc = "Messages of Protocol Buffers, whose type a descriptor file declares.",
    .decodes = true,
    .encodes = true,
    .messages = true,
    .files = false,
    .names_columns = true,
    .options = kProtobufOptions,
    .check_record = CheckProtobufColumns,
};

Status WrongProtobuf(std::string_view key, const Status& status) {
  return Status::InvalidSql(fmt::format("the value of option '{}.{}' is wrong: {}",
                                        kProtobufDescriptor.name, key, status.message()))
      .WithId("E2008")
      .WithHint(status.hint());
}

Result<std::shared_ptr<const MessageType>> TypeOf(const graph::TableOptions& given) {
  const graph::TypedOptions options(kProtobufDescriptor, given);
  Result<std::shared_ptr<const MessageType>> type =
      MessageType::Load(std::string(options.Text(kDescriptorFile)), options.Text(kClass));
  if (type.ok()) return type;
  const bool named = type.status().code() == StatusCode::kNotFound;
  return WrongProtobuf(named ? kClass : kDescriptorFile, type.status());
}

Status CheckProtobufColumns(const Schema& record, const graph::TableOptions& options) {
  const std::shared_ptr<const MessageType> type = TRY(TypeOf(options));
  return protobuf::FieldsOfColumns(*type, record).status();
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<MessageDecoder>> MakeProtobufMessages(FormatSpec spec) {
  std::shared_ptr<const MessageType> type = TRY(TypeOf(spec.options));
  const std::vector<int> wanted = DecodedColumns(spec, ProtobufFormat());
  Schema columns;
  for (const int column : wanted)
    columns.fields.push_back(spec.record.fields[static_cast<size_t>(column)]);
  std::vector<MessageField> fields = TRY(protobuf::FieldsOfColumns(*type, columns));
  const bool defaults = graph::TypedOptions(kProtobufDescriptor, spec.options).Flag(kReadDefaults);
  MessageRowBuilder rows(std::move(type), std::move(fields), columns.types(),
                         defaults ? protobuf::Absent::kDefault : protobuf::Absent::kNull);
  return std::unique_ptr<MessageDecoder>(
      std::make_unique<RowMessageDecoder<MessageRowBuilder>>(spec, wanted, std::move(rows)));
}

class ProtobufMessageEncoder final : public MessageEncoder {
 public:
  ProtobufMessageEncoder(std::shared_ptr<const MessageType> type, std::vector<MessageField> fields,
                         std::string null_text)
      : writer_(std::move(type), std::move(fields), std::move(null_text)) {}

  Status Append(const Batch& batch, EncodedMessages& out) override {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      RETURN_IF_ERROR(writer_.Append(batch, batch.RowAt(i), out.bytes));
      out.Add();
    }
    return {};
  }

 private:
  protobuf::MessageWriter writer_;
};

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<MessageEncoder>> MakeProtobufMessageWriter(FormatSpec spec) {
  std::shared_ptr<const MessageType> type = TRY(TypeOf(spec.options));
  std::vector<MessageField> fields = TRY(protobuf::FieldsOfColumns(*type, spec.record));
  const graph::TypedOptions options(kProtobufDescriptor, spec.options);
  return std::unique_ptr<MessageEncoder>(std::make_unique<ProtobufMessageEncoder>(
      std::move(type), std::move(fields), std::string(options.Text(kNullText))));
}

}  // namespace

const Format& ProtobufFormat() {
  static const Format format = {&kProtobufDescriptor, nullptr, nullptr, MakeProtobufMessages,
                                MakeProtobufMessageWriter};
  return format;
}

}  // namespace weir::connectors
