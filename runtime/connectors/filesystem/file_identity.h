// What a file was when it was read, so that a file that is no longer the same is noticed: a
// position in it means nothing then.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::connectors {

// Inode, size and time as they were seen, and hashes of the first `prefix` bytes: of their first
// 64 KiB and of their last 4 KiB. A copy or a touched file is the same where the hashes are.
// `born_nanos` tells an inode from the one that had its number before; 0: not known.
struct FileIdentity {
  uint64_t inode = 0;
  int64_t born_nanos = 0;
  uint64_t bytes = 0;
  int64_t modified_nanos = 0;
  uint64_t prefix = 0;
  uint64_t head = 0;
  uint64_t tail = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;

  // Whether a look at the directory says that nothing happened to the file.
  bool Matches(const FileInfo& file) const {
    return inode == file.inode && bytes == file.bytes && modified_nanos == file.modified_nanos;
  }
};

// Reads at most 68 KiB of the file. REQUIRES: it has `prefix` bytes.
Result<FileIdentity> Identify(const ReadableFile& file, const FileInfo& info, uint64_t prefix);
// The same, of the file's path.
Result<FileIdentity> Identify(FileSystem& files, const FileInfo& info, uint64_t prefix);

// kDataError E3006, with the path and what to do.
Status FileWasTruncated(const FileInfo& now, uint64_t read);
Status FileWasReplaced(const FileInfo& now, uint64_t read);
Status FileHasGrown(const FileInfo& now, uint64_t before);
// Of a file without a line end, of which nobody can say whether its last line is whole.
Status LineIsBeingWritten(const FileInfo& now, uint64_t before);

// Whether the first `bytes` bytes of the file end within a line. Never of a compressed one, which
// says itself where it ends.
Result<bool> EndsWithinLine(FileSystem& files, const FileInfo& file, uint64_t bytes);

// One of these where the file that is there now does not begin with what was read; or, unless it
// `may_grow`, has more. Reads nothing where inode, size and time are the same.
Status CheckIdentity(FileSystem& files, const FileInfo& now, const FileIdentity& was,
                     bool may_grow);

// Where reading of a split goes on: a position of the filesystem connector.
//   "v3 offset=9 inode=1 born=4 bytes=12 modified=5 prefix=12 head=00ff… tail=00ff… file=a b.csv"
// `offset` counts decompressed bytes. `file` is there where it is not the split's id. Version 2
// had no `born`. Version 1 is "v1 offset=9 file=a b.csv": nothing is known of the file then.
struct FilePosition {
  uint64_t offset = 0;
  std::string file;
  bool known = false;  // whether there is an identity
  FileIdentity identity;

  std::string ToString() const;
  // Empty text: the beginning. kCorruption where it is of no known version.
  static Result<FilePosition> Parse(std::string_view text);
};

}  // namespace weir::connectors
