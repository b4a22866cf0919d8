#include "runtime/connectors/formats/avro/avro_message.h"

#include <utility>

#include "runtime/connectors/formats/avro/avro_decoder.h"
#include "runtime/connectors/formats/avro/avro_encoder.h"
#include "runtime/connectors/formats/row_message_decoder.h"

namespace weir::connectors::avro {
namespace {

// The rows of messages, each by the plan of its writer.
class AvroMessageRows {
 public:
  static constexpr uint32_t kRowsOfMessage = 1;

  AvroMessageRows(const std::vector<Type>& columns, PlanOf plan_of)
      : plan_of_(std::move(plan_of)), rows_(columns) {}

  void Begin(BufferPtr memory) { rows_.Begin(std::move(memory)); }
  Status Append(std::string_view message, std::string& column) {
    const AvroPlan& plan = *TRY(plan_of_(message));
    if (rows_.Append(plan, message)) [[likely]]
      return {};
    column = rows_.column();
    return Status::DataError(rows_.failure()).WithId("E3005");
  }
  uint32_t size() const { return rows_.size(); }
  bool full() const { return rows_.full(); }
  Batch Finish() { return rows_.Finish(); }

 private:
  PlanOf plan_of_;
  AvroRows rows_;
};

class AvroMessageEncoder final : public MessageEncoder {
 public:
  AvroMessageEncoder(const FormatSpec& spec, std::shared_ptr<const AvroSchemaTree> schema,
                     Prefix prefix)
      : schema_(std::move(schema)),
        encoder_(schema_->root(), spec.record),
        prefix_(std::move(prefix)) {}

  Status Append(const Batch& batch, EncodedMessages& out) override {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      RETURN_IF_ERROR(prefix_(out.bytes));
      RETURN_IF_ERROR(encoder_.Append(batch, batch.RowAt(i), out.bytes));
      out.Add();
    }
    return {};
  }

 private:
  const std::shared_ptr<const AvroSchemaTree> schema_;
  const AvroEncoder encoder_;
  const Prefix prefix_;
};

}  // namespace

std::unique_ptr<MessageDecoder> MakeAvroMessageDecoder(const FormatSpec& spec,
                                                       const std::vector<int>& wanted,
                                                       PlanOf plan_of) {
  AvroMessageRows rows(DecodedTypes(spec, wanted), std::move(plan_of));
  return std::make_unique<RowMessageDecoder<AvroMessageRows>>(spec, wanted, std::move(rows));
}

std::unique_ptr<MessageEncoder> MakeAvroMessageEncoder(const FormatSpec& spec,
                                                       std::shared_ptr<const AvroSchemaTree> schema,
                                                       Prefix prefix) {
  return std::make_unique<AvroMessageEncoder>(spec, std::move(schema), std::move(prefix));
}

}  // namespace weir::connectors::avro
