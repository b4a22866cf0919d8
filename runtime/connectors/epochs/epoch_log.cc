#include "runtime/connectors/epochs/epoch_log.h"

#include <fmt/format.h>
#include <lz4.h>

#include <limits>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "runtime/fault_point.h"

namespace weir::connectors::epochs {
namespace {

constexpr std::string_view kMagic = "WEIRKLOG";
constexpr uint32_t kLogVersion = 1;
constexpr size_t kHeadBytes = 16;       // magic, version, checksum of both
constexpr size_t kBlockHeadBytes = 16;  // bytes stored, bytes of messages, messages, checksum
constexpr size_t kBlockBytes = 256 << 10;
// A block has one message at least, and LZ4's lengths are int.
constexpr uint32_t kMostBlockBytes = 1U << 30;
constexpr uint32_t kMostExpansion = 255;  // LZ4 expands a byte to at most this many

Status Damaged(std::string_view how) {
  return Status::Corruption(fmt::format("a log of messages is damaged: {}", how)).WithId("E7001");
}

std::string Head() {
  std::string head(kMagic);
  AppendLittle(head, kLogVersion);
  AppendLittle(head, Crc32c(0, head.data(), head.size()));
  return head;
}

struct BlockHead {
  uint32_t stored = 0;  // as many as `plain`: not compressed
  uint32_t plain = 0;
  uint32_t records = 0;  // 0: the end

  std::string Text(std::string_view contents) const {
    std::string text;
    AppendLittle(text, stored);
    AppendLittle(text, plain);
    AppendLittle(text, records);
    const uint32_t crc = Crc32c(0, text.data(), text.size());
    AppendLittle(text, Crc32c(crc, contents.data(), contents.size()));
    return text;
  }
};

void AppendPart(std::string& out, const std::optional<std::string_view>& part) {
  AppendVarint(out, part ? part->size() + 1 : 0);
}

// Reads a file from front to back; kCorruption where it ends too early.
class Reader {
 public:
  Reader(const ReadableFile& file, uint64_t bytes) : file_(file), left_(bytes) {}

  Status Read(size_t bytes, std::string& out) {
    if (bytes > left_) return Damaged("it is too short");
    out.resize(bytes);
    const size_t read = TRY(file_.Read(at_, bytes, out.data()));
    if (read != bytes) return Damaged("it is too short");
    at_ += bytes;
    left_ -= bytes;
    return {};
  }
  bool at_end() const { return left_ == 0; }

