#include "shell/hive/sasl_connection.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "runtime/clock.h"

namespace weir::shell {
namespace {

constexpr uint8_t kStart = 1;
constexpr uint8_t kOk = 2;
constexpr uint8_t kBad = 3;
constexpr uint8_t kComplete = 5;
constexpr std::string_view kPlain = "PLAIN";
constexpr int64_t kForever = std::numeric_limits<int64_t>::max();
constexpr int64_t kNanosAMilli = 1'000'000;
constexpr size_t kPieceBytes = 64 << 10;

int64_t After(std::chrono::milliseconds time) {
  return Clock::System().MonotonicNanos() + time.count() * kNanosAMilli;
}

uint32_t LengthAt(std::string_view bytes) {
  uint32_t length = 0;
  for (const char byte : bytes) length = length << 8U | static_cast<uint8_t>(byte);
  return length;
}

void AppendLength(size_t length, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift & 0xffU);
}

std::string LoginMessage(uint8_t kind, std::string_view text) {
  std::string out(1, static_cast<char>(kind));
  AppendLength(text.size(), out);
  out += text;
  return out;
}

Status Left() {
  return Status::NotFound("the client has left");
}

// Until something can be read.
Status Wait(int socket, int64_t until_nanos) {
  while (true) {
    int millis = -1;
    if (until_nanos != kForever) {
      const int64_t rest = until_nanos - Clock::System().MonotonicNanos();
      if (rest <= 0) return Status::External("the client takes too long");
      millis = static_cast<int>(rest / kNanosAMilli) + 1;
    }
    pollfd wait{socket, POLLIN, 0};
    const int ready = ::poll(&wait, 1, millis);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Left();
  }
}

}  // namespace

SaslConnection::SaslConnection(rpc::Descriptor socket, SaslLimits limits)
    : socket_(std::move(socket)), limits_(limits) {
  const int64_t millis = limits_.message_time.count();
  const timeval time{millis / 1000, millis % 1000 * 1000};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

Status SaslConnection::ReadBytes(size_t count, int64_t until_nanos, std::string& out) {
  out.clear();
  while (out.size() < count) {
    RETURN_IF_ERROR(Wait(socket_.get(), until_nanos));
    const size_t had = out.size();
    const size_t wanted = std::min(count - had, std::max(kPieceBytes, had));
    out.resize(had + wanted);
    const ssize_t got = ::recv(socket_.get(), out.data() + had, wanted, 0);
    out.resize(had + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return Left();
    if (got < 0 && errno != EINTR && errno != EAGAIN) return Left();
  }
  return {};
}

Status SaslConnection::WriteBytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return Status::External("the client takes nothing");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

Result<std::string> SaslConnection::ReadLoginMessage(int64_t until_nanos, uint8_t& kind) {
  std::string bytes;
  RETURN_IF_ERROR(ReadBytes(1, until_nanos, bytes));
  kind = static_cast<uint8_t>(bytes.front());
  // Of Thrift without SASL, of TLS, of HTTP: what follows is no length.
  if (kind < kStart || kind > kComplete)
    return Status::InvalidArgument("the client does not log in by SASL");
  RETURN_IF_ERROR(ReadBytes(4, until_nanos, bytes));
  const size_t length = LengthAt(bytes);
  if (length > limits_.login_bytes)
    return Status::InvalidArgument("a message of the login is long");
  RETURN_IF_ERROR(ReadBytes(length, until_nanos, bytes));
  return bytes;
}

Result<SaslLogin> SaslConnection::ReadLogin() {
  const int64_t until = After(limits_.login_time);
  uint8_t kind = 0;
  const std::string mechanism = TRY(ReadLoginMessage(until, kind));
  if (kind != kStart || mechanism != kPlain)
    return Status::InvalidArgument("the client logs in by something else than SASL PLAIN");
  const std::string response = TRY(ReadLoginMessage(until, kind));
  // Thrift for Java says with its response already that nothing follows.
  if (kind != kOk && kind != kComplete)
    return Status::InvalidArgument("the client gives up its login");
  // Whom to act for, which is not used; the user; the password (RFC 4616).
  const size_t first = response.find('\0');
  const size_t second = first == std::string::npos ? first : response.find('\0', first + 1);
  if (second == std::string::npos) return Status::InvalidArgument("the login is malformed");
  return SaslLogin{response.substr(first + 1, second - first - 1), response.substr(second + 1)};
}

Status SaslConnection::Accept() {
  return WriteBytes(LoginMessage(kComplete, ""));
}

void SaslConnection::Refuse(std::string_view why) {
  const Status sent = WriteBytes(LoginMessage(kBad, why));
  if (sent.ok()) ::shutdown(socket_.get(), SHUT_WR);
}

Status SaslConnection::Read(std::string& message) {
  RETURN_IF_ERROR(Wait(socket_.get(), kForever));
  const int64_t until = After(limits_.message_time);
  RETURN_IF_ERROR(ReadBytes(4, until, message));
  const size_t length = LengthAt(message);
  if (length > limits_.message_bytes)
    return Status::InvalidArgument(fmt::format("a message of {} bytes is too long", length));
  return ReadBytes(length, until, message);
}

Status SaslConnection::Write(std::string_view message) {
  std::string length;
  AppendLength(message.size(), length);
  RETURN_IF_ERROR(WriteBytes(length));
  return WriteBytes(message);
}

bool SaslConnection::left() const {
  char byte = 0;
  const ssize_t count = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace weir::shell
