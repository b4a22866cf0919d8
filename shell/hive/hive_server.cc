#include "shell/hive/hive_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/base/fence.h"
#include "runtime/clock.h"
#include "shell/hive/hive_service.h"
#include "shell/login/rare_line.h"
#include "shell/rpc/limits.h"
#include "shell/server/acceptor.h"

namespace weir::shell {
namespace {

namespace hive = rpc::hive;
using apache::thrift::TConfiguration;
using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::protocol::TProtocol;
using apache::thrift::transport::TMemoryBuffer;

constexpr int kBacklog = 128;
constexpr uint32_t kFirstAnswerBytes = 1024;

Status NoAddress(const ListenAddress& address) {
  return Status::External(fmt::format("cannot listen for HiveServer2's clients at {}: {}",
                                      AddressText(address), std::strerror(errno)))
      .WithId("E4001")
      .WithHint("'server.thrift.address' says where; 0 switches it off");
}

// An IPv4 or IPv6 address.
struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = sizeof(bytes);
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&bytes); }
};

SocketAddress SocketAddressOf(const ListenAddress& address) {
  SocketAddress out;
  auto* six = reinterpret_cast<sockaddr_in6*>(&out.bytes);
  if (::inet_pton(AF_INET6, address.host.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(address.port);
    out.size = sizeof(*six);
    return out;
  }
  auto* four = reinterpret_cast<sockaddr_in*>(&out.bytes);
  ::inet_pton(AF_INET, address.host.c_str(), &four->sin_addr);
  four->sin_family = AF_INET;
  four->sin_port = htons(address.port);
  out.size = sizeof(*four);
  return out;
}

// Sets the port of `address` to the one that was bound.
Result<rpc::Descriptor> Listen(ListenAddress& address) {
  SocketAddress wanted = SocketAddressOf(address);
  rpc::Descriptor listening(::socket(wanted.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  const bool listens =
      listening.open() &&
      ::setsockopt(listening.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
      ::bind(listening.get(), wanted.generic(), wanted.size) == 0 &&
      ::listen(listening.get(), kBacklog) == 0 &&
      ::getsockname(listening.get(), wanted.generic(), &wanted.size) == 0;
  if (!listens) return NoAddress(address);
  address.port = ntohs(wanted.bytes.ss_family == AF_INET6
                           ? reinterpret_cast<const sockaddr_in6*>(&wanted.bytes)->sin6_port
                           : reinterpret_cast<const sockaddr_in*>(&wanted.bytes)->sin_port);
  return listening;
}

// Answers FetchResults itself: its rows are encoded already (row_set.h), while Thrift's response
// would take them as values and encode them again.
class HiveProcessor final : public hive::TCLIServiceForToolsProcessor {
 public:
  explicit HiveProcessor(const std::shared_ptr<HiveService>& service)
      : TCLIServiceForToolsProcessor(service), service_(*service) {}

 protected:
  bool dispatchCall(TProtocol* in, TProtocol* out, const std::string& name, int32_t number,
                    void* context) override {
    if (name != "FetchResults")
      return TCLIServiceForToolsProcessor::dispatchCall(in, out, name, number, context);
    hive::TCLIService_FetchResults_args arguments;
    arguments.read(in);
    in->readMessageEnd();
    Answer(service_.Fetch(arguments.req), number, *out);
    return true;
  }

 private:
  // TFetchResultsResp as the result of the call.
  static void Answer(const HiveFetched& fetched, int32_t number, TProtocol& out) {
    using namespace apache::thrift::protocol;
    out.writeMessageBegin("FetchResults", apache::thrift::protocol::T_REPLY, number);
    out.writeFieldBegin("success", T_STRUCT, 0);
    out.writeFieldBegin("status", T_STRUCT, 1);
    fetched.status.write(&out);
    if (!fetched.row_set.empty()) {
      out.writeFieldBegin("hasMoreRows", T_BOOL, 2);
      out.writeBool(fetched.has_more);
      out.writeFieldBegin("results", T_STRUCT, 3);
      out.getTransport()->write(reinterpret_cast<const uint8_t*>(fetched.row_set.data()),
                                static_cast<uint32_t>(fetched.row_set.size()));
    }
    out.writeFieldStop();
    out.writeFieldStop();
    out.writeMessageEnd();
  }

  HiveService& service_;
};

// Answers one message. False if it does not belong to the protocol.
bool AnswerMessage(HiveProcessor& processor, std::string& message, std::string& answer) {
  const auto size = static_cast<int>(message.size());
  // No string or list in a message is longer than the message.
  auto limits =
      std::make_shared<TConfiguration>(std::max(size, 1), std::max(size, 1), rpc::kDeepest);
  auto in =
      std::make_shared<TMemoryBuffer>(reinterpret_cast<uint8_t*>(message.data()),
                                      static_cast<uint32_t>(size), TMemoryBuffer::OBSERVE, limits);
  auto out = std::make_shared<TMemoryBuffer>(kFirstAnswerBytes);
  auto reading = std::make_shared<TBinaryProtocol>(in, size, rpc::kMostElements, false, true);
  auto writing = std::make_shared<TBinaryProtocol>(out);
  const bool known = processor.process(reading, writing, nullptr);
  answer = out->getBufferAsString();
  return known;
}

}  // namespace

class HiveServer::Impl {
 public:
  Impl(Engine& engine, SessionCount& sessions, HiveServerOptions options)
      : options_(std::move(options)),
        parts_{engine, sessions, operations_, options_.log, options_.version} {}

  // Refuses the clients whose logins are still being checked, so that their threads end.
  ~Impl() {
    if (acceptor_ != nullptr) options_.logins->Stop();
  }

  Status Start() {
    rpc::SilenceThrift();
    rpc::Descriptor listening = TRY(Listen(options_.address));
    AcceptorPorts ports;
    ports.most = options_.most_connections;
    ports.lets_in = [](const rpc::Descriptor& connection) {
      const int on = 1;
      ::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return ::setsockopt(connection.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == 0;
    };
    ports.serve = [this](rpc::Descriptor connection, std::atomic<bool>& stays) {
      try {
        Serve(std::move(connection), stays);
      } catch (const std::exception&) {
        // The connection broke, or the client sent what is no message: nobody is left to be told.
      }
    };
    acceptor_ = std::make_unique<Acceptor>(std::move(ports));
    return acceptor_->Start(std::move(listening));
  }

  const ListenAddress& address() const { return options_.address; }

 private:
  void Serve(rpc::Descriptor socket, std::atomic<bool>& stays) {
    SaslConnection connection(std::move(socket), options_.limits);
    const std::optional<Principal> who = LetIn(connection);
    if (!who) return;
    stays = true;
    HiveProcessor processor(
        std::make_shared<HiveService>(parts_, *who, [&connection] { return connection.left(); }));
    std::string message;
    std::string answer;
    Status read;
    while ((read = connection.Read(message)).ok() && AnswerMessage(processor, message, answer)) {
      if (!connection.Write(answer).ok()) return;
    }
    if (read.code() == StatusCode::kExternal)
      Say(false, fmt::format("{} is disconnected: {}", PrintableName(who->name), read.message()));
  }

  std::optional<Principal> LetIn(SaslConnection& connection) const {
    const std::string address = connection.address();
    Status begun;
    if (options_.tls != nullptr) begun = connection.BeginTls(options_.tls->Current());
    Result<SaslLogin> login = begun.ok() ? connection.ReadLogin() : Result<SaslLogin>(begun);
    if (!login.ok()) {
      // The client has left before it logged in: mostly somebody who only looked whether the port
      // is open, which is not worth a line.
      if (login.status().code() == StatusCode::kNotFound) return std::nullopt;
      if (const std::optional<std::string> more =
              no_logins_.Count(Clock::System().MonotonicNanos()))
        Say(true, "somebody from " + address + ": " + login.status().message() + *more);
      if (begun.ok()) connection.Refuse(login.status().message());
      return std::nullopt;
    }
    Result<Principal> who = options_.logins->Await({login->user, login->password, address});
    if (!who.ok()) {
      connection.Refuse(who.status().message());
      return std::nullopt;
    }
    // With the token, any user name is accepted.
    const bool token = login->user != who->name;
    Say(false, fmt::format("{} has logged in {} {} from {}", PrintableName(login->user),
                           token ? "with the token of" : "as",
                           token ? who->name : RoleName(who->role), address));
    if (!connection.Accept().ok()) return std::nullopt;
    return *std::move(who);
  }

  void Say(bool refused, const std::string& message) const {
    if (options_.said) options_.said(refused, message);
  }

  HiveServerOptions options_;
  HiveOperations operations_;
  const HiveServiceParts parts_;
  mutable RareLine no_logins_;  // failures before a login, of which anybody can cause any number
  std::unique_ptr<Acceptor> acceptor_;  // last, as its threads use the other members
};

HiveServer::HiveServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HiveServer::~HiveServer() = default;

Result<std::unique_ptr<HiveServer>> HiveServer::Start(Engine& engine, SessionCount& sessions,
                                                      HiveServerOptions options) {
  auto impl = std::make_unique<Impl>(engine, sessions, std::move(options));
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<HiveServer>(new HiveServer(std::move(impl)));
}

const ListenAddress& HiveServer::address() const {
  return impl_->address();
}

}  // namespace weir::shell
