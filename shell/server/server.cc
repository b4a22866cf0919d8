#include "shell/server/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/base/memory_reserve.h"
#include "runtime/clock.h"
#include "shell/rpc/limits.h"
#include "shell/server/connection_service.h"

namespace weir::shell {
namespace {

using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::transport::TBufferedTransport;
using apache::thrift::transport::TSocket;

constexpr int64_t kMomentNanos = 300'000'000;

// Answers requests until the other side leaves, the connection is shut down, or a message breaks
// the protocol or its limits.
void Serve(int connection, const ServiceParts& parts) {
  try {
    auto socket = std::make_shared<TSocket>(connection, rpc::MessageLimits());
    auto transport = std::make_shared<TBufferedTransport>(socket);
    auto protocol = std::make_shared<TBinaryProtocol>(transport, rpc::kMostBytes,
                                                      rpc::kMostElements, false, true);
    rpc::hive::TCLIServiceProcessor processor(std::make_shared<ConnectionService>(parts));
    while (processor.process(protocol, protocol, nullptr)) {
    }
  } catch (const std::exception&) {
    // There is nobody to tell.
  }
}

}  // namespace

struct Server::Connection {
  rpc::Descriptor socket;
  std::atomic<bool> done{false};
  Thread thread;
};

Server::Server(ClientLog log, SessionCount& sessions) : log_(std::move(log)), sessions_(sessions) {}

Server::~Server() {
  if (parts_ == nullptr) return;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    for (const std::unique_ptr<Connection>& connection : connections_)
      ::shutdown(connection->socket.get(), SHUT_RDWR);
  }
  (void)!::write(wake_writing_.get(), "", 1);
  thread_.Join();
  std::list<std::unique_ptr<Connection>> connections;
  {
    const MutexLock lock(mutex_);
    connections.swap(connections_);
  }
  connections.clear();  // joins
}

Status Server::Start(Engine& engine, const std::string& data_directory) {
  if (parts_ != nullptr) return Status::Internal("the server has been started already");
  rpc::SilenceThrift();
  listening_ = TRY(rpc::Listen(data_directory));
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Status::External(fmt::format("no pipe: {}", std::strerror(errno)));
  wake_reading_ = rpc::Descriptor(ends[0]);
  wake_writing_ = rpc::Descriptor(ends[1]);
  parts_ = std::make_unique<ServiceParts>(
      ServiceParts{engine, sessions_, log_, [this](int change) { Count(change); }});
  Result<Thread> thread = Thread::Start("accept", [this] { AcceptAll(); });
  if (!thread.ok()) {
    parts_.reset();
    return thread.status();
  }
  thread_ = std::move(*thread);
  return {};
}

int Server::executing() const {
  const MutexLock lock(mutex_);
  return executing_;
}

bool Server::busy() const {
  const MutexLock lock(mutex_);
  if (executing_ > 0) return true;
  return active_nanos_ != 0 && Clock::System().MonotonicNanos() - active_nanos_ < kMomentNanos;
}

void Server::Count(int change) {
  const MutexLock lock(mutex_);
  executing_ += change;
  active_nanos_ = Clock::System().MonotonicNanos();
}

void Server::AcceptAll() {
  const WithMemoryReserve reserve;
  while (true) {
    std::array<pollfd, 2> waits = {pollfd{listening_.get(), POLLIN, 0},
                                   pollfd{wake_reading_.get(), POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    if (waits[0].revents == 0) continue;
    rpc::Descriptor connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.open() && rpc::CheckPeer(connection).ok()) Accept(std::move(connection));
  }
}

void Server::Accept(rpc::Descriptor socket) {
  auto connection = std::make_unique<Connection>();
  connection->socket = std::move(socket);
  const MutexLock lock(mutex_);
  Sweep();
  if (stopping_) return;
  // Thrift closes what it is given, and this one is shut down by another thread.
  const int own = ::fcntl(connection->socket.get(), F_DUPFD_CLOEXEC, 0);
  if (own < 0) return;
  Result<Thread> thread = Thread::Start("connection", [this, own, it = connection.get()] {
    const WithMemoryReserve reserve;
    Serve(own, *parts_);
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

// Lets go of the connections that have ended.
void Server::Sweep() {
  std::erase_if(connections_,
                [](const std::unique_ptr<Connection>& one) { return one->done.load(); });
}

}  // namespace weir::shell
