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

Server::Server(ClientLog log, SessionCount& sessions) : log_(std::move(log)), sessions_(sessions) {}

Server::~Server() = default;

Status Server::Start(Engine& engine, const std::string& data_directory) {
  if (parts_ != nullptr) return Status::Internal("the server has been started already");
  rpc::SilenceThrift();
  rpc::Descriptor listening = TRY(rpc::Listen(data_directory));
  auto parts = std::make_unique<ServiceParts>(
      ServiceParts{engine, sessions_, log_, [this](int change) { Count(change); }});
  AcceptorPorts ports;
  ports.most = std::numeric_limits<size_t>::max();
  ports.lets_in = [](const rpc::Descriptor& connection) { return rpc::CheckPeer(connection).ok(); };
  ports.serve = [&parts = *parts](rpc::Descriptor connection, std::atomic<bool>& stays) {
    stays = true;
    Serve(connection.Release(), parts);  // Thrift closes what it is given
  };
  auto acceptor = std::make_unique<Acceptor>(std::move(ports));
  RETURN_IF_ERROR(acceptor->Start(std::move(listening)));
  parts_ = std::move(parts);
  acceptor_ = std::move(acceptor);
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

}  // namespace weir::shell
