#include "runtime/connectors/kafka/topic_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/connectors/formats/message_encoder.h"
#include "runtime/connectors/kafka/kafka_options.h"
#include "runtime/connectors/kafka/producer.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::kafka {
namespace {

enum class Partitioning : uint8_t { kByKey, kFixed, kRoundRobin };

// A part of each row: the key of a message, or its value.
struct RowPart {
  const Format* format = nullptr;  // null: messages have none
  FormatSpec spec;
  std::vector<int> columns;  // of the table
};

struct TopicSinkPlan {
  std::string topic;
  std::vector<ClientSetting> settings;
  RowPart key;
  RowPart value;
  Partitioning partitioning = Partitioning::kByKey;
  bool waits = true;  // for acknowledgements, before a checkpoint is complete
};

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

class TopicWriter final : public SinkWriter {
 public:
  TopicWriter(const TopicSinkPlan& plan, std::shared_ptr<Producer> producer, uint32_t subtask)
      : plan_(plan), producer_(std::move(producer)), sent_(&producer_->Begin()), turn_(subtask) {}

  Status Open() {
    value_encoder_ = TRY(MakeMessageEncoder(*plan_.value.format, plan_.value.spec));
    if (plan_.key.format != nullptr)
      key_encoder_ = TRY(MakeMessageEncoder(*plan_.key.format, plan_.key.spec));
    if (plan_.partitioning != Partitioning::kByKey)
      partitions_ = TRY(producer_->PartitionCount(plan_.topic));
    return {};
  }

  Status Write(const Batch& batch) override {
    values_.Clear();
    keys_.Clear();
    RETURN_IF_ERROR(value_encoder_->Append(PartOf(batch, plan_.value.columns), values_));
    if (key_encoder_ != nullptr)
      RETURN_IF_ERROR(key_encoder_->Append(PartOf(batch, plan_.key.columns), keys_));
    for (size_t i = 0; i < values_.size(); ++i) {
      OutgoingMessage message{plan_.topic.c_str(), NextPartition(), std::nullopt,
                              values_.message(i)};
      if (key_encoder_ != nullptr) message.key = keys_.message(i);
      RETURN_IF_ERROR(producer_->Send(message, *sent_));
    }
    return {};
  }

  Result<PreCommitted> PreCommit(uint64_t) override {
    PreCommitted done;
    SentMessages* const sent = std::exchange(sent_, &producer_->Begin());
    if (!plan_.waits) {
      sent->complete.store(true);
      return done;
    }
    done.sync = [producer = producer_, sent] {
      RETURN_IF_ERROR(producer->WaitFor(*sent));
      sent->complete.store(true);
      return Status();
    };
    return done;
  }

  // Also without a guarantee the end is no reason to lose rows.
  Status Finish() override { return producer_->WaitFor(*sent_); }

 private:
  int32_t NextPartition() {
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

  const TopicSinkPlan& plan_;
  const std::shared_ptr<Producer> producer_;
  SentMessages* sent_;  // since the last barrier
  uint32_t turn_;       // this subtask; with kRoundRobin the next message's
  int32_t partitions_ = 0;
  std::unique_ptr<MessageEncoder> value_encoder_;
  std::unique_ptr<MessageEncoder> key_encoder_;  // null: messages have no keys
  EncodedMessages values_;
  EncodedMessages keys_;
};

class TopicSink final : public Sink {
 public:
  explicit TopicSink(TopicSinkPlan plan) : plan_(std::move(plan)) {}

  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t) override {
    std::shared_ptr<Producer> producer = TRY(Producer::Open(plan_.settings));
    auto writer = std::make_unique<TopicWriter>(plan_, std::move(producer), subtask);
    RETURN_IF_ERROR(writer->Open());
    return std::unique_ptr<SinkWriter>(std::move(writer));
  }

 private:
  const TopicSinkPlan plan_;
};

Result<RowPart> PartOfTable(const graph::SinkSpec& spec, std::string_view format,
                            graph::TableOptions options, std::span<const std::string> names,
                            std::string_view prefix) {
  RowPart part;
  part.format = FindFormat(format);
  part.spec.options = std::move(options);
  for (const std::string& name : names) {
    const size_t column = *spec.schema.Find(name);  // as was checked
    part.columns.push_back(static_cast<int>(column));
    Field field = spec.schema.fields[column];
    field.name = field.name.substr(prefix.size());
    part.spec.record.fields.push_back(std::move(field));
  }
  return part;
}

Status SetParts(const graph::SinkSpec& spec, TopicSinkPlan& plan) {
  const KeyOptions key = KeyOptionsOf(spec.options);
  const std::vector<std::string> alone = ColumnsOfKeyAlone(spec.options);
  std::vector<std::string> names;
  for (const Field& field : spec.schema.fields) {
    if (std::ranges::find(alone, field.name) == alone.end()) names.push_back(field.name);
  }
  plan.value =
      TRY(PartOfTable(spec, graph::OptionValue(spec.options, "format"), spec.options, names, ""));
  if (!key.format.empty())
    plan.key = TRY(PartOfTable(spec, key.format, key.of_format, key.fields, key.prefix));
  return {};
}

}  // namespace

Result<std::unique_ptr<Sink>> MakeTopicSink(const graph::ConnectorDescriptor& connector,
                                            const graph::SinkSpec& spec,
                                            const ConnectorContext& context) {
  const graph::TypedOptions said(connector, spec.options);
  TopicSinkPlan plan;
  const std::vector<std::string> topics = NamesIn(said.Text(kTopic));
  if (topics.size() != 1) {
    return Status::InvalidSql(
               fmt::format("table {} is not of one topic, so it cannot be written", spec.table))
        .WithId("E2008");
  }
  plan.topic = topics.front();
  plan.settings = TRY(ClientSettings(spec.options));
  RETURN_IF_ERROR(SetParts(spec, plan));
  if (context.evaluation != nullptr) {
    plan.value.spec.zone = TRY(TimeZone::Find(context.evaluation->time_zone));
    plan.key.spec.zone = plan.value.spec.zone;
  }
  if (said.Is(kPartitioner, "fixed")) plan.partitioning = Partitioning::kFixed;
  if (said.Is(kPartitioner, "round-robin")) plan.partitioning = Partitioning::kRoundRobin;
  plan.waits = !said.Is(kDeliveryGuarantee, "none");
  return std::unique_ptr<Sink>(std::make_unique<TopicSink>(std::move(plan)));
}

}  // namespace weir::connectors::kafka
