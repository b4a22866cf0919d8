// The sub-keys of one key of a map table, which can be found by their bytes and visited in order.
#pragma once

#include <absl/container/btree_set.h>

#include <iterator>
#include <string_view>

#include "runtime/base/bytes.h"
#include "state/row/hashed_rows.h"
#include "state/row/map_rows.h"
#include "state/row/ordered_rows.h"

namespace weir::state {

// Rows by the bytes of their sub-keys, each at most once. Most keys have one row, which is stored
// in place. A second one makes a hash table, which finds and inserts rows several times as fast as
// a B-tree. The first request for the set's order turns it into a sorted array for good, or into a
// tree if it is large. In tables where all sets are asked for their order sooner or later, they are
// kept in order from the second row on, until they are large without having been asked.
// All bits zero are an empty set, so that a zeroed block is one. Clear frees what the set holds.
// Arrays lie in an arena, which must be the same in every call. Hashes are Hash64 of a sub-key's
// bytes. Does not own the rows. Not thread-safe, not even for concurrent readers.
class SubKeySet {
  // A row with the first 16 bytes of its sub-key, big-endian, which decide most comparisons without
  // reading the row.
  struct Place {
    uint64_t head;
    uint64_t next;
    MapRow row;
  };
  // A sub-key to look for.
  struct Wanted {
    explicit Wanted(std::string_view sub_key) : bytes(sub_key) {
      char start[16] = {};
      bytes.copy(start, sizeof(start));
      head = LoadBig64(start);
      next = LoadBig64(start + 8);
    }
    uint64_t head;
    uint64_t next;
    std::string_view bytes;
  };
  struct Less {
    using is_transparent = void;
    static std::string_view BytesOf(const Place& place) { return place.row.sub_key(); }
    static std::string_view BytesOf(const Wanted& wanted) { return wanted.bytes; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      if (a.head != b.head) return a.head < b.head;
      if (a.next != b.next) return a.next < b.next;
      return BytesOf(a) < BytesOf(b);
    }
  };
  using Order = absl::btree_set<Place, Less>;
  struct Tree {
    Order rows;
    bool asked = false;  // its order was requested
  };

 public:
  // Visits a set from the least sub-key on, or in no order. Valid until the set changes.
  class Cursor {
   public:
    Cursor() = default;
    Cursor(const SubKeySet& set, bool in_order) {
      if (in_order) set.KeepOrder();
      if (const HashedRows* unordered = set.hashed()) {
        slots_ = unordered->slots();
        SkipFree();
      } else if (const Tree* tree = set.tree()) {
        at_ = tree->rows.begin();
        end_ = tree->rows.end();
        row_ = at_->row;
      } else if (const OrderedRows rows = set.sorted(); rows.size() > 0) {
        sorted_ = rows;
        row_ = rows[0];
      } else {
        row_ = set.single();
      }
    }
    // Visits only the `most` greatest rows, in order.
    static Cursor OfGreatest(const SubKeySet& set, size_t most) {
      Cursor cursor(set, true);
      if (most == 0) return {};
      if (most >= set.size()) return cursor;
      if (set.tree() != nullptr) {
        cursor.at_ = std::prev(cursor.end_, static_cast<std::ptrdiff_t>(most));
        cursor.row_ = cursor.at_->row;
      } else {
        cursor.next_ = cursor.sorted_.size() - static_cast<uint32_t>(most);
        cursor.row_ = cursor.sorted_[cursor.next_];
      }
      return cursor;
    }
    // The current row; null at the end.
    MapRow row() const { return row_; }
    // REQUIRES: not at the end.
    void Advance() {
      if (!slots_.empty()) {
        slots_ = slots_.subspan(1);
        SkipFree();
      } else if (sorted_.size() > 0) {
        row_ = ++next_ < sorted_.size() ? sorted_[next_] : nullptr;
      } else {
        row_ = at_ != end_ && ++at_ != end_ ? at_->row : nullptr;
      }
    }

   private:
    // Moves to the next row of a hash table, and prefetches a later one.
    void SkipFree() {
      constexpr size_t kAhead = 8;
      while (!slots_.empty() && slots_.front().empty()) slots_ = slots_.subspan(1);
      row_ = slots_.empty() ? nullptr : slots_.front().row();
      if (slots_.size() > kAhead) slots_[kAhead].row().PrefetchHeader();
    }

    Order::const_iterator at_{};
    Order::const_iterator end_{};
    std::span<const HashedRows::Slot> slots_;  // from row_ on
    OrderedRows sorted_;
    uint32_t next_ = 0;  // the index of row_ in it
    MapRow row_;
  };

