// A connection to a PostgreSQL server through libpq. Every wait ends soon after its thread is
// interrupted (base/interruption.h), and the server is then told to end what it was asked. While
// the thread is hurried (HurriedBy), no answer is waited for that needs a lock which others hold.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/jdbc/retries.h"

// libpq's types, so that its header is needed in this folder alone.
struct pg_conn;
struct pg_result;

namespace weir::connectors::postgres {

using jdbc::Refused;
using jdbc::WaitSeconds;

// How a server is reached.
struct Access {
  std::vector<std::pair<std::string, std::string>> keywords;  // of libpq
  std::string place;                // for messages: "localhost:5432/db"; nothing secret is in it
  int64_t connect_millis = 60'000;  // for each host
  int64_t answer_millis = 0;        // how long the server may be silent; 0: for ever
};

// What a server has answered: rows as texts, or nothing.
class Answer {
 public:
  Answer() = default;
  explicit Answer(pg_result* result);
  explicit Answer(std::shared_ptr<pg_result> result) : result_(std::move(result)) {}

  int rows() const;
  bool IsNull(int row, int column) const;
  // Borrowed from the answer.
  std::string_view Text(int row, int column) const;
  // How many rows a statement has changed.
  uint64_t changed() const;
  // The memory that it takes.
  size_t bytes() const;
  // As the library has it; null: nothing.
  const pg_result* raw() const { return result_.get(); }

 private:
  std::shared_ptr<pg_result> result_;
};

// Makes an answer of texts that did not come as one.
class AnswerBuilder {
 public:
  // Throws std::bad_alloc, as the next one.
  explicit AnswerBuilder(int columns);
  // The value of the row that is being made, whose columns come in their order.
  void Append(std::string_view text);
  void AppendNull();
  // REQUIRES: the last row is whole.
  Answer Finish() &&;

 private:
  void Put(const char* text, int length);

  std::shared_ptr<pg_result> result_;
  int columns_;
  int row_ = 0;
  int column_ = 0;
};

// Used by one thread at a time. After a failure of the connection itself it is good for nothing
// (`lost`); after that of a statement it goes on, though a transaction has to be rolled back.
class Connection {
 public:
  // Texts come and go in UTF-8, times in UTC. E4010 where there is no server, or it refuses us.
  // `may_pass`, unless it is null: as the member, where this fails.
  static Result<std::unique_ptr<Connection>> Open(const Access& access, bool* may_pass = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Executes one statement, or with no parameters several, and waits for the last answer. E4010
  // with the server's own message.
  Result<Answer> Ask(const std::string& sql, std::span<const std::string> parameters = {});
  Status Run(const std::string& sql) { return Ask(sql).status(); }
  // Executes COPY … FROM STDIN with `rows` as its lines.
  Status CopyIn(const std::string& sql, std::string_view rows);

  // Begins a copy in both directions, which the connection is good for alone from then on.
  Status BeginCopy(const std::string& sql);
  // What the server has copied next, if it comes within so many milliseconds. E4010 when it ends.
  Result<std::optional<std::string>> TakeCopied(int64_t millis);
  Status PutCopied(std::string_view bytes);

  // Sends a statement whose answer Poll takes. REQUIRES: no answer is outstanding.
  Status Send(const std::string& sql);
  // The answer, if it comes within so many milliseconds.
  Result<std::optional<Answer>> Poll(int64_t millis);

  // Whether nothing can be asked here any more.
  bool lost() const;
  // Whether the last failure may be none if the same is tried again: the connection was lost, or
  // the server ended a transaction in favour of another, or was about to stop.
  bool may_pass() const { return may_pass_; }

 private:
  // Keywords that replace those of the access, for one of its hosts.
  using HostChoice = std::vector<std::pair<std::string, std::string>>;
  static Result<std::unique_ptr<Connection>> OpenOne(const Access& access, const HostChoice& choice,
                                                     bool& may_pass);
  Connection(const Access& access, pg_conn* connection)
      : access_(access), connection_(connection) {}
  Status FinishConnecting();
  // Waits until the socket can be read (or written); false when `deadline` (monotonic) has passed.
  bool WaitForSocket(bool write, int64_t deadline);
  int64_t AnswerDeadline() const;
  Status Flush();
  Result<Answer> TakeAnswer();
  // Waits for something to read while an answer is outstanding.
  Status AwaitInput(int64_t deadline);
  // Who holds the lock that the server's session waits for, as numbers; empty: nobody.
  std::string Holders() const;
  Status WhenFailed(const pg_result* result);
  Status TimedOut();

  const Access access_;
  pg_conn* const connection_;
  bool may_pass_ = false;
  int64_t poll_deadline_ = 0;  // of Poll, which what comes puts off
};

// The same server, as one that is asked for its log.
Access ForReplication(Access access);

// A name as SQL has it, in double quotes.
std::string QuotedName(std::string_view name);

}  // namespace weir::connectors::postgres
