// What becomes of checkpoints, for people to read: nothing is decided by it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/checkpoint/decide.h"

namespace weir::checkpoint {

// A checkpoint or savepoint that is complete, or was given up.
struct EndedCheckpoint {
  uint64_t id = 0;  // 0: it failed before it had a number
  Purpose purpose = Purpose::kPeriodic;
  bool savepoint = false;
  bool unaligned = false;  // its barriers were allowed to overtake rows
  bool completed = false;
  int64_t trigger_millis = 0;  // wall clock
  int64_t duration_millis = 0;
  // The longest over its tasks: from the trigger until a first barrier came, and from then until
  // the task passed it.
  int64_t start_delay_millis = 0;
  int64_t alignment_millis = 0;
  uint64_t bytes = 0;      // of all its files
  uint64_t new_bytes = 0;  // of the rows that had changed
  uint64_t in_flight_bytes = 0;
  std::string failure;  // with what to do about it
  friend bool operator==(const EndedCheckpoint&, const EndedCheckpoint&) = default;
};

// "periodic", "requested", "stop", "end" or "savepoint".
std::string_view KindName(const EndedCheckpoint& checkpoint);

// The bytes of the file that keeps ended checkpoints, oldest first (state/FORMAT.md, "History of
// checkpoints").
std::string EncodeHistory(const std::vector<EndedCheckpoint>& history);
// kCorruption for bytes that EncodeHistory does not write.
Result<std::vector<EndedCheckpoint>> DecodeHistory(std::string_view bytes);

}  // namespace weir::checkpoint
