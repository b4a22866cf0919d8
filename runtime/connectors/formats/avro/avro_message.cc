#include "runtime/connectors/formats/avro/avro_message.h"

#include <algorithm>
#include <utility>

#include "runtime/connectors/formats/avro/avro_decoder.h"
#include "runtime/connectors/formats/avro/avro_encoder.h"

namespace weir::connectors::avro {
namespace {

std::vector<Type> TypesOf(const FormatSpec& spec, const std::vector<int>& wanted) {
  std::vector<Type> types;
  for (const int column : wanted)
    types.push_back(spec.record.fields[static_cast<size_t>(column)].type);
  return types;
}

class AvroMessageDecoder final : public MessageDecoder {
 public:
  AvroMessageDecoder(const FormatSpec& spec, const std::vector<int>& wanted, PlanOf plan_of)
      : skips_bad_(spec.skip_bad), plan_of_(std::move(plan_of)), rows_(TypesOf(spec, wanted)) {
    for (const int column : spec.columns) {
      const auto found = std::find(wanted.begin(), wanted.end(), column);
      places_.push_back(static_cast<size_t>(found - wanted.begin()));
    }
  }

  Result<DecodedMessages> Decode(MessageBlock& block, size_t from, uint32_t max_rows,
                                 MessageRows& rows, BadMessage& bad) override {
    rows_.Begin(block.memory);
    rows.message_of.clear();
    DecodedMessages done;
    size_t at = from;
    for (; at < block.places.size() && rows_.size() < max_rows && !rows_.full(); ++at) {
      std::string column;
      Status status = DecodeOne(block.message(at), column);
      if (status.ok()) [[likely]] {
        rows.message_of.push_back(static_cast<uint32_t>(at));
        continue;
      }
      if (!skips_bad_ || status.code() != StatusCode::kDataError) {
        bad = {at, std::move(column)};
        return status;
      }
      ++done.skipped;
    }
    done.messages = at - from;
    Batch all = rows_.Finish();
    rows.batch = Batch{};
    rows.batch.row_count = all.row_count;
    for (const size_t place : places_) rows.batch.columns.push_back(all.columns[place]);
    return done;
  }

 private:
  // `column` is set where one is at fault.
  Status DecodeOne(std::string_view message, std::string& column) {
    const AvroPlan& plan = *TRY(plan_of_(message));
    if (rows_.Append(plan, message)) [[likely]]
      return {};
    column = rows_.column();
    return Status::DataError(rows_.failure()).WithId("E3005");
  }

  const bool skips_bad_;
  const PlanOf plan_of_;
  AvroRows rows_;
  std::vector<size_t> places_;  // of the columns that are read, among those that are decoded
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
  return std::make_unique<AvroMessageDecoder>(spec, wanted, std::move(plan_of));
}

std::unique_ptr<MessageEncoder> MakeAvroMessageEncoder(const FormatSpec& spec,
                                                       std::shared_ptr<const AvroSchemaTree> schema,
                                                       Prefix prefix) {
  return std::make_unique<AvroMessageEncoder>(spec, std::move(schema), std::move(prefix));
}

std::vector<int> DecodedColumns(const FormatSpec& spec, const Format& format) {
  return JudgesWholeRecords(format, spec.options) ? AllColumns(spec.record) : spec.columns;
}

}  // namespace weir::connectors::avro
