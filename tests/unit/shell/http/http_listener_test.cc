// Requests and responses on real sockets: limits, slow clients, streams.
#include "shell/http/http_listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "shell/http/response_stream.h"

namespace weir::shell {
namespace {

using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// A socket that is connected, and reads with a limit of time.
class Client {
 public:
  explicit Client(const ListenAddress& address) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(address.port);
    ::inet_pton(AF_INET, address.host.c_str(), &to.sin_addr);
    const timeval limit{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  }
  ~Client() { Close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  void ShutDown() const { ::shutdown(socket_, SHUT_WR); }
  void Send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      text.remove_prefix(static_cast<size_t>(count));
    }
  }
  // What comes until `end` stands at its end, or nothing does any more.
  std::string ReadUntil(std::string_view end) const {
    std::string text;
    char byte = 0;
    while (!text.ends_with(end) && ::recv(socket_, &byte, 1, 0) == 1) text += byte;
    return text;
  }
  std::string ReadAll() const {
    std::string text;
    char byte = 0;
    while (::recv(socket_, &byte, 1, 0) == 1) text += byte;
    return text;
  }
  // A request and its response's body of this many bytes.
  std::string Ask(std::string_view path, size_t bytes) const {
    Send("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string head = ReadUntil("\r\n\r\n");
    std::string body;
    char byte = 0;
    while (body.size() < bytes && ::recv(socket_, &byte, 1, 0) == 1) body += byte;
    return head.substr(0, head.find('\r')) + "|" + body;
  }

 private:
  int socket_;
};

class TestHandler final : public HttpHandler {
 public:
  std::optional<HttpResponse> AnswerAtOnce(const HttpRequest& request) override {
    if (request.path != "/at-once") return std::nullopt;
    return HttpResponse{.body = "ok"};
  }
  void Answer(const HttpRequest& request, const HttpExchange& exchange) override {
    if (request.path == "/forget") return;
    if (request.path == "/late") return KeepForLater(exchange);
    exchange.respond(ResponseTo(request, exchange));
  }
  HttpResponse ResponseTo(const HttpRequest& request, const HttpExchange& exchange) {
    if (request.path == "/wait") {
      MutexLock lock(mutex_);
      ++waiting_;
      changed_.notify_all();
      changed_.wait(lock, [this]() WEIR_REQUIRES(mutex_) { return released_; });
    }
    if (request.path == "/large") return {.body = std::string(16 << 20, 'x')};
    if (request.path == "/stream") {
      stream_ = exchange.stream;
      stream_->OnLeave([this] { left_ = true; });
      return {.body = "first ", .streams = true};
    }
    return {.body = request.method + ' ' + request.path + ' ' + request.body};
  }

  void AwaitWaiting(int count) {
    MutexLock lock(mutex_);
    changed_.wait(lock, [&]() WEIR_REQUIRES(mutex_) { return waiting_ >= count; });
  }
  void KeepForLater(const HttpExchange& exchange) {
    exchange.stream->OnLeave([this] { left_ = true; });
    const MutexLock lock(mutex_);
    late_ = exchange;
    changed_.notify_all();
  }
  void AwaitLate() {
    MutexLock lock(mutex_);
    changed_.wait(lock, [&]() WEIR_REQUIRES(mutex_) { return late_.respond != nullptr; });
  }
  void RespondLate() {
    HttpExchange late;
    {
      const MutexLock lock(mutex_);
      late = std::exchange(late_, {});
    }
    late.respond({.body = "late"});
  }
  void Release() {
    const MutexLock lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  std::shared_ptr<ResponseStream> stream() const { return stream_; }
  bool left() const { return left_; }

 private:
  Mutex mutex_;
  ConditionVariable changed_;
  int waiting_ WEIR_GUARDED_BY(mutex_) = 0;
  bool released_ WEIR_GUARDED_BY(mutex_) = false;
  HttpExchange late_ WEIR_GUARDED_BY(mutex_);
  std::shared_ptr<ResponseStream> stream_;
  std::atomic<bool> left_ = false;
};

class HttpListenerTest : public testing::Test {
 protected:
  HttpListenerTest() { Start({}); }
  ~HttpListenerTest() override { handler_.Release(); }

