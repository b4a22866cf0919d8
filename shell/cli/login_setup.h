// Who may come into a process that answers the network: by its options and its data directory.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "conf/settings.h"
#include "shell/http/listen_address.h"
#include "shell/login/logins.h"
#include "shell/login/tls_certificate.h"
#include "shell/server/socket_door.h"

namespace weir::shell {

// The path of the file with the users of a data directory.
std::string UsersFileOf(const conf::Settings& settings, const std::string& data_directory);

// Each is called by any thread: after somebody has logged in, after a login was refused, and after
// the certificate was read again.
struct DoorLog {
  std::function<void(const std::string& message)> login;
  std::function<void(const std::string& message)> refused;
  std::function<void(bool failed, const std::string& message)> certificate;
};

// What HTTP and HiveServer2's clients come through.
struct NetworkDoor {
  std::unique_ptr<Logins> logins;
  std::shared_ptr<TlsCertificate> tls;  // null: connections are plain
  DoorLog log;
};

// Whom the socket of a data directory is for. E6001 for a group that there is not.
Result<SocketDoor> SocketDoorOf(const conf::Settings& settings, const std::string& data_directory);

// The token, the users and the certificate. E6001 for files that cannot be trusted, E6002 for a
// certificate without its key.
Result<NetworkDoor> OpenDoor(const conf::Settings& settings, const std::string& data_directory,
                             DoorLog log);

// The address that an option says; where it says nothing, the one at `otherwise`. Nothing where it
// switches off. E6001 for what is none, and for one that others can reach while connections are
// plain or there is no user who could log in.
Result<std::optional<ListenAddress>> AddressFor(const conf::Settings& settings,
                                                std::string_view key, std::string_view otherwise,
                                                const NetworkDoor& door);

}  // namespace weir::shell
