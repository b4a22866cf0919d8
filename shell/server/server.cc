#include "shell/server/server.h"

#include <fmt/format.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>

#include <chrono>
#include <limits>
#include <utility>

#include "shell/rpc/limits.h"
#include "shell/server/connection_service.h"

namespace weir::shell {
namespace {

using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::transport::TBufferedTransport;
using apache::thrift::transport::TSocket;

// For answers to requests that came before the end.
constexpr std::chrono::milliseconds kLastAnswers{1000};

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

Server::Server(ClientLog log, SessionCount& sessions, bool keeps_jobs)
    : log_(std::move(log)), sessions_(sessions), guests_(keeps_jobs) {}

Server::~Server() {
  guests_.Refuse();
  if (acceptor_ != nullptr) acceptor_->HangUp(kLastAnswers);
}

Status Server::Start(Engine& engine, const std::string& data_directory, SocketDoor door) {
  if (parts_ != nullptr) return Status::Internal("the server has been started already");
  rpc::SilenceThrift();
  rpc::Listening listening = TRY(rpc::Listen(data_directory));
  door_ = std::move(door);
  if (listening.taken && door_.has_group() && log_.lines) {
    log_.lines(
        fmt::format("NOTICE: another process listens at the address of '{}': members of "
                    "'server.socket.group' cannot attach to this process\n",
                    data_directory));
  }
  auto parts =
      std::make_unique<ServiceParts>(ServiceParts{engine, sessions_, log_, guests_, nullptr});
  AcceptorPorts ports;
  ports.most = std::numeric_limits<size_t>::max();
  ports.lets_in = [this](const rpc::Descriptor& connection) { return door_.LetsIn(connection); };
  ports.serve = [this, &all = *parts](rpc::Descriptor connection, std::atomic<bool>& stays) {
    stays = true;
    const std::optional<Principal> who = door_.WhoIs(connection);
    if (!who) return;
    ServiceParts own = all;
    Guests::Guest guest(guests_);
    own.guest = &guest;
    Serve(connection.Release(), own, *who);  // Thrift closes what it is given
  };
  auto acceptor = std::make_unique<Acceptor>(std::move(ports));
  RETURN_IF_ERROR(acceptor->Start(std::move(listening.socket)));
  parts_ = std::move(parts);
  acceptor_ = std::move(acceptor);
  return {};
}

void Server::StopListening() {
  if (acceptor_ != nullptr) acceptor_->StopListening();
}

}  // namespace weir::shell
