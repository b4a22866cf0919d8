// The outcome of an operation that can fail at run time. What third-party libraries throw is caught
// where they are called and becomes a Status; the few exceptions of our own end in fence.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/source_span.h"

namespace weir {

// Says whose fault a failure is, which decides what is done about it.
enum class StatusCode {
  kOk,
  kInvalidSql,       // the statement is wrong; the user mends it
  kUnsupported,      // understood, not supported; the message names the construct
  kDataError,        // a record, value or cast is bad; the job fails unless told to skip
  kNotFound,         // a named thing (table, file, job, savepoint) does not exist
  kInvalidArgument,  // an option or command-line value is wrong
  kExternal,         // the outside world failed (disk, network); may succeed when retried
  kCorruption,       // persisted bytes fail verification; never retried
  kRestoreRefused,   // saved state does not fit the new query and was not waved through
  kCancelled,        // the user or a shutdown ended it
  kInternal,         // a bug of ours
};

// Success, or a code with a message and, where known, an error id ("E2003"), a hint and the place
// in the SQL text. Success costs one null pointer; copies of a failure are deep. Programs and tests
// compare ids, not messages, so that a message can be improved at any time.
class [[nodiscard]] Status {
 public:
  // Success.
  Status() = default;
  Status(StatusCode code, std::string message);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  Status(const Status& other);
  Status& operator=(const Status& other);
  ~Status() = default;

  // One factory for each code. Messages put fixed text first and values last, without a full stop;
  // the shell adds position, hint and id.
  static Status InvalidSql(std::string message);
  static Status Unsupported(std::string message);
  static Status DataError(std::string message);
  static Status NotFound(std::string message);
  static Status InvalidArgument(std::string message);
  static Status External(std::string message);
  static Status Corruption(std::string message);
  static Status RestoreRefused(std::string message);
  static Status Cancelled(std::string message);
  static Status Internal(std::string message);

  // Discarding a Status is a compile error; a failure that may be ignored is ignored with a reason.
  bool ok() const { return rep_ == nullptr; }
  StatusCode code() const;
  // Empty for success.
  const std::string& message() const;
  // The error's stable id, e.g. "E2003"; a default for the code when none was given; empty for
  // success.
  std::string_view id() const;
  // Five characters of SQLSTATE, from the id's row in error_ids.def; "00000" for success.
  std::string_view sqlstate() const;
  // What the user may do about it; empty when there is nothing to say.
  const std::string& hint() const;
  // The place in the text that was parsed; absent when the failure has none.
  std::optional<SourceSpan> span() const;

  // Each returns the same failure with one fact added. No effect on success.
  Status WithId(std::string_view id) &&;
  Status WithHint(std::string hint) &&;
  // Keeps an already known span: the innermost place is the precise one.
  Status WithSpan(SourceSpan span) &&;
  // Replaces the span, which is of a text that was made of the one that the user wrote.
  Status At(SourceSpan span) &&;
  // Prepends "context: ". Added once per layer on the way up, e.g. the operator's name.
  Status WithContext(std::string_view context) &&;

  // "E2003: message (hint)", for logs; the shell renders excerpts itself.
  // "ok" for success.
  std::string ToString() const;

 private:
  // Allocated for failures only.
  struct Rep {
    StatusCode code;
    std::string message;
    std::string id;
    std::string hint;
    std::optional<SourceSpan> span;
  };
  std::unique_ptr<Rep> rep_;
};

}  // namespace weir
