// Cuts a file into blocks of whole records.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/connectors/filesystem/byte_stream.h"
#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

// A block and where its first byte lies in the (decompressed) file.
struct PlacedBlock {
  RecordBlock block;
  uint64_t offset = 0;
};

// Reads blocks from front to back. Not thread-safe.
// Blocks are about 1 MiB, larger where a record is; a block keeps its buffer alive and is never
// written again. Offsets count decompressed bytes.
class BlockReader {
 public:
  // Begins at `offset` (0: behind the prologue of the file). `cutter` finds record ends and
  // prologues; it is used during Next only and outlives this object.
  // `path` is for messages.
  static Result<std::unique_ptr<BlockReader>> Open(std::unique_ptr<ByteStream> stream,
                                                   const std::string& path, Decoder& cutter,
                                                   uint64_t offset);
  // The same of a file that grows, whole records only. Null while not even its prologue is whole.
  static Result<std::unique_ptr<BlockReader>> Follow(std::unique_ptr<ByteStream> stream,
                                                     const std::string& path, Decoder& cutter,
                                                     uint64_t offset);
  // From now on the end of the file is the end of its last record.
  void EndFollowing() { follow_ = at_end_ = false; }

  // The next block; nullopt at the end of the file, or while nothing whole was appended.
  // kDataError when one record is larger than kLargestRecord.
  Result<std::optional<PlacedBlock>> Next();
  // Where the records begin: behind the prologue.
  uint64_t start() const { return start_; }
  uint64_t file_offset() const { return stream_->file_offset(); }

  static constexpr size_t kLargestRecord = size_t{256} << 20;

 private:
  BlockReader(std::unique_ptr<ByteStream> stream, std::string path, Decoder& cutter)
      : stream_(std::move(stream)), path_(std::move(path)), cutter_(cutter) {}
  // Reads more bytes behind what is buffered, into a larger buffer when there is no room.
  Status Fill();
  // False where the file, which grows, has no whole one yet.
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

// The line (from 1) that holds the byte at `offset`; reads the file up to there. For error
// messages. Lines end with \n; a file that is shorter gives its last line.
Result<uint64_t> LineOfOffset(FileSystem& files, const std::string& path, uint64_t offset);

}  // namespace weir::connectors
