#include "runtime/connectors/postgres/connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <new>

#include "runtime/base/interruption.h"
#include "runtime/base/quoted.h"
#include "runtime/clock.h"
#include "runtime/connectors/jdbc/patience.h"
#include "runtime/types/datetime.h"

namespace weir::connectors::postgres {
namespace {

// How often a wait looks whether it is still wanted.
constexpr int64_t kGlanceMillis = 20;
constexpr int64_t kQuestionMillis = 500;  // for how long the server is asked who holds a lock
constexpr int64_t kForEver = std::numeric_limits<int64_t>::max();

int64_t Now() {
  return Clock::System().MonotonicNanos();
}

std::string_view FieldOf(const PGresult* result, int field) {
  const char* const text = result == nullptr ? nullptr : PQresultErrorField(result, field);
  return text == nullptr ? "" : text;
}

std::string OneLine(std::string_view text) {
  std::string line(text);
  while (!line.empty() && line.back() == '\n') line.pop_back();
  std::ranges::replace(line, '\n', ' ');
  return line;
}

// The classes and codes of SQLSTATE ("PostgreSQL Error Codes") after which the same may work.
bool PassesOnItsOwn(std::string_view state) {
  constexpr std::array<std::string_view, 5> kClasses = {"08", "40", "53", "57P", "58"};
  return state == "55P03" || std::ranges::any_of(kClasses, [&](std::string_view begin) {
           return state.starts_with(begin);
         });
}

// A server that does not let us in has a reason, which libpq 15 knows as a text alone.
bool MayPass(std::string_view said) {
  if (said.find("FATAL") == std::string_view::npos) return true;
  constexpr std::array<std::string_view, 5> kOfAWhile = {"starting up", "shutting down", "recovery",
                                                         "too many", "connection slots"};
  return std::ranges::any_of(kOfAWhile, [&](std::string_view reason) {
    return said.find(reason) != std::string_view::npos;
  });
}

// What the session's texts are like, and that a commit which was answered outlives a crash.
constexpr const char* kSession =
    "SET client_encoding TO 'UTF8'; SET timezone TO 'UTC'; SET datestyle TO 'ISO, YMD'; "
    "SET intervalstyle TO 'iso_8601'; SET bytea_output TO 'hex'; SET extra_float_digits TO 1; "
    "SET standard_conforming_strings TO on; SET cursor_tuple_fraction TO 1; "
    "SET array_nulls TO on; SET default_transaction_isolation TO 'read committed'; "
    "SET idle_in_transaction_session_timeout TO 0; "
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') = 'off'";

std::vector<std::string_view> Parts(std::string_view list) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t comma = list.find(',');
    parts.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

// The last value of a keyword; "" for none.
std::string_view ValueOf(const Access& access, std::string_view keyword) {
  std::string_view value;
  for (const auto& [key, one] : access.keywords) {
    if (key == keyword) value = one;
  }
  return value;
}

// Which hosts are tried, in which order, as what replaces the keywords of all of them. Whoever
// prefers a standby asks every host for one before it takes any.
std::vector<std::vector<std::pair<std::string, std::string>>> ChoicesOf(const Access& access) {
  std::vector<std::vector<std::pair<std::string, std::string>>> choices;
  const std::vector<std::string_view> hosts = Parts(ValueOf(access, "host"));
  const std::vector<std::string_view> ports = Parts(ValueOf(access, "port"));
  const bool one =
      hosts.size() < 2 || ports.size() != hosts.size() || !ValueOf(access, "hostaddr").empty();
  constexpr const char* kAttributes = "target_session_attrs";
  std::vector<std::string> wanted = {std::string(ValueOf(access, kAttributes))};
  if (wanted.front() == "prefer-standby") wanted = {"standby", "any"};
  for (const std::string& attributes : wanted) {
    for (size_t i = 0; !one && i < hosts.size(); ++i) {
      choices.push_back({{"host", std::string(hosts[i])}, {"port", std::string(ports[i])}});
      if (!attributes.empty()) choices.back().emplace_back(kAttributes, attributes);
    }
  }
  if (one) choices.emplace_back();
  return choices;
}

}  // namespace

Access ForReplication(Access access) {
  access.keywords.emplace_back("replication", "database");
  return access;
}

std::string QuotedName(std::string_view name) {
  return Quoted(name, '"');
}

Answer::Answer(pg_result* result) : result_(result, &PQclear) {}

int Answer::rows() const {
  return result_ ? PQntuples(result_.get()) : 0;
}

bool Answer::IsNull(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view Answer::Text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

uint64_t Answer::changed() const {
  return result_ ? std::strtoull(PQcmdTuples(result_.get()), nullptr, 10) : 0;
}

size_t Answer::bytes() const {
  return result_ ? PQresultMemorySize(result_.get()) : 0;
}

AnswerBuilder::AnswerBuilder(int columns)
    : result_(PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK), &PQclear), columns_(columns) {
  std::vector<PGresAttDesc> described(static_cast<size_t>(columns));
  char name[] = "";
  for (PGresAttDesc& column : described) column.name = name;
  if (!result_ || PQsetResultAttrs(result_.get(), columns, described.data()) == 0)
    throw std::bad_alloc();
}

void AnswerBuilder::Put(const char* text, int length) {
  // The library copies the text.
  if (PQsetvalue(result_.get(), row_, column_, const_cast<char*>(text), length) == 0)
    throw std::bad_alloc();
  if (++column_ < columns_) return;
  column_ = 0;
  ++row_;
}

void AnswerBuilder::Append(std::string_view text) {
  Put(text.empty() ? "" : text.data(), static_cast<int>(text.size()));
}

void AnswerBuilder::AppendNull() {
  Put(nullptr, -1);
}

Answer AnswerBuilder::Finish() && {
  return Answer(std::move(result_));
}

bool Connection::lost() const {
  return PQstatus(connection_) != CONNECTION_OK;
}

// The library goes on to the next host when one refuses, and not when one is silent. So each is
// asked by itself, and has the whole time-out.
Result<std::unique_ptr<Connection>> Connection::Open(const Access& access, bool* may_pass) {
  Status failure;
  bool passes = false;
  for (const HostChoice& choice : ChoicesOf(access)) {
    bool may = false;
    Result<std::unique_ptr<Connection>> connection = OpenOne(access, choice, may);
    if (connection.ok()) return connection;
    passes = may;
    failure =
        failure.ok()
            ? std::move(connection).status()
            : Refused(fmt::format("{}; {}", failure.message(), connection.status().message()));
    // Another host refuses the same password.
    if (!may) break;
  }
  if (may_pass != nullptr) *may_pass = passes;
  return failure;
}

Result<std::unique_ptr<Connection>> Connection::OpenOne(const Access& access,
                                                        const HostChoice& choice, bool& may_pass) {
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [key, value] : access.keywords) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  // Of a keyword that comes twice the last one counts.
  for (const auto& [key, value] : choice) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* const raw = PQconnectStartParams(keys.data(), values.data(), 0);
  if (raw == nullptr) return Status::Internal("libpq is out of memory");
  std::unique_ptr<Connection> connection(new Connection(access, raw));
  Status connected = connection->FinishConnecting();
  may_pass = connection->may_pass_;
  RETURN_IF_ERROR(std::move(connected));
  PQsetnonblocking(raw, 1);
  // What the server has to say besides answers is nobody's.
  PQsetNoticeProcessor(
      raw, [](void*, const char*) {}, nullptr);
  Status set = connection->Run(kSession);
  may_pass = connection->may_pass_;
  RETURN_IF_ERROR(std::move(set));
  return connection;
}

