// Where a scan of a table of a database goes on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::connectors::jdbc {

// "v1 rows=3 equal=1 by=id at=17 sorted=pg_catalog.integer_ops": behind `equal` rows of this key.
struct ScanPosition {
  uint64_t rows = 0;            // read so far
  uint64_t equal = 0;           // of them, the last ones, with this key
  std::vector<std::string> by;  // columns, or "*" and the table's fingerprint
  std::vector<std::string> at;  // their values; as many
  // What the columns are sorted by, as their database says it (an operator family, a collation), as
  // many; empty where an earlier build has written this, and for whole rows.
  std::vector<std::string> sorted;

  std::string Text() const;
};
// An empty text is the beginning. kCorruption E7001 for a text that is none.
Result<ScanPosition> ParsePosition(std::string_view text);

}  // namespace weir::connectors::jdbc
