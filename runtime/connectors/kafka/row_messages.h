// From rows to the messages of a topic.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/connectors/formats/message_encoder.h"
#include "runtime/connectors/kafka/producer.h"

namespace weir::connectors::kafka {

enum class Partitioning : uint8_t { kByKey, kFixed, kRoundRobin };

// A part of each row: the key of a message, or its value.
struct RowPart {
  const Format* format = nullptr;  // null: messages have none
  FormatSpec spec;
  std::vector<int> columns;  // of the table
};

struct MessagePlan {
  std::string topic;
  RowPart key;
  RowPart value;
  Partitioning partitioning = Partitioning::kByKey;
  // Each +I and +U is a message with the row of its key, each -D one without a value (a tombstone),
  // and -U is left out.
  bool upserts = false;
};

// Makes the messages of one subtask's rows. Used by the subtask's thread.
class RowMessages {
 public:
  // Borrows the plan for its life. The producer is asked for the number of partitions where the
  // partition is not chosen by the key; fails as Producer::PartitionCount.
  static Result<std::unique_ptr<RowMessages>> Make(const MessagePlan& plan, Producer& producer,
                                                   uint32_t subtask);
  // Makes messages of the selected rows; they live until the next call.
  Status Encode(const Batch& batch);
  size_t size() const { return plan_.upserts ? value_of_.size() : values_.size(); }
  // REQUIRES: each message is taken once, in order.
  OutgoingMessage Take(size_t i);

 private:
  RowMessages(const MessagePlan& plan, uint32_t subtask) : plan_(plan), turn_(subtask) {}
  Status EncodeUpserts(const Batch& batch);
  int32_t NextPartition();

  const MessagePlan& plan_;
  uint32_t turn_;  // this subtask; with kRoundRobin the next message's
  int32_t partitions_ = 0;
  std::unique_ptr<MessageEncoder> value_encoder_;
  std::unique_ptr<MessageEncoder> key_encoder_;  // null: messages have no keys
  EncodedMessages values_;
  EncodedMessages keys_;
  std::vector<uint32_t> value_of_;  // with upserts, of each message: kNoValue for a deletion
};

}  // namespace weir::connectors::kafka
