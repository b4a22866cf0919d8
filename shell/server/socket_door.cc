#include "shell/server/socket_door.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "shell/login/users_file.h"

namespace weir::shell {
namespace {

constexpr size_t kMostBytes = 16 << 20;  // of one entry: a group may have many members

// Calls `ask` with a buffer that grows until it is large enough; true when there is an entry.
template <typename F>
bool Found(const F& ask) {
  for (std::vector<char> buffer(4096); buffer.size() <= kMostBytes;
       buffer.resize(buffer.size() * 2)) {
    bool found = false;
    if (ask(buffer, found) != ERANGE) return found;
  }
  return false;
}

std::optional<gid_t> GroupNamed(const std::string& name) {
  std::optional<gid_t> number;
  Found([&](std::vector<char>& buffer, bool& found) {
    group entry{};
    group* result = nullptr;
    const int failed = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &result);
    found = result != nullptr;
    if (found) number = entry.gr_gid;
    return failed;
  });
  return number;
}

// "uid 1234" of a user who has no name: no user in the users file is called so.
std::string NameOf(uid_t user) {
  std::string name = fmt::format("uid {}", user);
  Found([&](std::vector<char>& buffer, bool& found) {
    passwd entry{};
    passwd* result = nullptr;
    const int failed = ::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &result);
    found = result != nullptr;
    if (found) name = entry.pw_name;
    return failed;
  });
  return name;
}

}  // namespace

Result<SocketDoor> SocketDoor::For(const std::string& group, std::string users_file) {
  SocketDoor door;
  if (group.empty()) return door;
  door.group_ = GroupNamed(group);
  door.users_file_ = std::move(users_file);
  if (door.group_) return door;
  return Status::InvalidArgument(
             fmt::format("'server.socket.group': there is no group '{}' on this machine", group))
      .WithId("E6001")
      .WithHint(fmt::format("groupadd {0}; usermod -a -G {0} NAME", group));
}

bool SocketDoor::LetsIn(const rpc::Peer& peer) const {
  return rpc::IsOwnOrRoot(peer.user) ||
         (group_ && std::ranges::find(peer.groups, *group_) != peer.groups.end());
}

bool SocketDoor::LetsIn(const rpc::Descriptor& connection) const {
  const Result<rpc::Peer> peer = rpc::PeerOf(connection);
  return peer.ok() && LetsIn(*peer);
}

std::optional<Principal> SocketDoor::WhoIs(const rpc::Descriptor& connection) const {
  const Result<rpc::Peer> peer = rpc::PeerOf(connection);
  if (!peer.ok() || !LetsIn(*peer)) return std::nullopt;
  if (rpc::IsOwnOrRoot(peer->user)) return Principal{};
  Principal member{.name = NameOf(peer->user), .role = Role::kReader, .remote = false};
  const Result<Users> users = ReadUsers(users_file_);
  const User* user = users.ok() ? FindUser(*users, member.name) : nullptr;
  if (user != nullptr) member.role = user->role;
  return member;
}

}  // namespace weir::shell
