// How the rows of a list hang together.
#pragma once

#include <cstddef>
#include <cstdint>

#include "state/row/key_codec.h"
#include "state/row/row_arena.h"

namespace weir::state {

// Rows of a list form a ring in order of arrival: each links to the next one, the last one to the
// first. The index points to the last row, so that both ends are at hand and a list needs no block
// of its own. Every row has the list's key, and an *order word*: the sequence number of the head of
// a run; of the rows behind it, where their head lies and their place in the run. The word lies in
// the bits of key[1] that narrow keys leave, else behind the row.
class ListLinks {
 public:
  // `stored_bytes`: of a row; the table's blocks have extra_bytes() more.
  ListLinks(const KeyCodec& codec, size_t stored_bytes)
      : extra_bytes_(codec.narrow() ? 0 : sizeof(uint64_t)),
        order_at_(codec.narrow() ? offsetof(RowHeader, key) + sizeof(uint64_t)
                                 : sizeof(RowHeader) + stored_bytes) {}
  size_t extra_bytes() const { return extra_bytes_; }

  static RowHeader* NextOf(const RowHeader* row) { return reinterpret_cast<RowHeader*>(row->hash); }
  static void SetNext(RowHeader* row, RowHeader* next) {
    row->hash = reinterpret_cast<uint64_t>(next);
  }
  // Calls f(row) for all rows from the first on; f may take the row out.
  template <typename F>
  static void ForEach(RowHeader* last, const F& f) {
    RowHeader* row = NextOf(last);
    for (bool more = true; more;) {
      RowHeader* const next = NextOf(row);
      more = row != last;
      f(row);
      row = next;
    }
  }

  bool IsHead(const RowHeader* row) const { return (OrderOf(row) & kBehind) == 0; }
  // Of heads.
  uint64_t SequenceOf(const RowHeader* head) const {
    return (OrderOf(head) & ~KeyCodec::kNullBits) >> 1;
  }
  void SetSequence(RowHeader* row, uint64_t sequence) const { SetOrder(row, sequence << 1); }
  RowHeader* HeadOf(RowHeader* row) const {
    return IsHead(row) ? row : reinterpret_cast<RowHeader*>(OrderOf(row) & kAddress);
  }
  // Of a head: 0. At most kGreatestPlace.
  uint64_t PlaceOf(const RowHeader* row) const {
    return IsHead(row) ? 0 : OrderOf(row) >> kAddressBits & kGreatestPlace;
  }
  void SetBehind(RowHeader* row, const RowHeader* head, uint64_t place) const {
    SetOrder(row, place << kAddressBits | reinterpret_cast<uint64_t>(head) | kBehind);
  }
  // The next row of the same run, or null.
  RowHeader* NextInRun(const RowHeader* row) const {
    RowHeader* const next = NextOf(row);
    return IsHead(next) ? nullptr : next;
  }
  static constexpr uint64_t kGreatestPlace = 0xFF;
  static constexpr uint64_t kGreatestSequence = (~KeyCodec::kNullBits) >> 1;

 private:
  static constexpr uint64_t kBehind = 1;
  static constexpr uint64_t kAddress = (uint64_t{1} << kAddressBits) - 1 - kBehind;

  uint64_t OrderOf(const RowHeader* row) const {
    return *reinterpret_cast<const uint64_t*>(reinterpret_cast<const char*>(row) + order_at_);
  }
  void SetOrder(RowHeader* row, uint64_t order) const {
    auto& word = *reinterpret_cast<uint64_t*>(reinterpret_cast<char*>(row) + order_at_);
    word = (word & KeyCodec::kNullBits) | order;
  }

  size_t extra_bytes_;
  size_t order_at_;
};

}  // namespace weir::state
