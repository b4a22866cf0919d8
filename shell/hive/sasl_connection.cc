#include "shell/hive/sasl_connection.h"

#include <fmt/format.h>

#include "runtime/fault_point.h"

namespace weir::shell {
namespace {

constexpr uint8_t kStart = 1;
constexpr uint8_t kOk = 2;
constexpr uint8_t kBad = 3;
constexpr uint8_t kComplete = 5;
constexpr std::string_view kPlain = "PLAIN";

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

}  // namespace

SaslConnection::SaslConnection(rpc::Descriptor socket, SaslLimits limits)
    : socket_(std::move(socket), limits.message_time), limits_(limits) {}

Status SaslConnection::BeginTls(const TlsContext& context) {
  return socket_.BeginTls(context, After(limits_.login_time));
}

Result<std::string> SaslConnection::ReadLoginMessage(int64_t until_nanos, uint8_t& kind) {
  std::string bytes;
  RETURN_IF_ERROR(socket_.Read(1, until_nanos, bytes));
  kind = static_cast<uint8_t>(bytes.front());
  // TLS, HTTP and Thrift without SASL begin with another byte; what follows is then no length.
  if (kind < kStart || kind > kComplete)
    return Status::InvalidArgument("the client does not log in by SASL");
  RETURN_IF_ERROR(socket_.Read(4, until_nanos, bytes));
  const size_t length = LengthAt(bytes);
  if (length > limits_.login_bytes)
    return Status::InvalidArgument("a message of the login is long");
  RETURN_IF_ERROR(socket_.Read(length, until_nanos, bytes));
  return bytes;
}

Result<SaslLogin> SaslConnection::ReadLogin() {
  const int64_t until = After(limits_.login_time);
  uint8_t kind = 0;
  const std::string mechanism = TRY(ReadLoginMessage(until, kind));
  if (kind != kStart || mechanism != kPlain)
    return Status::InvalidArgument("the client logs in by something else than SASL PLAIN");
  const std::string response = TRY(ReadLoginMessage(until, kind));
  // Thrift for Java sends COMPLETE with its response.
  if (kind != kOk && kind != kComplete)
    return Status::InvalidArgument("the client gives up its login");
  // The identity to act for, which is ignored; the user; the password (RFC 4616).
  const size_t first = response.find('\0');
  const size_t second = first == std::string::npos ? first : response.find('\0', first + 1);
  if (second == std::string::npos) return Status::InvalidArgument("the login is malformed");
  return SaslLogin{response.substr(first + 1, second - first - 1), response.substr(second + 1)};
}

Status SaslConnection::Accept() {
  return socket_.Write(LoginMessage(kComplete, ""));
}

void SaslConnection::Refuse(std::string_view why) {
  const Status sent = socket_.Write(LoginMessage(kBad, why));
  if (sent.ok()) socket_.EndWriting();
}

Status SaslConnection::Read(std::string& message) {
  std::string begin;
  std::string rest;
  const bool waits = limits_.idle_time.count() == 0 || DefectPlanted("idle-sessions-stay");
  const int64_t idle = waits ? ClientSocket::kForever : After(limits_.idle_time);
  RETURN_IF_ERROR(socket_.Read(1, idle, begin));
  const int64_t until = After(limits_.message_time);
  RETURN_IF_ERROR(socket_.Read(3, until, rest));
  const size_t length = LengthAt(begin + rest);
  if (length > limits_.message_bytes)
    return Status::InvalidArgument(fmt::format("a message of {} bytes is too long", length));
  return socket_.Read(length, until, message);
}

Status SaslConnection::Write(std::string_view message) {
  std::string length;
  AppendLength(message.size(), length);
  RETURN_IF_ERROR(socket_.Write(length));
  return socket_.Write(message);
}

}  // namespace weir::shell