namespace {

// Tells the server to end what the connection has asked it. The library's call connects and reads
// as long as it takes, which is for ever where a server is frozen.
void CancelStatement(PGconn* connection) {
  const std::shared_ptr<PGcancel> how(PQgetCancel(connection), &PQfreeCancel);
  if (how == nullptr) return;
  jdbc::RunPatiently([how] {
    std::array<char, 256> why{};
    PQcancel(how.get(), why.data(), static_cast<int>(why.size()));
  });
}

}  // namespace

Connection::~Connection() {
  if (PQtransactionStatus(connection_) == PQTRANS_ACTIVE && !lost()) {
    // Nobody waits for it any more: it must not go on, holding locks.
    CancelStatement(connection_);
  }
  PQfinish(connection_);
}

bool Connection::WaitForSocket(bool write, int64_t deadline) {
  for (;;) {
    CheckInterrupted();
    const int64_t left = std::max<int64_t>(0, deadline - Now()) / kNanosPerMilli;
    pollfd wanted{PQsocket(connection_), static_cast<short>(POLLIN | (write ? POLLOUT : 0)), 0};
    if (poll(&wanted, 1, static_cast<int>(std::min(left, kGlanceMillis))) != 0) return true;
    if (left == 0) return false;
  }
}

Status Connection::FinishConnecting() {
  const int64_t deadline = Now() + PauseNanos(access_.connect_millis);
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (PQstatus(connection_) == CONNECTION_BAD || state == PGRES_POLLING_FAILED) {
      // The library's text names the host and the user, and never the password.
      const std::string said = OneLine(PQerrorMessage(connection_));
      may_pass_ = MayPass(said);
      return Refused(fmt::format("PostgreSQL at {} cannot be reached: {}", access_.place, said));
    }
    CheckInterrupted();
    const int64_t left = (deadline - Now()) / kNanosPerMilli;
    if (left <= 0) {
      may_pass_ = true;
      return Refused(fmt::format("PostgreSQL at {} does not answer within {} ms", access_.place,
                                 access_.connect_millis));
    }
    pollfd wanted{PQsocket(connection_),
                  static_cast<short>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (poll(&wanted, 1, static_cast<int>(std::min(left, kGlanceMillis))) != 0)
      state = PQconnectPoll(connection_);
  }
  return {};
}

