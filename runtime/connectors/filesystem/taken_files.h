// The files of a monitored table that were taken up, so that each is read once, and one that is no
// longer what was read is noticed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/clock.h"
#include "runtime/connectors/filesystem/file_identity.h"
#include "runtime/mutex.h"
#include "runtime/source.h"

namespace weir::connectors {

// Thread-safe: the discovery thread asks, source tasks tell. About 120 bytes a file that was read,
// whatever its name.
class TakenFiles {
 public:
  // All outlive it. `follow`: files are known by their inodes, wherever they were moved.
  TakenFiles(FileSystem& files, const Clock& clock, bool follow);

  // Of a checkpoint, or read to its end just now: its position says what it was.
  Status Remember(const Split& split);
  // A split for a file that is new, to be read from its beginning; none for one that is known.
  // kDataError E3006 for one that was read and is another now.
  Result<std::optional<Split>> Take(const FileInfo& file);
  // Of the first look after a restore: files that are followed, and lie at their paths, or where
  // they may have been rotated to, with other inodes and the same contents, as copies on another
  // disk do, are what they were.
  void AdoptCopies(const std::vector<FileInfo>& found);
  // Of one that is followed: its inode as far as is known, else 0.
  uint64_t InodeOf(const std::string& id) const;
  bool Knows(const std::string& path) const;
  // It went away before anything of it was read: found again, it is new.
  void Forget(const Split& split);
  // It waits no longer, as reading has begun.
  void Begun(const std::string& id);

  // Those that a look left out, with the reason.
  void SetSkipped(std::map<std::string, std::string> skipped);
  SourceFigures figures() const;

 private:
  // A path by 128 bits of hash: among 10^9 files two meet with a chance of 10^-21.
  struct PathHash {
    uint64_t first = 0;
    uint64_t second = 0;
    friend bool operator==(const PathHash&, const PathHash&) = default;
  };
  struct TakeFirst {
    size_t operator()(const PathHash& hash) const { return hash.first; }
  };
  // What it was when it was read to its end; before that its reader looks after it. `look` is 0
  // where a checkpoint of an old version says nothing.
  struct Mark {
    uint64_t signature = 0;  // hash of inode, size and time
    uint64_t content = 0;    // hash of the two hashes
    uint64_t bytes = 0;
    uint64_t inode = 0;
    int64_t born_nanos = 0;  // 0: not known
    uint64_t path = 0;       // hash of where it was found, whatever the id is
    uint64_t family = 0;     // hash of what a log's name and those of its rotated files begin with
    bool finished = false;
  };
  using Known = std::pair<const PathHash, Mark>;
  // The same however the path is written: a table's may be written otherwise after a restore.
  PathHash HashOf(const std::string& path) const;
  static uint64_t SignatureOf(uint64_t inode, uint64_t bytes, int64_t modified_nanos);
  static uint64_t ContentOf(const FileIdentity& identity);
  // Whether what was read is as it was; a copy with the same contents is.
  Status Check(const FileInfo& file, Mark& mark);
  bool Holds(const FileInfo& file, const Mark& mark) const;
  Result<bool> IsKnownInode(const FileInfo& file) WEIR_REQUIRES(mutex_);
  Result<bool> IsWhatEnded(const FileInfo& file, Mark& mark);
  bool IsClaimed(const FileInfo& file, std::unordered_set<uint64_t>& claimed) const
      WEIR_REQUIRES(mutex_);
  bool IsCopy(const FileInfo& file, const Known& known, bool elsewhere) const;
  void Adopt(const FileInfo& file, Known& known) WEIR_REQUIRES(mutex_);
  void SetInode(Known& known, uint64_t inode) WEIR_REQUIRES(mutex_);
  void StopWaiting(const std::string& id) WEIR_REQUIRES(mutex_);
  std::string FreeName(const FileInfo& file) const WEIR_REQUIRES(mutex_);

  FileSystem& files_;
  const Clock& clock_;
  const bool follow_;
  const std::string directory_;  // that relative paths are below
  mutable Mutex mutex_;
  // By the split's id.
  std::unordered_map<PathHash, Mark, TakeFirst> marks_ WEIR_GUARDED_BY(mutex_);
  // Of followed ones, gone ones too.
  std::unordered_multimap<uint64_t, PathHash> by_inode_ WEIR_GUARDED_BY(mutex_);
  // By id: when it was found.
  std::unordered_map<PathHash, int64_t, TakeFirst> waiting_ WEIR_GUARDED_BY(mutex_);
  // How many of them at each moment.
  std::map<int64_t, uint64_t> found_at_ WEIR_GUARDED_BY(mutex_);
  bool adopted_ WEIR_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::string> skipped_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::connectors
