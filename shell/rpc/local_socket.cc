#include "shell/rpc/local_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thrift/TOutput.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/file_system.h"

namespace weir::rpc {
namespace {

constexpr std::string_view kName = "weir.sock";
constexpr int kBacklog = 128;

Status Failed(std::string_view what, const std::string& path) {
  const int reason = errno;
  const StatusCode code = reason == ENOENT || reason == ECONNREFUSED || reason == ENOTDIR
                              ? StatusCode::kNotFound
                              : StatusCode::kExternal;
  return {code, fmt::format("'{}' cannot be {}: {}", path, what, std::strerror(reason))};
}

// Calls `use` with the address of the socket. The directory is addressed by a descriptor of it,
// which makes any path short.
template <typename F>
Status WithAddress(const std::string& directory, const F& use) {
  const Descriptor folder(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open()) return Failed("opened", directory);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/{}", folder.get(), kName);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return use(address);
}

Result<Descriptor> NewSocket() {
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.open()) return Failed("made", std::string(kName));
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

std::string SocketPath(const std::string& data_directory) {
  return JoinPath(data_directory, kName);
}

Result<Descriptor> Listen(const std::string& data_directory) {
  Descriptor listening = TRY(NewSocket());
  const std::string path = SocketPath(data_directory);
  RETURN_IF_ERROR(WithAddress(data_directory, [&](const sockaddr_un& address) -> Status {
    ::unlink(path.c_str());
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(listening.get(), generic, sizeof(address)) != 0) return Failed("made", path);
    // Nobody can connect before listen(2).
    if (::chmod(path.c_str(), 0600) != 0) return Failed("closed to others", path);
    if (::listen(listening.get(), kBacklog) != 0) return Failed("listened at", path);
    return {};
  }));
  return listening;
}

Result<Descriptor> Connect(const std::string& data_directory) {
  Descriptor connection = TRY(NewSocket());
  RETURN_IF_ERROR(WithAddress(data_directory, [&](const sockaddr_un& address) -> Status {
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    int failed = 0;
    do {
      failed = ::connect(connection.get(), generic, sizeof(address));
    } while (failed != 0 && errno == EINTR);
    return failed == 0 ? Status() : Failed("connected to", SocketPath(data_directory));
  }));
  return connection;
}

Status CheckPeer(const Descriptor& connection) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return Status::External(fmt::format("the peer is not known: {}", std::strerror(errno)));
  if (peer.uid == ::geteuid() || peer.uid == 0) return {};
  return Status::External(fmt::format("user {} may not use this data directory", peer.uid));
}

void SilenceThrift() {
  apache::thrift::GlobalOutput.setOutputFunction([](const char*) {});
}

}  // namespace weir::rpc
