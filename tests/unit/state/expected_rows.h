// What rows should hold: tests of state put by these rules, and compare with them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace weir::state {

// Key -> n of a table of numbers after PutRows(table, 0, count, add).
inline std::map<int64_t, int64_t> RowsAsPut(int64_t count, int64_t add = 0) {
  std::map<int64_t, int64_t> rows;
  for (int64_t k = 0; k < count; ++k) rows[k] = k + add;
  return rows;
}

// The text beside n, which lies inside a row or outside of it.
inline std::string WordOf(int64_t n) {
  return "value " + std::string(static_cast<size_t>(n % 40), 'x') + std::to_string(n);
}

}  // namespace weir::state
