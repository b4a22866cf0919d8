#include "runtime/held_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "runtime/fault_point.h"

namespace weir {
namespace {

Status Refused(std::string_view why, std::string_view path) {
  return Status::Corruption(fmt::format("a path {}: {}", why, path)).WithId("E7001");
}

// Closed when it goes. Negative: none.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  int Release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

constexpr int kDirectory = O_PATH | O_DIRECTORY | O_CLOEXEC;
// Neither waits for a FIFO's writer nor becomes a terminal's process.
constexpr int kFile = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

int OpenStep(int directory, const std::string& step, int flags) {
  return Retry([&] { return ::openat(directory, step.c_str(), flags | O_NOFOLLOW); });
}

// Each step is looked up in the directory that the one before led to.
int OpenBySteps(int directory, const std::string& path, int flags) {
  Descriptor at(-1);
  size_t begin = 0;
  for (size_t end = path.find('/'); end != std::string::npos; end = path.find('/', begin)) {
    at = Descriptor(OpenStep(directory, path.substr(begin, end - begin), kDirectory));
    if (at.number() < 0) return -1;
    directory = at.number();
    begin = end + 1;
  }
  const int opened = OpenStep(directory, path.substr(begin), flags);
  const int error = errno;
  at = Descriptor(-1);
  errno = error;
  return opened;
}

int OpenByKernel(int directory, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  int opened = -1;
  do {  // EAGAIN: something was renamed meanwhile
    opened = static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how)));
  } while (opened < 0 && (errno == EINTR || errno == EAGAIN));
  return opened;
}

// REQUIRES: "." or a path that CheckBelow takes.
int OpenBelow(int directory, const std::string& path, int flags, FollowBy follow) {
  if (DefectPlanted("follow-links")) return ::openat(directory, path.c_str(), flags);
  if (follow == FollowBy::kKernel) {
    const int opened = OpenByKernel(directory, path, flags);
    // Older kernels do not have it, and some sandboxes forbid it.
    if (opened >= 0 || (errno != ENOSYS && errno != EPERM)) return opened;
  }
  return OpenBySteps(directory, path, flags);
}

class LocalHeldDirectory final : public HeldDirectory {
 public:
  LocalHeldDirectory(Descriptor directory, std::string path, FollowBy follow)
      : directory_(std::move(directory)), path_(std::move(path)), follow_(follow) {}

  Result<OpenedFile> Open(const std::string& path) override {
    RETURN_IF_ERROR(CheckBelow(path));
    Descriptor file(OpenBelow(directory_.number(), path, kFile, follow_));
    if (file.number() < 0) return Failed("opening", path, errno);
    struct stat facts {};
    if (::fstat(file.number(), &facts) != 0) return Failed("inspecting", path, errno);
    if (!S_ISREG(facts.st_mode)) return NoFile(path);
    OpenedFile opened;
    opened.bytes = static_cast<uint64_t>(facts.st_size);
    opened.file = ReadLocalFile(file.Release(), Full(path));
    return opened;
  }

  // What the name stands for may change between the look and the link: the link is looked at, too.
  Status Link(const std::string& path, const std::string& to) override {
    const Place place = TRY(Find(path));
    struct stat facts {};
    if (!place.Stat(facts)) return Failed("inspecting", path, errno);
    if (!S_ISREG(facts.st_mode)) return NoFile(path);
    if (::linkat(place.parent.number(), place.name.c_str(), AT_FDCWD, to.c_str(), 0) != 0) {
      return Failed("linking", path, errno);
    }
    struct stat linked {};
    if (::lstat(to.c_str(), &linked) == 0 && linked.st_ino == facts.st_ino &&
        linked.st_dev == facts.st_dev) {
      return Status();
    }
    ::unlink(to.c_str());
    return Refused("changed while it was linked", Full(path));
  }

  Status Remove(const std::string& path) override {
    const Result<Place> place = Find(path);
    if (!place.ok()) {
      return place.status().code() == StatusCode::kNotFound ? Status() : place.status();
    }
    struct stat facts {};
    if (!place->Stat(facts)) return errno == ENOENT ? Status() : Failed("inspecting", path, errno);
    if (!S_ISREG(facts.st_mode)) return NoFile(path);
    if (::unlinkat(place->parent.number(), place->name.c_str(), 0) == 0 || errno == ENOENT) {
      return Status();
    }
    return Failed("removing", path, errno);
  }

  Status RemoveDirectory(const std::string& path) override {
    const Place place = TRY(Find(path));
    if (::unlinkat(place.parent.number(), place.name.c_str(), AT_REMOVEDIR) == 0) return Status();
    return Failed("removing", path, errno);
  }

