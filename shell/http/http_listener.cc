#include "shell/http/http_listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <map>
#include <utility>

#include "runtime/base/fence.h"
#include "runtime/thread.h"
#include "shell/http/client_stream.h"
#include "shell/http/response_stream.h"
#include "shell/http/response_text.h"
#include "shell/http/worker_pool.h"

namespace weir::shell {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Parser = beast::http::request_parser<beast::http::string_body>;
using Field = beast::http::field;

// Children of this process get no sockets.
void CloseOnExec(int descriptor) {
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

std::optional<std::string> HeaderOf(const Parser::value_type& message, Field field) {
  const auto found = message.find(field);
  if (found == message.end()) return std::nullopt;
  return std::string(found->value());
}

Result<HttpRequest> RequestOf(Parser::value_type&& message) {
  HttpRequest request;
  RETURN_IF_ERROR(ParseTarget({message.target().data(), message.target().size()}, request));
  request.method = std::string(message.method_string());
  request.host = HeaderOf(message, Field::host);
  request.origin = HeaderOf(message, Field::origin);
  request.authorization = HeaderOf(message, Field::authorization);
  request.content_type = HeaderOf(message, Field::content_type);
  request.accept = HeaderOf(message, Field::accept);
  request.accept_encoding = HeaderOf(message, Field::accept_encoding);
  request.if_none_match = HeaderOf(message, Field::if_none_match);
  request.body = std::move(message.body());
  return request;
}

// The response to what is no request of HTTP; nothing where the client has left, so that nobody
// would read it.
std::optional<HttpResponse> ResponseToBadRequest(const error_code& error) {
  using Bad = beast::http::error;
  const bool about_http =
      error.category() == beast::http::make_error_code(Bad::bad_method).category();
  if (!about_http || error == Bad::end_of_stream || error == Bad::partial_message)
    return std::nullopt;
  if (error == Bad::body_limit) return ErrorResponse(413, "the body of the request is too large");
  if (error == Bad::header_limit || error == Bad::buffer_overflow)
    return ErrorResponse(431, "the head of the request is too large");
  return ErrorResponse(400, "this is no request of HTTP/1.1: " + error.message());
}

// What connections share. Used by the listener's thread, but for what is marked.
struct Shared {
  // What closes each connection, by its number.
  using Closers = std::map<uint64_t, std::function<void()>>;

  HttpLimits limits;
  std::shared_ptr<TlsCertificate> tls;  // null: connections are plain
  HttpHandler* handler = nullptr;
  Clock* clock = nullptr;
  Closers open;
  Closers waiting;  // for their clients; the oldest first
  uint64_t numbers = 0;
  std::unique_ptr<WorkerPool> workers;  // any thread
  asio::io_context io{1};               // any thread may post; holds connections to its end
};

// Lives as long as something is being waited for on it, or answered.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Shared& shared, tcp::socket socket)
      : shared_(shared),
        stream_(std::move(socket), shared.tls != nullptr ? shared.tls->Current() : nullptr),
        number_(++shared_.numbers) {
    error_code ignored;
    client_ = stream_.socket().remote_endpoint(ignored).address().to_string();
  }
  ~Connection() { Unlist(); }

  void Begin() {
    shared_.open[number_] = [this] { Close(); };
    if (!stream_.secure()) return Read();
    StartWaiting();
    stream_.plain().expires_after(shared_.limits.request_time);
    stream_.Handshake([self = shared_from_this()](const error_code& error) {
      self->StopWaiting();
      if (!error) self->Read();
    });
  }

 private:
  void Read() {
    StartWaiting();
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(shared_.limits.head_bytes));
    parser_->body_limit(shared_.limits.body_bytes);
    stream_.plain().expires_after(shared_.limits.request_time);
    beast::http::async_read(stream_, buffer_, *parser_,
                            [self = shared_from_this()](const error_code& error, size_t) {
                              self->StopWaiting();
                              self->OnRequest(error);
                            });
  }

  void StartWaiting() {
    place_ = ++shared_.numbers;
    shared_.waiting[place_] = [this] { Close(); };
  }

  void StopWaiting() {
    if (place_ != 0) shared_.waiting.erase(std::exchange(place_, 0));
  }

  void OnRequest(const error_code& error) {
    stream_.plain().expires_never();
    form_ = {};
    if (error) {
      form_.keeps_alive = false;
      if (std::optional<HttpResponse> response = ResponseToBadRequest(error)) Respond(*response);
      return;
    }
    Parser::value_type message = parser_->release();
    form_.has_body = message.method() != beast::http::verb::head;
    form_.chunked = message.version() >= 11;
    form_.keeps_alive = form_.chunked && message.keep_alive();
    Result<HttpRequest> request = RequestOf(std::move(message));
    if (!request.ok()) return Respond(ErrorResponse(request.status()));
    request->client = client_;
    request->secure = stream_.secure();
    if (std::optional<HttpResponse> response = shared_.handler->AnswerAtOnce(*request))
      return Respond(*response);
    HandOver(*std::move(request));
  }

