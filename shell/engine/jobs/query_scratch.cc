#include "shell/engine/jobs/query_scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string_view>

#include "runtime/fault_point.h"
#include "state/files/scratch_directory.h"

namespace weir::shell {
namespace {

// Not that of paths without a lock, which may be in use.
constexpr std::string_view kPrefix = "weir-queries-";
constexpr int kAttempts = 16;

// Opens and locks a directory of this user that nobody else holds; below 0 if it is none, is out of
// reach, or is in use. A symbolic link is none, wherever it leads: others may write here, too.
int Lock(const std::string& path) {
  const int opened = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (opened < 0) return opened;
  struct stat facts {};
  const bool own = ::fstat(opened, &facts) == 0 && facts.st_uid == ::geteuid();
  if (own && ::flock(opened, LOCK_EX | LOCK_NB) == 0) return opened;
  ::close(opened);
  return -1;
}

// Whether `path` still leads to the directory that was opened.
bool IsAt(const std::string& path, int opened) {
  struct stat there {};
  struct stat facts {};
  return ::lstat(path.c_str(), &there) == 0 && ::fstat(opened, &facts) == 0 &&
         there.st_dev == facts.st_dev && there.st_ino == facts.st_ino;
}

// Removes what processes that were killed have left. What fails stays for the next one. Without
// std::filesystem's iterators, which end the process where memory ends.
void Sweep(FileSystem& files, const std::string& directory) {
  if (DefectPlanted("scratch-left-behind")) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(directory.c_str()), ::closedir);
  if (listing == nullptr) return;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(kPrefix)) continue;
    const std::string path = JoinPath(directory, name);
    const int lock = Lock(path);
    if (lock < 0) continue;
    if (IsAt(path, lock)) (void)files.RemoveRecursively(path);
    ::close(lock);
  }
}

}  // namespace

QueryScratch::~QueryScratch() {
  const MutexLock held(mutex_);
  if (lock_ < 0) return;
  if (IsAt(path_, lock_)) (void)files_.RemoveRecursively(path_);
  ::close(lock_);
}

// Another process may take a new one for one that was left, before it is locked: then it is gone.
bool QueryScratch::Make(const std::string& directory) {
  for (int i = 0; i < kAttempts; ++i) {
    path_ = JoinPath(directory, std::string(kPrefix) + "XXXXXX");
    if (::mkdtemp(path_.data()) == nullptr) return false;
    lock_ = Lock(path_);
    if (lock_ >= 0 && IsAt(path_, lock_)) return true;
    if (lock_ >= 0) ::close(lock_);
    lock_ = -1;
    ::rmdir(path_.c_str());  // of a file system without such locks
  }
  return false;
}

std::string QueryScratch::Path(const std::string& query_id) {
  const MutexLock held(mutex_);
  // Not if somebody has tidied up: what is made there anew would not be locked.
  if (lock_ >= 0 && IsAt(path_, lock_)) return JoinPath(path_, query_id);
  if (lock_ >= 0) ::close(lock_);
  lock_ = -1;
  const std::string directory = state::TemporaryDirectory();
  (void)files_.CreateDirectories(directory);
  Sweep(files_, directory);
  return Make(directory) ? JoinPath(path_, query_id)
                         : JoinPath(directory, "weir-query-" + query_id);
}

}  // namespace weir::shell
