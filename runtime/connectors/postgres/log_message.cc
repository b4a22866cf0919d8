#include "runtime/connectors/postgres/log_message.h"

#include <fmt/format.h>

#include "runtime/connectors/postgres/network_bytes.h"

namespace weir::connectors::postgres {
namespace {

class MessageParser {
 public:
  explicit MessageParser(std::string_view bytes) : bytes_(bytes) {}

  bool Parse(LogMessage& message) {
    message.place = 0;
    message.tables.clear();
    message.columns.clear();
    message.before.clear();
    message.after.clear();
    message.before_is_whole = false;
    message.kind = LogMessageKind::kOther;
    switch (bytes_.Take<uint8_t>()) {
      case 'B':
        return Begin(message);
      case 'C':
        return Commit(message);
      case 'R':
        return Relation(message);
      case 'I':
        return Insert(message);
      case 'U':
        return Update(message);
      case 'D':
        return Delete(message);
      case 'T':
        return Truncate(message);
      default:
        return bytes_.good();
    }
  }

 private:
  bool Begin(LogMessage& message) {
    message.kind = LogMessageKind::kBegin;
    message.place = bytes_.Take<uint64_t>();
    message.commit_micros = static_cast<int64_t>(bytes_.Take<uint64_t>()) + kMicrosTo2000;
    message.transaction = bytes_.Take<uint32_t>();
    return bytes_.AtEnd();
  }

  bool Commit(LogMessage& message) {
    message.kind = LogMessageKind::kCommit;
    bytes_.Take<uint8_t>();   // flags, of which there are none
    bytes_.Take<uint64_t>();  // where the commit is
    message.place = bytes_.Take<uint64_t>();
    bytes_.Take<uint64_t>();  // its time, as in the beginning
    return bytes_.AtEnd();
  }

  bool Relation(LogMessage& message) {
    message.kind = LogMessageKind::kRelation;
    message.tables.push_back(bytes_.Take<uint32_t>());
    bytes_.TakeText();       // the schema
    bytes_.TakeText();       // the table
    bytes_.Take<uint8_t>();  // its replica identity
    const auto count = bytes_.Take<uint16_t>();
    for (uint16_t i = 0; i < count && bytes_.good(); ++i) {
      const uint8_t flags = bytes_.Take<uint8_t>();
      message.columns.push_back({std::string(bytes_.TakeText()), (flags & 1U) != 0});
      bytes_.Take<uint32_t>();  // its type
      bytes_.Take<uint32_t>();  // and what that is narrowed by
    }
    return bytes_.AtEnd();
  }

  bool Insert(LogMessage& message) {
    message.kind = LogMessageKind::kInsert;
    message.tables.push_back(bytes_.Take<uint32_t>());
    return bytes_.Take<uint8_t>() == 'N' && Row(message.after) && bytes_.AtEnd();
  }

  bool Update(LogMessage& message) {
    message.kind = LogMessageKind::kUpdate;
    message.tables.push_back(bytes_.Take<uint32_t>());
    uint8_t what = bytes_.Take<uint8_t>();
    if (what == 'K' || what == 'O') {
      message.before_is_whole = what == 'O';
      if (!Row(message.before)) return false;
      what = bytes_.Take<uint8_t>();
    }
    return what == 'N' && Row(message.after) && bytes_.AtEnd();
  }

  bool Delete(LogMessage& message) {
    message.kind = LogMessageKind::kDelete;
    message.tables.push_back(bytes_.Take<uint32_t>());
    const uint8_t what = bytes_.Take<uint8_t>();
    message.before_is_whole = what == 'O';
    return (what == 'K' || what == 'O') && Row(message.before) && bytes_.AtEnd();
  }

  bool Truncate(LogMessage& message) {
    message.kind = LogMessageKind::kTruncate;
    const auto count = bytes_.Take<uint32_t>();
    bytes_.Take<uint8_t>();  // CASCADE, RESTART IDENTITY
    for (uint32_t i = 0; i < count && bytes_.good(); ++i)
      message.tables.push_back(bytes_.Take<uint32_t>());
    return bytes_.AtEnd();
  }

  bool Row(std::vector<LogCell>& cells) {
    const auto count = bytes_.Take<uint16_t>();
    for (uint16_t i = 0; i < count && bytes_.good(); ++i) {
      LogCell& cell = cells.emplace_back();
      switch (bytes_.Take<uint8_t>()) {
        case 'n':
          break;
        case 'u':
          cell.kind = LogCell::Kind::kUnchanged;
          break;
        case 't':
          cell.kind = LogCell::Kind::kText;
          cell.text = bytes_.TakeBytes(bytes_.Take<uint32_t>());
          break;
        default:
          return false;  // binary values were not asked for
      }
    }
    return bytes_.good();
  }

  NetworkBytes bytes_;
};

}  // namespace

Status ParseLogMessage(std::string_view bytes, LogMessage& message) {
  if (MessageParser(bytes).Parse(message)) return {};
  return Status::DataError(
             fmt::format("a message of PostgreSQL's log is not understood ({} bytes that begin "
                         "with '{}')",
                         bytes.size(), bytes.empty() ? ' ' : bytes.front()))
      .WithId("E3001");
}

}  // namespace weir::connectors::postgres
