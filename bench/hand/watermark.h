// Event time in the hand-written loops: the greatest time seen less the four seconds of the
// benchmark's watermark, and windows that end when it reaches them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>

#include "bench/lib/events.h"

namespace weir::bench {

inline constexpr int64_t kSecond = 1'000'000;  // microseconds
inline constexpr int64_t kMillisecond = 1'000;

class Watermark {
 public:
  // Takes the last event's time, as all of a batch are within some milliseconds.
  void See(const EventView& events) {
    if (events.count == 0) return;
    const uint32_t i = events.count - 1;
    const int64_t time = events.type[i] == kBidEvent       ? events.bid.time[i]
                         : events.type[i] == kAuctionEvent ? events.auction.time[i]
                                                           : events.person.time[i];
    micros_ = std::max(micros_, time - 4 * kSecond);
  }
  // Whether no row before `end` can come any more.
  bool Passed(int64_t end) const { return micros_ >= end - kMillisecond; }
  void End() { micros_ = INT64_MAX; }
  int64_t micros() const { return micros_; }

 private:
  int64_t micros_ = INT64_MIN;
};

// State of each open window of fixed length, by its end.
template <typename State>
class OpenWindows {
 public:
  explicit OpenWindows(int64_t length) : length_(length) {}

  // The window that holds `time`.
  State& At(int64_t time) {
    if (last_ == nullptr || time < last_end_ - length_ || time >= last_end_) {
      last_end_ = time - time % length_ + length_;
      last_ = &windows_[last_end_];
    }
    return *last_;
  }
  // f(end, state) for every window that the watermark has passed, in order; they are gone then.
  template <typename F>
  void Fire(const Watermark& watermark, F&& f) {
    while (!windows_.empty() && watermark.Passed(windows_.begin()->first)) {
      f(windows_.begin()->first, windows_.begin()->second);
      windows_.erase(windows_.begin());
      last_ = nullptr;
    }
  }

 private:
  int64_t length_;
  int64_t last_end_ = 0;
  State* last_ = nullptr;
  std::map<int64_t, State> windows_;
};

}  // namespace weir::bench
