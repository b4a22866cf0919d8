// What a message of librdkafka holds.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string_view>

namespace weir::connectors::kafka {

// Empty where there is none.
inline std::string_view KeyOf(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.key), message.key_len};
}
// The same.
inline std::string_view ValueOf(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.payload), message.len};
}

}  // namespace weir::connectors::kafka
