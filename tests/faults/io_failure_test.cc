// Whole jobs of which the k-th system call of a kind fails: open, read, write, sync, close, rename,
// link, unlink, mkdir, truncate, stat and list, with every error that it may have, once or from
// then on, or does less than was asked. The calls of the C library are replaced in this program, so
// that RocksDB's and the standard library's fail as well. The process never dies and never hangs,
// what was interrupted goes unnoticed, every other failure has an error id, and once the disk works
// again the job ends with the rows that it always has.
// WEIR_TEST_SLICE=full tries every k, else a few; WEIR_TEST_PART=i/n every n-th of these. Prints
// how many cases it was.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

#include "tests/faults/child_exit.h"
#include "tests/faults/whole_job.h"

namespace weir::faults {
namespace {

enum class Call : uint8_t {
  kOpen,
  kRead,
  kWrite,
  kSync,
  kClose,
  kRename,
  kLink,
  kUnlink,
  kMkdir,
  kTruncate,
  kStat,
  kList,
};
constexpr size_t kCalls = 12;
constexpr std::array<const char*, kCalls> kNames = {"open",  "read",     "write", "sync",
                                                    "close", "rename",   "link",  "unlink",
                                                    "mkdir", "truncate", "stat",  "list"};
constexpr int kShort = -1;  // not an error: less is done than was asked

// What is to fail. Written before threads start.
struct Plan {
  bool counting = false;
  const char* root = "";
  Call call = Call::kOpen;
  uint64_t at = 0;  // 1 is the first
  int error = 0;
  bool sticky = false;
};
Plan plan;
std::array<std::atomic<uint64_t>, kCalls> calls;
std::atomic<uint64_t> failures{0};
std::array<std::atomic<bool>, 1 << 16> below_root;  // by descriptor

bool Below(const char* path) {
  return plan.counting && path != nullptr &&
         std::strncmp(path, plan.root, std::strlen(plan.root)) == 0;
}
bool Below(int descriptor) {
  return plan.counting && descriptor >= 0 && descriptor < (1 << 16) &&
         below_root[static_cast<size_t>(descriptor)].load(std::memory_order_relaxed);
}
bool Below(int directory, const char* path) {
  return path != nullptr && path[0] == '/' ? Below(path) : Below(directory);
}

// Counts a call; the error that it is to have, kShort, or 0.
int Fate(Call call) {
  const uint64_t number = calls[static_cast<size_t>(call)].fetch_add(1) + 1;
  const bool now =
      call == plan.call && plan.at > 0 && (number == plan.at || (plan.sticky && number > plan.at));
  if (!now) return 0;
  failures.fetch_add(1);
  return plan.error;
}

int Fail(int error) {
  errno = error;
  return -1;
}

// The C library's syscall(), which is replaced below.
template <typename... Arguments>
long Raw(long number, Arguments... arguments) {
  using Function = long (*)(long, ...);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "syscall"));
  return real(number, arguments...);
}

int Opened(long descriptor, bool below) {
  if (descriptor >= 0 && descriptor < (1 << 16))
    below_root[static_cast<size_t>(descriptor)] = below;
  return static_cast<int>(descriptor);
}

int OpenAt(int directory, const char* path, int flags, mode_t mode) {
  const bool below = Below(directory, path);
  if (below) {
    if (const int error = Fate(Call::kOpen); error > 0) return Fail(error);
  }
  return Opened(Raw(SYS_openat, directory, path, flags, mode), below);
}

// So many bytes of a read or write; -1: it fails.
ssize_t Part(int descriptor, Call call, size_t bytes) {
  if (!Below(descriptor)) return static_cast<ssize_t>(bytes);
  const int error = Fate(call);
  if (error == kShort) return static_cast<ssize_t>(bytes > 1 ? bytes / 2 : bytes);
  return error > 0 ? Fail(error) : static_cast<ssize_t>(bytes);
}

}  // namespace
}  // namespace weir::faults

