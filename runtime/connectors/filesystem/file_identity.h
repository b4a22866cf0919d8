// Recognises a file by what it was when it was read. A position in a file that is no longer the
// same means nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::connectors {

// Inode, size and time as they were seen, and hashes of the first 64 KiB and the last 4 KiB of the
// first `prefix` bytes. A copy or a touched file is the same if the hashes are equal. As inode
// numbers are reused, `born_nanos` tells an inode from an earlier one with its number; 0: not
// known.
struct FileIdentity {
  uint64_t inode = 0;
  int64_t born_nanos = 0;
  uint64_t bytes = 0;
  int64_t modified_nanos = 0;
  uint64_t prefix = 0;
  uint64_t head = 0;
  uint64_t tail = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;

  // Whether the file's metadata alone shows that it has not changed. `born_nanos` is left out, as
  // positions of older versions and some file systems have none.
  bool Matches(const FileInfo& file) const {
    return inode == file.inode && bytes == file.bytes && modified_nanos == file.modified_nanos;
  }
};

// Reads at most 68 KiB of the file. REQUIRES: it has `prefix` bytes.
Result<FileIdentity> Identify(const ReadableFile& file, const FileInfo& info, uint64_t prefix);
// As above, but opens the file at info.path.
Result<FileIdentity> Identify(FileSystem& files, const FileInfo& info, uint64_t prefix);

// kDataError E3006, with the path and what to do.
Status FileWasTruncated(const FileInfo& now, uint64_t read);
// A file of `before` bytes that ends at `now` while it is being read.
Status FileWasCut(const std::string& path, uint64_t now, uint64_t before);
Status FileWasReplaced(const FileInfo& now, uint64_t read);
Status FileHasGrown(const FileInfo& now, uint64_t before);
// The failure for a file without a line end, where nobody can say whether its last line is
// complete.
Status LineIsBeingWritten(const FileInfo& now, uint64_t before);

// Whether the first `bytes` bytes of the file end otherwise than with `end`: within a line. Never
// true of a compressed file, whose format marks its own end.
Result<bool> EndsWithinLine(FileSystem& files, const FileInfo& file, uint64_t bytes,
                            std::string_view end = "\n");

// One of these failures if the file that is there now does not begin with what was read or, unless
// it `may_grow`, has more. Reads nothing if inode, size and time are the same.
Status CheckIdentity(FileSystem& files, const FileInfo& now, const FileIdentity& was,
                     bool may_grow);

// Where to continue reading a split: a position of the filesystem connector, such as
//   "v3 offset=9 inode=1 born=4 bytes=12 modified=5 prefix=12 head=00ff… tail=00ff… file=a b.csv"
// `offset` counts decompressed bytes. `file` is present if it is not the split's id. Version 2 had
// no `born`. Version 1, "v1 offset=9 file=a b.csv", says nothing about what the file was.
struct FilePosition {
  uint64_t offset = 0;
  std::string file;
  bool known = false;  // whether the identity is set
  FileIdentity identity;

  std::string ToString() const;
  // An empty text is the beginning. kCorruption for an unknown version.
  static Result<FilePosition> Parse(std::string_view text);
};

}  // namespace weir::connectors
