// Cuts a file into blocks of whole records.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/connectors/filesystem/byte_stream.h"
#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

// A block, and the offset of its first byte in the (decompressed) file.
struct PlacedBlock {
  RecordBlock block;
  uint64_t offset = 0;
};

// Reads blocks of about 512 KiB, or larger where a single record is, from front to back. A block
// keeps its buffer alive, which is not written again. Offsets count decompressed bytes. Not
// thread-safe.
class BlockReader {
 public:
  // Starts at `offset` (0: behind the prologue of the file). `cutter` finds record ends and
  // prologues; it is used only during Next and outlives this object. `path` is for messages.
  static Result<std::unique_ptr<BlockReader>> Open(std::unique_ptr<ByteStream> stream,
                                                   const std::string& path, Decoder& cutter,
                                                   uint64_t offset);
  // As Open, for a file that is still growing: only whole records are returned. Null while even the
  // prologue is incomplete; the call may be repeated with a new stream then.
  static Result<std::unique_ptr<BlockReader>> Follow(std::unique_ptr<ByteStream> stream,
                                                     const std::string& path, Decoder& cutter,
                                                     uint64_t offset);
  // The file will not grow any more: its last record now ends at the end of the file.
  void EndFollowing() { follow_ = at_end_ = false; }

  // The next block; nullopt at the end of the file, or as long as nothing complete was appended.
  // kDataError when one record is larger than kLargestRecord.
  Result<std::optional<PlacedBlock>> Next();
  // Where the records start: behind the prologue.
  uint64_t start() const { return start_; }
  uint64_t file_offset() const { return stream_->file_offset(); }

  // A file in which no record ends, perhaps one of another format, would otherwise be read into
  // memory as a whole.
  static constexpr size_t kLargestRecord = size_t{256} << 20;

 private:
  BlockReader(std::unique_ptr<ByteStream> stream, std::string path, Decoder& cutter)
      : stream_(std::move(stream)), path_(std::move(path)), cutter_(cutter) {}
  // Reads more bytes behind those that are buffered, into a larger buffer if there is no room.
  Status Fill();
  // False when a growing file does not contain the whole prologue yet.
  Result<bool> TakePrologue();
  Status SkipTo(uint64_t offset);

  std::unique_ptr<ByteStream> stream_;
  std::string path_;
  Decoder& cutter_;
  BufferPtr buffer_;
  size_t begin_ = 0;  // unconsumed bytes of buffer_: [begin_, end_)
  size_t end_ = 0;
  uint64_t offset_ = 0;  // file offset of begin_
  uint64_t start_ = 0;
  bool at_end_ = false;  // the stream has no more bytes
  bool follow_ = false;  // it may have more later
};

// Says in which lines bytes of a file are, for messages. Lines end with \n and are counted from 1.
// Reads on from the last byte that it was asked for. Not thread-safe.
class LineCounter {
 public:
  // `files` outlives it.
  LineCounter(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  // For a file that is shorter, its last line. REQUIRES: `offset` is not before the last one.
  Result<uint64_t> LineOf(uint64_t offset);

 private:
  FileSystem& files_;
  const std::string path_;
  std::unique_ptr<ByteStream> stream_;
  std::vector<char> scratch_;
  uint64_t offset_ = 0;
  uint64_t line_ = 1;
};

// LineCounter for a single byte.
Result<uint64_t> LineOfOffset(FileSystem& files, const std::string& path, uint64_t offset);

}  // namespace weir::connectors
