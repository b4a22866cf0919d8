// What PostgreSQL's log says, as it is written ("Streaming Replication Protocol").
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "runtime/connectors/postgres/connection.h"

namespace weir::connectors::postgres {

// One thing that has come.
struct Logged {
  std::string message;  // of pgoutput; empty: there was none
  uint64_t heard = 0;   // without a message: all that was committed before has come
};

// The log from a place on, of the transactions that a publication's tables are in. Used by one
// thread at a time.
class LogStream {
 public:
  // Begins behind what was committed before `from`. The connection is one for replication, and is
  // used up. E4010 as the server says it, as when another reads the slot.
  static Result<std::unique_ptr<LogStream>> Open(std::unique_ptr<Connection> connection,
                                                 const std::string& slot,
                                                 const std::string& publication, uint64_t from);

  // The next thing, if it comes within so many milliseconds.
  Result<std::optional<Logged>> Take(int64_t millis);
  // Lets the server forget what was committed before: it is said with the next answer, and at
  // least every ten seconds.
  void Confirm(uint64_t place) { confirmed_ = std::max(confirmed_, place); }
  // Has the server say soon how much there was to come.
  Status AskHowFar() { return Answer(true); }
  bool may_pass() const { return connection_->may_pass(); }

 private:
  explicit LogStream(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
  Status Answer(bool ask);
  Status AnswerNowAndThen();

  const std::unique_ptr<Connection> connection_;
  uint64_t received_ = 0;
  uint64_t confirmed_ = 0;  // 0: what the slot says stays
  uint64_t told_ = 0;       // of confirmed_
  int64_t answered_ = 0;    // monotonic nanoseconds
};

}  // namespace weir::connectors::postgres
