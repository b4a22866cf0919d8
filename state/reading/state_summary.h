// How much a table of state holds, and under which keys most of it is.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "state/reading/snapshot_records.h"
#include "state/reading/state_columns.h"

namespace weir::state {

struct LargeKey {
  std::string key;  // its columns as cells, parted by ", "; "()" for the only key of all rows
  uint64_t rows = 0;
  uint64_t bytes = 0;
};
struct StateSummary {
  uint64_t rows = 0;
  uint64_t bytes = 0;  // of keys and values as they are saved
  // At most kLargeKeys, the largest first; of a sliced table within a slice. Only of tables whose
  // keys have more than a row each: lists and maps.
  std::vector<LargeKey> largest;
};
inline constexpr size_t kLargeKeys = 3;

// Reads the whole table, a record at a time. kCancelled E8001 when `cancel` is set meanwhile.
Result<StateSummary> Summarise(SnapshotRecords& records, const StateTable& table,
                               const std::atomic<bool>& cancel);

}  // namespace weir::state
