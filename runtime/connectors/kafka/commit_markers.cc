#include "runtime/connectors/kafka/commit_markers.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/base/interruption.h"
#include "runtime/clock.h"
#include "runtime/connectors/kafka/client_handle.h"
#include "runtime/connectors/kafka/consumer.h"
#include "runtime/connectors/kafka/message_bytes.h"

namespace weir::connectors::kafka {
namespace {

using std::chrono::milliseconds;

// A transaction that a crash left open in a marker's way ends after 'transaction.timeout.ms', of
// which Kafka lets it have 15 minutes by default.
constexpr std::chrono::minutes kLongestWait(16);
constexpr uint32_t kTaken = 1000;
constexpr int kPartitions = 16;

// Small segments, so that compaction leaves little to read.
constexpr Preset kTopicConfig[] = {
    {"cleanup.policy", "compact"},
    {"segment.bytes", "16777216"},
    {"min.cleanable.dirty.ratio", "0.1"},
};

template <typename T, void (*destroy)(T*)>
struct Destroy {
  void operator()(T* one) const { destroy(one); }
};
template <typename T, void (*destroy)(T*)>
using Handle = std::unique_ptr<T, Destroy<T, destroy>>;
using NewTopic = Handle<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using Queue = Handle<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Handle<rd_kafka_event_t, rd_kafka_event_destroy>;
using Client = Handle<rd_kafka_t, rd_kafka_destroy>;

Status CannotMake(const std::string& topic, std::string_view why) {
  return Status::External(
             fmt::format("the topic '{}', which says what was committed, cannot be made: {}", topic,
                         why))
      .WithId("E4010")
      .WithHint(
          "make it, with 'cleanup.policy' = 'compact', or name another by 'sink.commit-topic'");
}

// The next event; null when none has come for a minute. Can be interrupted.
Event NextEvent(rd_kafka_queue_t* queue) {
  constexpr int kStepMillis = 250;  // between two looks whether the user has given up
  Event event;
  for (int waited = 0; event == nullptr && waited < kRequestMillis * 2; waited += kStepMillis) {
    CheckInterrupted();
    event.reset(rd_kafka_queue_poll(queue, kStepMillis));
  }
  return event;
}

Status Create(rd_kafka_t* client, const std::string& topic) {
  std::array<char, 512> why{};
  // -1: as many replicas as the brokers give a topic by default.
  const NewTopic wanted(
      rd_kafka_NewTopic_new(topic.c_str(), kPartitions, -1, why.data(), why.size()));
  if (wanted == nullptr) return CannotMake(topic, why.data());
  for (const Preset& preset : kTopicConfig)
    rd_kafka_NewTopic_set_config(wanted.get(), preset.key, preset.value);
  const Queue queue(rd_kafka_queue_new(client));
  rd_kafka_NewTopic_t* topics[] = {wanted.get()};
  rd_kafka_CreateTopics(client, topics, 1, nullptr, queue.get());
  const Event event = NextEvent(queue.get());
  if (event == nullptr) return CannotMake(topic, "no answer");
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return CannotMake(topic, rd_kafka_event_error_string(event.get()));
  size_t count = 0;
  const rd_kafka_topic_result_t** const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return CannotMake(topic, "no answer");
  const auto error = rd_kafka_topic_result_error(results[0]);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    return {};
  const char* const said = rd_kafka_topic_result_error_string(results[0]);
  return CannotMake(topic, said != nullptr ? said : rd_kafka_err2str(error));
}

// Waits until brokers know the topic, which they hear of only a moment after it was made.
Status WaitUntilThere(Consumer& consumer, const std::string& topic) {
  constexpr milliseconds kPause(100);
  constexpr int kMostPauses = kRequestMillis / 100;
  Result<FoundTopic> found = consumer.Topic(topic);
  for (int pauses = 0; !found.ok() && pauses < kMostPauses; ++pauses) {
    Clock::System().Sleep(kPause);
    found = consumer.Topic(topic);
  }
  return found.status();
}

using TakeMarker = std::function<Status(std::string_view key, std::string_view value)>;

// Reads until all records of the partition before the offset `end` are read. kExternal after
// kLongestWait.
Status ReadUpTo(PartitionQueue& queue, int64_t end, const TakeMarker& take) {
  constexpr milliseconds kPause(5);
  Clock& clock = Clock::System();
  const int64_t give_up = clock.MonotonicNanos() + std::chrono::nanoseconds(kLongestWait).count();
  for (;;) {
    const auto taken = queue.Take(kTaken);
    for (const rd_kafka_message_t* const message : taken) {
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (message->offset >= end) return {};
        continue;  // up to a transaction that is open
      }
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return queue.consumer().Failure("the markers of commits cannot be read", message->err);
      RETURN_IF_ERROR(take(KeyOf(*message), ValueOf(*message)));
    }
    if (!taken.empty()) continue;
    CheckInterrupted();
    if (clock.MonotonicNanos() > give_up) {
      return Status::External(
                 "the markers of commits cannot be read: a transaction of somebody is not ended")
          .WithId("E4010");
    }
    clock.Sleep(kPause);
  }
}

Result<std::shared_ptr<Consumer>> OpenReader(std::vector<ClientSetting> settings,
                                             const char* isolation) {
  settings.push_back({"isolation.level", isolation});
  return Consumer::Open(settings);
}

Status ReadTopic(const std::vector<ClientSetting>& settings, const std::string& topic,
                 bool committed, const TakeMarker& take) {
  // The end of what a reader of committed records may read lies before the open transactions.
  const std::shared_ptr<Consumer> all = TRY(OpenReader(settings, "read_uncommitted"));
  const std::shared_ptr<Consumer> reader =
      committed ? TRY(OpenReader(settings, "read_committed")) : all;
  std::vector<std::pair<std::unique_ptr<PartitionQueue>, int64_t>> queues;  // up to these offsets
  for (const int32_t partition : TRY(all->Topic(topic)).partitions) {
    const OffsetRange range = TRY(all->Range(topic, partition));
    if (range.begin == range.end) continue;
    queues.emplace_back(TRY(reader->Start(topic, partition, range.begin)), range.end);
  }
  for (const auto& [queue, end] : queues) RETURN_IF_ERROR(ReadUpTo(*queue, end, take));
  return {};
}

}  // namespace

