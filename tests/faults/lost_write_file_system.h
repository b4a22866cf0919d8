// A FileSystem that loses what was not synced: the seam of tests that pull the plug.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "runtime/file_system.h"

namespace weir::faults {

// Watches everything below `root`, on top of the machine's files; other paths pass through. Of a
// file it remembers how many bytes were synced, of a directory the entries it had when it was last
// synced. PullPlug leaves on disk what a power failure may leave. Directories are durable once
// CreateDirectories returns, as the port promises; those of CreateOutputDirectory, and all that is
// in them, once their parents were synced. Nothing is really synced, which makes runs fast.
// Thread-safe.
class LostWriteFileSystem final : public FileSystem {
 public:
  // What is below `root` already is durable. With `seed` = 0 all that was not synced is lost; else
  // some of it survives at random: whole directories' changes, and prefixes of files' unsynced
  // bytes.
  LostWriteFileSystem(FileSystem& base, const std::string& root, uint64_t seed);
  ~LostWriteFileSystem() override;

  // Instead of the `operation`-th change from now on (1 is the next) the plug is pulled and `after`
  // called, which must end the process: until it returns, other threads neither change nor read
  // what is below `root`, so that none tells of files that are being put back.
  void PullPlugAt(uint64_t operation, std::function<void()> after);
  // Puts the surviving files in place. `after` as above.
  void PullPlug(const std::function<void()>& after);
  // Everything is as if it had been synced.
  void SyncAll();
  uint64_t operations() const;
  const std::string& root() const { return root_; }

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> Reopen(const std::string& path, uint64_t bytes) override;
  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  Result<FileInfo> Stat(const std::string& path) override;
  Result<std::vector<FileInfo>> List(const std::string& directory) override;
  Status CreateDirectories(const std::string& path) override;
  Status CreateOutputDirectory(const std::string& path) override;
  Result<std::unique_ptr<WholeFileSystem>> Whole(const std::string& directory) override;
  bool Renames(const std::string& directory) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Link(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status RemoveRecursively(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;

 private:
  friend class WatchedFile;
  friend class WatchedWhole;
  friend class PoweredFile;
  struct Inode {
    std::string alias;    // a link that keeps its bytes when its names are gone
    uint64_t synced = 0;  // so many bytes survive
  };
  using InodePtr = std::shared_ptr<Inode>;
  using Names = std::map<std::string, InodePtr>;

  bool Watches(const std::string& path) const { return path.starts_with(root_ + "/"); }
  void Scan();
  void Count();
  Result<InodePtr> Adopt(const std::string& path, uint64_t synced);
  void SyncEntries(const std::string& directory);
  void SyncEverything();
  // Whether the directory, and all that it lies in, is there after a failure.
  bool Survives(const std::string& directory) const;
  void ForgetDurable(const std::string& directory);
  void RenameDirectory(const std::string& from, const std::string& to);
  // Where a failure finds what is durable.
  std::string DurablePath(const std::string& path) const;
  // What survives of the directories' changes that were never synced.
  void LetSomeSurvive();
  void Restore();
  void FailPower(const std::function<void()>& after);

  FileSystem& base_;
  std::string root_;
  std::string aliases_;
  uint64_t random_;
  mutable std::shared_mutex power_;  // taken behind mutex_ by who fails it, shared by who reads
  mutable std::mutex mutex_;         // guards all below, and every change of a watched file
  uint64_t operations_ = 0;
  uint64_t next_alias_ = 0;
  uint64_t pull_at_ = 0;
  std::function<void()> after_;
  Names now_, durable_;
  std::set<std::string> directories_now_, directories_durable_;
  // Of renamed directories whose parent was not synced since: new name to the one that survives.
  // What is durable in them is kept under the new one.
  std::map<std::string, std::string> old_names_;
};

}  // namespace weir::faults
