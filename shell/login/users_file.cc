#include "shell/login/users_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/file_owner.h"
#include "runtime/file_system.h"
#include "shell/login/open_file.h"

namespace weir::shell {
namespace {

constexpr std::string_view kFirstLine = "weir users 1";
constexpr size_t kMostBytes = 4 << 20;

Status BadFile(const std::string& path, std::string_view why) {
  return Status::InvalidArgument(fmt::format("the users file '{}' {}", path, why)).WithId("E6001");
}

Status CannotWrite(const std::string& path) {
  return Status::External(
             fmt::format("the users file '{}' cannot be written: {}", path, std::strerror(errno)))
      .WithId("E4001");
}

// Of the file that is open, so that it cannot be another one that is read.
Status CheckFacts(const OpenFile& file, const std::string& path) {
  constexpr mode_t kOthers = 077;
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode))
    return BadFile(path, "is no regular file");
  const bool ours = facts.st_uid == ::geteuid() || facts.st_uid == 0 || ::geteuid() == 0;
  if (!ours) return BadFile(path, "is somebody else's");
  if ((facts.st_mode & kOthers) == 0) return {};
  return BadFile(path,
                 fmt::format("may be used by others: its mode is {:04o}", facts.st_mode & 07777U))
      .WithHint(fmt::format("chmod 600 '{}'", path));
}

Result<std::string> ReadAll(const OpenFile& file, const std::string& path) {
  std::string text;
  char buffer[16 << 10];
  while (true) {
    const ssize_t count = ::read(file.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return BadFile(path, "cannot be read");
    if (count == 0) return text;
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > kMostBytes) return BadFile(path, "is larger than 4 MiB");
  }
}

Result<User> UserOf(std::string_view line) {
  const size_t first = line.find(':');
  const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
  if (second == std::string_view::npos)
    return Status::InvalidArgument("a line has a name, a role and a hash, with ':' between them");
  User user;
  user.name = line.substr(0, first);
  RETURN_IF_ERROR(CheckUserName(user.name));
  const std::string_view role = line.substr(first + 1, second - first - 1);
  const std::optional<Role> known = RoleNamed(role);
  if (!known) return Status::InvalidArgument(fmt::format("there is no role '{}'", role));
  user.role = *known;
  user.hash = TRY(ParsePasswordHash(line.substr(second + 1)));
  return user;
}

// A file that is there is a whole one: it gets its name when it has been written.
Status WriteUsers(const std::string& path, const std::string& text) {
  const std::string unnamed = path + ".new";
  ::unlink(unnamed.c_str());
  {
    // Not by FileSystem::Create: 'state.file-mode' is for what others may read.
    const OpenFile file(::open(unnamed.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() >= 0) GiveToOwnerOf(DirectoryOf(path), file.get());
    if (file.get() < 0 ||
        ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fsync(file.get()) != 0)
      return CannotWrite(path);
  }
  if (::rename(unnamed.c_str(), path.c_str()) != 0) return CannotWrite(path);
  return FileSystem::Local().SyncDirectory(DirectoryOf(path));
}

}  // namespace

Status CheckUserName(std::string_view name) {
  constexpr size_t kMost = 64;
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kMore = "._-@";
  const bool fits = !name.empty() && name.size() <= kMost &&
                    kLetters.find(name.front()) != std::string_view::npos &&
                    std::ranges::all_of(name, [&](char c) {
                      return kLetters.find(c) != std::string_view::npos ||
                             kMore.find(c) != std::string_view::npos;
                    });
  if (fits) return {};
  return Status::InvalidArgument(fmt::format("'{}' is no name of a user", name))
      .WithHint(
          "it has 1 to 64 letters, digits, '.', '_', '-' and '@', and begins with a letter or a "
          "digit");
}

const User* FindUser(const Users& users, std::string_view name) {
  const auto found = std::ranges::find(users, name, &User::name);
  return found == users.end() ? nullptr : &*found;
}

FileStamp StampOf(const std::string& path) {
  constexpr int64_t kNanosASecond = 1'000'000'000;
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return {};
  return {facts.st_ino, facts.st_size,
          facts.st_ctim.tv_sec * kNanosASecond + facts.st_ctim.tv_nsec};
}

Result<Users> ReadUsers(const std::string& path) {
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return Users();
  if (file.get() < 0) return BadFile(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  RETURN_IF_ERROR(CheckFacts(file, path));
  return ParseUsers(TRY(ReadAll(file, path)), path);
}

Status ChangeUsers(const std::string& path, const std::function<Status(Users&)>& change) {
  const std::string directory = DirectoryOf(path);
  RETURN_IF_ERROR(FileSystem::Local().CreateDirectories(directory));
  const OpenFile held(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (held.get() < 0 || ::flock(held.get(), LOCK_EX) != 0) return CannotWrite(path);
  Users users = TRY(ReadUsers(path));
  RETURN_IF_ERROR(change(users));
  std::ranges::sort(users, {}, &User::name);
  return WriteUsers(path, UsersText(users));
}

std::string UsersText(const Users& users) {
  std::string text = fmt::format("{}\n", kFirstLine);
  for (const User& user : users)
    text += fmt::format("{}:{}:{}\n", user.name, RoleName(user.role), PasswordHashText(user.hash));
  return text;
}

Result<Users> ParseUsers(std::string_view text, const std::string& path) {
  if (text.substr(0, text.find('\n')) != kFirstLine)
    return BadFile(path, fmt::format("does not begin with \"{}\"", kFirstLine));
  Users users;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return BadFile(path, "ends in the middle of a line");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (number == 1 || line.starts_with('#')) continue;
    Result<User> user = UserOf(line);
    if (!user.ok())
      return BadFile(path, fmt::format("has line {} wrong: {}", number, user.status().message()));
    users.push_back(*std::move(user));
  }
  std::ranges::sort(users, {}, &User::name);
  const auto twice = std::ranges::adjacent_find(users, {}, &User::name);
  if (twice != users.end()) return BadFile(path, fmt::format("has user {} twice", twice->name));
  return users;
}

}  // namespace weir::shell
