// Takes HTTP/1.1 requests from a port and sends their responses. What they mean is its handler's.
//
// One thread moves the bytes of all connections, so that a connection costs its buffers and no
// thread, however slowly its client sends or reads. It parses requests with Boost.Beast, which is
// header-only; cpp-httplib would need a thread for each connection.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "runtime/clock.h"
#include "shell/http/http_message.h"
#include "shell/http/listen_address.h"
#include "shell/login/tls_certificate.h"

namespace weir::shell {

class ResponseStream;

// A request that is being answered. It ends with the last copy; without an answer its connection is
// closed.
struct HttpExchange {
  // For the rest of a response that is still being made (HttpResponse::streams). Its Leave is
  // called, too, when the client leaves before there is a response.
  std::shared_ptr<ResponseStream> stream;
  // To be called once, by any thread. REQUIRES: the listener lives, until the exchange is gone.
  std::function<void(HttpResponse)> respond;
};

// What requests mean: answers them. Thread-safe. Outlives its listener.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Called by the listener's thread, which must not be kept. Nothing: Answer has to be asked.
  virtual std::optional<HttpResponse> AnswerAtOnce(const HttpRequest& request) = 0;
  // Called by one of a few threads, which may be kept for a while. Must not throw.
  virtual void Answer(const HttpRequest& request, const HttpExchange& exchange) = 0;
};

struct HttpLimits {
  size_t connections = 256;
  size_t head_bytes = 16 << 10;
  size_t body_bytes = 1 << 20;
  // For a request to arrive, from the end of the one before; and for each piece of a response to be
  // taken by its client.
  std::chrono::milliseconds request_time{30'000};
  std::chrono::milliseconds write_time{30'000};
  // Threads that call HttpHandler::Answer, and requests that may wait for one.
  size_t workers = 4;
  size_t waiting_requests = 64;
};

// Where it listens, and as whom.
struct HttpPlace {
  ListenAddress address;
  std::shared_ptr<TlsCertificate> tls;  // null: connections are plain
};

// Beyond the limits: of the connections that wait for their clients, to send or to take something,
// the oldest is closed when one too many comes; 413 and 431 for what is too large; 503 when too
// many requests wait for a worker.
class HttpListener {
 public:
  // kExternal E4001 when the address cannot be had. The handler and the clock outlive it.
  static Result<std::unique_ptr<HttpListener>> Start(const HttpPlace& place,
                                                     const HttpLimits& limits, HttpHandler& handler,
                                                     Clock& clock);
  // Closes every connection, and waits for the handler's answers.
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  // Where it listens, with the port that the system chose where the place says 0.
  ListenAddress address() const;

 private:
  class Impl;
  explicit HttpListener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::shell
