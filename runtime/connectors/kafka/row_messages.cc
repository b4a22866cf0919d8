#include "runtime/connectors/kafka/row_messages.h"

#include <utility>

namespace weir::connectors::kafka {
namespace {

// Stands in value_of_ for a message without a value.
constexpr uint32_t kNoValue = ~uint32_t{0};

// The columns of a part, with the batch's rows.
Batch PartOf(const Batch& batch, const std::vector<int>& columns) {
  Batch part;
  part.row_count = batch.row_count;
  part.selection = batch.selection;
  part.row_kinds = batch.row_kinds;
  for (const int column : columns)
    part.columns.push_back(batch.columns[static_cast<size_t>(column)]);
  return part;
}

}  // namespace

Result<std::unique_ptr<RowMessages>> RowMessages::Make(const MessagePlan& plan, Producer& producer,
                                                       uint32_t subtask) {
  std::unique_ptr<RowMessages> made(new RowMessages(plan, subtask));
  made->value_encoder_ = TRY(MakeMessageEncoder(*plan.value.format, plan.value.spec));
  if (plan.key.format != nullptr)
    made->key_encoder_ = TRY(MakeMessageEncoder(*plan.key.format, plan.key.spec));
  if (plan.partitioning != Partitioning::kByKey)
    made->partitions_ = TRY(producer.PartitionCount(plan.topic));
  return made;
}

Status RowMessages::Encode(const Batch& batch) {
  values_.Clear();
  keys_.Clear();
  if (plan_.upserts) return EncodeUpserts(batch);
  RETURN_IF_ERROR(value_encoder_->Append(PartOf(batch, plan_.value.columns), values_));
  if (key_encoder_ == nullptr) return {};
  return key_encoder_->Append(PartOf(batch, plan_.key.columns), keys_);
}

Status RowMessages::EncodeUpserts(const Batch& batch) {
  value_of_.clear();
  const BufferPtr keyed = MakeBuffer<uint32_t>(batch.size());
  const BufferPtr valued = MakeBuffer<uint32_t>(batch.size());
  uint32_t keys = 0;
  uint32_t values = 0;
  ForEachRow(batch, [&](uint32_t row) {
    keyed->as<uint32_t>()[keys++] = row;
    const bool stays = IsAddition(batch.kind(row));
    value_of_.push_back(stays ? values : kNoValue);
    if (stays) valued->as<uint32_t>()[values++] = row;
  });
  Batch rows = batch;
  rows.row_kinds = nullptr;
  rows.selection = Selection(keyed, keys);
  if (keys > 0) RETURN_IF_ERROR(key_encoder_->Append(PartOf(rows, plan_.key.columns), keys_));
  rows.selection = Selection(valued, values);
  if (values == 0) return {};
  return value_encoder_->Append(PartOf(rows, plan_.value.columns), values_);
}

OutgoingMessage RowMessages::Take(size_t i) {
  OutgoingMessage message{plan_.topic.c_str(), NextPartition(), std::nullopt, std::nullopt};
  const size_t value = plan_.upserts ? value_of_[i] : i;
  if (value != kNoValue) message.value = values_.message(value);
  if (key_encoder_ != nullptr) message.key = keys_.message(i);
  return message;
}

int32_t RowMessages::NextPartition() {
  switch (plan_.partitioning) {
    case Partitioning::kByKey:
      return RD_KAFKA_PARTITION_UA;
    case Partitioning::kFixed:
      return static_cast<int32_t>(turn_ % static_cast<uint32_t>(partitions_));
    case Partitioning::kRoundRobin:
      return static_cast<int32_t>(turn_++ % static_cast<uint32_t>(partitions_));
  }
  WEIR_UNREACHABLE();
}

}  // namespace weir::connectors::kafka
