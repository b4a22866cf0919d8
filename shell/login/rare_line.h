// A line of the log that strangers can cause: said at most once a minute, with how often it would
// have been said, so that nobody fills a disk without logging in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/mutex.h"

namespace weir::shell {

// One kind of line. Thread-safe.
class RareLine {
 public:
  // Counts one more at `now`, monotonic nanoseconds. What is to be put behind the line where it is
  // due: "", or ", 12 times since the last line". Nothing where it is to be left out.
  std::optional<std::string> Count(int64_t now);

 private:
  Mutex mutex_;
  uint64_t count_ WEIR_GUARDED_BY(mutex_) = 0;  // since the last line
  std::optional<int64_t> said_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::shell
