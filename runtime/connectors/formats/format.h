// Formats convert bytes of records to batches and back. A format knows nothing of files or queues.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/file_system.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/batch.h"
#include "runtime/types/schema.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors {

// What a decoder or encoder is created from. `record` has every column of a record in order; a
// decoder returns the columns `columns` of it, an encoder writes all.
struct FormatSpec {
  graph::TableOptions options;
  Schema record;
  std::vector<int> columns;
  TimeZone zone;          // of the session, for TIMESTAMP_LTZ texts without an offset
  bool skip_bad = false;  // the decoder leaves bad records out: DropsBadRecords()
  // Keys of FormatDescriptor::metadata. A decoder returns a column for each behind `columns`.
  std::vector<std::string> metadata = {};
  bool row_starts = false;   // Decoder::RowStarts is asked for
  std::string subject = {};  // what a schema registry calls what is written; "": nothing
};

// The numbers of all columns of a record, for FormatSpec::columns.
std::vector<int> AllColumns(const Schema& record);

// A piece of input that consists of whole records. `memory` keeps the bytes alive; at least
// kBlockPadding readable bytes follow `bytes` in it.
struct RecordBlock {
  BufferPtr memory;
  std::string_view bytes;
};
inline constexpr size_t kBlockPadding = 64;

// A fault in some bytes of a block; the caller adds file and line.
struct BadRecord {
  size_t offset = 0;   // of the record in the block
  std::string column;  // empty: the record as a whole
  std::string reason;  // "'12x' is not a BIGINT"
};

struct DecodeResult {
  size_t consumed = 0;   // bytes of the block that `batch` covers
  uint64_t skipped = 0;  // bad records left out
};

// Decoder::WholeRecords where a record is a line.
inline size_t WholeLines(std::string_view bytes, bool at_end) {
  return at_end ? bytes.size() : bytes.rfind('\n') + 1;  // npos + 1 is 0
}

// The length of the first line, with its end.
inline size_t LineLength(std::string_view bytes) {
  return std::min(bytes.find('\n'), bytes.size() - 1) + 1;
}

// Decodes blocks in any order: nothing but scratch memory is kept between calls. Used by one
// thread.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // The length of the longest prefix of `bytes` that ends with a record; 0 when not even one record
  // is complete. With `at_end`, the last record needs no terminator. `bytes` starts with a record.
  virtual size_t WholeRecords(std::string_view bytes, bool at_end) const = 0;
  // The length of the record at the front of `bytes`, with what ends it, where Decode has found it
  // bad: behind it the next one begins. REQUIRES: `bytes` is not empty.
  virtual size_t BadRecordLength(std::string_view bytes) { return LineLength(bytes); }
  // Replaces `batch` by up to `max_rows` rows found at `from` in the block. A record that consists
  // of two rows (an update) is never split, even if max_rows is 1. Strings may point into the
  // block, which the columns then keep alive. On failure `bad` says where, and the status is
  // kDataError E3005.
  virtual Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                                      Batch& batch, BadRecord& bad) = 0;
  // Consumes the start of a file that precedes the records, such as a header line or a byte order
  // mark. Returns its length, or nothing when `bytes` is too short to tell and the file continues.
  virtual Result<std::optional<size_t>> Prologue(std::string_view bytes, bool at_end) = 0;

  // --- Messages: records whose ends are known (message_decoder.h); FormatDescriptor::messages ---
  // Where the record of each row of the last batch begins in the block, in order. REQUIRES:
  // FormatSpec::row_starts.
  virtual std::span<const size_t> RowStarts() const { return {}; }
  // Readies a message to stand among others, each with a line end behind it. Its bytes may be
  // changed into others with the same meaning. False: it would reach into the next one or be taken
  // for several, and must be decoded in a block of its own.
  virtual bool MakeLine(std::span<char> message) const;
};

// A file that is read by itself, as its records do not lie one behind the other.
struct FileToDecode {
  std::shared_ptr<const ReadableFile> file;
  uint64_t bytes = 0;      // that it has; what is behind them does not count
  uint64_t first_row = 0;  // where to begin
};

