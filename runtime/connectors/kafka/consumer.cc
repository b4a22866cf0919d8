#include "runtime/connectors/kafka/consumer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "runtime/base/names.h"
#include "runtime/clock.h"

namespace weir::connectors::kafka {
namespace {

constexpr int64_t kNothingCommitted = -1;

// Kafka's own topics begin so: __consumer_offsets.
constexpr std::string_view kInternalPrefix = "__";

using Offsets = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                decltype(&rd_kafka_topic_partition_list_destroy)>;

constexpr Preset kConsumerPresets[] = {
    {"allow.auto.create.topics", "false"},
    {"auto.offset.reset", "error"},    // what is out of range is said, and decided by the table
    {"enable.partition.eof", "true"},  // control records have no offsets that a reader sees
    {"isolation.level", "read_committed"},
    // A short queue keeps the memory of many partitions low; a fetch fills it.
    {"queued.max.messages.kbytes", "16384"},
    {"queued.min.messages", "20000"},
    {"fetch.wait.max.ms", "100"},
    {"log.connection.close", "false"},
};

Offsets OneOffset(const std::string& topic, int32_t partition, int64_t offset) {
  Offsets list(rd_kafka_topic_partition_list_new(1), rd_kafka_topic_partition_list_destroy);
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
  return list;
}

// Whether the error may pass: a partition that was just made, or whose broker has died, has no
// leader yet.
bool IsOfElection(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
         error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

// Asks again until the partition has a leader, for ten seconds: an election is mostly over by then.
rd_kafka_resp_err_t AskLeader(rd_kafka_t* client,
                              const std::function<rd_kafka_resp_err_t(int millis)>& ask) {
  constexpr int kTries = 50;
  constexpr std::chrono::milliseconds kPause(200);
  rd_kafka_resp_err_t error = AskUntilAnswered(client, ask);
  for (int tries = 1; tries < kTries && IsOfElection(error); ++tries) {
    Clock::System().Sleep(kPause);
    error = AskUntilAnswered(client, ask);
  }
  return error;
}

FoundTopic Found(const rd_kafka_metadata_topic_t& topic) {
  FoundTopic found{topic.topic, {}};
  for (int i = 0; i < topic.partition_cnt; ++i) found.partitions.push_back(topic.partitions[i].id);
  std::ranges::sort(found.partitions);
  return found;
}

class Metadata {
 public:
  ~Metadata() {
    if (found_ != nullptr) rd_kafka_metadata_destroy(found_);
  }
  Metadata() = default;
  Metadata(const Metadata&) = delete;
  Metadata& operator=(const Metadata&) = delete;
  // Asks for one topic; for all of the cluster if `topic` is null.
  rd_kafka_resp_err_t Ask(rd_kafka_t* client, rd_kafka_topic_t* topic) {
    return AskUntilAnswered(client, [&](int millis) {
      return rd_kafka_metadata(client, topic == nullptr ? 1 : 0, topic, &found_, millis);
    });
  }
  std::span<const rd_kafka_metadata_topic_t> topics() const {
    return {found_->topics, static_cast<size_t>(found_->topic_cnt)};
  }

 private:
  const rd_kafka_metadata_t* found_ = nullptr;
};

}  // namespace

Result<std::shared_ptr<Consumer>> Consumer::Open(const std::vector<ClientSetting>& settings) {
  std::shared_ptr<Consumer> consumer(new Consumer());
  consumer->client_ =
      TRY(MakeClient(RD_KAFKA_CONSUMER, kConsumerPresets, settings, *consumer->context_));
  return consumer;
}

Consumer::~Consumer() {
  if (client_ != nullptr) rd_kafka_destroy(client_);
}

Result<std::vector<FoundTopic>> Consumer::AllTopics() {
  Metadata metadata;
  if (const auto error = metadata.Ask(client_, nullptr); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Failure("Kafka's topics cannot be listed", error);
  std::vector<FoundTopic> topics;
  for (const rd_kafka_metadata_topic_t& topic : metadata.topics()) {
    if (!std::string_view(topic.topic).starts_with(kInternalPrefix)) topics.push_back(Found(topic));
  }
  std::ranges::sort(topics, {}, &FoundTopic::name);
  return topics;
}

Result<FoundTopic> Consumer::Topic(const std::string& name) {
  const TopicHandle handle(rd_kafka_topic_new(client_, name.c_str(), nullptr),
                           rd_kafka_topic_destroy);
  Metadata metadata;
  const auto error = metadata.Ask(client_, handle.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Failure(fmt::format("Kafka cannot be asked for topic '{}'", name), error);
  for (const rd_kafka_metadata_topic_t& topic : metadata.topics()) {
    const bool partitioned = topic.partition_cnt > 0;
    if (topic.err == RD_KAFKA_RESP_ERR_NO_ERROR || partitioned) return Found(topic);
    if (topic.err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      return Failure(fmt::format("Kafka cannot be asked for topic '{}'", name), topic.err);
  }
  std::vector<std::string> names;
  if (const auto all = AllTopics(); all.ok()) {
    for (const FoundTopic& topic : *all) names.push_back(topic.name);
  }
  return Status::NotFound(fmt::format("Kafka has no topic '{}'", name))
      .WithId("E4002")
      .WithHint(DidYouMean(name, names));
}

Result<OffsetRange> Consumer::Range(const std::string& topic, int32_t partition) {
  OffsetRange range;
  const auto error = AskLeader(client_, [&](int millis) {
    return rd_kafka_query_watermark_offsets(client_, topic.c_str(), partition, &range.begin,
                                            &range.end, millis);
  });
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return range;
  return Failure(
      fmt::format("the offsets of topic '{}', partition {}, cannot be had", topic, partition),
      error);
}

Result<int64_t> Consumer::OffsetOfTime(const std::string& topic, int32_t partition,
                                       int64_t millis) {
  const Offsets asked = OneOffset(topic, partition, millis);
  const auto error = AskLeader(client_, [&](int longest) {
    asked->elems[0].offset = millis;
    const auto answer = rd_kafka_offsets_for_times(client_, asked.get(), longest);
    return answer == RD_KAFKA_RESP_ERR_NO_ERROR ? asked->elems[0].err : answer;
  });
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Failure(
        fmt::format("topic '{}', partition {}, cannot be asked for a time", topic, partition),
        error);
  }
  const int64_t offset = asked->elems[0].offset;
  if (offset >= 0) return offset;
  return TRY(Range(topic, partition)).end;
}

Result<int64_t> Consumer::Committed(std::vector<ClientSetting> settings, const std::string& group,
                                    const std::string& topic, int32_t partition) {
  settings.push_back({"group.id", group});
  const std::shared_ptr<Consumer> member = TRY(Open(settings));
  const Offsets asked = OneOffset(topic, partition, RD_KAFKA_OFFSET_INVALID);
  const auto error = AskUntilAnswered(member->client_, [&](int millis) {
    const auto answer = rd_kafka_committed(member->client_, asked.get(), millis);
    return answer == RD_KAFKA_RESP_ERR_NO_ERROR ? asked->elems[0].err : answer;
  });
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return member->Failure(fmt::format("the offsets of group '{}' cannot be had", group), error);
  return asked->elems[0].offset >= 0 ? asked->elems[0].offset : kNothingCommitted;
}

std::string Consumer::ClusterId() {
  char* id = rd_kafka_clusterid(client_, 0);
  if (id == nullptr) {  // no broker has answered anything yet
    Metadata metadata;
    if (metadata.Ask(client_, nullptr) == RD_KAFKA_RESP_ERR_NO_ERROR)
      id = rd_kafka_clusterid(client_, 0);
  }
  if (id == nullptr) return "";
  std::string text(id);
  rd_kafka_mem_free(client_, id);
  return text;
}

Result<std::unique_ptr<PartitionQueue>> Consumer::Start(const std::string& topic, int32_t partition,
                                                        int64_t offset) {
  TopicHandle handle(rd_kafka_topic_new(client_, topic.c_str(), nullptr), rd_kafka_topic_destroy);
  rd_kafka_queue_t* const queue = rd_kafka_queue_new(client_);
  if (rd_kafka_consume_start_queue(handle.get(), partition, offset, queue) != 0) {
    const auto error = rd_kafka_last_error();
    rd_kafka_queue_destroy(queue);
    return Failure(fmt::format("topic '{}', partition {}, cannot be read", topic, partition),
                   error);
  }
  return std::make_unique<PartitionQueue>(shared_from_this(), handle.release(), partition, queue);
}

PartitionQueue::~PartitionQueue() {
  Release();
  rd_kafka_consume_stop(topic_, partition_);
  rd_kafka_queue_destroy(queue_);
  rd_kafka_topic_destroy(topic_);
}

std::span<rd_kafka_message_t* const> PartitionQueue::Take(uint32_t most) {
  Release();
  taken_.resize(std::max<size_t>(taken_.size(), most));
  const ssize_t count = rd_kafka_consume_batch_queue(queue_, 0, taken_.data(), most);
  count_ = count < 0 ? 0 : static_cast<size_t>(count);
  return {taken_.data(), count_};
}

void PartitionQueue::Release() {
  for (size_t i = 0; i < count_; ++i) rd_kafka_message_destroy(taken_[i]);
  count_ = 0;
}

}  // namespace weir::connectors::kafka
