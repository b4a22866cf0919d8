// Work on many files at once, with somebody watching.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "runtime/base/status.h"

namespace weir::state {

// Called now and then with the bytes done so far and those in all (0: not known).
using ByteProgress = std::function<void(uint64_t done, uint64_t total)>;

// Calls `each` with 0 … count - 1, in ascending order of their starts, on as many threads as there
// are cores (at most `most_threads`; 0: no limit); the caller's thread calls `watch`, if any, a few
// times a second meanwhile. Returns when all calls have: the failure of the least number that
// failed; nothing new is begun after a failure. With one thread or number everything happens
// on the caller's.
// `each` must be thread-safe; threads live for the call.
Status ForEach(size_t count, size_t most_threads, const std::function<Status(size_t)>& each,
               const std::function<void()>& watch = {});

}  // namespace weir::state
