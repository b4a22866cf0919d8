// The socket of a client over TCP, plain or with TLS, read with deadlines.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "shell/login/tls_certificate.h"
#include "shell/rpc/local_socket.h"

struct ssl_st;  // OpenSSL's SSL

namespace weir::shell {

// Used by one thread; `left` may be called by another one. Deadlines are monotonic, in nanoseconds.
// REQUIRES: SIGPIPE is ignored, as OpenSSL does not suppress it.
class ClientSocket {
 public:
  static constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

  // Takes over a connected socket. `write_time`: how long a write may wait for the client.
  ClientSocket(rpc::Descriptor socket, std::chrono::milliseconds write_time);
  ~ClientSocket();
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  // Performs the handshake of TLS; from then on everything is encrypted. kInvalidArgument if the
  // client does not speak TLS, kExternal at the deadline, kNotFound when it has left.
  Status BeginTls(const TlsContext& context, int64_t until_nanos);

  // Replaces `out` by the next `count` bytes. Memory grows with what has arrived, not with `count`.
  // kNotFound when the client has left, kExternal at the deadline.
  Status Read(size_t count, int64_t until_nanos, std::string& out);
  Status Write(std::string_view bytes);
  // Tells the client that nothing more will be sent.
  void EndWriting();

  // Whether the client has closed the connection.
  bool left() const;
  // The client's IP address; "" if it has none.
  std::string address() const;

 private:
  Status ReadTls(char* out, size_t count, int64_t until_nanos, size_t& got);
  Status AwaitTls(int result, int64_t until_nanos);

  const rpc::Descriptor socket_;
  const std::chrono::milliseconds write_time_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;  // null: plain
};

// The deadline that is `time` from now.
int64_t After(std::chrono::milliseconds time);

}  // namespace weir::shell