 private:
  const ReadableFile& file_;
  uint64_t at_ = 0;
  uint64_t left_;
};

Result<std::optional<std::string_view>> TakePart(uint64_t length, ByteReader& bytes) {
  if (length == 0) return std::optional<std::string_view>();
  if (length - 1 > bytes.rest().size()) return Damaged("a message is longer than its block");
  return std::optional(bytes.Bytes(length - 1));
}

Status GiveMessages(std::string_view block, uint32_t records,
                    const std::function<Status(const LoggedMessage&)>& take) {
  ByteReader bytes(block);
  for (uint32_t i = 0; i < records; ++i) {
    const uint64_t partition = bytes.Varint();
    const uint64_t key = bytes.Varint();
    const uint64_t value = bytes.Varint();
    if (bytes.failed() || partition > std::numeric_limits<int32_t>::max())
      return Damaged("a message does not decode");
    LoggedMessage message{static_cast<int32_t>(partition) - 1, {}, {}};
    message.key = TRY(TakePart(key, bytes));
    message.value = TRY(TakePart(value, bytes));
    RETURN_IF_ERROR(take(message));
  }
  return bytes.at_end() ? Status() : Damaged("a block has more than its messages");
}

// The bytes of a block's messages: a view of `stored` if they are not compressed, else of `plain`.
Result<std::string_view> Expand(const BlockHead& head, const std::string& stored,
                                std::string& plain) {
  if (head.stored == head.plain) return std::string_view(stored);
  plain.resize(head.plain);
  const int size = LZ4_decompress_safe(stored.data(), plain.data(), static_cast<int>(head.stored),
                                       static_cast<int>(head.plain));
  if (size < 0 || static_cast<uint32_t>(size) != head.plain)
    return Damaged("a block does not decompress");
  return std::string_view(plain);
}

}  // namespace

Result<std::unique_ptr<EpochLogWriter>> EpochLogWriter::Create(FileSystem& files,
                                                               std::string path) {
  std::unique_ptr<WritableFile> file = TRY(files.Create(path));
  RETURN_IF_ERROR(file->Append(Head()));
  return std::unique_ptr<EpochLogWriter>(new EpochLogWriter(std::move(path), std::move(file)));
}

Status EpochLogWriter::Add(const LoggedMessage& message) {
  const size_t size = message.key.value_or("").size() + message.value.value_or("").size();
  if (size > kMostBlockBytes / 2) {
    return Status::DataError(
               fmt::format("a row of {} bytes is too large to be kept for a commit", size))
        .WithId("E4010");
  }
  AppendVarint(block_, static_cast<uint64_t>(int64_t{message.partition} + 1));
  AppendPart(block_, message.key);
  AppendPart(block_, message.value);
  block_ += message.key.value_or("");
  block_ += message.value.value_or("");
  ++block_records_;
  ++records_;
  return block_.size() >= kBlockBytes ? EndBlock() : Status();
}

Status EpochLogWriter::EndBlock() {
  if (block_records_ == 0) return {};
  const auto plain = static_cast<uint32_t>(block_.size());
  // What does not get smaller is stored as it is.
  stored_.resize(plain);
  const int smaller = LZ4_compress_default(block_.data(), stored_.data(), static_cast<int>(plain),
                                           static_cast<int>(plain) - 1);
  if (smaller > 0) stored_.resize(static_cast<size_t>(smaller));
  const std::string& contents = smaller > 0 ? stored_ : block_;
  const BlockHead head{static_cast<uint32_t>(contents.size()), plain, block_records_};
  RETURN_IF_ERROR(file_->Append(head.Text(contents)));
  RETURN_IF_ERROR(file_->Append(contents));
  block_.clear();
  block_records_ = 0;
  return {};
}

Status EpochLogWriter::End() {
  RETURN_IF_ERROR(EndBlock());
  RETURN_IF_ERROR(file_->Append(BlockHead().Text("")));
  return file_->Flush();
}

Status EpochLogWriter::Sync() {
  if (!DefectPlanted("epoch-log-not-synced")) RETURN_IF_ERROR(file_->Sync());
  return file_->Close();
}

Status ReadEpochLog(const ReadableFile& file, uint64_t bytes,
                    const std::function<Status(const LoggedMessage&)>& take) {
  Reader reader(file, bytes);
  std::string head_text, stored, plain;
  RETURN_IF_ERROR(reader.Read(kHeadBytes, head_text));
  if (head_text != Head()) return Damaged("it does not begin as one of version 1");
  for (;;) {
    RETURN_IF_ERROR(reader.Read(kBlockHeadBytes, head_text));
    ByteReader fields(head_text);
    BlockHead head;
    head.stored = fields.Little<uint32_t>();
    head.plain = fields.Little<uint32_t>();
    head.records = fields.Little<uint32_t>();
    if (head.plain > kMostBlockBytes || head.stored > head.plain ||
        head.plain > uint64_t{head.stored} * kMostExpansion || head.records > head.plain)
      return Damaged("a block is longer than blocks are");
    RETURN_IF_ERROR(reader.Read(head.stored, stored));
    if (head_text != head.Text(stored)) return Damaged("a checksum is wrong");
    if (head.records == 0 && head.plain == 0) break;
    const std::string_view messages = TRY(Expand(head, stored, plain));
    RETURN_IF_ERROR(GiveMessages(messages, head.records, take));
  }
  return reader.at_end() ? Status() : Damaged("there is more behind its end");
}

}  // namespace weir::connectors::epochs
