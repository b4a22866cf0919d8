// q11: sessions of each bidder.
#include <deque>

#include "bench/hand/flat_map.h"
#include "bench/hand/query.h"
#include "bench/hand/watermark.h"

namespace weir::bench {
namespace {

// One open session a bidder. A queue holds when each may end at the earliest, so that only its head
// is looked at.
class Sessions final : public HandQuery {
 public:
  explicit Sessions(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] == kBidEvent) See(events.bid.bidder[i], events.bid.time[i]);
    }
    watermark_.See(events);
    while (!ends_.empty() && watermark_.Passed(ends_.front().end)) Look();
  }
  void Finish() override {
    open_.ForEach([&](uint64_t bidder, const Session& session) { Put(bidder, session); });
  }

 private:
  static constexpr int64_t kGap = 10 * kSecond;
  struct Session {
    int64_t count, first, last;
  };
  struct End {
    int64_t end;
    uint64_t bidder;
  };

  void See(int64_t who, int64_t time) {
    const auto bidder = static_cast<uint64_t>(who);
    Session& session = open_[bidder];
    if (session.count > 0 && time > session.last + kGap) {
      Put(bidder, session);
      session.count = 0;
    }
    if (session.count++ == 0) {
      session.first = session.last = time;
      ends_.push_back({time + kGap, bidder});
      return;
    }
    session.first = std::min(session.first, time);
    session.last = std::max(session.last, time);
  }
  void Look() {
    const End head = ends_.front();
    ends_.pop_front();
    const Session* session = open_.Find(head.bidder);
    if (session == nullptr) return;
    if (watermark_.Passed(session->last + kGap)) {
      Put(head.bidder, *session);
      open_.Erase(head.bidder);
    } else {
      ends_.push_back({session->last + kGap, head.bidder});
    }
  }
  void Put(uint64_t bidder, const Session& session) {
    const uint32_t at = out_.at();
    out_.n(0)[at] = static_cast<int64_t>(bidder);
    out_.n(1)[at] = session.count;
    out_.n(2)[at] = session.first;
    out_.n(3)[at] = session.last + kGap;
    out_.Add();
  }

  Output& out_;
  Watermark watermark_;
  FlatMap<Session> open_;
  std::deque<End> ends_;
};

}  // namespace

std::span<const HandFacts> SessionQueries() {
  static constexpr HandFacts kQueries[] = {
      {"q11", {kTimeOfPerson, kTimeOfAuction, Columns({1, 5})}, "nntt", 0, MakeHand<Sessions>}};
  return kQueries;
}

}  // namespace weir::bench
