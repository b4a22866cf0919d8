// A client of a Kafka cluster that reads: librdkafka's simple consumer. Partitions are chosen by
// whoever asks, and no group is joined.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/kafka/client_handle.h"

namespace weir::connectors::kafka {

// The offsets that a partition has: from `begin` up to, without it, `end`, which for a reader of
// committed records is where the first open transaction begins.
struct OffsetRange {
  int64_t begin = 0;
  int64_t end = 0;
};

struct FoundTopic {
  std::string name;
  std::vector<int32_t> partitions;  // ascending
};

class PartitionQueue;

// Thread-safe. Failures of the cluster are kExternal E4010, with what the library logged last. What
// waits for brokers can be interrupted (interruption.h).
class Consumer : public std::enable_shared_from_this<Consumer> {
 public:
  // Connects when it is first asked for something. kInvalidSql as ClientSettings.
  static Result<std::shared_ptr<Consumer>> Open(const std::vector<ClientSetting>& settings);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  // Every topic of the cluster but those that Kafka keeps for itself.
  Result<std::vector<FoundTopic>> AllTopics();
  // kNotFound E4002 for one that there is not, with the nearest name.
  Result<FoundTopic> Topic(const std::string& name);
  Result<OffsetRange> Range(const std::string& topic, int32_t partition);
  // The offset of the first record whose time is at or behind `millis`; the partition's end where
  // there is none.
  Result<int64_t> OffsetOfTime(const std::string& topic, int32_t partition, int64_t millis);
  // What the group has committed for a partition; -1 for nothing.
  static Result<int64_t> Committed(std::vector<ClientSetting> settings, const std::string& group,
                                   const std::string& topic, int32_t partition);
  // The cluster's own name for itself; "" where brokers do not say, or none answers.
  std::string ClusterId();
  // Reads a partition from an offset. REQUIRES: nobody else reads it by this consumer.
  Result<std::unique_ptr<PartitionQueue>> Start(const std::string& topic, int32_t partition,
                                                int64_t offset);
  // As FailureOf.
  Status Failure(std::string_view what, rd_kafka_resp_err_t error) const {
    return FailureOf(*context_, what, error);
  }

 private:
  Consumer() : context_(std::make_unique<ClientContext>()) {}

  const std::unique_ptr<ClientContext> context_;
  rd_kafka_t* client_ = nullptr;
};

// Records of one partition as they come. Used by one thread.
class PartitionQueue {
 public:
  PartitionQueue(std::shared_ptr<Consumer> consumer, rd_kafka_topic_t* topic, int32_t partition,
                 rd_kafka_queue_t* queue)
      : consumer_(std::move(consumer)), topic_(topic), partition_(partition), queue_(queue) {}
  ~PartitionQueue();
  PartitionQueue(const PartitionQueue&) = delete;
  PartitionQueue& operator=(const PartitionQueue&) = delete;

  // The messages that have been fetched, up to `most`, without waiting. They live until the next
  // call. A message with an error reports on the partition: with RD_KAFKA_RESP_ERR__PARTITION_EOF
  // its offset is the one that comes next.
  std::span<rd_kafka_message_t* const> Take(uint32_t most);
  const Consumer& consumer() const { return *consumer_; }

 private:
  void Release();

  const std::shared_ptr<Consumer> consumer_;
  rd_kafka_topic_t* const topic_;
  const int32_t partition_;
  rd_kafka_queue_t* const queue_;
  std::vector<rd_kafka_message_t*> taken_;
  size_t count_ = 0;
};

}  // namespace weir::connectors::kafka
