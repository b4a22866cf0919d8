// Limits of messages. A few bytes may claim any length, for which Thrift would take the memory.
#pragma once

#include <thrift/TConfiguration.h>

#include <cstdint>
#include <memory>

namespace weir::rpc {

inline constexpr int32_t kMostBytes = 64 << 20;    // of a text, and of a message
inline constexpr int32_t kMostElements = 1 << 16;  // of a list or map
inline constexpr int kDeepest = 64;

inline std::shared_ptr<apache::thrift::TConfiguration> MessageLimits() {
  return std::make_shared<apache::thrift::TConfiguration>(kMostBytes, kMostBytes, kDeepest);
}

}  // namespace weir::rpc
