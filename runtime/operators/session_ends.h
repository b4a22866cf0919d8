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
// noted anew: when the end that was noted has passed, its key moves to the stretch that it ends in
// by then. So a row costs nothing here, unless it begins a session. Field "due" is the earliest end
// that was noted of a key in its stretch; 0 where that is not known (states of before it was kept).
// Times are milliseconds on the windows' wall clock. One thread.
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
  // The key of a row of a batch, to be noted.
  struct Noted {
    int64_t stretch;
    uint32_t row;
    int64_t end;
  };

  int64_t StretchOf(int64_t end) const;
  int64_t EarliestIn(int64_t stretch) const;
  // REQUIRES: all of one stretch.
  Status NoteInStretch(const KeyView& keys, std::span<const Noted> noted);
  Status VisitStretch(int64_t stretch, int64_t watermark, const Visitor& visit);
  // Takes the keys of a slice whose due has passed, into taken_bytes_. Says what is the least due
  // of the others.
  Result<int64_t> TakeDue(ValueTable& slice, int64_t watermark);
  Status NoteAgain(std::span<const std::string_view> keys, std::span<const int64_t> ends);

  SlicedTable* table_ = nullptr;
  std::vector<Type> key_types_;
  std::vector<int> key_places_;
  int64_t length_ = 1;
  // The earliest end noted in a stretch; after a restore a stretch is taken to have one that ends
  // with its beginning.
  std::unordered_map<int64_t, int64_t> earliest_;
  // Scratch of the running call, kept for its memory.
  std::vector<Noted> noted_;
  std::vector<uint32_t> ids_;
  std::string taken_bytes_;  // keys, one behind the other
  std::vector<size_t> taken_ends_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
};

}  // namespace weir::operators
