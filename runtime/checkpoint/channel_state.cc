#include "runtime/checkpoint/channel_state.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "runtime/types/value_codec.h"

namespace weir::checkpoint {
namespace {

constexpr std::string_view kMagic = "WEIRCHAN";
constexpr uint32_t kVersion = 1;
// The bits of a row's first byte: its kind, and whether its late mark follows.
constexpr uint8_t kKindBits = 3;
constexpr uint8_t kMarked = 4;
constexpr uint64_t kSubtasks = 32767;  // as many as key groups

Status Bad(std::string_view why) {
  return Status::Corruption("the rows in flight are damaged: " + std::string(why)).WithId("E7001");
}

void AppendRows(const Batch& batch, std::string& out) {
  ForEachRow(batch, [&](uint32_t row) {
    const Timestamp mark = batch.late_mark(row);
    const bool marked = mark != Timestamp::Min();
    out.push_back(
        static_cast<char>(static_cast<uint8_t>(batch.kind(row)) | (marked ? kMarked : 0)));
    if (marked) AppendLittle(out, mark.millis);
    for (const ColumnPtr& column : batch.columns) AppendValue(*column, row, out);
  });
}

std::string EncodeBlock(const ChannelRows& rows) {
  std::string block;
  AppendText(block, rows.channel->from);
  AppendText(block, rows.channel->to);
  AppendVarint(block, static_cast<uint64_t>(rows.channel->port));
  AppendText(block, rows.channel->types);
  AppendVarint(block, rows.subtask);
  AppendVarint(block, rows.batch.size());
  AppendRows(rows.batch, block);
  return block;
}

Result<SavedRows> DecodeBlock(std::string_view block) {
  ByteReader in(block);
  SavedRows saved;
  saved.channel.from = TakeText(in);
  saved.channel.to = TakeText(in);
  const uint64_t port = in.Varint();
  saved.channel.types = TakeText(in);
  const uint64_t subtask = in.Varint();
  const uint64_t rows = in.Varint();
  saved.bytes = in.rest();
  // Each row has at least its first byte.
  const bool fits = port <= std::numeric_limits<int16_t>::max() && subtask < kSubtasks &&
                    rows > 0 && rows <= saved.bytes.size();
  if (in.failed() || !fits) return Bad("a batch has no such place");
  saved.channel.port = static_cast<int>(port);
  saved.subtask = static_cast<uint32_t>(subtask);
  saved.rows = static_cast<uint32_t>(rows);
  return saved;
}

// Decodes saved rows one by one and builds a batch of them.
class RowTaker {
 public:
  RowTaker(const SavedRows& saved, const Schema& columns)
      : in_(saved.bytes),
        kinds_(MakeBuffer<uint8_t>(saved.rows)),
        marks_(MakeBuffer<int64_t>(saved.rows)) {
    for (const Field& field : columns.fields) builders_.emplace_back(field.type, saved.rows);
  }

  Status Take() {
    const auto flags = in_.Little<uint8_t>();
    if (in_.failed() || flags > (kKindBits | kMarked)) return Bad("a row has no such kind");
    const bool marked = (flags & kMarked) != 0;
    const int64_t mark = marked ? in_.Little<int64_t>() : Timestamp::Min().millis;
    if (in_.failed()) return Bad("a row ends within its mark");
    kinds_->as<uint8_t>()[taken_] = flags & kKindBits;
    marks_->as<int64_t>()[taken_] = mark;
    changes_ |= (flags & kKindBits) != 0;
    late_ |= marked;
    ++taken_;
    for (ColumnBuilder& builder : builders_) RETURN_IF_ERROR(DecodeValueInto(in_, builder));
    return {};
  }
  bool at_end() const { return in_.at_end(); }

  Batch Finish() {
    Batch batch;
    batch.row_count = taken_;
    for (ColumnBuilder& builder : builders_) batch.columns.push_back(builder.Finish());
    if (changes_) batch.row_kinds = std::move(kinds_);
    if (late_) batch.late_marks = std::move(marks_);
    return batch;
  }

 private:
  ByteReader in_;
  std::vector<ColumnBuilder> builders_;
  BufferPtr kinds_;
  BufferPtr marks_;
  uint32_t taken_ = 0;
  bool changes_ = false;
  bool late_ = false;
};

}  // namespace

std::string TypesText(const Schema& schema) {
  std::string text;
  for (const Field& field : schema.fields) {
    if (!text.empty()) text += ", ";
    text += field.type.ToString();
  }
  return text;
}

std::string EncodeChannelState(std::vector<ChannelRows> rows) {
  std::ranges::stable_sort(rows, [](const ChannelRows& a, const ChannelRows& b) {
    const ChannelName& x = *a.channel;
    const ChannelName& y = *b.channel;
    return std::tie(x.to, a.subtask) < std::tie(y.to, b.subtask);
  });
  std::string file(kMagic);
  AppendLittle(file, kVersion);
  for (const ChannelRows& one : rows) {
    const std::string block = EncodeBlock(one);
    AppendLittle(file, static_cast<uint32_t>(block.size()));
    AppendLittle(file, Crc32c(0, block.data(), block.size()));
    file += block;
  }
  return file;
}

Result<std::vector<SavedRows>> ReadChannelState(std::string_view file) {
  ByteReader in(file);
  if (in.Bytes(kMagic.size()) != kMagic) return Bad("they do not begin as they should");
  const auto version = in.Little<uint32_t>();
  if (version != kVersion) return Bad("their version is " + std::to_string(version));
  std::vector<SavedRows> all;
  while (!in.at_end()) {
    const auto bytes = in.Little<uint32_t>();
    const auto sum = in.Little<uint32_t>();
    const std::string_view block = in.Bytes(bytes);
    if (in.failed()) return Bad("they end within a batch");
    if (Crc32c(0, block.data(), block.size()) != sum) return Bad("a checksum is wrong");
    all.push_back(TRY(DecodeBlock(block)));
  }
  return all;
}

Result<Batch> DecodeRows(const SavedRows& saved, const Schema& columns) {
  RowTaker taker(saved, columns);
  for (uint32_t i = 0; i < saved.rows; ++i) RETURN_IF_ERROR(taker.Take());
  if (!taker.at_end()) return Bad("bytes follow the last row of a batch");
  return taker.Finish();
}

}  // namespace weir::checkpoint
