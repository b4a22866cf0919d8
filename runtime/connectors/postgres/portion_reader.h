// A table of PostgreSQL in portions, while its changes are read from the log.
//
// As Netflix's DBLog (arXiv:2010.12597) has it, portions and changes take turns. There, what the
// log has between two marks replaces what a portion read. Marks do not tell for certain: a
// transaction may be in the log already when a snapshot does not see it yet. So each portion comes
// with the transactions that it sees, and of every change the log names its transaction.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "runtime/connectors/postgres/change_position.h"
#include "runtime/connectors/postgres/connection.h"
#include "runtime/connectors/postgres/logged_table.h"

namespace weir::connectors::postgres {

// The transactions that the connection sees now.
Result<Visibility> SeenNow(Connection& connection);

// Reads one portion after the other. Used by one thread at a time; after a failure it is good for
// nothing.
class PortionReader {
 public:
  // The first portion; later ones have as many rows as fit into kPortionBytes, `rows` at most.
  static constexpr int64_t kFirstRows = 64;
  static constexpr size_t kPortionBytes = size_t{8} << 20;

  // Both outlive it. `columns` are those to read, as the server spells them.
  PortionReader(Connection& connection, const LoggedTable& table, std::vector<std::string> columns,
                int64_t rows)
      : connection_(connection),
        table_(table),
        columns_(std::move(columns)),
        rows_(rows),
        rows_now_(std::min(rows, kFirstRows)) {}

  // Asks for the rows behind a key; empty: the first ones. Where some of `passed` are not seen
  // nothing is asked any more after a Poll, and it is to be tried again in a while.
  Status Ask(const std::vector<std::string>& behind, const std::set<uint64_t>& passed);
  bool asked() const { return step_ != Step::kIdle; }
  // The rows, if they come within so many milliseconds: the columns, then the key. What they have
  // seen survives a crash of the server.
  Result<std::optional<Answer>> Poll(int64_t millis);

  // Of the answer. What the portion is, without its key.
  const Portion& portion() const { return portion_; }

 private:
  // A lock comes before the snapshot: where the table is written anew in between (ALTER TABLE),
  // the snapshot would find it empty.
  enum class Step : uint8_t { kIdle, kLocking, kReading, kFlushing };
  Status Read();
  Result<std::optional<Answer>> Flushed();
  std::string Query() const;

  Connection& connection_;
  const LoggedTable& table_;
  const std::vector<std::string> columns_;
  const int64_t rows_;
  Step step_ = Step::kIdle;
  int64_t rows_now_;  // a portion: fewer where they are large
  std::vector<std::string> behind_;
  std::set<uint64_t> passed_;
  Answer rows_read_;
  Portion portion_;
};

// Where a key lies, in the order of the server.
enum class KeyPlace : uint8_t { kDone, kInPortion, kBehind };

// Asks the server, since an order of texts is its own. Each key has the columns of the primary key.
Result<std::vector<KeyPlace>> PlaceKeys(Connection& connection, const LoggedTable& table,
                                        const TablePosition& position,
                                        std::span<const std::vector<std::string>> keys);

}  // namespace weir::connectors::postgres
