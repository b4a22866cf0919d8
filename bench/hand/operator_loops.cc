#include "bench/hand/operator_loops.h"

#include <algorithm>

#include "bench/hand/watermark.h"

namespace weir::bench {
namespace {

constexpr int64_t kGap = 10 * kSecond;
constexpr int64_t kDelay = 4 * kSecond;

}  // namespace

void HandJoin::Feed(int side, const int64_t* keys, const int64_t* values, uint32_t count) {
  Side& own = sides_[side];
  Side& other = sides_[1 - side];
  for (uint32_t i = 0; i < count; ++i) {
    const auto key = static_cast<uint64_t>(keys[i]);
    uint32_t& head = own.heads[key];
    own.rows.push_back({values[i], head});
    head = static_cast<uint32_t>(own.rows.size());
    const uint32_t* match = other.heads.Find(key);
    for (uint32_t at = match == nullptr ? 0 : *match; at != 0; at = other.rows[at - 1].next) {
      const int64_t found = other.rows[at - 1].value;
      const uint32_t row = out_.at();
      out_.n(0)[row] = keys[i];
      out_.n(1)[row] = side == 0 ? values[i] : found;
      out_.n(2)[row] = side == 0 ? found : values[i];
      out_.Add();
    }
  }
}

uint64_t HandJoin::Finish() {
  out_.Flush();
  return out_.rows();
}

void HandTop::Put(int64_t auction, int64_t bidder, int64_t price) {
  const uint32_t row = out_.at();
  out_.n(0)[row] = auction;
  out_.n(1)[row] = bidder;
  out_.n(2)[row] = price;
}

void HandTop::Feed(const BidView& bids) {
  for (uint32_t i = 0; i < bids.count; ++i) {
    const int64_t auction = bids.auction[i];
    Top& top = tops_[static_cast<uint64_t>(auction)];
    uint32_t place = top.count;
    while (place > 0 && top.prices[place - 1] < bids.price[i]) --place;
    if (place == kMost) continue;
    if (top.count == kMost) {
      Put(auction, top.bidders[kMost - 1], top.prices[kMost - 1]);
      out_.TakeBack();
    } else {
      ++top.count;
      ++kept_;
    }
    std::move_backward(top.prices + place, top.prices + top.count - 1, top.prices + top.count);
    std::move_backward(top.bidders + place, top.bidders + top.count - 1, top.bidders + top.count);
    top.prices[place] = bids.price[i];
    top.bidders[place] = bids.bidder[i];
    Put(auction, bids.bidder[i], bids.price[i]);
    out_.Add();
  }
}

uint64_t HandTop::Finish() {
  out_.Flush();
  return out_.rows();
}

void HandRanks::Put(const Bid& bid) {
  const uint32_t row = out_.at();
  out_.n(0)[row] = bid.auction;
  out_.n(1)[row] = bid.bidder;
  out_.n(2)[row] = bid.price;
}

void HandRanks::Feed(const BidView& bids) {
  for (uint32_t i = 0; i < bids.count; ++i) {
    const Bid bid{bids.price[i], next_++, bids.auction[i], bids.bidder[i]};
    if (kept_.size() == kMost) {
      if (!(bid < kept_.front())) continue;
      Put(kept_.front());
      out_.TakeBack();
      std::pop_heap(kept_.begin(), kept_.end());
      kept_.back() = bid;
    } else {
      kept_.push_back(bid);
    }
    std::push_heap(kept_.begin(), kept_.end());
    Put(bid);
    out_.Add();
  }
}

uint64_t HandRanks::Finish() {
  out_.Flush();
  return out_.rows();
}

void HandLast::Put(const BidView& bids, uint32_t i, const Last& last) {
  const uint32_t row = out_.at();
  out_.n(0)[row] = bids.auction[i];
  out_.n(1)[row] = bids.bidder[i];
  out_.n(2)[row] = last.price;
  out_.n(3)[row] = last.micros;
}

void HandLast::Feed(const BidView& bids) {
  for (uint32_t i = 0; i < bids.count; ++i) {
    const uint64_t key =
        static_cast<uint64_t>(bids.bidder[i]) << 32 | static_cast<uint64_t>(bids.auction[i]);
    Last& last = last_[key];
    if (bids.micros[i] < last.micros) continue;
    if (last.micros != 0) {
      Put(bids, i, last);
      out_.TakeBack();
    }
    last = {bids.price[i], bids.micros[i]};
    Put(bids, i, last);
    out_.Add();
  }
}

uint64_t HandLast::Finish() {
  out_.Flush();
  return out_.rows();
}

void HandSessions::Emit(uint64_t bidder, const Session& session) {
  const uint32_t row = out_.at();
  out_.n(0)[row] = static_cast<int64_t>(bidder);
  out_.n(1)[row] = session.begin;
  out_.n(2)[row] = session.last + kGap;
  out_.n(3)[row] = session.count;
  out_.Add();
}

void HandSessions::Sweep(int64_t watermark) {
  most_ = std::max<uint64_t>(most_, open_.size());
  over_.clear();
  open_.ForEach([&](uint64_t bidder, const Session& session) {
    if (session.last > watermark - kGap) return;
    Emit(bidder, session);
    over_.push_back(bidder);
  });
  for (const uint64_t bidder : over_) open_.Erase(bidder);
}

void HandSessions::Feed(const BidView& bids) {
  for (uint32_t i = 0; i < bids.count; ++i) {
    const int64_t now = bids.micros[i];
    const auto bidder = static_cast<uint64_t>(bids.bidder[i]);
    Session& session = open_[bidder];
    if (session.count > 0 && now > session.last + kGap) {
      Emit(bidder, session);
      session.count = 0;
    }
    if (session.count == 0) session = {now, now, 0};
    session.last = std::max(session.last, now);
    ++session.count;
    watermark_ = std::max(watermark_, now - kDelay);
  }
  if (swept_ == INT64_MIN) swept_ = watermark_;
  if (watermark_ >= swept_ + kSecond) {
    Sweep(watermark_);
    swept_ = watermark_;
  }
}

uint64_t HandSessions::Finish() {
  Sweep(INT64_MAX);
  out_.Flush();
  return out_.rows();
}

}  // namespace weir::bench
