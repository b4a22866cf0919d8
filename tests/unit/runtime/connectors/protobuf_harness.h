// Messages of the types in data/protobuf, for the tests of the format protobuf.
#pragma once

#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/message_decoder.h"
#include "runtime/connectors/formats/message_encoder.h"
#include "tests/unit/runtime/connectors/decoded_messages.h"

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

inline MessagesDecoded DecodeMessages(FormatSpec spec, const std::vector<std::string>& messages,
                                      uint32_t max_rows = 1000) {
  return DecodeMessages(ProtobufFormat(), std::move(spec), messages, max_rows);
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
