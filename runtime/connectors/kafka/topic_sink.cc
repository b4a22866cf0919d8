#include "runtime/connectors/kafka/topic_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/connectors/epochs/former_promises.h"
#include "runtime/connectors/kafka/exactly_once_sink.h"
#include "runtime/connectors/kafka/kafka_options.h"
#include "runtime/connectors/kafka/producer.h"
#include "runtime/connectors/latest_rows.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::kafka {
namespace {

struct TopicSinkPlan {
  MessagePlan messages;
  std::vector<ClientSetting> settings;
  Notices* notices = nullptr;
  bool waits = true;  // for acknowledgements, before a checkpoint is complete
};

class TopicWriter final : public SinkWriter {
 public:
  TopicWriter(const TopicSinkPlan& plan, std::shared_ptr<Producer> producer)
      : plan_(plan), producer_(std::move(producer)), sent_(&producer_->Begin()) {}

  // A job that is stopped calls no Finish.
  ~TopicWriter() override {
    if (!plan_.waits) producer_->SendRest();
  }
  TopicWriter(const TopicWriter&) = delete;
  TopicWriter& operator=(const TopicWriter&) = delete;

  Status Open(uint32_t subtask) {
    messages_ = TRY(RowMessages::Make(plan_.messages, *producer_, subtask));
    return {};
  }

  Status Write(const Batch& batch) override {
    RETURN_IF_ERROR(messages_->Encode(batch));
    for (size_t i = 0; i < messages_->size(); ++i)
      RETURN_IF_ERROR(producer_->Send(messages_->Take(i), *sent_));
    return {};
  }

  Result<PreCommitted> PreCommit(uint64_t) override {
    PreCommitted done;
    if (!plan_.waits) return done;
    SentMessages* const sent = std::exchange(sent_, &producer_->Begin());
    done.sync = [producer = producer_, sent] {
      RETURN_IF_ERROR(producer->WaitFor(*sent));
      sent->complete.store(true);
      return Status();
    };
    return done;
  }

  // Waits even with the guarantee 'none': that allows a failure to lose rows, but not the end.
  Status Finish() override { return producer_->WaitFor(*sent_); }

 private:
  const TopicSinkPlan& plan_;
  const std::shared_ptr<Producer> producer_;
  SentMessages* sent_;  // since the last barrier; if none is waited for at barriers, all
  std::unique_ptr<RowMessages> messages_;
};

class TopicSink final : public Sink {
 public:
  TopicSink(TopicSinkPlan plan, std::unique_ptr<Sink> exactly_once)
      : plan_(std::move(plan)), exactly_once_(std::move(exactly_once)) {}

  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t) override {
    std::shared_ptr<Producer> producer = TRY(Producer::Open(plan_.settings, plan_.notices));
    auto writer = std::make_unique<TopicWriter>(plan_, std::move(producer));
    RETURN_IF_ERROR(writer->Open(subtask));
    return std::unique_ptr<SinkWriter>(std::move(writer));
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    return epochs::KeepFormerPromises(TRY(exactly_once_->OpenCommitter()));
  }