int64_t Connection::AnswerDeadline() const {
  return access_.answer_millis == 0 ? kForEver : Now() + PauseNanos(access_.answer_millis);
}

Status Connection::TimedOut() {
  may_pass_ = true;
  return Refused(fmt::format("PostgreSQL at {} has not answered within {} ms", access_.place,
                             access_.answer_millis));
}

Status Connection::WhenFailed(const PGresult* result) {
  const std::string_view state = FieldOf(result, PG_DIAG_SQLSTATE);
  may_pass_ = lost() || PassesOnItsOwn(state);
  std::string said(FieldOf(result, PG_DIAG_MESSAGE_PRIMARY));
  if (said.empty()) said = OneLine(PQerrorMessage(connection_));
  if (const auto detail = FieldOf(result, PG_DIAG_MESSAGE_DETAIL); !detail.empty())
    said += fmt::format(" ({})", detail);
  if (const auto context = FieldOf(result, PG_DIAG_CONTEXT); context.starts_with("COPY"))
    said += fmt::format(" ({})", OneLine(context));
  const std::string code = state.empty() ? "" : fmt::format(" [{}]", state);
  return Refused(fmt::format("PostgreSQL at {}: {}{}", access_.place, said, code),
                 std::string(FieldOf(result, PG_DIAG_MESSAGE_HINT)));
}

Status Connection::Flush() {
  const int64_t deadline = AnswerDeadline();
  for (;;) {
    const int left = PQflush(connection_);
    if (left == 0) return {};
    if (left < 0) return WhenFailed(nullptr);
    if (!WaitForSocket(true, deadline)) return TimedOut();
    // A server that sends while it is sent to waits for its reader.
    if (PQconsumeInput(connection_) == 0) return WhenFailed(nullptr);
  }
}

Status Connection::Send(const std::string& sql) {
  may_pass_ = false;
  if (PQsendQuery(connection_, sql.c_str()) == 0) return WhenFailed(nullptr);
  poll_deadline_ = AnswerDeadline();
  return Flush();
}

std::string Connection::Holders() const {
  // Whoever hurries this thread does not wait for the question either.
  static const std::atomic<bool> kCalm{false};
  const HurriedBy calm(kCalm);
  Access access = access_;
  access.connect_millis = std::min(access.connect_millis, kQuestionMillis);
  access.answer_millis = kQuestionMillis;
  const Result<std::unique_ptr<Connection>> other = Open(access);
  if (!other.ok()) return "";
  const Result<Answer> holders = (*other)->Ask(
      fmt::format("SELECT array_to_string(pg_blocking_pids({}), ', ')", PQbackendPID(connection_)));
  return holders.ok() ? std::string(holders->Text(0, 0)) : "";
}

Status Connection::AwaitInput(int64_t deadline) {
  constexpr int64_t kPause = 700 * kNanosPerMilli;  // between two questions
  int64_t ask = kForEver;
  for (;;) {
    const int64_t glance = Now() + kGlanceMillis * kNanosPerMilli;
    if (WaitForSocket(false, std::min(deadline, glance))) return {};
    if (Now() >= deadline) return TimedOut();
    if (!IsHurried()) continue;
    if (ask == kForEver) ask = Now() + kPause;
    if (Now() < ask) continue;
    ask = Now() + kPause;
    const std::string holders = Holders();
    if (holders.empty()) continue;
    may_pass_ = false;
    return Refused(fmt::format("PostgreSQL at {}: the lock that it waits for is held by process {}",
                               access_.place, holders),
                   fmt::format("SELECT * FROM pg_stat_activity WHERE pid IN ({})", holders));
  }
}

