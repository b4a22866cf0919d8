#include "runtime/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "runtime/base/local_path.h"
#include "runtime/fault_point.h"
#include "runtime/held_directory.h"
#include "runtime/put_in_place.h"

namespace weir {
namespace {

constexpr size_t kBufferBytes = 64 << 10;
constexpr mode_t kOutputMode = 0666;  // less what the umask takes away
constexpr mode_t kOutputDirectoryMode = 0777;
constexpr mode_t kOwner = 0700;
std::atomic<mode_t> file_mode{0600};

// Whoever may read a directory may also search it.
mode_t DirectoryMode(mode_t mode) {
  return mode | (mode & 0444) >> 2;
}

Status Failed(std::string_view what, const std::string& path, int error) {
  return FileFailure(what, path, error);
}

Status WriteFully(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = Retry([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
    if (written < 0) return Failed("writing", path, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return Status();
}

class LocalWritableFile final : public WritableFile {
 public:
  LocalWritableFile(int descriptor, std::string path, uint64_t bytes)
      : descriptor_(descriptor), path_(std::move(path)), size_(bytes) {}
  ~LocalWritableFile() override {
    if (descriptor_ < 0) return;
    // Nobody is left to hear of a failure; Close() reports.
    WriteFully(descriptor_, buffer_, path_).ok();
    ::close(descriptor_);
  }
  LocalWritableFile(const LocalWritableFile&) = delete;
  LocalWritableFile& operator=(const LocalWritableFile&) = delete;

  Status Append(std::string_view bytes) override {
    if (descriptor_ < 0) return Failed("writing", path_, EBADF);
    size_ += bytes.size();
    if (buffer_.size() + bytes.size() <= kBufferBytes) {
      buffer_.append(bytes);
      return Status();
    }
    RETURN_IF_ERROR(Flush());
    if (bytes.size() > kBufferBytes) return WriteFully(descriptor_, bytes, path_);
    buffer_.append(bytes);
    return Status();
  }

  Status Flush() override {
    if (descriptor_ < 0) return Failed("writing", path_, EBADF);
    RETURN_IF_ERROR(WriteFully(descriptor_, buffer_, path_));
    buffer_.clear();
    return Status();
  }

  Status Sync() override {
    RETURN_IF_ERROR(Flush());
    // Not repeated on failure: the pages may have been dropped. EINTR is no failure of a
    // write-back.
    if (Retry([&] { return ::fdatasync(descriptor_); }) != 0)
      return Failed("syncing", path_, errno);
    return Status();
  }

  Status Close() override {
    RETURN_IF_ERROR(Flush());
    // Linux frees the descriptor even when close is interrupted.
    if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) {
      return Failed("closing", path_, errno);
    }
    return Status();
  }

  uint64_t size() const override { return size_; }

 private:
  int descriptor_;
  std::string path_;
  std::string buffer_;
  uint64_t size_;
};

class LocalReadableFile final : public ReadableFile {
 public:
  LocalReadableFile(int descriptor, std::string path)
      : descriptor_(descriptor), path_(std::move(path)) {}
  ~LocalReadableFile() override { ::close(descriptor_); }
  LocalReadableFile(const LocalReadableFile&) = delete;
  LocalReadableFile& operator=(const LocalReadableFile&) = delete;

  Result<size_t> Read(uint64_t offset, size_t bytes, char* out) const override {
    size_t done = 0;
    while (done < bytes) {
      ssize_t count = Retry([&] {
        return ::pread(descriptor_, out + done, bytes - done, static_cast<off_t>(offset + done));
      });
      if (count < 0 && errno == ESPIPE) {  // a pipe, which has one order, in which ReadFile asks
        count = Retry([&] { return ::read(descriptor_, out + done, bytes - done); });
      }
      if (count < 0) return Failed("reading", path_, errno);
      if (count == 0) break;
      done += static_cast<size_t>(count);
    }
    return done;
  }

 private:
  int descriptor_;
  std::string path_;
};

// Either of stat's and statx's times.
template <typename Time>
int64_t NanosOf(const Time& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// statx alone knows when a file was born; where it is forbidden, as in some containers, stat knows
// the rest.
Result<FileInfo> InfoOf(const std::string& path) {
  FileInfo info{.path = path};
  struct statx facts {};
  mode_t mode = 0;
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BASIC_STATS | STATX_BTIME, &facts) == 0) {
    mode = facts.stx_mode;
    info.bytes = facts.stx_size;
    info.inode = facts.stx_ino;
    info.modified_nanos = NanosOf(facts.stx_mtime);
    info.changed_nanos = NanosOf(facts.stx_ctime);
    if ((facts.stx_mask & STATX_BTIME) != 0) info.born_nanos = NanosOf(facts.stx_btime);
  } else {
    struct stat known {};
    if (::stat(path.c_str(), &known) != 0) return Failed("inspecting", path, errno);
    mode = known.st_mode;
    info.bytes = static_cast<uint64_t>(known.st_size);
    info.inode = known.st_ino;
    info.modified_nanos = NanosOf(known.st_mtim);
    info.changed_nanos = NanosOf(known.st_ctim);
  }
  info.is_directory = S_ISDIR(mode);
  info.is_regular = S_ISREG(mode);
  return info;
}

bool IsLink(const std::string& path) {
  struct stat facts {};
  return ::lstat(path.c_str(), &facts) == 0 && S_ISLNK(facts.st_mode);
}

Result<int> OpenDescriptor(const std::string& path, int flags, mode_t mode = 0) {
  const int descriptor = Retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
  if (descriptor < 0) return Failed("opening", path, errno);
  return descriptor;
}

// Linux tells of all writes that failed since the descriptor was opened, from version 5.8 on.
class LocalWhole final : public WholeFileSystem {
 public:
  LocalWhole(int descriptor, std::string path, dev_t device)
      : descriptor_(descriptor), path_(std::move(path)), device_(device) {}
  ~LocalWhole() override { ::close(descriptor_); }
  LocalWhole(const LocalWhole&) = delete;
  LocalWhole& operator=(const LocalWhole&) = delete;

  bool Has(const std::string& path) const override {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && facts.st_dev == device_;
  }
  Status Sync() override {
    return ::syncfs(descriptor_) == 0 ? Status() : Failed("syncing", path_, errno);
  }

  // File systems that are known to do what they promise: no overlay, and nothing across a network.
  static bool IsTrusted(int descriptor) {
    struct statfs facts {};
    struct utsname system {};
    int major = 0;
    int minor = 0;
    if (::fstatfs(descriptor, &facts) != 0 || ::uname(&system) != 0) return false;
    if (std::sscanf(system.release, "%d.%d", &major, &minor) != 2) return false;
    const auto type = static_cast<uint64_t>(facts.f_type);
    const bool known = type == EXT4_SUPER_MAGIC || type == XFS_SUPER_MAGIC ||
                       type == BTRFS_SUPER_MAGIC || type == TMPFS_MAGIC;
    return known && (major > 5 || (major == 5 && minor >= 8));
  }

 private:
  int descriptor_;
  std::string path_;
  dev_t device_;
};

class LocalFileSystem final : public FileSystem {
  static constexpr int kCreate = O_WRONLY | O_CREAT | O_TRUNC;

 public:
  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    const mode_t mode = file_mode.load(std::memory_order_relaxed);
    // No file of the engine's own is a link: who made it one wants another file overwritten.
    const int descriptor = TRY(OpenDescriptor(path, kCreate | O_NOFOLLOW, mode));
    auto file = std::make_unique<LocalWritableFile>(descriptor, path, 0);
    // Sets the mode again, as the umask must not take access from those whom 'state.file-mode'
    // lets in.
    if ((mode & ~kOwner) != 0 && ::fchmod(descriptor, mode) != 0) {
      return Failed("setting the mode of", path, errno);
    }
    return std::unique_ptr<WritableFile>(std::move(file));
  }

  Result<std::unique_ptr<WritableFile>> CreateOutput(const std::string& path) override {
    const int descriptor = TRY(OpenDescriptor(path, kCreate, kOutputMode));
    return std::unique_ptr<WritableFile>(new LocalWritableFile(descriptor, path, 0));
  }

  Result<std::unique_ptr<WritableFile>> Reopen(const std::string& path, uint64_t bytes) override {
    const int descriptor = TRY(OpenDescriptor(path, O_WRONLY));
    auto file = std::make_unique<LocalWritableFile>(descriptor, path, bytes);
    struct stat facts {};
    if (::fstat(descriptor, &facts) != 0) return Failed("inspecting", path, errno);
    if (static_cast<uint64_t>(facts.st_size) < bytes) {
      return Status::Corruption(fmt::format(
          "a file is shorter than recorded: {} has {} of {} bytes", path, facts.st_size, bytes));
    }
    const auto length = static_cast<off_t>(bytes);
    if (Retry([&] { return ::ftruncate(descriptor, length); }) != 0) {
      return Failed("cutting", path, errno);
    }
    if (::lseek(descriptor, length, SEEK_SET) < 0) return Failed("seeking in", path, errno);
    return std::unique_ptr<WritableFile>(std::move(file));
  }

  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override {
    // To open a pipe waits for its writer, for ever and whatever signal comes; and it cannot be
    // read at an offset.
    const int descriptor = TRY(OpenDescriptor(path, O_RDONLY | O_NONBLOCK));
    std::unique_ptr<ReadableFile> file(new LocalReadableFile(descriptor, path));
    struct stat facts {};
    if (::fstat(descriptor, &facts) != 0) return Failed("inspecting", path, errno);
    if (!S_ISFIFO(facts.st_mode) || DefectPlanted("pipes-are-files")) return file;
    return Status::External(fmt::format("opening failed: {} is a pipe, not a file", path))
        .WithId("E4001")
        .WithHint("write what comes through it to a file");
  }

  Result<FileInfo> Stat(const std::string& path) override { return InfoOf(path); }

  Result<std::vector<FileInfo>> List(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
    if (!stream) return Failed("listing", directory, errno);
    std::vector<FileInfo> entries;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      const std::string path = JoinPath(directory, name);
      const unsigned char type = entry->d_type;
      Result<FileInfo> info = Stat(path);
      if (!info.ok() && info.status().code() == StatusCode::kNotFound) {
        // It vanished between the two calls, or it is a link to what did.
        if (IsLink(path)) entries.push_back({.path = path, .is_link = true, .is_dangling = true});
        continue;
      }
      entries.push_back(TRY(std::move(info)));
      entries.back().is_link = type == DT_LNK || (type == DT_UNKNOWN && IsLink(path));
    }
    if (errno != 0) return Failed("listing", directory, errno);
    std::sort(entries.begin(), entries.end(),
              [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
    return entries;
  }

  Status CreateDirectories(const std::string& path) override {
    const mode_t mode = DirectoryMode(file_mode.load(std::memory_order_relaxed)) | kOwner;
    return MakeDirectories(path, mode, (mode & ~kOwner) != 0);
  }
  Status CreateOutputDirectory(const std::string& path) override {
    if (::mkdir(path.c_str(), kOutputDirectoryMode) == 0 || errno == EEXIST) return {};
    return Failed("creating the directory", path, errno);
  }
  Status CreateOutputDirectories(const std::string& path) override {
    return MakeDirectories(path, kOutputDirectoryMode, false);
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return Status();
    return Failed("renaming", from + " to " + to, errno);
  }

  Status Link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) == 0) return Status();
    return Failed("linking", from + " to " + to, errno);
  }

  Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return Status();
    return Failed("removing", path, errno);
  }

  Status RemoveRecursively(const std::string& directory) override {
    std::error_code error;
    std::filesystem::remove_all(directory, error);
    return error ? Failed("removing", directory, error.value()) : Status();
  }

  Status SyncDirectory(const std::string& directory) override {
    const int descriptor = TRY(OpenDescriptor(directory, O_RDONLY | O_DIRECTORY));
    const int result = Retry([&] { return ::fsync(descriptor); });
    const int error = errno;
    ::close(descriptor);
    return result == 0 ? Status() : Failed("syncing", directory, error);
  }

  Result<std::unique_ptr<WholeFileSystem>> Whole(const std::string& directory) override {
    const int descriptor = TRY(OpenDescriptor(directory, O_RDONLY | O_DIRECTORY));
    struct stat facts {};
    if (::fstat(descriptor, &facts) == 0 && LocalWhole::IsTrusted(descriptor)) {
      return std::unique_ptr<WholeFileSystem>(
          std::make_unique<LocalWhole>(descriptor, directory, facts.st_dev));
    }
    ::close(descriptor);
    return std::unique_ptr<WholeFileSystem>();
  }

  bool Renames(const std::string& /*directory*/) override { return true; }

  Result<std::unique_ptr<HeldDirectory>> Hold(const std::string& directory) override {
    return HoldLocalDirectory(directory);
  }

 private:
  // `exactly`: whatever the umask is.
  Status MakeDirectories(const std::string& path, mode_t mode, bool exactly) {
    for (size_t end = path.find('/', 1); true; end = path.find('/', end + 1)) {
      const std::string part = path.substr(0, end);
      const bool created = !part.empty() && ::mkdir(part.c_str(), mode) == 0;
      if (!created && !part.empty() && errno != EEXIST)
        return Failed("creating the directory", part, errno);
      if (created && exactly && ::chmod(part.c_str(), mode) != 0)
        return Failed("setting the mode of", part, errno);
      if (created) RETURN_IF_ERROR(SyncDirectory(DirectoryOf(part)));
      if (end == std::string::npos) break;
    }
    const FileInfo info = TRY(Stat(path));
    return info.is_directory ? Status() : Failed("creating the directory", path, ENOTDIR);
  }
};

}  // namespace

