#include "bench/lib/operator_loops.h"

#include <algorithm>

#include "runtime/types/row_kind.h"

namespace weir::bench {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kGap = 10 * kSecond;
constexpr int64_t kDelay = 4 * kSecond;

}  // namespace

void HandRows::Flush() {
  for (const std::vector<int64_t>& column : columns_) {
    sink_.Take(column.data(), count_ * sizeof(int64_t));
  }
  sink_.Take(kinds_.data(), count_);
  sink_.CountRows(count_);
  count_ = 0;
}

void HandJoin::Feed(int side, const int64_t* keys, const int64_t* values, uint32_t count) {
  Side& own = sides_[side];
  Side& other = sides_[1 - side];
  for (uint32_t i = 0; i < count; ++i) {
    bool fresh = false;
    uint32_t& head = own.heads.Find(keys[i], fresh);
    own.rows.push_back({values[i], fresh ? 0 : head});
    head = static_cast<uint32_t>(own.rows.size());
    const uint32_t* match = other.heads.FindExisting(keys[i]);
    for (uint32_t at = match == nullptr ? 0 : *match; at != 0; at = other.rows[at - 1].next) {
      const int64_t found = other.rows[at - 1].value;
      if (side == 0) {
        out_.Add(RowKind::kInsert, keys[i], values[i], found);
      } else {
        out_.Add(RowKind::kInsert, keys[i], found, values[i]);
      }
    }
  }
}

uint64_t HandJoin::Finish() {
  out_.Flush();
  return out_.rows();
}

void HandTop::Feed(const BidView& bids) {
  for (uint32_t i = 0; i < bids.count; ++i) {
    const int64_t auction = bids.auction[i];
    bool fresh = false;
    Top& top = tops_.Find(auction, fresh);
    uint32_t place = top.count;
    while (place > 0 && top.prices[place - 1] < bids.price[i]) --place;
    if (place == kMost) continue;
    if (top.count == kMost) {
      out_.Add(RowKind::kDelete, auction, top.bidders[kMost - 1], top.prices[kMost - 1]);
    } else {
      ++top.count;
      ++kept_;
    }
    std::move_backward(top.prices + place, top.prices + top.count - 1, top.prices + top.count);
    std::move_backward(top.bidders + place, top.bidders + top.count - 1, top.bidders + top.count);
    top.prices[place] = bids.price[i];
    top.bidders[place] = bids.bidder[i];
    out_.Add(RowKind::kInsert, auction, bids.bidder[i], bids.price[i]);
  }
}

uint64_t HandTop::Finish() {
  out_.Flush();
  return out_.rows();
}

void HandLast::Feed(const BidView& bids) {
  for (uint32_t i = 0; i < bids.count; ++i) {
    const IntPair key{bids.bidder[i], bids.auction[i]};
    bool fresh = false;
    Last& last = last_.Find(key, fresh);
    if (!fresh) {
      if (bids.micros[i] < last.micros) continue;
      out_.Add(RowKind::kUpdateBefore, key.second, key.first, last.price, last.micros);
    }
    last = {bids.price[i], bids.micros[i]};
    out_.Add(fresh ? RowKind::kInsert : RowKind::kUpdateAfter, key.second, key.first, last.price,
             last.micros);
  }
}

uint64_t HandLast::Finish() {
  out_.Flush();
  return out_.rows();
}

void HandSessions::Emit(int64_t bidder, const Session& session) {
  out_.Add(RowKind::kInsert, bidder, session.begin, session.last + kGap, session.count);
}

void HandSessions::Sweep(int64_t watermark) {
  most_ = std::max<uint64_t>(most_, open_.size());
  open_.Sweep([&](const auto& slot) {
    if (slot.value.last + kGap > watermark) return true;
    Emit(slot.key, slot.value);
    return false;
  });
}

void HandSessions::Feed(const BidView& bids) {
  for (uint32_t i = 0; i < bids.count; ++i) {
    const int64_t now = bids.micros[i];
    bool fresh = false;
    Session& session = open_.Find(bids.bidder[i], fresh);
    if (!fresh && now > session.last + kGap) {
      Emit(bids.bidder[i], session);
      fresh = true;
    }
    if (fresh) session = {now, now, 0};
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
