#include "runtime/connectors/filesystem/block_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace weir::connectors {
namespace {

// With its padding a block fills one size class of the buffer pool, and it fits into the
// processor's second cache together with the columns that are made of it.
constexpr size_t kBlockBytes = (size_t{1} << 19) - kBlockPadding;

}  // namespace

Result<std::unique_ptr<BlockReader>> BlockReader::Open(std::unique_ptr<ByteStream> stream,
                                                       const std::string& path, Decoder& cutter,
                                                       uint64_t offset) {
  std::unique_ptr<BlockReader> reader(new BlockReader(std::move(stream), path, cutter));
  RETURN_IF_ERROR(reader->TakePrologue().status());
  RETURN_IF_ERROR(reader->SkipTo(offset));
  return reader;
}

Result<std::unique_ptr<BlockReader>> BlockReader::Follow(std::unique_ptr<ByteStream> stream,
                                                         const std::string& path, Decoder& cutter,
                                                         uint64_t offset) {
  std::unique_ptr<BlockReader> reader(new BlockReader(std::move(stream), path, cutter));
  reader->follow_ = true;
  if (!TRY(reader->TakePrologue())) return std::unique_ptr<BlockReader>();
  RETURN_IF_ERROR(reader->SkipTo(offset));
  return reader;
}

// The prologue was read to learn its columns. Bytes behind it that are already buffered may belong
// in front of `offset` and are skipped.
Status BlockReader::SkipTo(uint64_t offset) {
  if (offset <= offset_) return {};
  const uint64_t buffered = end_ - begin_;
  const uint64_t skip = offset - offset_;
  begin_ += std::min(buffered, skip);
  if (skip > buffered) RETURN_IF_ERROR(stream_->Skip(skip - buffered));
  offset_ = offset;
  return {};
}

Result<bool> BlockReader::TakePrologue() {
  for (;;) {
    const std::string_view bytes(buffer_ ? buffer_->as<char>() + begin_ : "", end_ - begin_);
    const std::optional<size_t> length = TRY(cutter_.Prologue(bytes, at_end_ && !follow_));
    if (length) {
      begin_ += *length;
      offset_ = start_ = *length;
      return true;
    }
    if (at_end_) return false;
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
  // Most checks of a file that is followed find nothing new, so a block is allocated only when
  // there are bytes.
  std::array<char, 512> first;
  size_t found = 0;
  if (follow_) {
    found = TRY(stream_->Read(first.size(), first.data()));
    at_end_ = found == 0;
    if (at_end_) return {};
  }
  BufferPtr larger = MakeBuffer<char>(capacity + kBlockPadding);
  if (kept > 0) std::memcpy(larger->as<char>(), buffer_->as<char>() + begin_, kept);
  std::memcpy(larger->as<char>() + kept, first.data(), found);
  buffer_ = std::move(larger);
  begin_ = 0;
  end_ = kept + found;
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
    const size_t whole = bytes.empty() ? 0 : cutter_.WholeRecords(bytes, at_end_ && !follow_);
    if (whole > 0) {
      PlacedBlock placed{{buffer_, bytes.substr(0, whole)}, offset_};
      begin_ += whole;
      offset_ += whole;
      return std::optional<PlacedBlock>(std::move(placed));
    }
    if (at_end_) {
      at_end_ = !follow_;
      return std::optional<PlacedBlock>();
    }
    RETURN_IF_ERROR(Fill());
  }
}

Result<uint64_t> LineCounter::LineOf(uint64_t offset) {
  if (stream_ == nullptr) {
    stream_ = TRY(OpenByteStream(files_, path_));
    scratch_.resize(256 << 10);
  }
  while (offset_ < offset) {
    const size_t read =
        TRY(stream_->Read(std::min<uint64_t>(offset - offset_, scratch_.size()), scratch_.data()));
    if (read == 0) break;
    line_ += static_cast<uint64_t>(
        std::count(scratch_.begin(), scratch_.begin() + static_cast<std::ptrdiff_t>(read), '\n'));
    offset_ += read;
  }
  return line_;
}

Result<uint64_t> LineOfOffset(FileSystem& files, const std::string& path, uint64_t offset) {
  return LineCounter(files, path).LineOf(offset);
}

}  // namespace weir::connectors