  // Keeps the connection while other threads work on the answer. The last reference is given up on
  // the listener's thread, which alone may destroy a connection.
  class Kept {
   public:
    explicit Kept(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
    ~Kept() {
      asio::io_context& io = connection_->shared_.io;
      asio::post(io, [connection = std::move(connection_)] {});
    }
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;

    void Respond(HttpResponse response) const {
      asio::post(connection_->shared_.io,
                 [connection = connection_, response = std::move(response)]() mutable {
                   connection->Respond(response);
                 });
    }

   private:
    std::shared_ptr<Connection> connection_;
  };

  void HandOver(HttpRequest request) {
    exchanged_ = std::make_shared<ResponseStream>();
    WaitForClient();
    const HttpExchange exchange{exchanged_,
                                [kept = std::make_shared<const Kept>(shared_from_this())](
                                    HttpResponse response) { kept->Respond(std::move(response)); }};
    const bool taken = shared_.workers->Enqueue(
        [handler = shared_.handler, exchange, request = std::move(request)] {
          handler->Answer(request, exchange);
        });
    if (taken) return;
    HttpResponse busy = ErrorResponse(503, "too many requests wait to be answered");
    busy.headers.emplace_back("Retry-After", "1");
    Respond(busy);
  }

  void Respond(const HttpResponse& response) {
    if (response.streams && form_.has_body) {
      streamed_ = exchanged_;
    } else {
      LeaveStream();
    }
    std::string bytes = ResponseHead(response, form_, shared_.clock->Now());
    if (form_.has_body && streamed_ == nullptr) bytes += response.body;
    if (streamed_ != nullptr && !response.body.empty()) bytes += StreamPiece(response.body, form_);
    if (streamed_ != nullptr) WatchStream();
    Write(std::move(bytes));
  }

  void Write(std::string bytes) {
    writing_ = true;
    sent_ = std::move(bytes);
    if (streamed_ == nullptr) StartWaiting();
    stream_.plain().expires_after(shared_.limits.write_time);
    asio::async_write(stream_, asio::buffer(sent_),
                      [self = shared_from_this()](const error_code& error, size_t) {
                        self->writing_ = false;
                        self->StopWaiting();
                        self->stream_.plain().expires_never();
                        if (error) return self->Close();
                        self->OnWritten();
                      });
  }

  void OnWritten() {
    if (streamed_ != nullptr) return SendMore();
    if (form_.keeps_alive) return Read();
    CloseGently();
  }

  // --- a response that is still being made ---

  void WatchStream() {
    streamed_->OnChange([weak = weak_from_this(), &io = shared_.io] {
      asio::post(io, [weak] {
        if (const std::shared_ptr<Connection> self = weak.lock()) self->SendMore();
      });
    });
  }

  // Keeps the connection while nothing is there to be sent, and sees its client leave.
  void WaitForClient() {
    if (stream_.secure()) return ReadAhead();
    stream_.socket().async_wait(
        tcp::socket::wait_read, [self = shared_from_this()](const error_code& error) {
          if (error || self->exchanged_ == nullptr) return;
          char byte = 0;
          const ssize_t count =
              ::recv(self->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
          // The client has closed its side of the connection. It may still read the response; a
          // write fails if it does not.
          const bool left = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
          if (left) return self->exchanged_->Leave();
          // The client has sent its next request already: whether it leaves shows when a piece is
          // written.
          if (count > 0) self->kept_ = self;
          if (count < 0) self->WaitForClient();
        });
  }

  // The same with TLS: what can be read need not be the client's next request. That is kept for
  // the parser, which begins with what is there already.
  void ReadAhead() {
    stream_.async_read_some(buffer_.prepare(kPieceBytes),
                            [self = shared_from_this()](const error_code& error, size_t count) {
                              if (error == asio::error::operation_aborted) return;
                              self->buffer_.commit(count);
                              if (self->exchanged_ == nullptr) return;
                              if (error) return self->exchanged_->Leave();
                              self->kept_ = self;
                            });
  }

  void SendMore() {
    if (writing_ || streamed_ == nullptr) return;
    const std::optional<std::string> text = streamed_->Take();
    if (text && text->empty()) return;
    if (text) return Write(StreamPiece(*text, form_));
    ForgetStream();
    Write(StreamEnd(form_));
  }

  void ForgetStream() {
    streamed_.reset();
    if (const std::shared_ptr<ResponseStream> stream = std::exchange(exchanged_, nullptr))
      stream->OnChange({});
    // Ends WaitForClient: the response is complete, so that nothing depends on the client's
    // leaving.
    error_code ignored;
    stream_.socket().cancel(ignored);
    kept_.reset();
  }

  void LeaveStream() {
    const std::shared_ptr<ResponseStream> stream = exchanged_;
    if (stream == nullptr) return;
    ForgetStream();
    stream->Leave();
  }

  // --- the end ---

  // Lets the client read the response although it may still be sending: closing at once would take
  // the response back. It has two seconds for that.
  void CloseGently() {
    stream_.plain().expires_after(std::chrono::seconds(2));
    if (!stream_.secure()) return EndSending();
    stream_.ShutDown([self = shared_from_this()](const error_code&) { self->EndSending(); });
  }

  void EndSending() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    Drain(kMostDrained);
  }

