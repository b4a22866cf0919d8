// A file's bytes from front to back, decompressed on the way when the name ends in ".gz".
#pragma once

#include <limits>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::connectors {

// Not thread-safe. Offsets count decompressed bytes. A gzip file with several members is one stream
// (RFC 1952).
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Up to `bytes` bytes into `out`; 0 only at the end. kDataError when compressed data is damaged.
  virtual Result<size_t> Read(size_t bytes, char* out) = 0;
  // Skips forward; compressed bytes are decompressed to do so.
  virtual Status Skip(uint64_t bytes) = 0;
  // How many bytes of the file itself were read so far, for progress.
  virtual uint64_t file_offset() const = 0;
};

inline constexpr uint64_t kWholeFile = std::numeric_limits<uint64_t>::max();
// The stream ends behind the file's first `limit` bytes as if there were no more; a file that has
// fewer is kDataError E3006 where it ends. kNotFound E4002 when there is no such file.
Result<std::unique_ptr<ByteStream>> OpenByteStream(FileSystem& files, const std::string& path,
                                                   uint64_t limit = kWholeFile);
// As above, of a file as it was found (FileSystem::OpenFound).
Result<std::unique_ptr<ByteStream>> OpenByteStream(FileSystem& files, const FileInfo& info,
                                                   uint64_t limit = kWholeFile);
// A stream over a growing file: a Read after the end returns what was appended since. Never
// decompresses.
std::unique_ptr<ByteStream> FollowByteStream(std::shared_ptr<const ReadableFile> file);

}  // namespace weir::connectors
