// The files of a monitored table that were read or are being read. Ensures that each is read once,
// and notices files that are no longer what was read.
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

// Thread-safe: the discovery thread asks and source tasks report. Takes about 120 bytes for each
// file that was read, whatever its name.
class TakenFiles {
 public:
  // REQUIRES: all arguments outlive it. `follow`: files are recognised by their inodes, wherever
  // they were moved.
  TakenFiles(FileSystem& files, const Clock& clock, bool follow);

  // Takes a split from a checkpoint, or one that was just read to its end; its position says what
  // the file was.
  Status Remember(const Split& split);
  // Returns a split that reads the file from its beginning, or nothing for a known file. kDataError
  // E3006 for one that was read and has changed.
  Result<std::optional<Split>> Take(const FileInfo& file);
  // For the first discovery after a restore: followed files that have other inodes but the same
  // contents, as copies on another disk do, are taken to be the same files if they lie at their old
  // paths or where they may have been rotated to.
  void AdoptCopies(const std::vector<FileInfo>& found);
  // The inode of a followed file. One whose inode is not known is the file at its path from now on,
  // unless that is another one of those that are read; 0 if it is none.
  uint64_t InodeOf(const std::string& id, uint64_t at_its_path);
  bool Knows(const std::string& path) const;
  // The file disappeared before anything was read; if it is found again, it is new.
  void Forget(const Split& split);
  // The file is no longer waiting, as reading has begun.
  void Begun(const std::string& id);
  // Since when the split's readers have seen `state`, a number for what they look at: `now` if it
  // was another one before. Monotonic nanoseconds. It is kept here because SourceReader may close
  // a reader while its file is silent, and open another one.
  int64_t SameSince(const std::string& id, uint64_t state, int64_t now);
  // Such a number for a file, of what is told without a look into it.
  static uint64_t SignatureOf(uint64_t inode, uint64_t bytes, int64_t modified_nanos);

  // Sets the files that the last discovery left out, with the reasons.
  void SetSkipped(std::map<std::string, std::string> skipped);
  SourceFigures figures() const;

 private:
  // A path as a hash of 128 bits: among 10^9 files the chance of a collision is 10^-21.
  struct PathHash {
    uint64_t first = 0;
    uint64_t second = 0;
    friend bool operator==(const PathHash&, const PathHash&) = default;
  };
  struct TakeFirst {
    size_t operator()(const PathHash& hash) const { return hash.first; }
  };
  // What the file was when it was read to its end; until then its reader checks it. `signature` is
  // 0 if it comes from a checkpoint of an old version that does not say.
  struct Mark {
    uint64_t signature = 0;  // hash of inode, size and time
    uint64_t content = 0;    // hash of FileIdentity's `head` and `tail`
    uint64_t bytes = 0;
    uint64_t inode = 0;
    int64_t born_nanos = 0;  // 0: not known
    uint64_t path = 0;       // hash of the path where it was found, whatever the id is
    // Hash of the common beginning of a log's name and those of its rotated files.
    uint64_t family = 0;
    bool finished = false;
  };
  using Known = std::pair<const PathHash, Mark>;
  // A hash that is equal for all spellings of a path, since a restored table may spell it
  // differently.
  PathHash HashOf(const std::string& path) const;
  static uint64_t ContentOf(const FileIdentity& identity);
  // Checks that a file is still what was read; a copy with the same contents is.
  Status Check(const FileInfo& file, Mark& mark);
  bool Holds(const FileInfo& file, const Mark& mark) const;
  bool IsBeingRead(uint64_t inode) const WEIR_REQUIRES(mutex_);
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
  const std::string directory_;  // base of relative paths
  mutable Mutex mutex_;
  // What each file was when it was last read, by the split's id.
  std::unordered_map<PathHash, Mark, TakeFirst> marks_ WEIR_GUARDED_BY(mutex_);
  // For followed files, including those that are gone.
  std::unordered_multimap<uint64_t, PathHash> by_inode_ WEIR_GUARDED_BY(mutex_);
  // For each split that no reader has begun: when it was found, by its id.
  std::unordered_map<PathHash, int64_t, TakeFirst> waiting_ WEIR_GUARDED_BY(mutex_);
  // The number of waiting files found at each moment.
  std::map<int64_t, uint64_t> found_at_ WEIR_GUARDED_BY(mutex_);
  struct Seen {
    uint64_t state = 0;
    int64_t since = 0;
  };
  // By the id of a split that is not read to its end.
  std::unordered_map<PathHash, Seen, TakeFirst> seen_ WEIR_GUARDED_BY(mutex_);
  bool adopted_ WEIR_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::string> skipped_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::connectors
