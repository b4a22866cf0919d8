// A file's bytes from front to back, decompressed on the way when the name ends in ".gz".
#pragma once

#include <limits>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::connectors {

// Not thread-safe. Offsets count decompressed bytes.
// gzip with several members is one stream (RFC 1952).
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Up to `bytes` bytes into `out`; 0 only at the end. kDataError when compressed data is damaged.
  virtual Result<size_t> Read(size_t bytes, char* out) = 0;
  // Moves forward without delivering. Decompresses what it skips.
  virtual Status Skip(uint64_t bytes) = 0;
  // Bytes of the file itself that were read so far; for progress.
  virtual uint64_t file_offset() const = 0;
};

inline constexpr uint64_t kWholeFile = std::numeric_limits<uint64_t>::max();
// kNotFound E4002 when there is no such file. The stream ends behind the file's first `limit` bytes
// as if there were no more.
Result<std::unique_ptr<ByteStream>> OpenByteStream(FileSystem& files, const std::string& path,
                                                   uint64_t limit = kWholeFile);
// Of a file that grows: a Read after the end gives what was appended since. Never decompresses.
std::unique_ptr<ByteStream> FollowByteStream(std::shared_ptr<const ReadableFile> file);

}  // namespace weir::connectors
