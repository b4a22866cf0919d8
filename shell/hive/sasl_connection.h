// A connection of HiveServer2's clients over TCP: a login by SASL PLAIN, then messages behind their
// lengths, as Thrift's TSaslTransport sends them.
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
  std::chrono::milliseconds login_time{10'000};
  // For the rest of a message that has begun, and for the client to take one.
  std::chrono::milliseconds message_time{60'000};
  size_t login_bytes = 8 << 10;
  size_t message_bytes = 16 << 20;
};

// Who logs in.
struct SaslLogin {
  std::string user;
  std::string password;
};

// Used by one thread; `left` may be called by another one. Memory is taken as bytes come, not as a
// length claims.
class SaslConnection {
 public:
  // Takes a connected socket over.
  SaslConnection(rpc::Descriptor socket, SaslLimits limits);

  // Before anything else, where the server has a certificate; errors as of ClientSocket::BeginTls.
  Status BeginTls(const TlsContext& context);
  // Reads who wants in, who hears nothing yet. kInvalidArgument for another mechanism, and for a
  // client that does not speak SASL; kExternal when it has left or takes too long.
  Result<SaslLogin> ReadLogin();
  Status Accept();
  // Says why not; the connection is of no use any more.
  void Refuse(std::string_view why);

  // Waits for a message and moves it into `message`. kNotFound when the client has left between
  // two; kInvalidArgument for one that is too long.
  Status Read(std::string& message);
  Status Write(std::string_view message);

  // Whether the client has closed the connection.
  bool left() const { return socket_.left(); }
  // The client's address, in digits; "" where it has none.
  std::string address() const { return socket_.address(); }

 private:
  Result<std::string> ReadLoginMessage(int64_t until_nanos, uint8_t& kind);

  ClientSocket socket_;
  const SaslLimits limits_;
};

}  // namespace weir::shell
