// The messages of pgoutput, with which PostgreSQL tells what is in its log ("Logical Replication
// Message Formats", protocol version 1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::connectors::postgres {

enum class LogMessageKind : uint8_t {
  kBegin,
  kCommit,
  kRelation,  // what a table's columns are from here on
  kInsert,
  kUpdate,
  kDelete,
  kTruncate,
  kOther  // nothing that rows depend on
};

// A value of a row. The text is what the server's output function writes.
struct LogCell {
  enum class Kind : uint8_t {
    kNull,
    kUnchanged,  // it is stored apart (TOAST), and the update has left it alone
    kText
  };
  Kind kind = Kind::kNull;
  std::string_view text;  // of the message
};

struct LogColumn {
  std::string name;
  bool in_identity = false;  // the rows before changes have it
};

// What follows from the kind; the rest is empty.
struct LogMessage {
  LogMessageKind kind = LogMessageKind::kOther;
  // kBegin: where the transaction's commit is. kCommit: behind it.
  uint64_t place = 0;
  int64_t commit_micros = 0;       // kBegin; since 1970
  uint32_t transaction = 0;        // kBegin
  std::vector<uint32_t> tables;    // by their OIDs: one, or of kTruncate several
  std::vector<LogColumn> columns;  // kRelation
  std::vector<LogCell> before;     // kUpdate, kDelete; empty: the server does not say
  bool before_is_whole = false;    // else it has the columns of the identity alone
  std::vector<LogCell> after;      // kInsert, kUpdate
};

// Reads a message, which `message` then points into. kDataError E3001 for bytes that are none; what
// is unknown is kOther.
Status ParseLogMessage(std::string_view bytes, LogMessage& message);

}  // namespace weir::connectors::postgres
