// How the rows of a list are linked.
#pragma once

#include <cstddef>
#include <cstdint>

#include "state/row/key_codec.h"
#include "state/row/row.h"

namespace weir::state {

// The rows of a list form a ring in the order of arrival: each links to the next, and the last one
// to the first. The index points to the last row, so that both ends are at hand and the list needs
// no block of its own. Every row contains the list's key and an *order word*. The head of a run has
// its sequence number there; rows behind it have the address of their head and their place in the
// run. The word uses the bits of the upper key that narrow keys leave free, or else lies behind the
// row.
class ListLinks {
 public:
  // `stored_bytes`: the size of a row, a multiple of 8. The table's blocks have extra_bytes() more.
  ListLinks(const KeyCodec& codec, size_t stored_bytes)
      : extra_bytes_(codec.narrow() ? 0 : sizeof(uint64_t)),
        order_at_(codec.narrow() ? ListRow::kOrderInKey : ListRow::OrderBehind(stored_bytes)) {}
  size_t extra_bytes() const { return extra_bytes_; }

  // Calls f(row) for all rows, the first one first; f may remove the row.
  template <typename F>
  static void ForEach(ListRow last, const F& f) {
    ListRow row = last.next();
    for (bool more = true; more;) {
      const ListRow next = row.next();
      more = row != last;
      f(row);
      row = next;
    }
  }

  bool IsHead(ListRow row) const { return (OrderOf(row) & kBehind) == 0; }
  // REQUIRES: the row is a head.
  uint64_t SequenceOf(ListRow head) const { return (OrderOf(head) & ~KeyCodec::kNullBits) >> 1; }
  void SetSequence(ListRow row, uint64_t sequence) const { SetOrder(row, sequence << 1); }
  ListRow HeadOf(ListRow row) const {
    if (IsHead(row)) return row;
    return TaggedRow<ListRow>::FromWord(OrderOf(row) - kBehind).row();
  }
  // A row's place in its run, at most kGreatestPlace; 0 for a head.
  uint64_t PlaceOf(ListRow row) const {
    if (IsHead(row)) return 0;
    return TaggedRow<ListRow>::FromWord(OrderOf(row)).tag() & kGreatestPlace;
  }
  void SetBehind(ListRow row, ListRow head, uint64_t place) const {
    SetOrder(row, TaggedRow<ListRow>(head, static_cast<uint16_t>(place)).word() | kBehind);
  }
  // The next row of the same run, or null.
  ListRow NextInRun(ListRow row) const {
    const ListRow next = row.next();
    return IsHead(next) ? nullptr : next;
  }
  static constexpr uint64_t kGreatestPlace = 0xFF;
  static constexpr uint64_t kGreatestSequence = (~KeyCodec::kNullBits) >> 1;

 private:
  static constexpr uint64_t kBehind = 1;  // set below an address, which is a multiple of 8

  uint64_t OrderOf(ListRow row) const { return row.order(order_at_); }
  void SetOrder(ListRow row, uint64_t order) const {
    row.set_order(order_at_, (row.order(order_at_) & KeyCodec::kNullBits) | order);
  }

  size_t extra_bytes_;
  ptrdiff_t order_at_;
};

}  // namespace weir::state
