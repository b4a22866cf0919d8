#include "shell/server/server.h"

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>

#include <limits>
#include <utility>

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
void Serve(int connection, const ServiceParts& parts, const Principal& who) {
  try {
    auto socket = std::make_shared<TSocket>(connection, rpc::MessageLimits());
    auto transport = std::make_shared<TBufferedTransport>(socket);
    auto protocol = std::make_shared<TBinaryProtocol>(transport, rpc::kMostBytes,
                                                      rpc::kMostElements, false, true);
    rpc::hive::TCLIServiceProcessor processor(std::make_shared<ConnectionService>(parts, who));
    while (processor.process(protocol, protocol, nullptr)) {
    }
  } catch (const std::exception&) {
    // The connection broke, or the client sent what is no message: nobody is left to be told.
  }
}

}  // namespace

Server::Server(ClientLog log, SessionCount& sessions) : log_(std::move(log)), sessions_(sessions) {}

Server::~Server() = default;

Status Server::Start(Engine& engine, const std::string& data_directory, SocketDoor door) {
  if (parts_ != nullptr) return Status::Internal("the server has been started already");
  rpc::SilenceThrift();
  rpc::Descriptor listening = TRY(rpc::Listen(data_directory));
  door_ = std::move(door);
  auto parts = std::make_unique<ServiceParts>(ServiceParts{engine, sessions_, log_, nullptr});
  AcceptorPorts ports;
  ports.most = std::numeric_limits<size_t>::max();
  ports.lets_in = [this](const rpc::Descriptor& connection) { return door_.LetsIn(connection); };
  ports.serve = [this, &all = *parts](rpc::Descriptor connection, std::atomic<bool>& stays) {
    stays = true;
    const std::optional<Principal> who = door_.WhoIs(connection);
    if (!who) return;
    ServiceParts own = all;
    own.executing = [this, newcomer = leaving()](int change) { Count(newcomer, change); };
    Serve(connection.Release(), own, *who);  // Thrift closes what it is given
  };
  auto acceptor = std::make_unique<Acceptor>(std::move(ports));
  RETURN_IF_ERROR(acceptor->Start(std::move(listening)));
  parts_ = std::move(parts);
  acceptor_ = std::move(acceptor);
  return {};
}

void Server::Leave() {
  const MutexLock lock(mutex_);
  leaving_ = true;
}

bool Server::leaving() const {
  const MutexLock lock(mutex_);
  return leaving_;
}

void Server::StopListening() {
  if (acceptor_ != nullptr) acceptor_->StopListening();
}

bool Server::Work::goes_on() const {
  if (executing > 0) return true;
  return active_nanos != 0 && Clock::System().MonotonicNanos() - active_nanos < kMomentNanos;
}

int Server::executing() const {
  const MutexLock lock(mutex_);
  return earlier_.executing + newcomers_.executing;
}

bool Server::busy() const {
  const MutexLock lock(mutex_);
  return earlier_.goes_on() || newcomers_.goes_on();
}

bool Server::busy_for_earlier() const {
  const MutexLock lock(mutex_);
  return earlier_.goes_on();
}

void Server::Count(bool newcomer, int change) {
  const MutexLock lock(mutex_);
  Work& work = newcomer ? newcomers_ : earlier_;
  work.executing += change;
  work.active_nanos = Clock::System().MonotonicNanos();
}

}  // namespace weir::shell
