// What a decoder of messages makes of some.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/connectors/formats/message_decoder.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {

inline MessageBlock MessageBlockOf(const std::vector<std::string>& messages) {
  size_t bytes = 0;
  for (const std::string& message : messages) bytes += message.size();
  MessageBlockBuilder builder(bytes, messages.size());
  for (const std::string& message : messages) builder.Add(message);
  return builder.Finish();
}

struct MessagesDecoded {
  Batch batch;  // of the last call
  std::vector<std::string> rows;
  std::vector<uint32_t> message_of;
  std::vector<size_t> sizes;  // of the batches
  uint64_t skipped = 0;
  Status status;  // of the decoder, or of the first call that fails
  BadMessage bad;
};

inline MessagesDecoded DecodeMessages(const Format& format, FormatSpec spec,
                                      const std::vector<std::string>& messages,
                                      uint32_t max_rows = 1000) {
  MessageBlock block = MessageBlockOf(messages);
  MessagesDecoded read;
  const auto decoder = MakeMessageDecoder(format, std::move(spec));
  if (!decoder.ok()) {
    read.status = decoder.status();
    return read;
  }
  for (size_t at = 0; at < messages.size();) {
    MessageRows rows;
    const auto taken = (*decoder)->Decode(block, at, max_rows, rows, read.bad);
    if (!taken.ok()) {
      read.status = taken.status();
      return read;
    }
    at += taken->messages;
    read.skipped += taken->skipped;
    read.sizes.push_back(rows.batch.row_count);
    for (std::string& line : Lines(FormatBatch(rows.batch))) read.rows.push_back(std::move(line));
    read.message_of.insert(read.message_of.end(), rows.message_of.begin(), rows.message_of.end());
    read.batch = std::move(rows.batch);
  }
  return read;
}

}  // namespace weir::connectors::testing
