#include "shell/rpc/local_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thrift/TOutput.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

namespace weir::rpc {
namespace {

constexpr int kBacklog = 128;

Status Failed(std::string_view what, const std::string& path) {
  const int reason = errno;
  const StatusCode code = reason == ENOENT || reason == ECONNREFUSED || reason == ENOTDIR
                              ? StatusCode::kNotFound
                              : StatusCode::kExternal;
  return {code, fmt::format("'{}' cannot be {}: {}", path, what, std::strerror(reason))};
}

struct Address {
  sockaddr_un bytes{};
  socklen_t size = 0;
};

Result<Address> AddressOf(const std::string& directory) {
  struct stat about {};
  if (::stat(directory.c_str(), &about) != 0) return Failed("looked at", directory);
  // The first byte stays 0: the name is no path.
  const std::string name = fmt::format("weir/{}:{}", about.st_dev, about.st_ino);
  Address address;
  address.bytes.sun_family = AF_UNIX;
  std::memcpy(address.bytes.sun_path + 1, name.data(), name.size());
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

const sockaddr* Generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address.bytes);
}

Status NotKnown() {
  return Status::External(fmt::format("the peer is not known: {}", std::strerror(errno)));
}

Result<ucred> CredentialsOf(const Descriptor& connection) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return NotKnown();
  return peer;
}

Result<Descriptor> NewSocket() {
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.open()) return Failed("served", "the data directory");
  return socket;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    Close();
    number_ = other.Release();
  }
  return *this;
}

int Descriptor::Release() {
  return std::exchange(number_, -1);
}

void Descriptor::Close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Result<Descriptor> Listen(const std::string& data_directory) {
  Descriptor listening = TRY(NewSocket());
  const Address address = TRY(AddressOf(data_directory));
  const bool bound = ::bind(listening.get(), Generic(address), address.size) == 0 &&
                     ::listen(listening.get(), kBacklog) == 0;
  if (!bound) return Failed("served", data_directory);
  return listening;
}

Result<Descriptor> Connect(const std::string& data_directory) {
  Descriptor connection = TRY(NewSocket());
  const Address address = TRY(AddressOf(data_directory));
  int failed = 0;
  do {
    failed = ::connect(connection.get(), Generic(address), address.size);
  } while (failed != 0 && errno == EINTR);
  if (failed != 0) return Failed("reached", data_directory);
  struct stat about {};
  if (::stat(data_directory.c_str(), &about) != 0) return Failed("looked at", data_directory);
  if (const Status known = CheckPeer(connection, about.st_uid); !known.ok())
    return Status::NotFound(known.message());
  return connection;
}

Status CheckPeer(const Descriptor& connection, uid_t user) {
  const ucred peer = TRY(CredentialsOf(connection));
  if (peer.uid == user || IsOwnOrRoot(peer.uid)) return {};
  return Status::External(fmt::format("it is a process of user {}", peer.uid));
}

bool IsOwnOrRoot(uid_t user) {
  return user == ::geteuid() || user == 0;
}

Result<Peer> PeerOf(const Descriptor& connection) {
  const ucred credentials = TRY(CredentialsOf(connection));
  Peer peer{.user = credentials.uid, .groups = {credentials.gid}};
  // Asked with no room, the kernel says how much it needs (socket(7)).
  socklen_t size = 0;
  const int asked = ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERGROUPS, nullptr, &size);
  if (asked == 0) return peer;
  if (errno != ERANGE) return NotKnown();
  std::vector<gid_t> others(size / sizeof(gid_t));
  if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERGROUPS, others.data(), &size) != 0)
    return NotKnown();
  peer.groups.insert(peer.groups.end(), others.begin(), others.end());
  return peer;
}

void SilenceThrift() {
  apache::thrift::GlobalOutput.setOutputFunction([](const char*) {});
}

}  // namespace weir::rpc
