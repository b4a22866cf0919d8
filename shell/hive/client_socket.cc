#include "shell/hive/client_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/clock.h"
#include "runtime/types/datetime.h"

namespace weir::shell {
namespace {

constexpr size_t kPieceBytes = 64 << 10;

Status Left() {
  return Status::NotFound("the client has left");
}

// Waits until the socket can be read or written, as `events` says.
Status Wait(int socket, short events, int64_t until_nanos) {
  while (true) {
    int millis = -1;
    if (until_nanos != ClientSocket::kForever) {
      const int64_t rest = until_nanos - Clock::System().MonotonicNanos();
      if (rest <= 0) return Status::External("the client takes too long");
      millis = static_cast<int>(rest / kNanosPerMilli) + 1;
    }
    pollfd wait{socket, events, 0};
    const int ready = ::poll(&wait, 1, millis);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Left();
  }
}

}  // namespace

int64_t After(std::chrono::milliseconds time) {
  return Clock::System().MonotonicNanos() + time.count() * kNanosPerMilli;
}

ClientSocket::ClientSocket(rpc::Descriptor socket, std::chrono::milliseconds write_time)
    : socket_(std::move(socket)), write_time_(write_time), tls_(nullptr, ::SSL_free) {
  const int64_t millis = write_time_.count();
  const timeval time{millis / 1000, millis % 1000 * 1000};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

ClientSocket::~ClientSocket() = default;

Status ClientSocket::BeginTls(const TlsContext& context, int64_t until_nanos) {
  // A client that sends only a part of a record must not hold us beyond the deadline.
  ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
  tls_.reset(::SSL_new(context.get()));
  if (tls_ == nullptr || ::SSL_set_fd(tls_.get(), socket_.get()) != 1)
    return Status::External("there is no memory for TLS");
  while (true) {
    ::ERR_clear_error();
    const int result = ::SSL_accept(tls_.get());
    if (result == 1) return {};
    const Status waited = AwaitTls(result, until_nanos);
    if (waited.ok()) continue;
    // EndWriting must not send the end of TLS, as no keys were agreed on.
    tls_.reset();
    return waited;
  }
}

// Waits until the operation that returned `result` may be tried again.
Status ClientSocket::AwaitTls(int result, int64_t until_nanos) {
  switch (::SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Wait(socket_.get(), POLLIN, until_nanos);
    case SSL_ERROR_WANT_WRITE:
      return Wait(socket_.get(), POLLOUT, until_nanos);
    case SSL_ERROR_SSL:
      return Status::InvalidArgument("the client does not speak TLS: " + TlsError());
    default:
      return Left();
  }
}

Status ClientSocket::ReadTls(char* out, size_t count, int64_t until_nanos, size_t& got) {
  while (true) {
    ::ERR_clear_error();
    const int result = ::SSL_read_ex(tls_.get(), out, count, &got);
    if (result == 1) return {};
    RETURN_IF_ERROR(AwaitTls(result, until_nanos));
  }
}

Status ClientSocket::Read(size_t count, int64_t until_nanos, std::string& out) {
  out.clear();
  while (out.size() < count) {
    if (tls_ == nullptr) RETURN_IF_ERROR(Wait(socket_.get(), POLLIN, until_nanos));
    const size_t had = out.size();
    const size_t wanted = std::min(count - had, std::max(kPieceBytes, had));
    out.resize(had + wanted);
    size_t got = 0;
    Status read;
    if (tls_ != nullptr) {
      read = ReadTls(out.data() + had, wanted, until_nanos, got);
    } else {
      const ssize_t received = ::recv(socket_.get(), out.data() + had, wanted, 0);
      const bool again = received < 0 && (errno == EINTR || errno == EAGAIN);
      if (received <= 0 && !again) read = Left();
      got = static_cast<size_t>(std::max<ssize_t>(received, 0));
    }
    out.resize(had + got);
    RETURN_IF_ERROR(read);
  }
  return {};
}

Status ClientSocket::Write(std::string_view bytes) {
  const int64_t until = After(write_time_);
  while (!bytes.empty()) {
    if (tls_ != nullptr) {
      size_t sent = 0;
      ::ERR_clear_error();
      const int result = ::SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent);
      if (result != 1) RETURN_IF_ERROR(AwaitTls(result, until));
      bytes.remove_prefix(sent);
      continue;
    }
    // Waits for at most write_time_, by SO_SNDTIMEO.
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return Status::External("the client takes nothing");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

void ClientSocket::EndWriting() {
  if (tls_ != nullptr) (void)::SSL_shutdown(tls_.get());
  ::shutdown(socket_.get(), SHUT_WR);
}

bool ClientSocket::left() const {
  // MSG_PEEK would not see the end behind bytes that are not read yet, such as TLS's close_notify.
  if (tls_ != nullptr) {
    pollfd look{socket_.get(), POLLRDHUP, 0};
    return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
  }
  char byte = 0;
  const ssize_t count = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

std::string ClientSocket::address() const {
  sockaddr_storage bytes{};
  socklen_t size = sizeof(bytes);
  if (::getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&bytes), &size) != 0) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* digits = nullptr;
  if (bytes.ss_family == AF_INET) digits = &reinterpret_cast<const sockaddr_in*>(&bytes)->sin_addr;
  if (bytes.ss_family == AF_INET6)
    digits = &reinterpret_cast<const sockaddr_in6*>(&bytes)->sin6_addr;
  if (digits == nullptr) return "";
  return ::inet_ntop(bytes.ss_family, digits, text.data(), text.size()) != nullptr ? text.data()
                                                                                   : "";
}

}  // namespace weir::shell
