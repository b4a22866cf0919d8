// Work on many files at once, with reports of progress.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "runtime/base/status.h"

namespace weir::state {

// Called from time to time with the number of bytes done so far and in all (0: not known).
using ByteProgress = std::function<void(uint64_t done, uint64_t total)>;

// For ForEachOn over the files of an object store, whose answers are waited for.
inline constexpr size_t kRequestsAtOnce = 8;

// Calls `each` with 0 … count - 1 on as many threads as there are cores, but at most `most_threads`
// (0: no limit), starting the calls in ascending order. Meanwhile the caller's thread calls
// `watch`, if given, a few times a second. Returns when all calls have returned. After a failure no
// new call is started, and the failure with the smallest number is returned. With a single thread
// or call, everything happens on the caller's thread. `each` must be thread-safe.
Status ForEach(size_t count, size_t most_threads, const std::function<Status(size_t)>& each,
               const std::function<void()>& watch = {});
// The same on so many threads, however many cores there are: for calls that wait rather than work.
Status ForEachOn(size_t threads, size_t count, const std::function<Status(size_t)>& each);

}  // namespace weir::state
