// Explains why a query shows nothing: its windows cannot close.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/task/job_snapshot.h"

namespace weir::shell {

// Watches one running query with windows over event time; silence for other reasons is ignored. Not
// thread-safe.
class SilenceWatch {
 public:
  // A message for the user, once each time that no row came for 3 seconds although rows were read
  // and some window holds them; nothing otherwise. Names the partitions that hold the watermark
  // back if it stands still. `shown`: the number of rows shown so far. `now_nanos`: monotonic.
  std::optional<std::string> Check(uint64_t shown, const task::JobSnapshot& job, int64_t now_nanos);

 private:
  uint64_t shown_ = 0;
  int64_t since_nanos_ = 0;  // time of the last row, or of the first check
  Timestamp watermark_;      // watermark of the window then
  bool told_ = false;
};

}  // namespace weir::shell
