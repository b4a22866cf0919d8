// Who may connect through the socket of a data directory, and as whom.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "shell/engine/access/role.h"
#include "shell/rpc/local_socket.h"

namespace weir::shell {

// Immutable; any thread.
class SocketDoor {
 public:
  // For processes of the owner and of root alone.
  SocketDoor() = default;
  // Also for members of `group`, whose roles the users file has by their names on this machine; ""
  // is none. E6001 where there is no such group.
  static Result<SocketDoor> For(const std::string& group, std::string users_file);

  bool has_group() const { return group_.has_value(); }
  // Decides by what the kernel says about the peer alone, without looking anything up.
  bool LetsIn(const rpc::Descriptor& connection) const;
  // The principal of the peer. The owner and root are admins, since they have the directory itself;
  // a member who is no user, or whose role cannot be read, is a reader. nullopt if the peer may not
  // connect.
  std::optional<Principal> WhoIs(const rpc::Descriptor& connection) const;

 private:
  bool LetsIn(const rpc::Peer& peer) const;

  std::optional<gid_t> group_;
  std::string users_file_;
};

}  // namespace weir::shell