  bool empty() const { return bits_ == 0; }
  size_t size() const;
  // The row of a set that has exactly one; else null.
  MapRow only() const { return (bits_ & kKinds) == 0 ? single() : nullptr; }
  MapRow Find(std::string_view sub_key, uint64_t hash) const;
  // For looking up many sets at once: each prefetches what the next one, or Find, reads. They
  // change nothing.
  void PrefetchSet() const {
    // Treats the set as a single row, which most are; a table or a tree starts in one of the same
    // two lines.
    TaggedRow<MapRow>::FromWord(bits_ & ~kKinds).row().Prefetch();
  }
  void PrefetchSlot(uint64_t hash) const {
    if (const HashedRows* rows = hashed()) rows->PrefetchSlot(UpperHalf(hash));
  }
  void PrefetchRow(uint64_t hash) const {
    if (const HashedRows* rows = hashed()) rows->PrefetchRow(UpperHalf(hash));
  }
  // `hash`: of the sub-key. `in_order`: the set's order will be requested soon. REQUIRES: no row
  // has this sub-key.
  void Insert(MapRow row, uint64_t hash, bool in_order, ByteArena& arena);
  // REQUIRES: the row is in the set.
  void Erase(MapRow row, ByteArena& arena);
  void Clear(ByteArena& arena);
  // Calls visit(MapRow) in order, or in reverse, until it returns false. `visit` must not change
  // the set.
  template <typename Visit>
  void ForEach(bool from_greatest, const Visit& visit) const;
  // The same in no order, which is cheaper.
  template <typename Visit>
  void ForEachUnordered(const Visit& visit) const;

 private:
  // The low bits say whether bits_ is a tree, a hash table or a sorted array. For an array its size
  // is in the upper bits.
  static constexpr uintptr_t kTree = 1;
  static constexpr uintptr_t kHashed = 2;
  static constexpr uintptr_t kSorted = 4;
  static constexpr uintptr_t kKinds = kTree | kHashed | kSorted;
  // A tree whose order was never requested becomes a hash table when it has this many rows.
  static constexpr size_t kSmallestHashed = 48;
  static uint32_t UpperHalf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  static Place PlaceOf(MapRow row) {
    const Wanted wanted(row.sub_key());
    return {wanted.head, wanted.next, row};
  }
  Tree* tree() const {
    return (bits_ & kTree) != 0 ? reinterpret_cast<Tree*>(bits_ - kTree) : nullptr;
  }
  HashedRows* hashed() const {
    return (bits_ & kHashed) != 0 ? reinterpret_cast<HashedRows*>(bits_ - kHashed) : nullptr;
  }
  // Empty if the set is not an array.
  OrderedRows sorted() const {
    if ((bits_ & kSorted) == 0) return {};
    const TaggedPointer array = TaggedPointer::FromWord(bits_ & ~kKinds);
    return {static_cast<char*>(array.address()), array.tag()};
  }
  void Keep(const OrderedRows& rows) {
    bits_ = TaggedPointer(rows.slots(), static_cast<uint16_t>(rows.size())).word() | kSorted;
  }
  // Null when the set is empty. REQUIRES: it is neither tree nor table nor array.
  MapRow single() const { return TaggedRow<MapRow>::FromWord(bits_).row(); }
  void KeepSingle(MapRow row) { bits_ = TaggedRow<MapRow>(row, 0).word(); }
  // Keeps the rows in order from now on: in a tree, in an array, or as a single row.
  void KeepOrder() const;
  // ForEach for a set that is not a hash table.
  template <typename Visit>
  void Walk(bool from_greatest, const Visit& visit) const;
  void InsertInOrder(MapRow row, uint32_t hash, ByteArena& arena);
  void InsertInTree(MapRow row, ByteArena& arena);
  // Moves the tree's rows into a hash table.
  void GiveUpOrder();
  // Only the last row is left, which is stored in place.
  void KeepOne(MapRow row, ByteArena& arena);

  mutable uintptr_t bits_;  // mutable because KeepOrder changes how rows are held, not which
};

template <typename Visit>
void SubKeySet::ForEach(bool from_greatest, const Visit& visit) const {
  KeepOrder();
  Walk(from_greatest, visit);
}

template <typename Visit>
void SubKeySet::Walk(bool from_greatest, const Visit& visit) const {
  const auto go = [&](auto at, const auto& end, const auto& row_of) {
    while (at != end && visit(row_of(*at))) ++at;
  };
  if (const Tree* in_tree = tree()) {
    const auto row_of = [](const Place& place) { return place.row; };
    from_greatest ? go(in_tree->rows.rbegin(), in_tree->rows.rend(), row_of)
                  : go(in_tree->rows.begin(), in_tree->rows.end(), row_of);
  } else if (const OrderedRows rows = sorted(); rows.size() > 0) {
    for (uint32_t i = 0; i < rows.size(); ++i) {
      if (!visit(rows[from_greatest ? rows.size() - 1 - i : i])) break;
    }
  } else if (!empty()) {
    visit(single());
  }
}

template <typename Visit>
void SubKeySet::ForEachUnordered(const Visit& visit) const {
  if (const HashedRows* rows = hashed()) {
    rows->ForEach(visit);
  } else {
    Walk(false, visit);
  }
}

}  // namespace weir::state
