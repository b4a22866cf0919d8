#include "shell/rpc/local_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <thrift/TOutput.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "runtime/entropy.h"
#include "runtime/fault_point.h"

namespace weir::rpc {
namespace {

constexpr int kBacklog = 128;
constexpr size_t kLongestName = sizeof(sockaddr_un::sun_path) - 1;

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

Result<struct stat> LookAt(const std::string& directory) {
  struct stat about {};
  if (::stat(directory.c_str(), &about) != 0) return Failed("looked at", directory);
  return about;
}

// The name that everybody knows who can look at the directory.
std::string NameOf(const struct stat& directory) {
  return fmt::format("weir/{}:{}", directory.st_dev, directory.st_ino);
}

// REQUIRES: the name is not longer than kLongestName.
Address AddressOf(const std::string& name) {
  // The first byte stays 0: the name is no path.
  Address address;
  address.bytes.sun_family = AF_UNIX;
  std::memcpy(address.bytes.sun_path + 1, name.data(), name.size());
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

std::string FileOf(const std::string& directory) {
  return directory + "/" + std::string(kAddressFile);
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

bool Bind(const Descriptor& listening, const std::string& name) {
  const Address address = AddressOf(name);
  return ::bind(listening.get(), Generic(address), address.size) == 0 &&
         ::listen(listening.get(), kBacklog) == 0;
}

// Whole or not at all, for the eyes of the directory's owner.
Status WriteAddressFile(const std::string& directory, const struct stat& about,
                        const std::string& name) {
  const std::string path = FileOf(directory);
  const std::string fresh = path + ".new";
  (void)::unlink(fresh.c_str());
  const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.open()) return Failed("written", fresh);
  const bool written =
      ::write(file.get(), name.data(), name.size()) == static_cast<ssize_t>(name.size());
  const bool owned = ::geteuid() != 0 || ::fchown(file.get(), about.st_uid, about.st_gid) == 0;
  if (!written || !owned || ::rename(fresh.c_str(), path.c_str()) != 0)
    return Failed("written", path);
  return {};
}

// "" for none, or one that this user may not read.
std::string ReadAddressFile(const std::string& directory) {
  const Descriptor file(::open(FileOf(directory).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) return "";
  std::string name(kLongestName, ' ');
  const ssize_t size = ::read(file.get(), name.data(), name.size());
  name.resize(static_cast<size_t>(std::max<ssize_t>(size, 0)));
  return name;
}

// Nobody can have taken this name before, since nobody can have known it.
Status BindElsewhere(const Descriptor& listening, const std::string& directory,
                     const struct stat& about) {
  const uint64_t first = DrawEntropy();
  const std::string name = fmt::format("{}/{:016x}{:016x}", NameOf(about), first, DrawEntropy());
  if (!Bind(listening, name)) return Failed("served", directory);
  return WriteAddressFile(directory, about, name);
}

// kNotFound when nobody listens at the name whom this process has to trust.
Result<Descriptor> ConnectTo(const std::string& name, const std::string& directory, uid_t owner) {
  Descriptor connection = TRY(NewSocket());
  const Address address = AddressOf(name);
  // Somebody else who took the name may never accept a connection.
  timeval wait{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
  int failed = 0;
  do {
    failed = ::connect(connection.get(), Generic(address), address.size);
  } while (failed != 0 && errno == EINTR);
  wait = {};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
  if (failed != 0) return Failed("reached", directory);
  if (const Status known = CheckPeer(connection, owner); !known.ok())
    return Status::NotFound(known.message());
  return connection;
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

Result<Listening> Listen(const std::string& data_directory) {
  Listening listening{TRY(NewSocket())};
  const struct stat about = TRY(LookAt(data_directory));
  if (Bind(listening.socket, NameOf(about))) {
    (void)::unlink(FileOf(data_directory).c_str());  // of one that had to listen elsewhere
    return listening;
  }
  if (errno != EADDRINUSE || DefectPlanted("taken-address-kept"))
    return Failed("served", data_directory);
  listening.taken = true;
  RETURN_IF_ERROR(BindElsewhere(listening.socket, data_directory, about));
  return listening;
}

Result<Descriptor> Connect(const std::string& data_directory) {
  const struct stat about = TRY(LookAt(data_directory));
  if (const std::string name = ReadAddressFile(data_directory); !name.empty()) {
    Result<Descriptor> connection = ConnectTo(name, data_directory, about.st_uid);
    if (connection.ok()) return connection;
  }
  return ConnectTo(NameOf(about), data_directory, about.st_uid);
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
