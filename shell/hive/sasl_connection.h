// A connection of HiveServer2's clients over TCP: a login by SASL PLAIN, then messages with their
// length in front, as Thrift's TSaslTransport sends them.
//
//   while logging in    a byte (START = 1, OK = 2, BAD = 3, ERROR = 4, COMPLETE = 5), the length of
//                       what follows in four bytes, big-endian, and that many bytes
//   from then on        the length in four bytes, and a message
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "shell/hive/client_socket.h"

namespace weir::shell {

struct SaslLimits {
  // For the handshake of TLS and then for the login, each: nobody holds a thread longer without a
  // login.
  std::chrono::milliseconds login_time{10'000};
  // For a message from its first byte to its last, and for the client to accept one.
  std::chrono::milliseconds message_time{60'000};
  // Between two messages, behind the login; 0: for ever.
  std::chrono::milliseconds idle_time{0};
  size_t login_bytes = 8 << 10;
  size_t message_bytes = 16 << 20;
};

struct SaslLogin {
  std::string user;
  std::string password;
};

// Used by one thread; `left` may be called by another one. Memory grows with the bytes that arrive,
// whatever length the client claims.
class SaslConnection {
 public:
  // Takes over a connected socket.
  SaslConnection(rpc::Descriptor socket, SaslLimits limits);

  // To be called first if the server has a certificate; fails as ClientSocket::BeginTls does.
  Status BeginTls(const TlsContext& context);
  // Reads the login, which Accept or Refuse then answers. kInvalidArgument for another mechanism
  // and for a client that does not speak SASL; kNotFound when it has left, kExternal when it takes
  // too long.
  Result<SaslLogin> ReadLogin();
  Status Accept();
  // Tells the client why it is refused. Nothing can be sent afterwards.
  void Refuse(std::string_view why);

  // Waits for a message and moves it into `message`. kNotFound when the client has left, kExternal
  // when it does not begin within the idle time or the rest takes too long, kInvalidArgument for a
  // message that is too long.
  Status Read(std::string& message);
  Status Write(std::string_view message);

  // Whether the client has closed the connection.
  bool left() const { return socket_.left(); }
  // The client's IP address; "" if it has none.
  std::string address() const { return socket_.address(); }

 private:
  Result<std::string> ReadLoginMessage(int64_t until_nanos, uint8_t& kind);

  ClientSocket socket_;
  const SaslLimits limits_;
};

}  // namespace weir::shell
