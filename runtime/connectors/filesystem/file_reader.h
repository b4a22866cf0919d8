// Reads one file of a table: decodes it and arranges columns as the scan wants them.
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/filesystem/block_reader.h"
#include "runtime/connectors/filesystem/decode_ahead.h"
#include "runtime/connectors/scan_columns.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors {

// Files with fewer bytes are decoded on the reading thread alone: more threads would cost more than
// they gain.
inline constexpr uint64_t kParallelBytes = uint64_t{8} << 20;

// What all readers of one scan share.
struct FileScan {
  graph::ScanSpec spec;
  ScanColumns columns;
  const Format* format = nullptr;
  TimeZone zone;
  FileSystem* files = nullptr;
  std::string root;               // of the partitions' directories
  std::string default_partition;  // the directory name that stands for NULL

  FormatSpec DecodedSpec() const;
  // Fails where the format cannot read the columns.
  Status CheckFormat() const;
  // A new decoder, as MakeDecoder makes it: one for each reader.
  Result<std::unique_ptr<Decoder>> NewDecoder() const;
};

// Used by one thread. `scan` outlives it.
class FileReader {
 public:
  // `threads`: how many threads may decode a large file.
  FileReader(const FileScan& scan, FileInfo info, uint32_t threads)
      : scan_(scan), info_(std::move(info)), threads_(threads) {}

  // Reads from `offset` (0: behind the prologue) up to the end of the first `limit` bytes. Where
  // the format reads files by themselves, offsets count rows.
  Status Open(uint64_t offset, uint32_t max_rows, uint64_t limit = kWholeFile);
  // Reads whole records as they are appended, until EndFollowing is called. False, with nothing
  // open, while even the prologue is incomplete. `ended`: the file is complete already.
  Result<bool> Follow(std::shared_ptr<const ReadableFile> file, uint64_t offset, uint32_t max_rows,
                      bool ended);
  // The file is complete: the next batches are the rest of it, including a last line without a line
  // end.
  void EndFollowing() { reader_->EndFollowing(); }

  // The next batch of records. False when there is none: at the end of the file or, for one that is
  // followed, at present.
  Result<bool> Next(Batch& out);

  // The offset behind the records returned so far, in decompressed bytes or in rows.
  uint64_t offset() const { return offset_; }
  uint64_t skipped() const { return skipped_; }
  uint64_t bytes_read() const {
    if (rows_ != nullptr) return rows_->bytes_read();
    return reader_ ? reader_->file_offset() : 0;
  }
  const FileInfo& info() const { return info_; }

 private:
  Result<std::unique_ptr<ByteStream>> OpenStream() const;
  Status OpenRows(uint64_t row, uint32_t max_rows, uint64_t limit);
  Result<bool> NextRows(Batch& out);
  Status Begin(std::unique_ptr<BlockReader> reader, uint64_t offset, uint32_t max_rows);
  Status TeachPrologue(Decoder& decoder);
  Batch Assemble(Batch decoded) const;
  // The rows of the bad record at `next_`, and of those right behind it.
  Batch TakeBadRecords();
  Status FindPartition();
  Status DecodingError() const;
  std::string PlaceInFile(const Result<uint64_t>& line, uint64_t offset) const;

  const FileScan& scan_;
  FileInfo info_;
  uint32_t threads_;
  uint64_t limit_ = kWholeFile;
  std::shared_ptr<const ReadableFile> followed_;  // null: it is opened by its path
  std::map<int, Value> partition_;
  std::unique_ptr<FileDecoder> rows_;  // set: it reads the file, and the next four do not
  std::unique_ptr<Decoder> cutter_;
  std::unique_ptr<BlockReader> reader_;
  std::unique_ptr<DecodeAhead> ahead_;  // after reader_: its threads end first
  std::unique_ptr<LineCounter> lines_;  // of bad records that were taken; null: none was
  DecodedBlock block_;
  size_t next_ = 0;
  uint64_t offset_ = 0;
  uint64_t skipped_ = 0;
};

}  // namespace weir::connectors