  void Start(const HttpLimits& limits) {
    listener_.reset();
    listener_ = HttpListener::Start({"127.0.0.1", 0}, limits, handler_, Clock::System()).value();
  }
  Client Connect() const { return Client(listener_->address()); }
  void AwaitLeft() const {
    for (int i = 0; i < 2000 && !handler_.left(); ++i) Clock::System().Sleep(milliseconds(10));
    EXPECT_TRUE(handler_.left());
  }

  TestHandler handler_;
  std::unique_ptr<HttpListener> listener_;
};

TEST_F(HttpListenerTest, AConnectionCarriesManyRequests) {
  const Client client = Connect();
  EXPECT_EQ(client.Ask("/at-once", 2), "HTTP/1.1 200 OK|ok");
  EXPECT_EQ(client.Ask("/a%20b", 9), "HTTP/1.1 200 OK|GET /a b ");
  client.Send(
      "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
      "GET /at-once HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string both = client.ReadAll();
  EXPECT_THAT(both, HasSubstr("\r\n\r\nPOST /x {}HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(both, EndsWith("\r\n\r\nok"));
}

TEST_F(HttpListenerTest, HeadHasNoBody) {
  const Client client = Connect();
  client.Send("HEAD /at-once HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string head = client.ReadAll();
  EXPECT_THAT(head, HasSubstr("Content-Length: 2\r\n"));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
}

TEST_F(HttpListenerTest, WhatIsNoRequestIsRefused) {
  struct Case {
    std::string request;
    std::string answer;
  };
  for (const Case& one : std::vector<Case>{
           {"hello\r\n\r\n", "HTTP/1.1 400 "},
           {"GET  HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
           {"GET /a%zz HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
           {"GET / HTTP/1.1\r\nA: " + std::string(20'000, 'x') + "\r\n\r\n", "HTTP/1.1 431 "},
           {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n", "HTTP/1.1 431 "},
           {"POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", "HTTP/1.1 413 "},
           {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 400 "},
           {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 400 "},
           {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 400 "}}) {
    SCOPED_TRACE(one.request.substr(0, 60));
    const Client client = Connect();
    client.Send(one.request);
    if (one.answer != "HTTP/1.1 400 " || one.request.find("%zz") == std::string::npos) {
      EXPECT_THAT(client.ReadAll(), StartsWith(one.answer));
    } else {
      EXPECT_THAT(client.ReadUntil("\r\n"), StartsWith(one.answer));
    }
  }
}

TEST_F(HttpListenerTest, ChunkedBodiesAreTakenUpToTheLimit) {
  const Client client = Connect();
  client.Send(
      "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
      "Connection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), EndsWith("\r\n\r\nPOST /x {}"));
  const Client large = Connect();
  large.Send("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" +
             std::string(0x200000, 'x') + "\r\n0\r\n\r\n");
  EXPECT_THAT(large.ReadAll(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpListenerTest, WorkersThatAreBusyKeepNoAnswerAtOnce) {
  HttpLimits limits;
  limits.workers = 2;
  limits.waiting_requests = 3;
  Start(limits);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(std::make_unique<Client>(listener_->address()));
    clients.back()->Send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  handler_.AwaitWaiting(2);
  std::vector<std::unique_ptr<Client>> queued;
  for (int i = 0; i < 3; ++i) {
    queued.push_back(std::make_unique<Client>(listener_->address()));
    queued.back()->Send("GET /q HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
  // Until the queue is full the answer is not there yet.
  std::string refused;
  while (!refused.starts_with("HTTP/1.1 503")) {
    const Client one = Connect();
    one.Send("GET /q HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    refused = one.ReadUntil("\r\n\r\n");
  }
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_EQ(Connect().Ask("/at-once", 2), "HTTP/1.1 200 OK|ok");
  handler_.Release();
  for (const auto& client : queued) EXPECT_THAT(client->ReadAll(), EndsWith("GET /q "));
}

// Connected, silent; half a request; a large response that nobody reads: more of each than there
// may be connections.
TEST_F(HttpListenerTest, SlowClientsKeepNobody) {
  HttpLimits limits;
  limits.connections = 20;
  limits.workers = 2;
  limits.waiting_requests = 4;
  Start(limits);
  for (const std::string& sent : {std::string(), std::string("GET / HTTP/1.1\r\nA:"),
                                  std::string("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")}) {
    SCOPED_TRACE(sent);
    std::vector<std::unique_ptr<Client>> slow;
    for (int i = 0; i < 50; ++i) {
      slow.push_back(std::make_unique<Client>(listener_->address()));
      slow.back()->Send(sent);
      if (i % 5 != 4) continue;
      const int64_t begin = Clock::System().MonotonicNanos();
      EXPECT_EQ(Connect().Ask("/at-once", 2), "HTTP/1.1 200 OK|ok");
      EXPECT_LT(Clock::System().MonotonicNanos() - begin, 2'000'000'000);
    }
  }
}

TEST_F(HttpListenerTest, ARequestThatTakesTooLongEnds) {
  HttpLimits limits;
  limits.request_time = milliseconds(200);
  Start(limits);
  const Client client = Connect();
  client.Send("GET / HTTP/1.1\r\nA:");
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(HttpListenerTest, AStreamComesAsItIsMade) {
  const Client client = Connect();
  client.Send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("first \r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(handler_.stream()->Append("second"));
  EXPECT_EQ(client.ReadUntil("second\r\n"), "6\r\nsecond\r\n");
  EXPECT_TRUE(handler_.stream()->Append("third"));
  handler_.stream()->End();
  EXPECT_EQ(client.ReadUntil("0\r\n\r\n"), "5\r\nthird\r\n0\r\n\r\n");
  EXPECT_EQ(client.Ask("/at-once", 2), "HTTP/1.1 200 OK|ok");
  EXPECT_FALSE(handler_.left());
}

TEST_F(HttpListenerTest, WhoMakesAStreamHearsThatItsClientHasLeft) {
  Client client = Connect();
  client.Send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.ReadUntil("first \r\n");
  client.Close();
  AwaitLeft();
  EXPECT_FALSE(handler_.stream()->Append("x"));
}

TEST_F(HttpListenerTest, AClientThatLeavesBeforeItsResponseIsNoticed) {
  Client client = Connect();
  client.Send("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n");
  handler_.AwaitLate();
  client.Close();
  AwaitLeft();
  handler_.RespondLate();
  EXPECT_EQ(Connect().Ask("/at-once", 2), "HTTP/1.1 200 OK|ok");
}

TEST_F(HttpListenerTest, AResponseMayComeLater) {
  const Client client = Connect();
  client.Send("GET /late HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  handler_.AwaitLate();
  handler_.RespondLate();
  EXPECT_THAT(client.ReadAll(), EndsWith("\r\n\r\nlate"));
}

TEST_F(HttpListenerTest, WithoutAResponseTheConnectionEnds) {
  const Client client = Connect();
  client.Send("GET /forget HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.ShutDown();
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(HttpListenerTest, WhoReadsNoStreamLosesIt) {
  HttpLimits limits;
  limits.write_time = milliseconds(300);
  Start(limits);
  const Client client = Connect();
  client.Send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.ReadUntil("first \r\n");
  while (handler_.stream()->Append(std::string(100'000, 'x'))) {
  }
  AwaitLeft();
}

TEST_F(HttpListenerTest, ItsEndEndsEverything) {
  const Client silent = Connect();
  const Client streaming = Connect();
  streaming.Send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  streaming.ReadUntil("first \r\n");
  listener_.reset();
  EXPECT_EQ(silent.ReadAll(), "");
  EXPECT_EQ(streaming.ReadAll(), "");
  EXPECT_TRUE(handler_.left());
}

TEST_F(HttpListenerTest, AnAddressThatIsTakenIsSaid) {
  const Result<std::unique_ptr<HttpListener>> second =
      HttpListener::Start({listener_->address(), nullptr}, {}, handler_, Clock::System());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().id(), "E4001");
  EXPECT_THAT(second.status().message(), HasSubstr(AddressText(listener_->address())));
}

}  // namespace
}  // namespace weir::shell
