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
// REQUIRES: SIGPIPE is ignored, for TLS.
class ClientSocket {
 public:
  static constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

  // Takes a connected socket over. `write_time`: for the client to take what it is sent.
  ClientSocket(rpc::Descriptor socket, std::chrono::milliseconds write_time);
  ~ClientSocket();
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  // Shakes hands; from then on everything is encrypted. kInvalidArgument for a client that does not
  // speak TLS as it should, kExternal when it takes too long, kNotFound when it has left.
  Status BeginTls(const TlsContext& context, int64_t until_nanos);

  // Makes `out` the next `count` bytes. Memory is taken as they come. kNotFound when the client has
  // left, kExternal when it takes too long.
  Status Read(size_t count, int64_t until_nanos, std::string& out);
  Status Write(std::string_view bytes);
  // Nothing more is sent.
  void EndWriting();

  // Whether the client has closed the connection.
  bool left() const;
  // The client's, in digits; "" where it has none.
  std::string address() const;

 private:
  Status ReadTls(char* out, size_t count, int64_t until_nanos, size_t& got);
  Status AwaitTls(int result, int64_t until_nanos);

  const rpc::Descriptor socket_;
  const std::chrono::milliseconds write_time_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;  // null: plain
};

// A deadline from now.
int64_t After(std::chrono::milliseconds time);

}  // namespace weir::shell
