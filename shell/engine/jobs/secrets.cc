#include "shell/engine/jobs/secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/file_owner.h"
#include "runtime/file_system.h"
#include "runtime/graph/secret_reference.h"
#include "shell/engine/jobs/secret_ports.h"
#include "shell/engine/jobs/table_paths.h"

namespace weir::shell {
namespace {

constexpr std::string_view kUnfinished = ".new";  // no secret has such a name
constexpr int64_t kNanosAMilli = 1'000'000;

class OpenSecret {
 public:
  OpenSecret(const std::string& path, int flags) : number_(::open(path.c_str(), flags, 0600)) {}
  ~OpenSecret() {
    if (number_ >= 0) ::close(number_);
  }
  OpenSecret(const OpenSecret&) = delete;
  OpenSecret& operator=(const OpenSecret&) = delete;
  int get() const { return number_; }

 private:
  const int number_;
};

Status Unusable(const std::string& name, std::string_view why) {
  return Status::InvalidArgument(fmt::format("the secret \"{}\" {}", name, why)).WithId("E6006");
}

Status CannotWrite(const std::string& path) {
  return Status::External(fmt::format("'{}' cannot be written: {}", path, std::strerror(errno)))
      .WithId("E4001");
}

// Of the file that is open, so that it cannot be another one that is read.
Status CheckFacts(const OpenSecret& file, const std::string& name, const std::string& path) {
  constexpr mode_t kOthers = 077;
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode))
    return Unusable(name, "is no regular file");
  const bool ours = facts.st_uid == ::geteuid() || facts.st_uid == 0 || ::geteuid() == 0;
  if (!ours) return Unusable(name, "is somebody else's");
  if ((facts.st_mode & kOthers) == 0) return {};
  return Unusable(name,
                  fmt::format("may be used by others: its mode is {:04o}", facts.st_mode & 07777U))
      .WithHint(fmt::format("chmod 600 '{}'", path));
}

Result<std::string> ReadAll(const OpenSecret& file, const std::string& name) {
  std::string value(kMostSecretBytes + 1, '\0');
  size_t size = 0;
  while (size < value.size()) {
    const ssize_t count = ::read(file.get(), value.data() + size, value.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Unusable(name, "cannot be read");
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  value.resize(size);
  if (value.ends_with('\n')) value.pop_back();
  if (value.empty()) return Unusable(name, "is empty");
  if (value.size() > kMostSecretBytes) return Unusable(name, "is longer than 64 KiB");
  return value;
}

// The value gets its name when it has been written.
Status WriteValue(const std::string& data_directory, const std::string& path,
                  std::string_view value) {
  const std::string unnamed = path + std::string(kUnfinished);
  ::unlink(unnamed.c_str());
  {
    // Not by FileSystem::Create: 'state.file-mode' is for what others may read.
    const OpenSecret file(unnamed, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
    if (file.get() >= 0) GiveToOwnerOf(data_directory, file.get());
    if (file.get() < 0 ||
        ::write(file.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size()) ||
        ::fsync(file.get()) != 0)
      return CannotWrite(path);
  }
  if (::rename(unnamed.c_str(), path.c_str()) != 0) return CannotWrite(path);
  return FileSystem::Local().SyncDirectory(DirectoryOf(path));
}

}  // namespace

Secrets::Secrets(const std::string& data_directory)
    : data_directory_(data_directory), directory_(JoinPath(data_directory, "secrets")) {}

std::string Secrets::PathOf(const std::string& name) const {
  return JoinPath(directory_, name);
}

Status Secrets::Missing(const std::string& name) const {
  return Unusable(name, "does not exist")
      .WithHint(fmt::format("weir --data-dir '{}' secret set {}", data_directory_, name));
}

Result<std::vector<Secrets::Named>> Secrets::List() const {
  Result<std::vector<FileInfo>> files = FileSystem::Local().List(directory_);
  if (!files.ok() && files.status().code() == StatusCode::kNotFound) return std::vector<Named>();
  if (!files.ok()) return std::move(files).status();
  std::vector<Named> names;
  for (const FileInfo& file : *files) {
    const std::string name = file.path.substr(file.path.rfind('/') + 1);
    const bool listed =
        file.is_regular && !name.ends_with(kUnfinished) && graph::CheckSecretName(name).ok();
    if (listed) names.push_back({name, file.modified_nanos / kNanosAMilli});
  }
  std::ranges::sort(names, {}, &Named::name);
  return names;
}

Result<std::string> Secrets::Value(const std::string& name) const {
  RETURN_IF_ERROR(graph::CheckSecretName(name));
  const std::string path = PathOf(name);
  const OpenSecret file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) return Missing(name);
  if (file.get() < 0)
    return Unusable(name, fmt::format("cannot be read: {}", std::strerror(errno)));
  RETURN_IF_ERROR(CheckFacts(file, name, path));
  return ReadAll(file, name);
}

Status Secrets::Set(const std::string& name, std::string_view value) const {
  RETURN_IF_ERROR(graph::CheckSecretName(name));
  if (name.ends_with(kUnfinished))
    return Status::InvalidArgument("the name of a secret does not end with .new");
  if (value.empty()) return Status::InvalidArgument("the value of a secret is not empty");
  if (value.size() > kMostSecretBytes)
    return Status::InvalidArgument("the value of a secret has at most 64 KiB");
  RETURN_IF_ERROR(FileSystem::Local().CreateDirectories(data_directory_));
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) return CannotWrite(directory_);
  const OpenSecret directory(directory_, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  GiveToOwnerOf(data_directory_, directory.get());
  return WriteValue(data_directory_, PathOf(name), value);
}

Status Secrets::Drop(const std::string& name) const {
  RETURN_IF_ERROR(graph::CheckSecretName(name));
  if (::unlink(PathOf(name).c_str()) == 0) return FileSystem::Local().SyncDirectory(directory_);
  return errno == ENOENT || errno == ENOTDIR ? Unusable(name, "does not exist")
                                             : CannotWrite(PathOf(name));
}

Status CheckSecrets(const graph::JobGraph& graph, const Secrets& secrets) {
  for (const graph::Node& node : graph.nodes) {
    const std::optional<TableInGraph> table = TableOf(node);
    if (table) RETURN_IF_ERROR(WithSecrets(*table->options, *table->name, secrets).status());
  }
  return {};
}

}  // namespace weir::shell
