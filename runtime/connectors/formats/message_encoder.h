// Encodes rows as messages, and records where the bytes of each message end.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

// The messages of a batch, one behind the other.
struct EncodedMessages {
  std::string bytes;
  std::vector<size_t> ends;   // message i begins where the one before it ends
  std::vector<uint8_t> none;  // 1: message i is null (in Kafka a tombstone), not an empty text

  // Ends a message at the end of the bytes.
  void Add(bool is_none = false) {
    ends.push_back(bytes.size());
    none.push_back(is_none ? 1 : 0);
  }
  void Clear() {
    bytes.clear();
    ends.clear();
    none.clear();
  }
  size_t size() const { return ends.size(); }
  std::optional<std::string_view> message(size_t i) const {
    if (none[i] != 0) return std::nullopt;
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::string_view(bytes).substr(begin, ends[i] - begin);
  }
};

// Used by one thread.
class MessageEncoder {
 public:
  virtual ~MessageEncoder() = default;
  // Appends a message for each selected row.
  virtual Status Append(const Batch& batch, EncodedMessages& out) = 0;
};

// The encoder of a format for messages. kUnsupported where the format cannot write. REQUIRES:
// FormatDescriptor::messages.
Result<std::unique_ptr<MessageEncoder>> MakeMessageEncoder(const Format& format, FormatSpec spec);

}  // namespace weir::connectors