// The last of the answers to what was sent, or the first failure among them; COPY's own answer is
// left to the caller.
Result<Answer> Connection::TakeAnswer() {
  Answer last;
  Status failure;
  for (;;) {
    while (PQisBusy(connection_) != 0) {
      RETURN_IF_ERROR(AwaitInput(AnswerDeadline()));
      if (PQconsumeInput(connection_) == 0) return WhenFailed(nullptr);
    }
    PGresult* const result = PQgetResult(connection_);
    if (result == nullptr) break;
    Answer answer(result);
    switch (PQresultStatus(result)) {
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
        last = std::move(answer);
        break;
      case PGRES_COPY_IN:
      case PGRES_COPY_BOTH:
        return answer;
      default:
        if (failure.ok()) failure = WhenFailed(result);
        if (lost()) return failure;
    }
  }
  if (!failure.ok()) return failure;
  return last;
}

Result<Answer> Connection::Ask(const std::string& sql, std::span<const std::string> parameters) {
  if (parameters.empty()) {
    RETURN_IF_ERROR(Send(sql));
  } else {
    may_pass_ = false;
    std::vector<const char*> values;
    for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
    if (PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr,
                          values.data(), nullptr, nullptr, 0) == 0)
      return WhenFailed(nullptr);
    RETURN_IF_ERROR(Flush());
  }
  return TakeAnswer();
}

Status Connection::CopyIn(const std::string& sql, std::string_view rows) {
  RETURN_IF_ERROR(Ask(sql).status());
  constexpr size_t kPiece = 1 << 16;
  while (!rows.empty()) {
    const std::string_view piece = rows.substr(0, kPiece);
    const int sent = PQputCopyData(connection_, piece.data(), static_cast<int>(piece.size()));
    if (sent < 0) return WhenFailed(nullptr);
    if (sent > 0) rows.remove_prefix(piece.size());
    RETURN_IF_ERROR(Flush());
  }
  if (PQputCopyEnd(connection_, nullptr) < 0) return WhenFailed(nullptr);
  RETURN_IF_ERROR(Flush());
  return TakeAnswer().status();
}

Status Connection::BeginCopy(const std::string& sql) {
  RETURN_IF_ERROR(Send(sql));
  RETURN_IF_ERROR(TakeAnswer().status());
  if (PQtransactionStatus(connection_) == PQTRANS_ACTIVE) return {};
  return Refused(fmt::format("PostgreSQL at {} does not copy its log", access_.place));
}

Result<std::optional<std::string>> Connection::TakeCopied(int64_t millis) {
  may_pass_ = false;
  for (bool waited = false;; waited = true) {
    char* bytes = nullptr;
    const int size = PQgetCopyData(connection_, &bytes, 1);
    if (size > 0) {
      std::string copied(bytes, static_cast<size_t>(size));
      PQfreemem(bytes);
      return std::optional(std::move(copied));
    }
    if (size == -1) {
      const Answer last(PQgetResult(connection_));
      return WhenFailed(last.raw());
    }
    if (size < 0) return WhenFailed(nullptr);
    if (waited || !WaitForSocket(false, Now() + PauseNanos(millis)))
      return std::optional<std::string>();
    if (PQconsumeInput(connection_) == 0) return WhenFailed(nullptr);
  }
}

Status Connection::PutCopied(std::string_view bytes) {
  const int sent = PQputCopyData(connection_, bytes.data(), static_cast<int>(bytes.size()));
  // Nothing is sent where the library's buffer is full, and what it holds is on its way.
  if (sent < 0 || PQflush(connection_) < 0) return WhenFailed(nullptr);
  return {};
}

Result<std::optional<Answer>> Connection::Poll(int64_t millis) {
  // An answer comes in many pieces.
  const int64_t until = Now() + PauseNanos(millis);
  while (PQisBusy(connection_) != 0) {
    if (!WaitForSocket(false, until)) {
      if (Now() >= poll_deadline_) return TimedOut();
      return std::optional<Answer>();
    }
    if (PQconsumeInput(connection_) == 0) return WhenFailed(nullptr);
    poll_deadline_ = AnswerDeadline();
    if (PQisBusy(connection_) != 0 && Now() >= until) return std::optional<Answer>();
  }
  return std::optional(TRY(TakeAnswer()));
}

}  // namespace weir::connectors::postgres