  void Drain(size_t most) {
    buffer_.clear();
    stream_.plain().async_read_some(
        buffer_.prepare(kPieceBytes),
        [self = shared_from_this(), most](const error_code& error, size_t n) {
          if (!error && n < most) self->Drain(most - n);
        });
  }

  void Unlist() {
    StopWaiting();
    shared_.open.erase(number_);
  }

  void Close() {
    const std::shared_ptr<Connection> self = shared_from_this();
    Unlist();
    LeaveStream();
    stream_.plain().close();
  }

  static constexpr size_t kPieceBytes = 16 << 10;
  // What the client still sends is read and dropped up to here: closing with unread bytes would
  // reset the connection, and the response with it.
  static constexpr size_t kMostDrained = 4 << 20;

  Shared& shared_;
  ClientStream stream_;
  const uint64_t number_;
  std::string client_;  // its address
  uint64_t place_ = 0;  // among those that wait for a request; 0: it does not
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  ResponseForm form_;
  std::string sent_;
  bool writing_ = false;
  std::shared_ptr<ResponseStream> exchanged_;  // while a request is answered by others
  std::shared_ptr<ResponseStream> streamed_;   // the same, while it is sent
  std::shared_ptr<Connection> kept_;           // itself, while nothing else does
};

Status NoAddress(const ListenAddress& address, const std::string& why) {
  return Status::External(
             fmt::format("cannot listen for HTTP at {}: {}", AddressText(address), why))
      .WithId("E4001")
      .WithHint("'server.http.address' says where; 0 switches HTTP off");
}

}  // namespace

class HttpListener::Impl {
 public:
  Impl(std::shared_ptr<TlsCertificate> tls, const HttpLimits& limits, HttpHandler& handler,
       Clock& clock) {
    shared_.tls = std::move(tls);
    shared_.limits = limits;
    shared_.handler = &handler;
    shared_.clock = &clock;
  }

  ~Impl() {
    if (thread_.joinable()) {
      asio::post(shared_.io, [this] { Stop(); });
      thread_.Join();
    }
    shared_.workers.reset();
  }

  Status Start(const ListenAddress& address) {
    RETURN_IF_ERROR(Listen(address));
    shared_.workers =
        TRY(WorkerPool::Start(shared_.limits.workers, shared_.limits.waiting_requests));
    Accept();
    thread_ = TRY(Thread::Start("http", [this] { Run(); }));
    return {};
  }

  const ListenAddress& address() const { return address_; }

 private:
  Status Listen(const ListenAddress& address) {
    address_ = address;
    error_code error;
    const tcp::endpoint endpoint(asio::ip::make_address(address.host, error), address.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) address_.port = acceptor_.local_endpoint(error).port();
    if (error) return NoAddress(address, error.message());
    CloseOnExec(acceptor_.native_handle());
    return {};
  }

  // A connection for which there is no memory is closed; the others go on.
  void Run() {
    while (!shared_.io.stopped()) {
      const Status ran = Fenced([this]() -> Status {
        shared_.io.run();
        return {};
      });
      if (!ran.ok() && !accepting_) AcceptLater();
    }
  }

  void Accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      accepting_ = false;
      if (error == asio::error::operation_aborted) return;
      if (error) return AcceptLater();
      CloseOnExec(socket.native_handle());
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      if (shared_.open.size() >= shared_.limits.connections) CloseOldest();
      Accept();
      if (shared_.open.size() < shared_.limits.connections)
        std::make_shared<Connection>(shared_, std::move(socket))->Begin();
    });
    accepting_ = true;
  }

  // The process has no descriptor to give: one may be free soon.
  void AcceptLater() {
    CloseOldest();
    timer_.expires_after(std::chrono::milliseconds(20));
    timer_.async_wait([this](const error_code& error) {
      if (!error) Accept();
    });
  }

  void CloseOldest() {
    if (shared_.waiting.empty()) return;
    const std::function<void()> close = shared_.waiting.begin()->second;
    close();
  }

  void Stop() {
    error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    const Shared::Closers open = shared_.open;
    for (const auto& [number, close] : open) close();
    shared_.io.stop();
  }

  Shared shared_;
  tcp::acceptor acceptor_{shared_.io};
  asio::steady_timer timer_{shared_.io};
  ListenAddress address_;
  bool accepting_ = false;
  Thread thread_;
};

HttpListener::HttpListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpListener::~HttpListener() = default;

Result<std::unique_ptr<HttpListener>> HttpListener::Start(const HttpPlace& place,
                                                          const HttpLimits& limits,
                                                          HttpHandler& handler, Clock& clock) {
  auto impl = std::make_unique<Impl>(place.tls, limits, handler, clock);
  RETURN_IF_ERROR(impl->Start(place.address));
  return std::unique_ptr<HttpListener>(new HttpListener(std::move(impl)));
}

ListenAddress HttpListener::address() const {
  return impl_->address();
}

}  // namespace weir::shell