  Status Sync() override {
    const Descriptor readable(
        Retry([&] { return ::openat(directory_.number(), ".", O_RDONLY | O_CLOEXEC); }));
    if (readable.number() < 0) return FileFailure("opening", path_, errno);
    const int synced = Retry([&] { return ::fsync(readable.number()); });
    return synced == 0 ? Status() : FileFailure("syncing", path_, errno);
  }

 private:
  // A name in a directory that is open.
  struct Place {
    Descriptor parent;
    std::string name;
    bool Stat(struct stat& facts) const {
      return ::fstatat(parent.number(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0;
    }
  };

  Result<Place> Find(const std::string& path) const {
    RETURN_IF_ERROR(CheckBelow(path));
    Descriptor parent(OpenBelow(directory_.number(), DirectoryOf(path), kDirectory, follow_));
    if (parent.number() < 0) return Failed("opening", path, errno);
    return Place{std::move(parent), path.substr(path.rfind('/') + 1)};
  }
  std::string Full(const std::string& path) const { return JoinPath(path_, path); }
  Status NoFile(const std::string& path) const { return Refused("names no file", Full(path)); }
  Status Failed(std::string_view what, const std::string& path, int error) const {
    if (error == ELOOP || error == EXDEV) {
      return Refused("goes through a symbolic link", Full(path));
    }
    if (error == ENOTDIR) return Refused("goes through what is no directory", Full(path));
    if (error == ENXIO) return NoFile(path);  // a socket
    return FileFailure(what, Full(path), error);
  }

  const Descriptor directory_;
  const std::string path_;
  const FollowBy follow_;
};

// For file systems that offer no better way.
class DirectoryByPath final : public HeldDirectory {
 public:
  DirectoryByPath(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  Result<OpenedFile> Open(const std::string& path) override {
    const FileInfo info = TRY(Find(path));
    return OpenedFile{TRY(files_.Open(info.path)), info.bytes};
  }
  Status Link(const std::string& path, const std::string& to) override {
    return files_.Link(TRY(Find(path)).path, to);
  }
  Status Remove(const std::string& path) override {
    const Result<FileInfo> info = Find(path);
    if (info.ok()) return files_.Remove(info->path);
    return info.status().code() == StatusCode::kNotFound ? Status() : info.status();
  }
  Status RemoveDirectory(const std::string& path) override {
    RETURN_IF_ERROR(CheckBelow(path));
    const std::string full = JoinPath(path_, path);
    if (!TRY(files_.List(full)).empty()) return FileFailure("removing", full, ENOTEMPTY);
    return files_.RemoveRecursively(full);
  }
  Status Sync() override { return files_.SyncDirectory(path_); }

 private:
  Result<FileInfo> Find(const std::string& path) {
    RETURN_IF_ERROR(CheckBelow(path));
    FileInfo info = TRY(files_.Stat(JoinPath(path_, path)));
    if (info.is_directory) return Refused("names no file", info.path);
    return info;
  }

  FileSystem& files_;
  const std::string path_;
};

}  // namespace

Status CheckBelow(std::string_view path) {
  for (std::string_view rest = path; true;) {
    const std::string_view step = rest.substr(0, rest.find('/'));
    if (step.empty() || step == "." || step == ".." || step.find('\0') != std::string_view::npos) {
      return Refused("leads out of its directory, or nowhere", path);
    }
    if (step.size() == rest.size()) return Status();
    rest.remove_prefix(step.size() + 1);
  }
}

Result<std::unique_ptr<HeldDirectory>> HoldLocalDirectory(const std::string& path,
                                                          FollowBy follow) {
  Descriptor directory(Retry([&] { return ::open(path.c_str(), kDirectory); }));
  if (directory.number() < 0) return FileFailure("opening", path, errno);
  return std::unique_ptr<HeldDirectory>(
      std::make_unique<LocalHeldDirectory>(std::move(directory), path, follow));
}

Result<std::unique_ptr<HeldDirectory>> FileSystem::Hold(const std::string& directory) {
  const FileInfo info = TRY(Stat(directory));
  if (!info.is_directory) return FileFailure("opening", directory, ENOTDIR);
  return std::unique_ptr<HeldDirectory>(std::make_unique<DirectoryByPath>(*this, directory));
}

Result<std::string> ReadFile(HeldDirectory& directory, const std::string& path, uint64_t most) {
  const HeldDirectory::OpenedFile opened = TRY(directory.Open(path));
  if (opened.bytes > most) {
    return Refused(fmt::format("names a file of {} bytes, more than {}", opened.bytes, most), path);
  }
  std::string contents(opened.bytes, '\0');
  contents.resize(TRY(opened.file->Read(0, contents.size(), contents.data())));
  return contents;
}

}  // namespace weir
