// Which keys may have a session that has ended: timers of sessions, kept by stretches of time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/state_backend.h"

namespace weir::operators {

// A key is noted in the stretch of time that its session's end is in. A session that goes on is not
// noted anew: when its stretch is visited, its key moves to the one that it ends in by then. So a
// row costs nothing here, unless it begins a session. Times are milliseconds on the windows' wall
// clock. One thread.
class SessionEnds {
 public:
  static constexpr int64_t kNever = INT64_MAX;
  // For some keys (canonical bytes, borrowed): emits what has ended, and says in `next` when the
  // earliest session that each key is left with ends, kNever for none.
  using Visitor =
      std::function<Status(std::span<const std::string_view> keys, std::vector<int64_t>& next)>;

  // `table` is "ends" (graph/session_state.h), `length` that of a stretch: the shorter, the more of
  // them, and the fewer visits in vain. Both are the same at every restore of one job.
  void Open(SlicedTable& table, std::vector<Type> key_types, int64_t length);

  // Notes that the key of each selected row has a session that ends at ends[i] (of the i-th).
  Status Note(const KeyView& keys, std::span<const int64_t> ends);
  // Visits keys that may have a session which is complete at `watermark`, ends ascending by
  // stretches.
  // Keys may be visited in vain: their session went on. Each is then noted where it ends now.
  Status Visit(int64_t watermark, const Visitor& visit);
  // The earliest end that a session may have; kNever without sessions.
  int64_t next_end() const;

 private:
  int64_t StretchOf(int64_t end) const;
  int64_t EarliestIn(int64_t stretch) const;
  Status VisitStretch(int64_t stretch, const Visitor& visit);
  Status NoteAgain(std::span<const std::string_view> keys, std::span<const int64_t> ends);

  SlicedTable* table_ = nullptr;
  std::vector<Type> key_types_;
  std::vector<int> key_places_;
  int64_t length_ = 1;
  // The earliest end noted in a stretch; after a restore a stretch is taken to have one that ends
  // with its beginning.
  std::unordered_map<int64_t, int64_t> earliest_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
};

}  // namespace weir::operators