// Reads such a file from front to back. Used by one thread.
class FileDecoder {
 public:
  virtual ~FileDecoder() = default;
  // Replaces `batch` by the next rows, in the columns of FormatSpec::columns. False at the end of
  // the file. kDataError E3005 says which rows and columns are bad; the caller adds the file.
  virtual Result<bool> Next(Batch& batch) = 0;
  // How many rows of the file precede the next one.
  virtual uint64_t row() const = 0;
  virtual uint64_t bytes_read() const = 0;
};

// Used by one thread. Appends only whole records, so that a file may be cut between two calls;
// where Finish has anything to append, only there.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Appends what every file begins with, such as a header line.
  virtual void AppendPrologue(std::string& out) const { (void)out; }
  // Appends the selected rows, or keeps some of them until later calls.
  virtual Status Append(const Batch& batch, std::string& out) = 0;
  // Appends the rows that were kept, and what every file ends with. No rows follow.
  virtual Status Finish(std::string& out) {
    (void)out;
    return {};
  }
  // How many bytes of memory the kept rows may take from now on.
  virtual void KeepAtMost(uint64_t bytes) { (void)bytes; }
};

class MessageDecoder;  // message_decoder.h
class MessageEncoder;  // message_encoder.h

// One format: its descriptor and the factories of its decoder and encoder (null where it has none).
struct Format {
  const graph::FormatDescriptor* descriptor;
  Result<std::unique_ptr<Decoder>> (*make_decoder)(FormatSpec spec);
  Result<std::unique_ptr<Encoder>> (*make_encoder)(FormatSpec spec);
  // For formats whose messages are not lines. Null: a message is decoded and encoded as a line.
  Result<std::unique_ptr<MessageDecoder>> (*make_message_decoder)(FormatSpec spec) = nullptr;
  Result<std::unique_ptr<MessageEncoder>> (*make_message_encoder)(FormatSpec spec) = nullptr;
  // The declared types say how the bytes of a record are to be read, as in Avro. FormatSpec::record
  // then has ROWs with all their fields and not only those that the query reads.
  bool whole_types = false;
  // For formats whose files are no records one behind the other; there is no make_decoder then, and
  // only the connector filesystem has files. `max_rows`: of a batch.
  Result<std::unique_ptr<FileDecoder>> (*open_file)(const FormatSpec& spec, FileToDecode file,
                                                    uint32_t max_rows) = nullptr;
  // What a complete file ends with. One that ends otherwise is probably still being written.
  std::string_view file_end = "\n";
};

// Each lives forever. A new format also needs a row in list.cc.
const Format& CsvFormat();
const Format& JsonFormat();
const Format& ChangelogFormat();
const Format& DebeziumJsonFormat();
const Format& CanalJsonFormat();
const Format& MaxwellJsonFormat();
const Format& OggJsonFormat();
const Format& RawFormat();
const Format& AvroFormat();
const Format& AvroConfluentFormat();
const Format& DebeziumAvroConfluentFormat();
const Format& ProtobufFormat();
const Format& ParquetFormat();
// Finds a format by the value of 'format'; null when there is none.
const Format* FindFormat(std::string_view name);
// Every format, for the catalog.
std::span<const Format* const> AllFormats();

// Whether a table leaves bad records out: '<format>.ignore-parse-errors', or 'errors.table'.
bool SkipsBadRecords(const Format& format, const graph::TableOptions& options);
// Whether each bad record is taken for itself ('errors.table'): decoders fail at it, and whoever
// calls them goes on behind it.
bool ReportsBadRecords(const graph::TableOptions& options);
// Whether decoders leave bad records out by themselves.
bool DropsBadRecords(const Format& format, const graph::TableOptions& options);
// Whether a decoder failed because of a single record. A lack of memory, and a value that is too
// large, are no such faults.
bool IsFaultOfRecord(const Status& failure);
// The way out for whoever met a bad record, by options whose names begin with `prefix`: "" or
// "key.".
std::string HintOnBadRecords(const Format& format, std::string_view prefix = "");
// Whether bad records are left out, and a value that is none makes a record bad in every column:
// then all are decoded, whichever are read, so that the rows of a table do not depend on the query.
bool JudgesWholeRecords(const Format& format, const graph::TableOptions& options);
// Creates the decoder of a table; `spec.skip_bad` is taken from its options. kUnsupported where the
// format cannot read.
Result<std::unique_ptr<Decoder>> MakeDecoder(const Format& format, FormatSpec spec);

}  // namespace weir::connectors
