#include "runtime/connectors/mysql/connection.h"

#include <fmt/format.h>
#include <mariadb/errmsg.h>
#include <mariadb/mysql.h>
#include <mariadb/mysqld_error.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/clock.h"
#include "runtime/connectors/jdbc/patience.h"
#include "runtime/types/datetime.h"

namespace weir::connectors::mysql {
namespace {

// How often a wait looks whether it is still wanted.
constexpr int64_t kGlanceMillis = 20;
constexpr int64_t kHurryMillis = 2000;
constexpr int64_t kForEver = std::numeric_limits<int64_t>::max();
// The stack on which the library runs: TLS and the resolver of names take more than its own 60 KiB.
constexpr size_t kStackBytes = 256 << 10;
// More is not sent at once, whatever the server takes.
constexpr size_t kMostBytes = 4 << 20;

int64_t Now() {
  return Clock::System().MonotonicNanos();
}

// After which the same may work ("Server Error Message Reference", and the library's own).
bool PassesOnItsOwn(unsigned error) {
  constexpr std::array<unsigned, 23> kErrors = {CR_CONNECTION_ERROR,
                                                CR_CONN_HOST_ERROR,
                                                CR_SERVER_GONE_ERROR,
                                                CR_SERVER_LOST,
                                                CR_SERVER_LOST_EXTENDED,
                                                ER_CON_COUNT_ERROR,
                                                ER_SERVER_SHUTDOWN,
                                                ER_NEW_ABORTING_CONNECTION,
                                                ER_NET_READ_ERROR,
                                                ER_NET_READ_INTERRUPTED,
                                                ER_NET_ERROR_ON_WRITE,
                                                ER_NET_WRITE_INTERRUPTED,
                                                ER_LOCK_WAIT_TIMEOUT,
                                                ER_LOCK_DEADLOCK,
                                                ER_QUERY_INTERRUPTED,
                                                ER_TOO_MANY_USER_CONNECTIONS,
                                                ER_USER_LIMIT_REACHED,
                                                ER_CONNECTION_KILLED,
                                                ER_UNKNOWN_COM_ERROR,
                                                ER_STATEMENT_TIMEOUT,
                                                ER_LOCK_TABLE_FULL,
                                                ER_OPTION_PREVENTS_STATEMENT,
                                                ER_CHECKREAD};
  return std::ranges::find(kErrors, error) != kErrors.end();
}

// MariaDB's library sets itself up at the first use, which is not safe from several threads.
void StartLibrary() {
  static const int started = mysql_library_init(0, nullptr, nullptr);
  static_cast<void>(started);
}

// What the session is like. Zero is a value of an AUTO_INCREMENT column as any other. Who holds a
// lock for longer than a minute ends the statement. Who reads slowly is waited for.
constexpr const char* kSession =
    "SET SESSION autocommit = 1, time_zone = '+00:00', "
    "sql_mode = 'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', "
    "sql_select_limit = 18446744073709551615, sql_safe_updates = 0, sql_auto_is_null = 0, "
    "lock_wait_timeout = 60, innodb_lock_wait_timeout = 60, wait_timeout = 2147483, "
    "net_write_timeout = 2147483, net_read_timeout = 600";
constexpr const char* kIsolation = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

}  // namespace

std::string_view Answer::Text(int row, int column) const {
  const Cell& cell = At(row, column);
  if (cell.size <= 0) return {};
  return std::string_view(bytes_).substr(cell.begin, static_cast<size_t>(cell.size));
}

Result<std::unique_ptr<Connection>> Connection::Open(const Access& access, bool* may_pass) {
  StartLibrary();
  Status failure;
  bool passes = false;
  for (const jdbc::HostAndPort& host : access.hosts) {
    bool may = false;
    Result<std::unique_ptr<Connection>> connection = OpenOne(access, host, may);
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
                                                        const jdbc::HostAndPort& host,
                                                        bool& may_pass) {
  MYSQL* const raw = mysql_init(nullptr);
  if (raw == nullptr) return Status::Internal("libmariadb is out of memory");
  std::unique_ptr<Connection> connection(new Connection(access, raw));
  Status connected = connection->Connect(host);
  if (connected.ok()) connected = connection->SetSession();
  may_pass = connection->may_pass_;
  RETURN_IF_ERROR(std::move(connected));
  return connection;
}

Status Connection::Connect(const jdbc::HostAndPort& host) {
  const size_t stack = kStackBytes;
  mysql_options(mysql_, MYSQL_OPT_NONBLOCK, &stack);
  mysql_options(mysql_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  // "localhost" is no socket of a file here.
  const unsigned protocol = MYSQL_PROTOCOL_TCP;
  mysql_options(mysql_, MYSQL_OPT_PROTOCOL, &protocol);
  // A server may ask for any file of ours, and for the password as it is: neither is given.
  const unsigned no_files = 0;
  mysql_options(mysql_, MYSQL_OPT_LOCAL_INFILE, &no_files);
  mysql_options(mysql_, MARIADB_OPT_RESTRICTED_AUTH,
                "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519");
  const unsigned seconds = static_cast<unsigned>((access_.connect_millis + 999) / 1000);
  mysql_options(mysql_, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  const char yes = 1;
  if (access_.compressed) mysql_options(mysql_, MYSQL_OPT_COMPRESS, nullptr);
  if (access_.tls != Tls::kNever) mysql_options(mysql_, MYSQL_OPT_SSL_ENFORCE, &yes);
  if (access_.tls == Tls::kVerified) {
    mysql_options(mysql_, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
    if (!access_.certificates.empty())
      mysql_options(mysql_, MYSQL_OPT_SSL_CA, access_.certificates.c_str());
  }
  unsigned port = 0;
  std::from_chars(host.port.data(), host.port.data() + host.port.size(), port);
  deadline_ = Now() + PauseNanos(access_.connect_millis);
  MYSQL* connected = nullptr;
  int events = mysql_real_connect_start(
      &connected, mysql_, host.host.c_str(), access_.user.c_str(), access_.password.c_str(),
      access_.database.empty() ? nullptr : access_.database.c_str(), port, nullptr,
      CLIENT_FOUND_ROWS);
  while (events != 0) {
    const int came = Await(events, kForEver);
    events = mysql_real_connect_cont(&connected, mysql_, came);
  }
  CheckInterrupted();
  if (connected == nullptr) {
    error_ = mysql_errno(mysql_);
    may_pass_ = PassesOnItsOwn(error_);
    const std::string said = why_.empty() ? mysql_error(mysql_) : why_;
    if (!why_.empty()) may_pass_ = true;
    return Refused(
        fmt::format("MySQL at {} cannot be reached: {} [{}]", access_.place, said, error_));
  }
  if (access_.tls == Tls::kRequired && mysql_get_ssl_cipher(mysql_) == nullptr)
    return Refused(fmt::format("MySQL at {} does not speak TLS", access_.place));
  id_ = mysql_thread_id(mysql_);
  return {};
}

Status Connection::SetSession() {
  RETURN_IF_ERROR(Run(kSession));
  RETURN_IF_ERROR(Run(kIsolation));
  const Answer packet = TRY(Ask("SELECT @@max_allowed_packet"));
  size_t bytes = 0;
  const std::string_view text = packet.Text(0, 0);
  std::from_chars(text.data(), text.data() + text.size(), bytes);
  most_bytes_ = std::clamp<size_t>(bytes, 1024, kMostBytes);
  return {};
}

Connection::~Connection() {
  if (step_ != Step::kIdle && !broken_) {
    // Nobody waits for it any more: it must not go on, holding locks.
    Kill();
    Break();
  }
  if (result_ != nullptr) mysql_free_result(result_);
  mysql_close(mysql_);
}

void Connection::Break() {
  broken_ = true;
  const auto socket = mysql_get_socket(mysql_);
  if (socket != MARIADB_INVALID_SOCKET) shutdown(socket, SHUT_RDWR);
  // The library's call is led to its end, as it holds memory.
  while (events_ != 0) {
    if (step_ == Step::kAsking) {
      events_ = mysql_real_query_cont(&returned_, mysql_, MYSQL_WAIT_TIMEOUT);
    } else {
      events_ = mysql_fetch_row_cont(&row_, result_, MYSQL_WAIT_TIMEOUT);
    }
  }
}

void Connection::Kill() {
  if (id_ == 0) return;
  jdbc::RunPatiently([access = access_, id = id_] {
    Access other = access;
    constexpr int64_t kPatience = 5000;
    other.connect_millis = std::min(other.connect_millis, kPatience);
    other.answer_millis = kPatience;
    const Result<std::unique_ptr<Connection>> connection = Open(other);
    if (connection.ok()) static_cast<void>((*connection)->Run(fmt::format("KILL {}", id)));
  });
}

int64_t Connection::AnswerDeadline() const {
  return access_.answer_millis == 0 ? kForEver : Now() + PauseNanos(access_.answer_millis);
}

int Connection::Await(int events, int64_t until) {
  for (;;) {
    const int64_t now = Now();
    hurried_ = !IsHurried() ? 0 : hurried_ == 0 ? now : hurried_;
    const bool hurry = hurried_ != 0 && now - hurried_ > PauseNanos(kHurryMillis);
    if (now >= deadline_ || hurry || IsInterrupted()) {
      why_ = hurry ? "it has not answered in two seconds, and the job ends" : "it does not answer";
      broken_ = true;
      return MYSQL_WAIT_TIMEOUT;
    }
    const int64_t left = std::max<int64_t>(0, std::min(deadline_, until) - now) / kNanosPerMilli;
    pollfd wanted{mysql_get_socket(mysql_), 0, 0};
    if ((events & MYSQL_WAIT_READ) != 0) wanted.events |= POLLIN;
    if ((events & MYSQL_WAIT_WRITE) != 0) wanted.events |= POLLOUT;
    if ((events & MYSQL_WAIT_EXCEPT) != 0) wanted.events |= POLLPRI;
    if (poll(&wanted, 1, static_cast<int>(std::min(left, kGlanceMillis))) != 0) {
      int came = 0;
      const bool ended = (wanted.revents & (POLLERR | POLLHUP)) != 0;
      if ((wanted.revents & POLLIN) != 0 || ended) came |= events & MYSQL_WAIT_READ;
      if ((wanted.revents & POLLOUT) != 0 || ended) came |= events & MYSQL_WAIT_WRITE;
      if ((wanted.revents & POLLPRI) != 0) came |= events & MYSQL_WAIT_EXCEPT;
      if (came != 0) return came;
    }
    if (left == 0) return 0;
  }
}

Status Connection::WhenFailed() {
  error_ = mysql_errno(mysql_);
  may_pass_ = broken_ || PassesOnItsOwn(error_);
  const std::string said = why_.empty() ? mysql_error(mysql_) : why_;
  // A job that ends, and has somebody to wait for, does not try again.
  if (hurried_ != 0 && broken_) may_pass_ = false;
  return Refused(fmt::format("MySQL at {}: {} [{}]", access_.place, said, error_));
}

Status Connection::Send(std::string sql) {
  may_pass_ = false;
  error_ = 0;
  hurried_ = 0;
  if (broken_) return Refused(fmt::format("MySQL at {}: the connection is closed", access_.place));
  sql_ = std::move(sql);
  answer_ = Answer();
  deadline_ = AnswerDeadline();
  step_ = Step::kAsking;
  returned_ = 0;
  events_ = mysql_real_query_start(&returned_, mysql_, sql_.data(), sql_.size());
  return {};
}

// The head of an answer is there: how many columns there are, or how many rows were changed.
Result<bool> Connection::HeadCame() {
  if (returned_ != 0) {
    step_ = Step::kIdle;
    return WhenFailed();
  }
  result_ = mysql_use_result(mysql_);
  if (result_ == nullptr) {
    step_ = Step::kIdle;
    if (mysql_errno(mysql_) != 0) return WhenFailed();
    answer_.changed_ = mysql_affected_rows(mysql_);
    return true;
  }
  answer_.columns_ = static_cast<int>(mysql_num_fields(result_));
  step_ = Step::kRows;
  return true;
}

void Connection::TakeRow() {
  const unsigned long* const sizes = mysql_fetch_lengths(result_);
  for (int column = 0; column < answer_.columns_; ++column) {
    if (row_[column] == nullptr) {
      answer_.cells_.push_back({0, -1});
      continue;
    }
    answer_.cells_.push_back({answer_.bytes_.size(), static_cast<int64_t>(sizes[column])});
    answer_.bytes_.append(row_[column], sizes[column]);
  }
}

Result<bool> Connection::GoOn(int64_t until) {
  while (events_ != 0) {
    const int came = Await(events_, until);
    if (came == 0) return false;
    if (came != MYSQL_WAIT_TIMEOUT) deadline_ = AnswerDeadline();
    if (came == MYSQL_WAIT_TIMEOUT) Kill();
    if (step_ == Step::kAsking) {
      events_ = mysql_real_query_cont(&returned_, mysql_, came);
    } else {
      events_ = mysql_fetch_row_cont(&row_, result_, came);
    }
  }
  CheckInterrupted();
  if (step_ == Step::kAsking) return HeadCame();
  if (row_ != nullptr) {
    TakeRow();
    step_ = Step::kRows;
    return true;
  }
  step_ = Step::kIdle;
  const bool failed = mysql_errno(mysql_) != 0;
  Status failure = failed ? WhenFailed() : Status();
  mysql_free_result(std::exchange(result_, nullptr));
  RETURN_IF_ERROR(std::move(failure));
  return true;
}

Result<std::optional<Answer>> Connection::Poll(int64_t millis, int64_t most) {
  const int64_t until = millis < 0 ? kForEver : Now() + PauseNanos(millis);
  while (step_ != Step::kIdle && answer_.rows() < most) {
    if (step_ == Step::kRows) {
      step_ = Step::kFetching;
      row_ = nullptr;
      deadline_ = AnswerDeadline();
      events_ = mysql_fetch_row_start(&row_, result_);
    }
    if (!TRY(GoOn(until))) return std::optional<Answer>();
  }
  Answer taken = std::move(answer_);
  answer_ = Answer();
  answer_.columns_ = taken.columns_;
  return std::optional(std::move(taken));
}

Result<Answer> Connection::Ask(std::string sql) {
  RETURN_IF_ERROR(Send(std::move(sql)));
  constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
  return std::move(*TRY(Poll(-1, kAll)));
}

std::string QuotedName(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
  quoted += '`';
  return quoted;
}

std::string QuotedText(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    switch (c) {
      case '\0':
        quoted += "\\0";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\x1a':
        quoted += "\\Z";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\'':
        quoted += "''";
        break;
      default:
        quoted += c;
    }
  }
  quoted += '\'';
  return quoted;
}

std::string QuotedBytes(std::string_view bytes) {
  std::string quoted = "x'";
  for (const char c : bytes)
    fmt::format_to(std::back_inserter(quoted), "{:02x}", static_cast<uint8_t>(c));
  quoted += '\'';
  return quoted;
}

}  // namespace weir::connectors::mysql