 private:
  const TopicSinkPlan plan_;
  const std::unique_ptr<Sink> exactly_once_;  // of the same table, if it delivered so
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

Status SetParts(const graph::SinkSpec& spec, MessagePlan& plan) {
  const KeyOptions key = KeyOptionsOf(spec.options);
  const std::vector<std::string> alone = ColumnsOfKeyAlone(spec.options);
  std::vector<std::string> names;
  for (const Field& field : spec.schema.fields) {
    if (std::ranges::find(alone, field.name) == alone.end()) names.push_back(field.name);
  }
  plan.value =
      TRY(PartOfTable(spec, graph::OptionValue(spec.options, "format"), spec.options, names, ""));
  plan.value.spec.subject = plan.topic + "-value";
  if (!key.format.empty())
    plan.key = TRY(PartOfTable(spec, key.format, key.of_format, key.fields, key.prefix));
  plan.key.spec.subject = plan.topic + "-key";
  return {};
}

Result<MessagePlan> MessagesOf(const graph::TypedOptions& said, const graph::SinkSpec& spec,
                               const ConnectorContext& context, bool upserts) {
  MessagePlan plan;
  const std::vector<std::string> topics = NamesIn(said.Text(kTopic));
  if (topics.size() != 1) {
    return Status::InvalidSql(
               fmt::format("table {} is not of one topic, so it cannot be written", spec.table))
        .WithId("E2008");
  }
  plan.topic = topics.front();
  RETURN_IF_ERROR(SetParts(spec, plan));
  if (context.evaluation != nullptr) {
    plan.value.spec.zone = TRY(TimeZone::Find(context.evaluation->time_zone));
    plan.key.spec.zone = plan.value.spec.zone;
  }
  RETURN_IF_ERROR(MakeMessageEncoder(*plan.value.format, plan.value.spec).status());
  if (plan.key.format != nullptr)
    RETURN_IF_ERROR(MakeMessageEncoder(*plan.key.format, plan.key.spec).status());
  plan.upserts = upserts;
  if (upserts) return plan;
  if (said.Is(kPartitioner, "fixed")) plan.partitioning = Partitioning::kFixed;
  if (said.Is(kPartitioner, "round-robin")) plan.partitioning = Partitioning::kRoundRobin;
  return plan;
}

// 15 minutes, the most that brokers allow by default (transaction.max.timeout.ms). A transaction
// lasts from one checkpoint to the next; brokers end a longer one, and its rows are sent again.
constexpr std::string_view kTransactionTimeout = "transaction.timeout.ms";
constexpr std::string_view kTransactionMillis = "900000";

ExactlyOncePlan ExactlyOnceOf(const graph::TypedOptions& said, const graph::SinkSpec& spec,
                              const ConnectorContext& context) {
  ExactlyOncePlan plan;
  plan.marker_topic = said.Text(kCommitTopic);
  plan.kept = epochs::PlanOf(spec, context, said);
  plan.kept.markers = fmt::format("topic '{}'", plan.marker_topic);
  plan.id_prefix = said.Text(kIdPrefix);
  return plan;
}

Result<std::unique_ptr<Sink>> MakeSinkOfEachRow(const graph::ConnectorDescriptor& connector,
                                                const graph::SinkSpec& spec,
                                                const ConnectorContext& context) {
  const graph::TypedOptions said(connector, spec.options);
  const bool upserts = !connector.primary_key_option.empty();
  MessagePlan messages = TRY(MessagesOf(said, spec, context, upserts));
  std::vector<ClientSetting> settings = TRY(ClientSettings(spec.options));
  TopicSinkPlan plan{messages, settings, context.notices, !said.Is(kDeliveryGuarantee, "none")};
  ExactlyOncePlan once = ExactlyOnceOf(said, spec, context);
  once.messages = std::move(messages);
  once.settings = std::move(settings);
  if (PropertyOf(spec.options, kTransactionTimeout).empty())
    once.settings.push_back({std::string(kTransactionTimeout), std::string(kTransactionMillis)});
  std::unique_ptr<Sink> exactly_once = MakeExactlyOnceSink(std::move(once));
  if (said.Is(kDeliveryGuarantee, kExactlyOnce)) return exactly_once;
  return std::unique_ptr<Sink>(
      std::make_unique<TopicSink>(std::move(plan), std::move(exactly_once)));
}

}  // namespace

Result<std::unique_ptr<Sink>> MakeTopicSink(const graph::ConnectorDescriptor& connector,
                                            const graph::SinkSpec& spec,
                                            const ConnectorContext& context) {
  std::unique_ptr<Sink> sink = TRY(MakeSinkOfEachRow(connector, spec, context));
  const graph::TypedOptions said(connector, spec.options);
  if (!said.Knows(kFlushRows)) return sink;
  LatestRows latest;
  latest.key = spec.primary_key;
  latest.most_keys = TRY(said.Integer(kFlushRows));
  latest.interval_millis = TRY(said.Millis(kFlushInterval));
  latest.clock = context.clock;
  if (latest.most_keys <= 0) return sink;
  return WriteLatestRows(std::move(sink), std::move(latest));
}

}  // namespace weir::connectors::kafka
