// Why a query shows nothing: windows that cannot close, in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/task/job_snapshot.h"

namespace weir::shell {

// Watches one running query. Not thread-safe.
// Over windows of event time alone; silence for other reasons is left alone.
class SilenceWatch {
 public:
  // What to tell the user, once each time that no row came for 3 seconds although rows were read
  // and some window holds them; nothing otherwise. Names the partitions that hold the watermark
  // back when it stands still. `shown`: rows shown so far. `now_nanos`: monotonic.
  std::optional<std::string> Check(uint64_t shown, const task::JobSnapshot& job, int64_t now_nanos);

 private:
  uint64_t shown_ = 0;
  int64_t since_nanos_ = 0;  // of the last row, or of the first look
  Timestamp watermark_;      // of the window then
  bool told_ = false;
};

}  // namespace weir::shell
