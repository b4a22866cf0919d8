#include "runtime/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/file_owner.h"

namespace weir {
namespace {

Status Refused() {
  return Status::External(std::strerror(errno));
}

}  // namespace

Status CheckPrivate(const OpenFile& file, const std::string& path) {
  constexpr mode_t kOthers = 077;
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode))
    return Status::InvalidArgument("is no regular file");
  const bool ours = facts.st_uid == ::geteuid() || facts.st_uid == 0 || ::geteuid() == 0;
  if (!ours) return Status::InvalidArgument("is somebody else's");
  if ((facts.st_mode & kOthers) == 0) return {};
  return Status::InvalidArgument(
             fmt::format("may be used by others: its mode is {:04o}", facts.st_mode & 07777U))
      .WithHint(fmt::format("chmod 600 '{}'", path));
}

Result<std::string> ReadUpTo(const OpenFile& file, size_t most) {
  std::string text;
  char buffer[16 << 10];
  while (text.size() <= most) {
    const size_t room = std::min(sizeof(buffer), most + 1 - text.size());
    const ssize_t count = ::read(file.get(), buffer, room);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Refused();
    if (count == 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

Status ReplacePrivate(const std::string& path, std::string_view text,
                      const std::string& directory) {
  const std::string unnamed = path + std::string(kUnfinishedEnding);
  ::unlink(unnamed.c_str());
  {
    // Not by FileSystem::Create: 'state.file-mode' is for what others may read.
    const OpenFile file(::open(unnamed.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() >= 0) GiveToOwnerOf(directory, file.get());
    if (file.get() < 0) return Refused();
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written >= 0 && static_cast<size_t>(written) < text.size()) errno = ENOSPC;
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.get()) != 0) {
      Status refused = Refused();
      ::unlink(unnamed.c_str());
      return refused;
    }
  }
  return ::rename(unnamed.c_str(), path.c_str()) == 0 ? Status() : Refused();
}

}  // namespace weir
