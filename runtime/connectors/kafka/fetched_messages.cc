#include "runtime/connectors/kafka/fetched_messages.h"

#include <algorithm>

#include "runtime/connectors/kafka/message_bytes.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/datetime.h"

namespace weir::connectors::kafka {
namespace {

constexpr std::string_view kHeaders = "headers";

// As Java's TimestampType prints.
std::string_view TimestampTypeName(rd_kafka_timestamp_type_t type) {
  switch (type) {
    case RD_KAFKA_TIMESTAMP_CREATE_TIME:
      return "CreateTime";
    case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME:
      return "LogAppendTime";
    case RD_KAFKA_TIMESTAMP_NOT_AVAILABLE:
      break;
  }
  return "NoTimestampType";
}

}  // namespace

FetchedMessages::FetchedMessages(const TopicScan& scan)
    : wants_keys_(!scan.key.columns.empty()), wants_tombstones_(scan.upserts) {
  for (const int place : scan.columns.others)
    wants_headers_ = wants_headers_ || scan.MetadataAt(place) == kHeaders;
}

void FetchedMessages::Fill(std::span<rd_kafka_message_t* const> messages) {
  size_t bytes = 0;
  size_t key_bytes = 0;
  size_t count = 0;
  for (const rd_kafka_message_t* message : messages) {
    if (message->payload == nullptr && !wants_tombstones_) continue;
    ++count;
    bytes += message->len;
    if (wants_keys_) key_bytes += message->key_len;
  }
  facts_.clear();
  headers_.clear();
  key_of_.clear();
  value_of_.clear();
  tombstones_.clear();
  MessageBlockBuilder values(bytes, count);
  MessageBlockBuilder keys(key_bytes, wants_keys_ ? count : 0);
  for (const rd_kafka_message_t* message : messages) {
    if (message->payload == nullptr && !wants_tombstones_) continue;
    const auto number = static_cast<uint32_t>(facts_.size());
    if (wants_keys_ && message->key != nullptr) {
      key_of_.push_back(number);
      keys.Add(KeyOf(*message));
    }
    if (message->payload == nullptr) {
      tombstones_.push_back(number);
    } else {
      value_of_.push_back(number);
      values.Add(ValueOf(*message));
    }
    Facts facts{message->offset, 0, RD_KAFKA_TIMESTAMP_NOT_AVAILABLE};
    facts.millis = rd_kafka_message_timestamp(message, &facts.millis_are);
    facts_.push_back(facts);
    if (wants_headers_) TakeHeaders(*message);
  }
  values_ = values.Finish();
  keys_ = keys.Finish();
}

// Of equal names the last one counts, as in Flink, whose column is a map as well.
void FetchedMessages::TakeHeaders(const rd_kafka_message_t& message) {
  std::vector<Header>& headers = headers_.emplace_back();
  rd_kafka_headers_t* all = nullptr;
  if (rd_kafka_message_headers(&message, &all) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(all, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    std::string text(static_cast<const char*>(value), value == nullptr ? 0 : size);
    const auto same = std::ranges::find(headers, name, &Header::first);
    if (same != headers.end()) {
      same->second = std::move(text);
    } else {
      headers.emplace_back(name, std::move(text));
    }
  }
}

ColumnPtr FetchedMessages::Metadata(std::string_view key, const PartitionName& from,
                                    const Type& type, std::span<const uint32_t> messages) const {
  const auto rows = static_cast<uint32_t>(messages.size());
  if (key == "topic") return MakeConstantColumn(Value(type, from.topic), rows);
  if (key == "partition") return MakeConstantColumn(Value(type, from.partition), rows);
  ColumnBuilder builder(type, rows);
  for (const uint32_t message : messages) {
    const Facts& facts = facts_[message];
    if (key == "offset") {
      builder.Append(facts.offset);
    } else if (key == "timestamp") {
      builder.Append(facts.millis * kMicrosPerMilli);
    } else if (key == "timestamp-type") {
      builder.AppendString(TimestampTypeName(facts.millis_are));
    } else {
      for (const auto& [name, value] : headers_[message]) {
        builder.child(0).AppendString(name);
        builder.child(1).AppendString(value);
      }
      builder.AppendList();
    }
  }
  return builder.Finish();
}

}  // namespace weir::connectors::kafka
