#include "shell/server/acceptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "runtime/base/memory_reserve.h"
#include "runtime/clock.h"

namespace weir::shell {
namespace {

// Before the next try when the process has no free descriptor.
constexpr std::chrono::milliseconds kPause{20};
constexpr std::chrono::milliseconds kLook{2};

}  // namespace

struct Acceptor::Connection {
  rpc::Descriptor socket;
  std::atomic<bool> stays{false};
  std::atomic<bool> done{false};
  bool ended = false;  // to make room, and about to be done
  Thread thread;
};

Acceptor::Acceptor(AcceptorPorts ports) : ports_(std::move(ports)) {}

Acceptor::~Acceptor() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  ShutDownAll(SHUT_RDWR);
  StopListening();
  std::list<std::unique_ptr<Connection>> connections;
  {
    const MutexLock lock(mutex_);
    connections.swap(connections_);
  }
  connections.clear();  // joins their threads, without the lock
}

Status Acceptor::Start(rpc::Descriptor listening) {
  listening_ = std::move(listening);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Status::External(fmt::format("no pipe: {}", std::strerror(errno)));
  wake_reading_ = rpc::Descriptor(ends[0]);
  wake_writing_ = rpc::Descriptor(ends[1]);
  thread_ = TRY(Thread::Start("accept", [this] { AcceptAll(); }));
  return {};
}

void Acceptor::StopListening() {
  if (!thread_.joinable()) return;
  (void)!::write(wake_writing_.get(), "", 1);
  thread_.Join();
  listening_ = rpc::Descriptor();
}

void Acceptor::ShutDownAll(int how) {
  const MutexLock lock(mutex_);
  for (const std::unique_ptr<Connection>& connection : connections_)
    ::shutdown(connection->socket.get(), how);
}

bool Acceptor::all_done() {
  const MutexLock lock(mutex_);
  return std::ranges::all_of(connections_, [](const auto& one) { return one->done.load(); });
}

// unix(7) sockets: behind SHUT_RD the other side's writes fail, and what it had written by then is
// still read here.
void Acceptor::HangUp(std::chrono::milliseconds patience) {
  StopListening();
  ShutDownAll(SHUT_RD);
  for (auto waited = patience.zero(); waited < patience && !all_done(); waited += kLook)
    Clock::System().Sleep(kLook);
}

void Acceptor::AcceptAll() {
  const WithMemoryReserve reserve;
  while (true) {
    std::array<pollfd, 2> waits = {pollfd{listening_.get(), POLLIN, 0},
                                   pollfd{wake_reading_.get(), POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    if (waits[0].revents == 0) continue;
    rpc::Descriptor connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    // Without a free descriptor accept4 fails at once, and the connection stays in the queue: the
    // pause keeps this from being a busy loop until another connection ends.
    if (!connection.open()) {
      Clock::System().Sleep(kPause);
    } else if (ports_.lets_in(connection)) {
      Accept(std::move(connection));
    }
  }
}

void Acceptor::Accept(rpc::Descriptor socket) {
  auto connection = std::make_unique<Connection>();
  connection->socket = std::move(socket);
  const MutexLock lock(mutex_);
  Sweep();
  if (stopping_ || !HasRoom()) return;
  // `serve` closes its descriptor whenever it likes. The destructor, on another thread, shuts the
  // connection down through this second one, whose number cannot have been reused by then.
  const int own = ::fcntl(connection->socket.get(), F_DUPFD_CLOEXEC, 0);
  if (own < 0) return;
  Result<Thread> thread = Thread::Start("connection", [this, own, it = connection.get()] {
    const WithMemoryReserve reserve;
    ports_.serve(rpc::Descriptor(own), it->stays);
    ::shutdown(it->socket.get(), SHUT_RDWR);
    it->done = true;
  });
  // Without a thread the client sees its connection end.
  if (!thread.ok()) {
    ::close(own);
    return;
  }
  connection->thread = std::move(*thread);
  connections_.push_back(std::move(connection));
}

bool Acceptor::HasRoom() {
  const auto count =
      std::ranges::count_if(connections_, [](const auto& one) { return !one->ended; });
  if (static_cast<size_t>(count) < ports_.most) return true;
  const auto oldest = std::ranges::find_if(
      connections_, [](const auto& one) { return !one->ended && !one->stays.load(); });
  if (oldest == connections_.end()) return false;
  (*oldest)->ended = true;
  ::shutdown((*oldest)->socket.get(), SHUT_RDWR);
  return true;
}

// Joins the threads of connections that have ended.
void Acceptor::Sweep() {
  std::erase_if(connections_,
                [](const std::unique_ptr<Connection>& one) { return one->done.load(); });
}

}  // namespace weir::shell