Result<std::vector<FileInfo>> FileSystem::ListAll(const std::string& prefix) {
  return Status(StatusCode::kUnsupported, "files are listed by directory: " + prefix);
}

Status FileSystem::RemoveAll(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) RETURN_IF_ERROR(Remove(path));
  return {};
}

Status HeldDirectory::RemoveAll(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) RETURN_IF_ERROR(Remove(path));
  return {};
}

Result<std::unique_ptr<WholeFileSystem>> FileSystem::Whole(const std::string&) {
  return std::unique_ptr<WholeFileSystem>();
}

FileSystem& FileSystem::Local() {
  static LocalFileSystem files;
  return files;
}

void FileSystem::SetFileMode(uint32_t mode) {
  file_mode.store(mode, std::memory_order_relaxed);
}

Status FileFailure(std::string_view what, const std::string& path, int error) {
  std::string message =
      fmt::format("{} failed: {} ({})", what, path, std::generic_category().message(error));
  if (error == ENOENT) return Status::NotFound(std::move(message)).WithId("E4002");
  return Status::External(std::move(message)).WithId("E4001");
}

std::unique_ptr<ReadableFile> ReadLocalFile(int descriptor, const std::string& path) {
  return std::make_unique<LocalReadableFile>(descriptor, path);
}

