#include "runtime/connectors/block_reader.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace weir::connectors {
namespace {

// With its padding a block fills one size class of the buffer pool, and the processor's second
// cache holds it beside the columns that are made of it.
constexpr size_t kBlockBytes = (size_t{1} << 19) - kBlockPadding;

}  // namespace

Result<std::unique_ptr<BlockReader>> BlockReader::Open(FileSystem& files, const std::string& path,
                                                       Decoder& cutter, uint64_t offset) {
  std::unique_ptr<ByteStream> stream = TRY(OpenByteStream(files, path));
  std::unique_ptr<BlockReader> reader(new BlockReader(std::move(stream), path, cutter));
  RETURN_IF_ERROR(reader->TakePrologue());
  if (offset > reader->offset_) {
    // The prologue was read to learn its columns; what was buffered behind it may have to be left
    // out.
    const uint64_t buffered = reader->end_ - reader->begin_;
    const uint64_t skip = offset - reader->offset_;
    reader->begin_ += std::min(buffered, skip);
    if (skip > buffered) RETURN_IF_ERROR(reader->stream_->Skip(skip - buffered));
    reader->offset_ = offset;
  }
  return reader;
}

Status BlockReader::TakePrologue() {
  for (;;) {
    const std::string_view bytes(buffer_ ? buffer_->as<char>() + begin_ : "", end_ - begin_);
    const std::optional<size_t> length = TRY(cutter_.Prologue(bytes, at_end_));
    if (length) {
      begin_ += *length;
      offset_ = start_ = *length;
      return {};
    }
    RETURN_IF_ERROR(Fill());
  }
}

Status BlockReader::Fill() {
  const size_t kept = end_ - begin_;
  const size_t capacity =
      kept + kBlockPadding < kBlockBytes / 2 ? kBlockBytes : kept * 2 + kBlockBytes;
  if (kept > kLargestRecord) {
    return Status::DataError("file '" + path_ + "': a record is larger than 256 MiB")
        .WithId("E3005");
  }
  BufferPtr larger = MakeBuffer<char>(capacity + kBlockPadding);
  if (kept > 0) std::memcpy(larger->as<char>(), buffer_->as<char>() + begin_, kept);
  buffer_ = std::move(larger);
  begin_ = 0;
  end_ = kept;
  while (end_ < capacity) {
    const size_t read = TRY(stream_->Read(capacity - end_, buffer_->as<char>() + end_));
    if (read == 0) {
      at_end_ = true;
      break;
    }
    end_ += read;
  }
  std::memset(buffer_->as<char>() + end_, 0, kBlockPadding);
  return {};
}

Result<std::optional<PlacedBlock>> BlockReader::Next() {
  for (;;) {
    const std::string_view bytes(buffer_ ? buffer_->as<char>() + begin_ : "", end_ - begin_);
    const size_t whole = bytes.empty() ? 0 : cutter_.WholeRecords(bytes, at_end_);
    if (whole > 0) {
      PlacedBlock placed{{buffer_, bytes.substr(0, whole)}, offset_};
      begin_ += whole;
      offset_ += whole;
      return std::optional<PlacedBlock>(std::move(placed));
    }
    if (at_end_) return std::optional<PlacedBlock>();
    RETURN_IF_ERROR(Fill());
  }
}

Result<uint64_t> LineOfOffset(FileSystem& files, const std::string& path, uint64_t offset) {
  const std::unique_ptr<ByteStream> stream = TRY(OpenByteStream(files, path));
  std::vector<char> scratch(256 << 10);
  uint64_t line = 1;
  while (offset > 0) {
    const size_t read =
        TRY(stream->Read(std::min<uint64_t>(offset, scratch.size()), scratch.data()));
    if (read == 0) break;
    line += static_cast<uint64_t>(
        std::count(scratch.begin(), scratch.begin() + static_cast<std::ptrdiff_t>(read), '\n'));
    offset -= read;
  }
  return line;
}

}  // namespace weir::connectors
