// Messages of one partition as they were fetched, and the columns that say where they were.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/connectors/formats/message_decoder.h"
#include "runtime/connectors/kafka/partition_position.h"
#include "runtime/connectors/kafka/topic_scan.h"

namespace weir::connectors::kafka {

// Copies of messages: of those that have values, and in a scan of upserts of those that delete
// (tombstones), which have none. Numbered in their order.
class FetchedMessages {
 public:
  explicit FetchedMessages(const TopicScan& scan);

  // Replaces what there is. REQUIRES: no message has an error.
  void Fill(std::span<rd_kafka_message_t* const> messages);
  size_t size() const { return facts_.size(); }

  // Value i is of message value_of()[i].
  MessageBlock& values() { return values_; }
  const std::vector<uint32_t>& value_of() const { return value_of_; }
  // The messages without a value.
  const std::vector<uint32_t>& tombstones() const { return tombstones_; }
  // The keys of those that have one; key i is of message key_of()[i].
  MessageBlock& keys() { return keys_; }
  const std::vector<uint32_t>& key_of() const { return key_of_; }
  int64_t offset(size_t message) const { return facts_[message].offset; }

  // A metadata column: its value for each of these messages.
  ColumnPtr Metadata(std::string_view key, const PartitionName& from, const Type& type,
                     std::span<const uint32_t> messages) const;

 private:
  struct Facts {
    int64_t offset;
    int64_t millis;
    rd_kafka_timestamp_type_t millis_are;
  };
  using Header = std::pair<std::string, std::string>;

  void TakeHeaders(const rd_kafka_message_t& message);

  const bool wants_keys_;
  const bool wants_tombstones_;
  bool wants_headers_ = false;
  MessageBlock values_;
  std::vector<uint32_t> value_of_;
  std::vector<uint32_t> tombstones_;
  MessageBlock keys_;
  std::vector<uint32_t> key_of_;
  std::vector<Facts> facts_;
  std::vector<std::vector<Header>> headers_;  // one for each message, where they are wanted
};

}  // namespace weir::connectors::kafka
