// The bytes of a client's connection for Boost.Asio and Boost.Beast, plain or with TLS: what their
// operations call an AsyncStream.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>
#include <utility>

#include "shell/login/tls_certificate.h"

namespace weir::shell {

// A connection of a client, with TLS or without. Used by the listener's thread only.
class ClientStream {
 public:
  using Plain = boost::beast::tcp_stream;
  using executor_type = Plain::executor_type;

  // With TLS where there is a context; then Handshake comes first.
  ClientStream(boost::asio::ip::tcp::socket socket, const TlsContext& tls)
      : plain_(std::move(socket)) {
    if (tls == nullptr) return;
    ::SSL_CTX_up_ref(tls.get());  // which asio's context gives back
    boost::asio::ssl::context context(tls.get());
    tls_.emplace(plain_, context);
  }

  executor_type get_executor() { return plain_.get_executor(); }
  bool secure() const { return tls_.has_value(); }
  // The stream below TLS, on which time limits are set for either.
  Plain& plain() { return plain_; }
  boost::asio::ip::tcp::socket& socket() { return plain_.socket(); }

  // REQUIRES: secure().
  template <typename Handler>
  void Handshake(Handler&& handler) {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Handler>(handler));
  }
  // Says that nothing more is sent. REQUIRES: secure().
  template <typename Handler>
  void ShutDown(Handler&& handler) {
    tls_->async_shutdown(std::forward<Handler>(handler));
  }

  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return (void)tls_->async_read_some(buffers, std::forward<Handler>(handler));
    (void)plain_.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return (void)tls_->async_write_some(buffers, std::forward<Handler>(handler));
    (void)plain_.async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  Plain plain_;
  std::optional<boost::asio::ssl::stream<Plain&>> tls_;
};

}  // namespace weir::shell
