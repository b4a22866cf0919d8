#include "runtime/connectors/postgres/log_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/bytes.h"
#include "runtime/base/quoted.h"
#include "runtime/clock.h"
#include "runtime/connectors/postgres/change_position.h"
#include "runtime/connectors/postgres/network_bytes.h"
#include "runtime/types/datetime.h"

namespace weir::connectors::postgres {
namespace {

// Far more often than a server gives up those who are silent (wal_sender_timeout: a minute).
constexpr int64_t kAnswerNanos = 10'000 * kNanosPerMilli;

Status NotUnderstood() {
  return Refused("PostgreSQL says what is no part of its log");
}

}  // namespace

Result<std::unique_ptr<LogStream>> LogStream::Open(std::unique_ptr<Connection> connection,
                                                   const std::string& slot,
                                                   const std::string& publication, uint64_t from) {
  RETURN_IF_ERROR(connection->BeginCopy(
      fmt::format("START_REPLICATION SLOT {} LOGICAL {} (proto_version '1', publication_names {})",
                  QuotedName(slot), PlaceText(from), Quoted(QuotedName(publication), '\''))));
  std::unique_ptr<LogStream> stream(new LogStream(std::move(connection)));
  stream->received_ = from;
  return stream;
}

Result<std::optional<Logged>> LogStream::Take(int64_t millis) {
  RETURN_IF_ERROR(AnswerNowAndThen());
  std::optional<std::string> came = TRY(connection_->TakeCopied(millis));
  if (!came) return std::optional<Logged>();
  NetworkBytes bytes(*came);
  const uint8_t kind = bytes.Take<uint8_t>();
  Logged logged;
  if (kind == 'w') {
    bytes.Take<uint64_t>();  // where it begins
    received_ = std::max(received_, bytes.Take<uint64_t>());
    bytes.Take<uint64_t>();  // the server's time
    if (!bytes.good()) return NotUnderstood();
    constexpr size_t kHeader = 25;
    came->erase(0, kHeader);
    if (came->empty()) return NotUnderstood();
    logged.message = std::move(*came);
    return std::optional(std::move(logged));
  }
  logged.heard = bytes.Take<uint64_t>();
  bytes.Take<uint64_t>();  // the server's time
  const bool asked = bytes.Take<uint8_t>() != 0;
  if (kind != 'k' || !bytes.AtEnd()) return NotUnderstood();
  received_ = std::max(received_, logged.heard);
  if (asked) RETURN_IF_ERROR(Answer(false));
  return std::optional(std::move(logged));
}

// "Standby status update": what was received, what is kept, and what was applied.
Status LogStream::Answer(bool ask) {
  std::string message = "r";
  AppendBig64(message, received_);
  AppendBig64(message, confirmed_);
  AppendBig64(message, confirmed_);
  const int64_t now = Clock::System().Now().millis * kMicrosPerMilli - kMicrosTo2000;
  AppendBig64(message, static_cast<uint64_t>(now));
  message.push_back(ask ? '\1' : '\0');
  told_ = confirmed_;
  answered_ = Clock::System().MonotonicNanos();
  return connection_->PutCopied(message);
}

Status LogStream::AnswerNowAndThen() {
  const bool due = Clock::System().MonotonicNanos() - answered_ >= kAnswerNanos;
  return due || told_ != confirmed_ ? Answer(false) : Status();
}

}  // namespace weir::connectors::postgres
