// Who may log in: the users of a data directory, in a file for its owner alone.
//
//   weir users 1
//   ada:operator:$scrypt$ln=15,r=8,p=1$…$…
//
// A line a user, sorted by name. Lines that begin with # are comments, which a change drops.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/engine/access/role.h"
#include "shell/login/password_hash.h"

namespace weir::shell {

// The file in the data directory, unless 'server.users-file' says another one.
inline constexpr std::string_view kUsersFile = "users";

struct User {
  std::string name;
  Role role = Role::kReader;
  PasswordHash hash;
};
// Sorted by name.
using Users = std::vector<User>;

// kInvalidArgument unless it has 1 to 64 letters, digits, '.', '_', '-' and '@', of ASCII, and
// begins with a letter or a digit.
Status CheckUserName(std::string_view name);
// Null when there is none of this name; names differ by case.
const User* FindUser(const Users& users, std::string_view name);

// When a file changed last, as far as it can be seen without reading it. Equal to that of a file
// that is not there by default.
struct FileStamp {
  uint64_t inode = 0;
  int64_t bytes = -1;
  int64_t changed_nanos = 0;  // contents, name or rights
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
FileStamp StampOf(const std::string& path);

// Nobody where there is no file. E6001 for one that cannot be read, that others may read or write,
// that is somebody else's, or that has a line which is no user's.
Result<Users> ReadUsers(const std::string& path);
// Changes the file under a lock on its directory, for which it waits, so that two changes at once
// both count; readers need none. Reads it, has `change` change what it says, and puts a whole new
// file, of mode 0600, in its place. `change`'s error leaves it as it is. The directory is made, for
// its owner alone, where it is not there.
Status ChangeUsers(const std::string& path, const std::function<Status(Users&)>& change);

// The file's text and back. E6001 as above; `path` is for the message.
std::string UsersText(const Users& users);
Result<Users> ParseUsers(std::string_view text, const std::string& path);

}  // namespace weir::shell
