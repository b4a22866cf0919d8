// Where reading the changes of a table of PostgreSQL goes on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/postgres/visibility.h"

namespace weir::connectors::postgres {

// A place in a server's log (LSN), as the server writes it: "16/B374D848".
std::string PlaceText(uint64_t place);
// False for a text that is none.
bool ParsePlace(std::string_view text, uint64_t& place);

// A portion of the table that was read: the rows behind those that were there before it, up to the
// one with the key `to`.
struct Portion {
  std::vector<std::string> to;
  bool last = false;   // nothing is behind it: it goes on to the end
  Visibility seen;     // what its rows have in them
  uint64_t until = 0;  // the log up to here has every transaction that is seen

  friend bool operator==(const Portion&, const Portion&) = default;
};

// How much of the table itself was read, in the order of its primary key.
struct TablePosition {
  std::vector<std::string> by;  // the columns of the primary key
  // What they are sorted by (ServerColumn::order); empty in positions of former versions.
  std::vector<std::string> sorted;
  // Up to this key every change in the log is returned. Empty: nowhere.
  std::vector<std::string> done;
  // Behind that, changes are returned of transactions that this one does not see.
  std::optional<Portion> portion;
  // Transactions whose changes of rows behind the portion were left out: the next one has to see
  // them.
  std::set<uint64_t> passed;

  friend bool operator==(const TablePosition&, const TablePosition&) = default;
};

// What the table was when it was read last: the log does not tell of what makes it another one.
struct TableForm {
  uint64_t oid = 0;   // 0: not known, as in positions of former versions
  uint64_t file = 0;  // that has its rows; another one once they were written anew
  struct Column {
    std::string number;  // never given again
    std::string type;    // a hash of it
    friend bool operator==(const Column&, const Column&) = default;
  };
  std::map<std::string, Column> columns;  // that are read, by their names
  std::set<uint64_t> leaves;              // the partitions with rows, by their OIDs

  friend bool operator==(const TableForm&, const TableForm&) = default;
};

struct ChangePosition {
  std::string system;  // the cluster's identifier
  std::string slot;    // keeps the log from here on
  TableForm form;
  // Everything that was committed before it is returned, or left out as `table` says.
  uint64_t log = 0;
  uint64_t commit = 0;                 // of the transaction that is being read; 0: none
  uint64_t of_it = 0;                  // so many rows of it were returned
  uint64_t rows = 0;                   // that were returned in all
  std::optional<TablePosition> table;  // nothing: the whole table was read, or nothing of it is

  std::string Text() const;

  friend bool operator==(const ChangePosition&, const ChangePosition&) = default;
};
// kCorruption E7001 for a text that is none.
Result<ChangePosition> ParseChangePosition(std::string_view text);

}  // namespace weir::connectors::postgres
