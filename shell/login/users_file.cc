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

#include "runtime/base/plain_name.h"
#include "runtime/file_system.h"
#include "runtime/open_file.h"
#include "runtime/private_file.h"

namespace weir::shell {
namespace {

constexpr std::string_view kFirstLine = "weir users 1";
constexpr size_t kMostBytes = 4 << 20;

Status BadFile(const std::string& path, std::string_view why) {
  return Status::InvalidArgument(fmt::format("the users file '{}' {}", path, why)).WithId("E6001");
}

Status CannotWrite(const std::string& path, std::string_view why) {
  return Status::External(fmt::format("the users file '{}' cannot be written: {}", path, why))
      .WithId("E4001");
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

Status WriteUsers(const std::string& path, const std::string& text) {
  const std::string directory = DirectoryOf(path);
  const Status written = ReplacePrivate(path, text, directory);
  return written.ok() ? FileSystem::Local().SyncDirectory(directory)
                      : CannotWrite(path, written.message());
}

}  // namespace

Status CheckUserName(std::string_view name) {
  if (IsPlainName(name, 64, "._-@")) return {};
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
  if (const Status fits = CheckPrivate(file, path); !fits.ok())
    return BadFile(path, fits.message()).WithHint(fits.hint());
  const Result<std::string> text = ReadUpTo(file, kMostBytes);
  if (!text.ok()) return BadFile(path, "cannot be read");
  if (text->size() > kMostBytes) return BadFile(path, "is larger than 4 MiB");
  return ParseUsers(*text, path);
}

Status ChangeUsers(const std::string& path, const std::function<Status(Users&)>& change) {
  const std::string directory = DirectoryOf(path);
  RETURN_IF_ERROR(FileSystem::Local().CreateDirectories(directory));
  const OpenFile held(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (held.get() < 0 || ::flock(held.get(), LOCK_EX) != 0)
    return CannotWrite(path, std::strerror(errno));
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
