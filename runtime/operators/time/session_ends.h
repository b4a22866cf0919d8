// Which keys may have something that is due: timers of sessions, and of rows that wait for the
// watermark, in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
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
// the windows' wall clock.
class SessionEnds {
 public:
  static constexpr int64_t kNever = INT64_MAX;

  // `length` of a stretch in milliseconds: shorter stretches cost more memory, but fewer notes are
  // looked at that are not due.
  void Open(int64_t length);

  // `key`: canonical bytes, which are copied. It may be noted any number of times.
  void Note(std::string_view key, int64_t end);
  // Takes notes whose ends have passed at `watermark`, about this many, those of earlier stretches
  // first. Replaces `keys`, which live until the next call; false when there were none. A key may
  // be among them several times. A stretch with many more is cut into shorter ones first, so that
  // what is taken at once stays small, whatever comes to its end at once.
  bool TakeDue(int64_t watermark, size_t about, std::vector<std::string_view>& keys);
  // The earliest end that was noted; kNever without notes.
  int64_t next_end() const;
  // Memory that the notes take, with what is reserved for more.
  uint64_t bytes() const { return bytes_ + (finer_ ? finer_->bytes() : 0); }

 private:
  // Notes one behind the other, none in two blocks: how far the end is behind the stretch's begin
  // (32 bits), the key's length (8 bits, or 255 and 32 bits), the key.
  using Block = std::vector<char>;
  struct Stretch {
    int64_t earliest = kNever;  // end
    size_t count = 0;           // of notes that are left
    size_t begin = 0;           // of those in the first block
    std::deque<Block> blocks;
    uint64_t bytes = 0;  // of the blocks, with what is reserved for more
  };

  int64_t BeginOf(int64_t end) const;
  static void Append(Stretch& stretch, int64_t begin, std::string_view key, int64_t end);
  // The last block, with room for this many bytes more.
  static Block& BlockFor(size_t bytes, Stretch& stretch);
  static uint64_t BytesOf(const Stretch& stretch);
  // Calls f(key, end) for the notes that are left, until it returns false. Blocks that it is
  // through with go to `through`.
  template <typename F>
  static void ForEach(Stretch& stretch, int64_t begin, std::vector<Block>& through, F&& f);
  // Moves the notes of the first stretch that are due into finer_; the others stay.
  void CutFirst(int64_t watermark);
  // The next notes of the first stretch. REQUIRES: all of it is due.
  void TakePart(size_t about, std::vector<std::string_view>& keys);
  void TakeFrom(Stretch& stretch, int64_t begin, int64_t watermark,
                std::vector<std::string_view>& keys);

  int64_t length_ = 1;
  std::map<int64_t, Stretch> stretches_;  // by their begin
  std::vector<Block> taken_;              // the bytes of the keys that were taken last
  std::unique_ptr<SessionEnds> finer_;    // what is left of a stretch that was cut
  uint64_t bytes_ = 0;
};

}  // namespace weir::operators