// NOLINTBEGIN: the C library's names and signatures
extern "C" {

using namespace weir::faults;

long syscall(long number, ...) {
  va_list arguments;
  va_start(arguments, number);
  std::array<long, 6> a{};
  for (long& argument : a) argument = va_arg(arguments, long);
  va_end(arguments);
  const char* path = reinterpret_cast<const char*>(a[1]);
  const bool below = number == SYS_openat2 && Below(static_cast<int>(a[0]), path);
  if (below) {
    if (const int error = Fate(Call::kOpen); error > 0) return Fail(error);
  }
  const long result = Raw(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  return number == SYS_openat2 ? Opened(result, below) : result;
}
int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return OpenAt(AT_FDCWD, path, flags, mode);
}
int openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return OpenAt(directory, path, flags, mode);
}
ssize_t read(int descriptor, void* out, size_t bytes) {
  const ssize_t part = Part(descriptor, Call::kRead, bytes);
  return part < 0 ? part : Raw(SYS_read, descriptor, out, part);
}
ssize_t pread(int descriptor, void* out, size_t bytes, off_t offset) {
  const ssize_t part = Part(descriptor, Call::kRead, bytes);
  return part < 0 ? part : Raw(SYS_pread64, descriptor, out, part, offset);
}
ssize_t write(int descriptor, const void* data, size_t bytes) {
  const ssize_t part = Part(descriptor, Call::kWrite, bytes);
  return part < 0 ? part : Raw(SYS_write, descriptor, data, part);
}
int fsync(int descriptor) {
  const int error = Below(descriptor) ? Fate(Call::kSync) : 0;
  return error > 0 ? Fail(error) : 0;  // nothing is really synced, which makes runs fast
}
int fdatasync(int descriptor) {
  return fsync(descriptor);
}
int close(int descriptor) {
  const bool below = Below(descriptor);
  const int error = below ? Fate(Call::kClose) : 0;
  Opened(descriptor, false);
  const int closed = static_cast<int>(Raw(SYS_close, descriptor));
  return error > 0 ? Fail(error) : closed;  // Linux closes in any case
}
int rename(const char* from, const char* to) {
  const int error = Below(to) ? Fate(Call::kRename) : 0;
  return error > 0 ? Fail(error)
                   : static_cast<int>(Raw(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}
int linkat(int from_directory, const char* from, int to_directory, const char* to, int flags) {
  const int error = Below(to_directory, to) ? Fate(Call::kLink) : 0;
  return error > 0
             ? Fail(error)
             : static_cast<int>(Raw(SYS_linkat, from_directory, from, to_directory, to, flags));
}
int link(const char* from, const char* to) {
  return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int unlinkat(int directory, const char* path, int flags) {
  const int error = Below(directory, path) ? Fate(Call::kUnlink) : 0;
  return error > 0 ? Fail(error) : static_cast<int>(Raw(SYS_unlinkat, directory, path, flags));
}
int unlink(const char* path) {
  return unlinkat(AT_FDCWD, path, 0);
}
int mkdir(const char* path, mode_t mode) {
  const int error = Below(path) ? Fate(Call::kMkdir) : 0;
  return error > 0 ? Fail(error) : static_cast<int>(Raw(SYS_mkdirat, AT_FDCWD, path, mode));
}
int ftruncate(int descriptor, off_t length) {
  const int error = Below(descriptor) ? Fate(Call::kTruncate) : 0;
  return error > 0 ? Fail(error) : static_cast<int>(Raw(SYS_ftruncate, descriptor, length));
}
int stat(const char* path, struct stat* facts) {
  const int error = Below(path) ? Fate(Call::kStat) : 0;
  return error > 0 ? Fail(error) : static_cast<int>(Raw(SYS_newfstatat, AT_FDCWD, path, facts, 0));
}
DIR* opendir(const char* path) {
  const int error = Below(path) ? Fate(Call::kList) : 0;
  if (error > 0) errno = error;
  const int descriptor =
      error > 0
          ? -1
          : static_cast<int>(Raw(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return descriptor < 0 ? nullptr : ::fdopendir(descriptor);  // errno says why
}
int fstat(int descriptor, struct stat* facts) {
  const int error = Below(descriptor) ? Fate(Call::kStat) : 0;
  return error > 0 ? Fail(error) : static_cast<int>(Raw(SYS_fstat, descriptor, facts));
}

}  // extern "C"
// NOLINTEND

namespace weir::faults {
namespace {

constexpr int kUnnamed = 2;  // beside kFinished and kFailed: an error without an identifier
constexpr int kSlicePerKind = 1;
constexpr unsigned kGreatestSeconds = 60;

struct Kind {
  Call call;
  std::vector<int> errors;
};

const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kAll = {
      {Call::kOpen, {EIO, EMFILE, ENOSPC, EINTR, EACCES}},
      {Call::kRead, {EIO, EINTR, kShort}},
      {Call::kWrite, {EIO, ENOSPC, EDQUOT, EINTR, kShort}},
      {Call::kSync, {EIO, ENOSPC, EINTR}},
      {Call::kClose, {EIO, ENOSPC, EINTR}},
      {Call::kRename, {EIO, ENOSPC, EROFS}},
      {Call::kLink, {EIO, ENOSPC, EMLINK, EXDEV, EPERM}},
      {Call::kUnlink, {EIO, EROFS, EACCES}},
      {Call::kMkdir, {EIO, ENOSPC, EROFS}},
      {Call::kTruncate, {EIO, ENOSPC, EINTR}},
      {Call::kStat, {EIO, EACCES}},
      {Call::kList, {EIO, EMFILE, EACCES}},
  };
  return kAll;
}

// WEIR_TEST_PART=mine/of: so many processes share the cases of a full run.
struct Parts {
  uint64_t mine = 0;
  uint64_t of = 1;
};

Parts PartsAsked() {
  const char* said = std::getenv("WEIR_TEST_PART");
  Parts parts;
  if (said == nullptr) return parts;
  char* end = nullptr;
  parts.mine = std::strtoull(said, &end, 10);
  if (*end == '/') parts.of = std::max<uint64_t>(1, std::strtoull(end + 1, nullptr, 10));
  return parts;
}

// A short run does a part of the errors of each kind of call, and the next commit the next part
// (tests/slices.tsv).
constexpr uint64_t kErrorSlices = 3;

bool IsOfThisTurn(uint64_t number) {
  const char* turn = std::getenv("WEIR_TEST_TURN");
  return turn == nullptr ||
         std::strtoull(turn, nullptr, 10) % kErrorSlices == number % kErrorSlices;
}

class IoFailureTest : public WholeJobTest {
 protected:
  // Checkpoints that fail are no reason to end, as with the values that weir ships.
  std::string JobScript() const {
    return Script("rocksdb", "SET 'execution.checkpointing.tolerable-failed-checkpoints' = '100';");
  }

  int Run(const Plan& how) const {
    plan = how;
    plan.root = root_.c_str();
    plan.counting = true;
    ::alarm(kGreatestSeconds);
    const Status status = Execute(FileSystem::Local(), JobScript());
    plan.counting = false;
    std::ofstream counts(base_ + "/counts");
    counts << failures.load() << "\n";
    for (const auto& count : calls) counts << count.load() << "\n";
    counts.close();
    if (status.ok()) return kFinished;
    fmt::print(stderr, "{}\n", status.ToString());
    return status.id().empty() || status.id() == "E9001" ? kUnnamed : kFailed;
  }

  // The exit code, or the number of the signal below 0.
  int RunInChild(const Plan& how) const {
    std::filesystem::remove(base_ + "/counts");
    const pid_t child = ::fork();
    if (child == 0) ::_exit(Run(how));
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  // How often something failed, and then how many calls of each kind there were.
  std::vector<uint64_t> Counts() const {
    std::vector<uint64_t> counts;
    std::ifstream in(base_ + "/counts");
    for (uint64_t count; in >> count;) counts.push_back(count);
    return counts;
  }

  // A run makes more calls or fewer with each checkpoint that falls into it: where it ended before
  // the call that was to fail, an earlier one fails instead.
  void Try(Plan how) {
    ++cases_;
    for (;; how.at /= 2) {
      bool failed = false;
      TryOnce(how, failed);
      fired_ += failed ? 1 : 0;
      if (failed || how.at == 1 || HasFatalFailure()) return;
    }
  }

  void TryOnce(const Plan& how, bool& failed) {
    const std::string what =
        fmt::format("{} number {}{}: {}", kNames[static_cast<size_t>(how.call)], how.at,
                    how.sticky ? " and all behind it" : "",
                    how.error == kShort ? "less than asked" : std::strerror(how.error));
    SCOPED_TRACE(what);
    Clear();
    const int ended = RunInChild(how);
    ASSERT_TRUE(ended == kFinished || ended == kFailed) << "ended with " << ended;
    const std::vector<uint64_t> counts = Counts();
    failed = !counts.empty() && counts[0] > 0;
    const bool unnoticed = how.error == kShort || how.error == EINTR;
    if (unnoticed && !how.sticky) {
      EXPECT_EQ(ended, kFinished);
    }
    EXPECT_TRUE(std::ranges::includes(windows_, Visible("windows")));
    if (!Finished()) {
      ASSERT_EQ(RunInChild({}), kFinished) << "it cannot go on";
    }
    ASSERT_TRUE(Visible("windows") == windows_);
    ASSERT_TRUE(Folded(Visible("totals")) == totals_);
  }

  const std::string root_ = root();
  Lines windows_, totals_;
  uint64_t cases_ = 0, fired_ = 0;
};

TEST_F(IoFailureTest, EveryCallMayFail) {
  ASSERT_EQ(RunInChild({}), kFinished);
  windows_ = Visible("windows");
  totals_ = Folded(Visible("totals"));
  ASSERT_EQ(windows_.size(), static_cast<size_t>(kWindows * kKeys));
  const std::vector<uint64_t> counts = Counts();
  ASSERT_EQ(counts.size(), kCalls + 1);
  const char* slice = std::getenv("WEIR_TEST_SLICE");
  const bool full = slice != nullptr && std::string_view(slice) == "full";
  const char* seed = std::getenv("WEIR_TEST_SEED");
  const Parts parts = PartsAsked();
  uint64_t number = 0, error_number = 0;
  const uint64_t shift = seed != nullptr ? std::strtoull(seed, nullptr, 10) : 0;
  for (const Kind& kind : Kinds()) {
    const uint64_t all = counts[1 + static_cast<size_t>(kind.call)];
    ASSERT_GT(all, 0U) << kNames[static_cast<size_t>(kind.call)];
    const uint64_t step = full ? 1 : std::max<uint64_t>(1, all / kSlicePerKind);
    for (const int error : kind.errors) {
      if (!full && !IsOfThisTurn(error_number++)) continue;
      for (uint64_t at = 1 + (full ? 0 : shift * 7 % step); at <= all; at += step) {
        for (const bool sticky : {false, true}) {
          if (sticky && (error == EINTR || error == kShort)) continue;  // never come to an end
          if (full && ++number % parts.of != parts.mine) continue;
          Try({.call = kind.call, .at = at, .error = error, .sticky = sticky});
          if (HasFatalFailure()) return;
        }
      }
    }
  }
  fmt::print("{} cases, in {} of them a call failed\n", cases_, fired_);
  EXPECT_EQ(fired_, cases_);
}

}  // namespace
}  // namespace weir::faults
