// Messages of the types in data/protobuf, for the tests of the format protobuf.
#pragma once

#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/message_decoder.h"
#include "runtime/connectors/formats/message_encoder.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {

inline const std::string kTypesFile = "tests/unit/runtime/connectors/data/protobuf/types.desc";

inline graph::TableOptions OptionsOfMessage(const std::string& name,
                                            graph::TableOptions more = {}) {
  more.push_back({"protobuf.message-class-name", name});
  more.push_back({"protobuf.descriptor-file", kTypesFile});
  return more;
}

inline FormatSpec SpecOfMessage(const std::string& name, const Schema& columns,
                                graph::TableOptions more = {}) {
  return {
      OptionsOfMessage(name, std::move(more)), columns, AllColumns(columns), TimeZone(), false, {}};
}

// What decoding messages gave.
struct MessagesDecoded {
  Batch batch;  // of the last call
  std::vector<std::string> rows;
  std::vector<uint32_t> message_of;
  uint64_t skipped = 0;
  Status status;
  BadMessage bad;
};

inline MessagesDecoded DecodeMessages(FormatSpec spec, const std::vector<std::string>& messages,
                                      uint32_t max_rows = 1000) {
  size_t bytes = 0;
  for (const std::string& message : messages) bytes += message.size();
  MessageBlockBuilder builder(bytes, messages.size());
  for (const std::string& message : messages) builder.Add(message);
  MessageBlock block = builder.Finish();
  MessagesDecoded read;
  const auto decoder = MakeMessageDecoder(ProtobufFormat(), std::move(spec));
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
    for (std::string& line : Lines(FormatBatch(rows.batch))) read.rows.push_back(std::move(line));
    read.message_of.insert(read.message_of.end(), rows.message_of.begin(), rows.message_of.end());
    read.batch = std::move(rows.batch);
  }
  return read;
}

inline Result<std::vector<std::string>> EncodeMessages(FormatSpec spec, const Batch& batch) {
  const auto encoder = TRY(MakeMessageEncoder(ProtobufFormat(), std::move(spec)));
  EncodedMessages out;
  RETURN_IF_ERROR(encoder->Append(batch, out));
  std::vector<std::string> messages;
  for (size_t i = 0; i < out.size(); ++i) messages.emplace_back(*out.message(i));
  return messages;
}

}  // namespace weir::connectors::testing
