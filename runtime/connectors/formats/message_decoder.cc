// Messages are read as lines of a file are, many at a time. One that would not be a line of its own
// is decoded alone.
#include "runtime/connectors/formats/message_decoder.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "runtime/base/check.h"

namespace weir::connectors {
namespace {

// Whether a message holds nothing but blanks. A decoder of lines would pass over it in silence, but
// an empty message is a bad one.
bool IsBlank(std::string_view message) {
  return message.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class LineMessageDecoder final : public MessageDecoder {
 public:
  LineMessageDecoder(std::unique_ptr<Decoder> lines, bool skip_bad)
      : lines_(std::move(lines)), skip_bad_(skip_bad) {}

  Result<DecodedMessages> Decode(MessageBlock& block, size_t from, uint32_t max_rows,
                                 MessageRows& rows, BadMessage& bad) override {
    rows.message_of.clear();
    const Range lines{from, EndOfLines(block, from)};
    if (lines.end > from) return DecodeLines(block, lines, max_rows, rows, bad);
    if (!IsBlank(block.message(from))) return DecodeAlone(block, from, rows, bad);
    return Refuse(from, "the message is empty", rows, bad);
  }

 private:
  // The messages from number `begin` up to `end`, which is excluded.
  struct Range {
    size_t begin;
    size_t end;
  };

  // The end of the run of messages from `from` on that can be decoded together, as lines.
  size_t EndOfLines(MessageBlock& block, size_t from) {
    size_t end = from;
    for (; end < block.places.size(); ++end) {
      const auto [begin, size] = block.places[end];
      if (IsBlank(block.message(end))) break;
      if (!lines_->MakeLine({block.memory->as<char>() + begin, size})) break;
    }
    return end;
  }

  Result<DecodedMessages> DecodeLines(const MessageBlock& block, Range range, uint32_t max_rows,
                                      MessageRows& rows, BadMessage& bad) {
    const size_t begin = block.places[range.begin].begin;
    const MessagePlace& last = block.places[range.end - 1];
    const RecordBlock lines{block.memory, {block.memory->as<char>(), last.begin + last.size + 1}};
    BadRecord record;
    Result<DecodeResult> result = lines_->Decode(lines, begin, max_rows, rows.batch, record);
    if (!result.ok()) {
      bad = {MessageAt(block, range.begin, record.offset), std::move(record.column)};
      return std::move(result).status();
    }
    size_t at = range.begin;
    for (const size_t start : lines_->RowStarts()) {
      at = MessageAt(block, at, start);
      rows.message_of.push_back(static_cast<uint32_t>(at));
    }
    WEIR_CHECK(rows.message_of.size() == rows.batch.row_count);
    const size_t taken = begin + result->consumed;
    while (at < range.end && block.places[at].begin < taken) ++at;
    return DecodedMessages{at - range.begin, result->skipped};
  }

  // The number of the message, at or behind `from`, that has the byte at `offset`.
  static size_t MessageAt(const MessageBlock& block, size_t from, size_t offset) {
    while (from + 1 < block.places.size() && block.places[from + 1].begin <= offset) ++from;
    return from;
  }

  Result<DecodedMessages> DecodeAlone(const MessageBlock& block, size_t at, MessageRows& rows,
                                      BadMessage& bad) {
    std::string_view text = block.message(at);
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    BadRecord record;
    const RecordBlock alone{block.memory, text};
    constexpr uint32_t kMostRows = 2;  // the second shows that there is more than one record
    Result<DecodeResult> result = lines_->Decode(alone, 0, kMostRows, rows.batch, record);
    if (!result.ok()) {
      bad = {at, std::move(record.column)};
      return std::move(result).status();
    }
    if (result->skipped > 0) {
      // What else there may be is a part of a bad message.
      rows.batch = Batch{};
      return DecodedMessages{1, 1};
    }
    if (rows.batch.row_count > 1 || result->consumed < text.size()) {
      return Refuse(at, "the message has more than one record", rows, bad);
    }
    rows.message_of.assign(rows.batch.row_count, static_cast<uint32_t>(at));
    return DecodedMessages{1, result->skipped};
  }

  Result<DecodedMessages> Refuse(size_t at, std::string_view reason, MessageRows& rows,
                                 BadMessage& bad) {
    if (!skip_bad_) {
      bad = {at, ""};
      return Status::DataError(std::string(reason)).WithId("E3005");
    }
    rows.batch = Batch{};
    return DecodedMessages{1, 1};
  }

  const std::unique_ptr<Decoder> lines_;
  const bool skip_bad_;
};

}  // namespace

MessageBlockBuilder::MessageBlockBuilder(size_t bytes, size_t count) {
  block_.memory = MakeBuffer<char>(bytes + count + kBlockPadding);
  block_.places.reserve(count);
}

void MessageBlockBuilder::Add(std::string_view message) {
  char* const to = block_.memory->as<char>() + used_;
  if (!message.empty()) std::memcpy(to, message.data(), message.size());
  to[message.size()] = '\n';
  block_.places.push_back({used_, message.size()});
  used_ += message.size() + 1;
}

Result<DecodedMessages> DecodeUpToBad(MessageDecoder& decoder, WantedMessages wanted,
                                      MessageRows& rows, BadMessage& bad) {
  const auto [block, from, max_rows] = wanted;
  Result<DecodedMessages> taken = decoder.Decode(block, from, max_rows, rows, bad);
  MessageBlock before;
  while (!taken.ok()) {
    if (!IsFaultOfRecord(taken.status())) return taken;
    bad.reason = taken.status().message();
    rows.batch = Batch{};
    rows.message_of.clear();
    if (bad.message == from) return DecodedMessages{};
    const auto begin = block.places.begin();
    before = {block.memory, {begin, begin + static_cast<std::ptrdiff_t>(bad.message)}};
    taken = decoder.Decode(before, from, max_rows, rows, bad);
  }
  return taken;
}

Result<std::unique_ptr<MessageDecoder>> MakeMessageDecoder(const Format& format, FormatSpec spec) {
  WEIR_CHECK(format.descriptor->messages);
  spec.row_starts = true;
  const bool skip_bad = DropsBadRecords(format, spec.options);
  spec.skip_bad = skip_bad;
  if (format.make_message_decoder != nullptr) return format.make_message_decoder(std::move(spec));
  return std::unique_ptr<MessageDecoder>(
      std::make_unique<LineMessageDecoder>(TRY(MakeDecoder(format, std::move(spec))), skip_bad));
}

}  // namespace weir::connectors