Result<bool> Exists(FileSystem& files, const std::string& path) {
  const Status looked = files.Stat(path).status();
  if (looked.ok() || looked.code() == StatusCode::kNotFound) return looked.ok();
  if (DefectPlanted("unseen-is-absent")) return false;
  return looked;
}

Result<std::string> ReadFile(FileSystem& files, const std::string& path) {
  const std::unique_ptr<ReadableFile> file = TRY(files.Open(path));
  std::string contents;
  while (true) {  // the size may change while reading, so the end is where reading stops
    const size_t chunk = std::max(kBufferBytes, contents.size());
    const size_t at = contents.size();
    contents.resize(at + chunk);
    const size_t count = TRY(file->Read(at, chunk, contents.data() + at));
    contents.resize(at + count);
    if (count < chunk) return contents;
  }
}

namespace {

Status WriteObject(FileSystem& files, const std::string& path, std::string_view bytes,
                   Contents contents) {
  const std::unique_ptr<WritableFile> file =
      TRY(contents == Contents::kOutput ? files.CreateOutput(path) : files.Create(path));
  RETURN_IF_ERROR(file->Append(bytes));
  WEIR_FAULT_POINT("file.before_sync");
  RETURN_IF_ERROR(file->Sync());
  RETURN_IF_ERROR(file->Close());
  WEIR_FAULT_POINT("file.after_sync");
  return {};
}

}  // namespace

Status WriteFileAtomically(FileSystem& files, const std::string& path, std::string_view bytes,
                           Contents contents) {
  // An object has its old contents or the new by itself.
  if (!files.Renames(DirectoryOf(path))) return WriteObject(files, path, bytes, contents);
  const std::string temporary = path + ".tmp";
  const std::unique_ptr<WritableFile> file =
      TRY(contents == Contents::kOutput ? files.CreateOutput(temporary) : files.Create(temporary));
  RETURN_IF_ERROR(file->Append(bytes));
  WEIR_FAULT_POINT("file.before_sync");
  RETURN_IF_ERROR(file->Sync());
  WEIR_FAULT_POINT("file.after_sync");
  RETURN_IF_ERROR(file->Close());
  WEIR_FAULT_POINT("file.before_rename");
  RETURN_IF_ERROR(PutInPlace(files, temporary, path, contents));
  WEIR_FAULT_POINT("file.after_rename");
  return files.SyncDirectory(DirectoryOf(path));
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string JoinPath(std::string_view directory, std::string_view name) {
  if (directory.empty() || IsAbsolutePath(name)) return std::string(name);
  std::string path(directory);
  if (path.back() != '/') path += '/';
  return path.append(name);
}

}  // namespace weir
