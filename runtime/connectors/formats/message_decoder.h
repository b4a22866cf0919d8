// Decodes messages: records that come one by one, as queues have them, and whose ends are known.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

// The bytes of a message within a block.
struct MessagePlace {
  size_t begin = 0;
  size_t size = 0;
};

// Messages that were laid one behind the other, each with a line end behind it, which does not
// belong to it. Filled by MessageBlockBuilder.
struct MessageBlock {
  BufferPtr memory;  // kBlockPadding readable bytes follow the last message
  std::vector<MessagePlace> places;

  std::string_view message(size_t i) const {
    return {memory->as<char>() + places[i].begin, places[i].size};
  }
};

// Lays messages into a block of memory. Not thread-safe.
class MessageBlockBuilder {
 public:
  // `bytes` is the size of all messages together, without line ends; `count` is their number.
  MessageBlockBuilder(size_t bytes, size_t count);
  void Add(std::string_view message);
  MessageBlock Finish() { return std::move(block_); }

 private:
  MessageBlock block_;
  size_t used_ = 0;
};

struct DecodedMessages {
  size_t messages = 0;   // how many were taken
  uint64_t skipped = 0;  // bad ones among them, which were left out
};

// The rows of messages: row i is of message `message_of[i]` of the block.
struct MessageRows {
  Batch batch;
  std::vector<uint32_t> message_of;
};

// What is wrong with a message.
struct BadMessage {
  size_t message = 0;       // its number in the block
  std::string column;       // empty: the message as a whole
  std::string reason = {};  // set by DecodeUpToBad
};

// Used by one thread.
class MessageDecoder {
 public:
  virtual ~MessageDecoder() = default;
  // Replaces `rows` by those of the messages from number `from` on: up to `max_rows`, but never a
  // part of a message. Takes at least one message, which may have no row. Strings may point into
  // the block, which the columns then keep alive. On failure `bad` says which message; kDataError
  // E3005. REQUIRES: `from` is less than the block's count.
  virtual Result<DecodedMessages> Decode(MessageBlock& block, size_t from, uint32_t max_rows,
                                         MessageRows& rows, BadMessage& bad) = 0;
};

// What MessageDecoder::Decode is asked for.
struct WantedMessages {
  MessageBlock& block;
  size_t from = 0;
  uint32_t max_rows = 0;
};
// Decodes the messages before a bad one, for a caller who takes bad messages for themselves
// (ReportsBadRecords). Where number `from` is bad itself, none is taken, and `bad` says why. Fails
// where no message is at fault.
Result<DecodedMessages> DecodeUpToBad(MessageDecoder& decoder, WantedMessages wanted,
                                      MessageRows& rows, BadMessage& bad);

// The decoder of a format for messages. Where messages are lines (JSON, CSV), an empty one and one
// that is several records are bad. raw takes any bytes, and avro ignores what follows the record.
// A format whose messages are no lines has its own (Format::make_message_decoder), which skips bad
// messages by spec.skip_bad and judges whole records where the scope is 'all-columns'.
// REQUIRES: FormatDescriptor::messages.
Result<std::unique_ptr<MessageDecoder>> MakeMessageDecoder(const Format& format, FormatSpec spec);

}  // namespace weir::connectors
