// Which keys may have a session that has ended: timers of sessions, in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::operators {

// A key is noted with the end that its session has when it begins. A session that goes on is not
// noted anew: when the end that was noted has passed, whoever is given the key notes it again. So a
// row costs nothing here, unless it begins a session. Nothing of this is saved: after a restore all
// sessions are noted as they are then.
// Notes lie side by side, in the stretch of time that their end is in. Times are milliseconds on
// the windows' wall clock. One thread.
class SessionEnds {
 public:
  static constexpr int64_t kNever = INT64_MAX;

  // `length` of a stretch: the shorter, the more of them, and the fewer notes are looked at in
  // vain.
  void Open(int64_t length);

  // `key`: canonical bytes, which are copied. It may be noted any number of times.
  void Note(std::string_view key, int64_t end);
  // Takes notes whose ends have passed at `watermark`, those of at least one stretch, and about so
  // many. Replaces `keys`, which live until the next call; false when there were none. A key may be
  // among them several times.
  bool TakeDue(int64_t watermark, size_t about, std::vector<std::string_view>& keys);
  // The earliest end that was noted; kNever without notes.
  int64_t next_end() const;
  // Memory that the notes take.
  uint64_t bytes() const { return bytes_; }

 private:
  // Notes one behind the other in the first `used` bytes: how far the end is behind the stretch's
  // begin (32 bits), the key's length (8 bits, or 255 and 32 bits), the key.
  struct Stretch {
    int64_t earliest = kNever;  // end
    size_t used = 0;
    std::string notes;
  };

  int64_t BeginOf(int64_t end) const;
  static void Append(Stretch& stretch, int64_t begin, std::string_view key, int64_t end);
  void TakeFrom(Stretch& stretch, int64_t begin, int64_t watermark,
                std::vector<std::string_view>& keys);

  int64_t length_ = 1;
  std::map<int64_t, Stretch> stretches_;  // by their begin
  std::deque<Stretch> taken_;             // the bytes of the keys that were taken last
  uint64_t bytes_ = 0;
};

}  // namespace weir::operators
