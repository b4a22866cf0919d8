#include "shell/server/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>

#include "shell/rpc/local_socket.h"

namespace weir::shell {
namespace {

constexpr const char* kVariable = "NOTIFY_SOCKET";

}  // namespace

ServiceManager::ServiceManager() {
  const char* socket = std::getenv(kVariable);
  if (socket == nullptr) return;
  socket_ = socket;
  ::unsetenv(kVariable);
}

void ServiceManager::Ready(std::string_view status) const {
  Send(fmt::format("READY=1\nSTATUS={}\n", status));
}

void ServiceManager::Stopping(std::string_view status, int64_t millis) const {
  Send(fmt::format("STOPPING=1\nSTATUS={}\nEXTEND_TIMEOUT_USEC={}\n", status, millis * 1000));
}

// Failures are ignored: the service runs whether its manager listens or not.
void ServiceManager::Send(const std::string& lines) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // of the abstract namespace
  const rpc::Descriptor sending(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!sending.open()) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  (void)::sendto(sending.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace weir::shell