Status MakeMarkerTopic(const std::vector<ClientSetting>& settings, const std::string& topic) {
  const std::shared_ptr<Consumer> consumer = TRY(Consumer::Open(settings));
  const Result<FoundTopic> found = consumer->Topic(topic);
  if (found.ok()) return {};
  if (found.status().code() != StatusCode::kNotFound) return found.status();
  ClientContext context;
  const Client client(TRY(MakeClient(RD_KAFKA_PRODUCER, {}, settings, context)));
  RETURN_IF_ERROR(Create(client.get(), topic));
  return WaitUntilThere(*consumer, topic);
}

Result<std::set<std::string>> ReadMarkerKeys(const std::vector<ClientSetting>& settings,
                                             const std::string& topic) {
  std::set<std::string> keys;
  RETURN_IF_ERROR(ReadTopic(settings, topic, false, [&](std::string_view key, std::string_view) {
    keys.emplace(key);
    return Status();
  }));
  return keys;
}

Result<std::map<std::string, epochs::CommitMarker>> ReadMarkers(
    const std::vector<ClientSetting>& settings, const std::string& topic,
    const std::set<std::string>& prefixes) {
  std::map<std::string, epochs::CommitMarker> markers;
  if (prefixes.empty()) return markers;
  const auto take = [&](std::string_view key, std::string_view value) -> Status {
    const auto begins = [&](const std::string& prefix) { return key.starts_with(prefix); };
    if (std::ranges::any_of(prefixes, begins))
      markers[std::string(key)] = TRY(epochs::ParseMarker(value));
    return {};
  };
  RETURN_IF_ERROR(ReadTopic(settings, topic, true, take));
  return markers;
}

}  // namespace weir::connectors::kafka
