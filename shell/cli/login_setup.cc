#include "shell/cli/login_setup.h"

#include <fmt/format.h>

#include "runtime/file_system.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/http/access_token.h"

namespace weir::shell {
namespace {

constexpr std::string_view kCertificate = "server.tls.certificate";
constexpr std::string_view kTlsKey = "server.tls.key";

Result<std::shared_ptr<TlsCertificate>> CertificateOf(const conf::Settings& settings,
                                                      TlsCertificate::Said said) {
  const TlsFiles files{settings.Get(kCertificate), settings.Get(kTlsKey)};
  if (files.certificate.empty() && files.key.empty()) return std::shared_ptr<TlsCertificate>();
  if (!files.certificate.empty() && !files.key.empty())
    return TlsCertificate::Load(files, std::move(said));
  return Status::InvalidArgument(fmt::format("'{}' is set and '{}' is not",
                                             files.key.empty() ? kCertificate : kTlsKey,
                                             files.key.empty() ? kTlsKey : kCertificate))
      .WithId("E6002")
      .WithHint("TLS takes both: files in PEM");
}

}  // namespace

std::string UsersFileOf(const conf::Settings& settings, const std::string& data_directory) {
  const std::string said = settings.Get("server.users-file");
  return AbsolutePath(said.empty() ? JoinPath(data_directory, kUsersFile) : said);
}

Result<SocketDoor> SocketDoorOf(const conf::Settings& settings, const std::string& data_directory) {
  return SocketDoor::For(settings.Get("server.socket.group"),
                         UsersFileOf(settings, data_directory));
}

Result<NetworkDoor> OpenDoor(const conf::Settings& settings, const std::string& data_directory,
                             DoorLog log) {
  LoginOptions options;
  options.token = TRY(ReadOrMakeToken(data_directory));
  options.users_file = UsersFileOf(settings, data_directory);
  options.refused = log.refused;
  NetworkDoor door;
  door.tls = TRY(CertificateOf(settings, log.certificate));
  door.logins = TRY(Logins::Start(std::move(options)));
  door.log = std::move(log);
  return door;
}

Result<std::optional<ListenAddress>> AddressFor(const conf::Settings& settings,
                                                std::string_view key, std::string_view otherwise,
                                                const NetworkDoor& door) {
  const std::string said = settings.Get(key);
  std::optional<ListenAddress> address =
      TRY(ParseListenAddress(said.empty() ? otherwise : said, key));
  if (!address || IsLoopback(address->host)) return address;
  const bool users = door.logins->has_users();
  if (door.tls != nullptr && users) return address;
  const std::string_view lacks = door.tls != nullptr ? "there is no user who could log in"
                                 : users             ? "there is no TLS"
                                                     : "there is neither TLS nor a login of users";
  return Status::InvalidArgument(
             fmt::format("'{}' cannot be '{}': others could reach it, and {}", key, said, lacks))
      .WithId("E6001")
      .WithHint(
          "set 'server.tls.certificate' and 'server.tls.key', and make a user: weir user add NAME; "
          "or take an address of this machine alone, such as 127.0.0.1");
}

}  // namespace weir::shell
