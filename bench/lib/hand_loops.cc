#include "bench/lib/hand_loops.h"

#include <algorithm>

#include "runtime/connectors/fold_bytes.h"
#include "runtime/types/row_kind.h"

namespace weir::bench {

using connectors::FoldBytes;

namespace {

size_t PlaceOf(int64_t key, int shift) {
  return static_cast<size_t>((static_cast<uint64_t>(key) * 0x9E3779B97F4A7C15ULL) >> shift);
}

}  // namespace

BidView ViewOf(const Batch& batch) {
  const auto numbers = [&](BidColumn column) { return batch.columns[column]->data<int64_t>(); };
  return {batch.row_count, numbers(kAuction),  numbers(kBidder),
          numbers(kPrice), numbers(kDateTime), batch.columns[kExtra]->data<StringRef>()};
}

void HandSink::Take(const void* values, size_t bytes) {
  sum_ = sum_ + FoldBytes(values, bytes);
}

void HandSink::TakeStrings(const StringRef* values, uint32_t count) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) sum += FoldBytes(values[i].data(), values[i].size());
  sum_ = sum_ + sum;
}

void HandFilter::Feed(const BidView& bids) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < bids.count; ++i) {
    auctions_[kept] = bids.auction[i];
    prices_[kept] = bids.price[i];
    kept += bids.auction[i] % 123 == 0 ? 1 : 0;
  }
  sink_.Take(auctions_.data(), kept * sizeof(int64_t));
  sink_.Take(prices_.data(), kept * sizeof(int64_t));
  sink_.CountRows(kept);
}

void HandProjection::Feed(const BidView& bids) {
  for (uint32_t i = 0; i < bids.count; ++i) prices_[i] = Int128{bids.price[i]} * 908;
  sink_.Take(bids.auction, bids.count * sizeof(int64_t));
  sink_.Take(bids.bidder, bids.count * sizeof(int64_t));
  sink_.Take(prices_.data(), bids.count * sizeof(Int128));
  sink_.Take(bids.micros, bids.count * sizeof(int64_t));
  sink_.TakeStrings(bids.extra, bids.count);
  sink_.CountRows(bids.count);
}

HandTumble::Slot& HandTumble::Find(int64_t key) {
  const size_t mask = slots_.size() - 1;
  size_t at = PlaceOf(key, shift_);
  while (slots_[at].count != 0 && slots_[at].key != key) at = (at + 1) & mask;
  return slots_[at];
}

void HandTumble::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  --shift_;
  for (const Slot& slot : old) {
    if (slot.count != 0) Find(slot.key) = slot;
  }
}

void HandTumble::Feed(const BidView& bids) {
  for (uint32_t i = 0; i < bids.count; ++i) {
    if (bids.micros[i] >= window_end_) {
      Fire();
      window_end_ = bids.micros[i] / kWindowMicros * kWindowMicros + kWindowMicros;
    }
    Slot& slot = Find(bids.auction[i]);
    if (slot.count++ != 0) continue;
    slot.key = bids.auction[i];
    if (++used_ * 2 > slots_.size()) Grow();
  }
}

void HandTumble::Emit(uint32_t rows) {
  const int64_t window_start = window_end_ - kWindowMicros;
  sink_.Take(keys_.data(), rows * sizeof(int64_t));
  sink_.Take(&window_start, sizeof(window_start));
  sink_.Take(counts_.data(), rows * sizeof(int64_t));
  sink_.CountRows(rows);
}

void HandTumble::Fire() {
  uint32_t rows = 0;
  for (Slot& slot : slots_) {
    if (slot.count == 0) continue;
    keys_[rows] = slot.key;
    counts_[rows] = slot.count;
    slot.count = 0;
    if (++rows == kDefaultBatchRows) {
      Emit(rows);
      rows = 0;
    }
  }
  if (rows > 0) Emit(rows);
  used_ = 0;
}

HandUpdate::Slot& HandUpdate::Find(int64_t key) {
  const size_t mask = slots_.size() - 1;
  size_t at = PlaceOf(key, shift_);
  while (slots_[at].count != 0 && slots_[at].key != key) at = (at + 1) & mask;
  return slots_[at];
}

void HandUpdate::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  --shift_;
  for (const Slot& slot : old) {
    if (slot.count != 0) Find(slot.key) = slot;
  }
}

void HandUpdate::Touch(const BidView& bids) {
  for (uint32_t i = 0; i < bids.count; ++i) {
    Slot& slot = Find(bids.auction[i]);
    if (slot.batch != batch_ || slot.count == 0) {
      if (slot.count == 0) ++used_;
      slot.key = bids.auction[i];
      slot.before = slot.count;
      slot.batch = batch_;
      touched_.push_back(static_cast<uint32_t>(&slot - slots_.data()));
    }
    ++slot.count;
  }
}

void HandUpdate::Feed(const BidView& bids) {
  ++batch_;
  touched_.clear();
  while ((used_ + bids.count) * 2 > slots_.size()) Grow();
  Touch(bids);
  uint32_t rows = 0;
  const auto add = [&](int64_t key, int64_t count, RowKind kind) {
    keys_[rows] = key;
    counts_[rows] = count;
    kinds_[rows++] = static_cast<uint8_t>(kind);
  };
  for (const uint32_t at : touched_) {
    const Slot& slot = slots_[at];
    if (slot.before == 0) {
      add(slot.key, slot.count, RowKind::kInsert);
    } else {
      add(slot.key, slot.before, RowKind::kUpdateBefore);
      add(slot.key, slot.count, RowKind::kUpdateAfter);
    }
  }
  sink_.Take(keys_.data(), rows * sizeof(int64_t));
  sink_.Take(counts_.data(), rows * sizeof(int64_t));
  sink_.CountRows(rows);
}

}  // namespace weir::bench
