// A table of PostgreSQL in portions, while its changes are read from the log.
//
// As Netflix's DBLog (arXiv:2010.12597) has it, portions and changes take turns. There, what the
// log has between two marks replaces what a portion read. Marks do not tell for certain: a
// transaction may be in the log already when a snapshot does not see it yet. So each portion comes
// with the transactions that it sees, and of every change the log names its transaction.
#pragma once

#include <cstdint>
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
  // Both outlive it. `columns` are those to read, as the server spells them.
  PortionReader(Connection& connection, const LoggedTable& table, std::vector<std::string> columns,
                int64_t rows)
      : connection_(connection), table_(table), columns_(std::move(columns)), rows_(rows) {}

  // Asks for the rows behind a key; empty: the first ones. False, and nothing is asked, while some
  // of `passed` are not seen.
  Result<bool> Ask(const std::vector<std::string>& behind, const std::set<uint64_t>& passed);
  bool asked() const { return asked_; }
  // The rows, if they come within so many milliseconds: the columns, then the key.
  Result<std::optional<Answer>> Poll(int64_t millis);

  // Of the answer. What the portion is, without its key.
  const Portion& portion() const { return portion_; }

 private:
  std::string Query(const std::vector<std::string>& behind) const;

  Connection& connection_;
  const LoggedTable& table_;
  const std::vector<std::string> columns_;
  const int64_t rows_;
  bool asked_ = false;
  Portion portion_;
};

// Where a key lies, in the order of the server.
enum class KeyPlace : uint8_t { kDone, kInPortion, kBehind };

// Asks the server, since an order of texts is its own. Each key has the columns of the primary key.
Result<std::vector<KeyPlace>> PlaceKeys(Connection& connection, const LoggedTable& table,
                                        const TablePosition& position,
                                        std::span<const std::vector<std::string>> keys);

}  // namespace weir::connectors::postgres
