// A connection to a server of MySQL or MariaDB through MariaDB's client library (libmariadb, by its
// calls that do not block). Every wait ends soon after its thread is interrupted
// (base/interruption.h), and the server is then told to end what it was asked. While the thread is
// hurried (HurriedBy), no answer is waited for longer than two seconds: whether it needs a lock
// that others hold, the server tells nobody without further rights.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/jdbc/jdbc_options.h"
#include "runtime/connectors/jdbc/retries.h"

// The library's types, so that its header is needed in this folder alone.
struct st_mysql;
struct st_mysql_res;

namespace weir::connectors::mysql {

using jdbc::Refused;
using jdbc::WaitSeconds;

// kPreferred: whatever the server can; kVerified: its certificate, and its name in it.
enum class Tls : uint8_t { kNever, kPreferred, kRequired, kVerified };

// How a server is reached.
struct Access {
  std::vector<jdbc::HostAndPort> hosts;  // tried in turn
  std::string user, password, database;
  std::string place;  // for messages: "localhost:3306/db"; nothing secret is in it
  Tls tls = Tls::kPreferred;
  std::string certificates;  // a file of those that are trusted, in PEM; "": those of the system
  bool compressed = false;
  bool zero_dates_are_null = false;
  int64_t connect_millis = 60'000;  // for each host
  int64_t answer_millis = 0;        // how long the server may be silent; 0: for ever
};

// What a server has answered: rows as texts, or nothing.
class Answer {
 public:
  Answer() = default;

  int rows() const { return columns_ == 0 ? 0 : static_cast<int>(cells_.size()) / columns_; }
  bool IsNull(int row, int column) const { return At(row, column).size < 0; }
  // Borrowed from the answer; "" for NULL.
  std::string_view Text(int row, int column) const;
  // How many rows a statement has changed, as MySQL counts: 2 for one that was replaced.
  uint64_t changed() const { return changed_; }

 private:
  friend class Connection;
  struct Cell {
    size_t begin = 0;
    int64_t size = 0;  // -1: NULL
  };
  const Cell& At(int row, int column) const {
    return cells_[static_cast<size_t>(row) * static_cast<size_t>(columns_) +
                  static_cast<size_t>(column)];
  }

  int columns_ = 0;
  std::vector<Cell> cells_;
  std::string bytes_;
  uint64_t changed_ = 0;
};

// Used by one thread at a time. After a failure of the connection itself, and where somebody was
// interrupted, it is good for nothing; after that of a statement it goes on, though a transaction
// has to be rolled back.
class Connection {
 public:
  // Texts come and go in UTF-8, times in UTC; what does not fit is an error. E4010 where there is
  // no server, or it refuses us. `may_pass`, unless it is null: as the member, where this fails.
  static Result<std::unique_ptr<Connection>> Open(const Access& access, bool* may_pass = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Executes one statement, and waits for the whole answer. E4010 with the server's own message.
  Result<Answer> Ask(std::string sql);
  Status Run(std::string sql) { return Ask(std::move(sql)).status(); }

  // Sends a statement whose rows Poll takes. REQUIRES: no rows are outstanding.
  Status Send(std::string sql);
  // Up to `most` further rows, if so many, or the last ones, come within so many milliseconds.
  // Those of an answer that is at its end are fewer.
  Result<std::optional<Answer>> Poll(int64_t millis, int64_t most);

  // Whether the last failure may be none if the same is tried again: the connection was lost, or
  // the server ended a transaction in favour of another, or was about to stop.
  bool may_pass() const { return may_pass_; }
  // The number of the last failure, as the server or the library has it; 0: it was of another kind.
  unsigned error() const { return error_; }
  // The session's number on the server.
  uint64_t id() const { return id_; }
  // No statement may be larger than this, in bytes.
  size_t most_bytes() const { return most_bytes_; }

 private:
  // What the library does at the moment: nothing, it sends a statement and waits for the head of
  // its answer, there are rows to fetch, or one is being fetched.
  enum class Step : uint8_t { kIdle, kAsking, kRows, kFetching };

  static Result<std::unique_ptr<Connection>> OpenOne(const Access& access,
                                                     const jdbc::HostAndPort& host, bool& may_pass);
  Connection(const Access& access, st_mysql* mysql) : access_(access), mysql_(mysql) {}
  Status Connect(const jdbc::HostAndPort& host);
  Status SetSession();
  // Waits for what the library waits for, at most until `until` (monotonic): what has come; 0 for
  // nothing yet. What to say to the library where it is too late for any answer, or the thread is
  // interrupted, is that its time is over.
  int Await(int events, int64_t until);
  // Goes on with the step, until `until`; false where that has passed.
  Result<bool> GoOn(int64_t until);
  Result<bool> HeadCame();
  void TakeRow();
  // Ends what is under way by closing the socket.
  void Break();
  // Tells the server to end the session, from a connection of its own.
  void Kill();
  Status WhenFailed();
  int64_t AnswerDeadline() const;

  const Access access_;
  st_mysql* const mysql_;
  st_mysql_res* result_ = nullptr;  // whose rows are outstanding
  Step step_ = Step::kIdle;
  std::string sql_;       // that is under way, which the library reads
  int events_ = 0;        // that the library waits for; 0: for nothing
  int returned_ = 0;      // by the call that is under way
  char** row_ = nullptr;  // that was fetched
  Answer answer_;         // as far as it has come
  int64_t deadline_ = 0;  // of the answer
  int64_t hurried_ = 0;   // since when; 0: not
  bool broken_ = false;   // by us
  std::string why_;       // of what ended a wait: a time-out, or hurry
  bool may_pass_ = false;
  unsigned error_ = 0;
  uint64_t id_ = 0;
  size_t most_bytes_ = 1 << 20;
};

// A name as SQL has it, in back quotes.
std::string QuotedName(std::string_view name);
// A text as SQL has it, in single quotes.
std::string QuotedText(std::string_view text);
// Bytes as SQL has them, in hexadecimal digits.
std::string QuotedBytes(std::string_view bytes);

}  // namespace weir::connectors::mysql
