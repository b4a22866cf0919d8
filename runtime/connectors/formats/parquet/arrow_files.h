// What the module libweir_parquet.so does: files of Parquet by Apache Arrow's library, which a weir
// can be without. Neither side has headers of the other: columns cross in Arrow's C data interface
// (arrow.apache.org/docs/format/CDataInterface.html), everything else as what is declared here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/abi/weir/arrow.h"

namespace weir::connectors::parquet {

// Why a call failed. No exception leaves the module.
struct Fault {
  enum class Kind : uint8_t { kNone, kData, kDevice, kMemory };
  Kind kind = Kind::kNone;
  std::string reason;
  bool none() const { return kind == Kind::kNone; }
};

// The bytes of a file, of which the module asks for some. Outlives its reader.
class FileBytes {
 public:
  virtual ~FileBytes() = default;
  virtual int64_t size() const = 0;
  // How many were read into `out`: fewer than asked for only at the end, -1 after a failure, which
  // the owner of this object knows.
  virtual int64_t Read(int64_t offset, int64_t bytes, void* out) = 0;
};

// In which unit a file's INT96 timestamps come: microseconds have room for every year of SQL,
// nanoseconds for 1677 to 2262, and what is beyond comes modulo 2^64.
enum class Int96Unit : uint8_t { kMicros, kNanos };

// Used by one thread. After a failure it can only be destroyed.
class ArrowReader {
 public:
  virtual ~ArrowReader() = default;
  // The columns of the file as the children of a struct. The caller releases it.
  virtual Fault Schema(ArrowSchema* out) = 0;
  // For each leaf of the columns, in the order of the schema: whether it is an INT96.
  virtual std::vector<bool> Int96Leaves() const = 0;
  // How many rows each row group has.
  virtual std::vector<int64_t> GroupRows() const = 0;
  // Begins to read the leaves of these numbers, ascending, from a row of the file, in batches of up
  // to `max_rows`. Columns without a leaf that is read do not come.
  virtual Fault Select(const std::vector<int>& leaves, int64_t first_row, int64_t max_rows) = 0;
  // The columns of the batches that Next gives. REQUIRES: Select.
  virtual Fault SelectedSchema(ArrowSchema* out) = 0;
  // The next batch, which the caller releases before the reader is destroyed. At the end of the
  // file `out->release` is null. REQUIRES: Select.
  virtual Fault Next(ArrowArray* out) = 0;
};

struct WriterSettings {
  std::string codec;  // in lower case: "snappy"
  bool int96 = true;  // for timestamps
  bool dictionary = true;
  bool version_2 = false;  // of data pages
  int64_t row_group_bytes = 0;
  int64_t page_bytes = 0;
  int64_t dictionary_bytes = 0;
};

// Used by one thread. After a failure it can only be destroyed.
class ArrowWriter {
 public:
  virtual ~ArrowWriter() = default;
  // Takes a batch, and appends to `out` what is complete of the file. A new row group begins if the
  // writer holds `most_bytes` of memory, or the bytes of its settings, before it takes the batch.
  virtual Fault Write(ArrowArray* batch, int64_t most_bytes, std::string& out) = 0;
  // Appends the rest of the file.
  virtual Fault Finish(std::string& out) = 0;
  // What the writer holds in memory.
  virtual int64_t held_bytes() const = 0;
};

// What the module's one symbol points to. A module of another version is not used.
struct ArrowFiles {
  int version;
  const char* arrow_version;
  // `bytes` outlives the reader, and so does what it borrows.
  Fault (*open)(FileBytes* bytes, Int96Unit unit, std::unique_ptr<ArrowReader>& out);
  // Takes the schema over. Fails for a codec that the library was built without.
  Fault (*make_writer)(ArrowSchema* schema, const WriterSettings& settings,
                       std::unique_ptr<ArrowWriter>& out);
};
inline constexpr int kArrowFilesVersion = 1;
inline constexpr char kArrowFilesSymbol[] = "weir_arrow_files";

}  // namespace weir::connectors::parquet
