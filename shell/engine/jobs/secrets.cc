#include "shell/engine/jobs/secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/base/local_path.h"
#include "runtime/file_owner.h"
#include "runtime/file_system.h"
#include "runtime/graph/secret_reference.h"
#include "runtime/private_file.h"
#include "runtime/types/datetime.h"
#include "shell/engine/jobs/secret_ports.h"
#include "shell/engine/jobs/table_paths.h"

namespace weir::shell {
namespace {

Status Unusable(const std::string& name, std::string_view why) {
  return Status::InvalidArgument(fmt::format("the secret \"{}\" {}", name, why)).WithId("E6006");
}

Status CannotWrite(const std::string& path, std::string_view why) {
  return Status::External(fmt::format("'{}' cannot be written: {}", path, why)).WithId("E4001");
}

// The value in an open file, without the newline behind it.
Result<std::string> ReadValue(const OpenFile& file, const std::string& name) {
  Result<std::string> value = ReadUpTo(file, kMostSecretBytes);
  if (!value.ok()) return Unusable(name, "cannot be read");
  if (value->ends_with('\n')) value->pop_back();
  if (value->empty()) return Unusable(name, "is empty");
  if (value->size() > kMostSecretBytes) return Unusable(name, "is longer than 64 KiB");
  return value;
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
    const std::string name = FileName(file.path);
    const bool listed =
        file.is_regular && !name.ends_with(kUnfinishedEnding) && graph::CheckSecretName(name).ok();
    if (listed) names.push_back({name, file.modified_nanos / kNanosPerMilli});
  }
  std::ranges::sort(names, {}, &Named::name);
  return names;
}

Result<std::string> Secrets::Value(const std::string& name) const {
  RETURN_IF_ERROR(graph::CheckSecretName(name));
  const std::string path = PathOf(name);
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (file.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) return Missing(name);
  if (file.get() < 0)
    return Unusable(name, fmt::format("cannot be read: {}", std::strerror(errno)));
  if (const Status fits = CheckPrivate(file, path); !fits.ok())
    return Unusable(name, fits.message()).WithHint(fits.hint());
  return ReadValue(file, name);
}

Status Secrets::Set(const std::string& name, std::string_view value) const {
  RETURN_IF_ERROR(graph::CheckSecretName(name));
  if (name.ends_with(kUnfinishedEnding))
    return Status::InvalidArgument("the name of a secret does not end with .new");
  if (value.empty()) return Status::InvalidArgument("the value of a secret is not empty");
  if (value.size() > kMostSecretBytes)
    return Status::InvalidArgument("the value of a secret has at most 64 KiB");
  RETURN_IF_ERROR(FileSystem::Local().CreateDirectories(data_directory_));
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST)
    return CannotWrite(directory_, std::strerror(errno));
  const OpenFile directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  GiveToOwnerOf(data_directory_, directory.get());
  const Status written = ReplacePrivate(PathOf(name), value, data_directory_);
  return written.ok() ? FileSystem::Local().SyncDirectory(directory_)
                      : CannotWrite(PathOf(name), written.message());
}

Status Secrets::Drop(const std::string& name) const {
  RETURN_IF_ERROR(graph::CheckSecretName(name));
  if (::unlink(PathOf(name).c_str()) == 0) return FileSystem::Local().SyncDirectory(directory_);
  return errno == ENOENT || errno == ENOTDIR ? Unusable(name, "does not exist")
                                             : CannotWrite(PathOf(name), std::strerror(errno));
}

Status CheckSecrets(const graph::JobGraph& graph, const Secrets& secrets) {
  for (const graph::Node& node : graph.nodes) {
    const std::optional<TableInGraph> table = TableOf(node);
    if (table) RETURN_IF_ERROR(WithSecrets(*table->options, *table->name, secrets).status());
  }
  return {};
}

}  // namespace weir::shell
