// Handles to the rows of state tables, one type for each kind of row. What a row stores before its
// values depends on the table it belongs to. Only here does raw memory become a row of some kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "state/row/row_flags.h"
#include "state/row/row_header.h"
#include "state/row/tagged_row.h"

namespace weir::state {

// A row in its block, or null. As cheap as a pointer, but it cannot be confused with a row of
// another kind or with a number. Functions that change a row are not const, so that a const handle
// is read-only.
template <typename Kind>
class RowView {
 public:
  using Flags = RowFlags<Kind>;

  constexpr RowView() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as pointers.
  constexpr RowView(std::nullptr_t) {}
  // REQUIRES: the address() of a row of this kind, or null. tests/lint restricts who may call it.
  static Kind FromAddress(void* address) {
    Kind row;
    row.state_ = static_cast<RowState*>(address);
    return row;
  }
  // REQUIRES: bytes() of a row of this kind.
  static Kind FromBytes(std::byte* bytes) { return FromAddress(bytes - sizeof(RowState)); }
  friend bool operator==(const Kind& a, const Kind& b) { return a.address() == b.address(); }

  // The address of the row within its block, a multiple of 8.
  void* address() const { return state_; }
  // Its values.
  std::byte* bytes() const { return reinterpret_cast<std::byte*>(state_ + 1); }
  // Prefetches the longest header there is; the other function also prefetches the values behind
  // it, in a second cache line.
  void PrefetchHeader() const { __builtin_prefetch(LineAt(-kLongestBefore)); }
  void Prefetch() const {
    PrefetchHeader();
    __builtin_prefetch(LineAt(64 - kLongestBefore));
  }

  // Whether the row has any of these flags.
  bool Has(Flags flags) const { return (state_->place & flags.bits()) != 0; }
  // The flags of `mask` that the row has.
  Flags In(Flags mask) const { return Flags(state_->place & mask.bits()); }
  void Set(Flags flags) { state_->place |= flags.bits(); }
  void Clear(Flags flags) { state_->place &= ~flags.bits(); }

  // --- the block, for the arena (row_arena.h)
  // A free block keeps this flag as long as the list of changed rows contains it.
  static constexpr uint32_t kFreeBit = 1, kListedBit = 16, kFlagBits = 0xFF;
  bool is_free() const { return (state_->place & kFreeBit) != 0; }
  uint32_t chunk() const { return state_->place >> 8; }
  uint32_t place_of_free() const { return state_->place & ~(kFlagBits & ~kListedBit); }
  void set_place(uint32_t place) { state_->place = place; }
  Kind next_free() const {
    return FromAddress(reinterpret_cast<void*>(Word(row_header::kLastWord)));
  }
  void SetFree(Kind next) {
    state_->place = place_of_free() | kFreeBit;
    Word(row_header::kLastWord) = reinterpret_cast<uint64_t>(next.address());
  }

 protected:
  uint64_t& Word(ptrdiff_t before) const { return reinterpret_cast<uint64_t*>(state_)[-before]; }
  RowState& state() const { return *state_; }

 private:
  static constexpr intptr_t kLongestBefore = kRowHeaderBytes - sizeof(RowState);
  // Computed as a number, since null is prefetched too and pointer arithmetic on null is undefined.
  const void* LineAt(intptr_t offset) const {
    return reinterpret_cast<const void*>(reinterpret_cast<intptr_t>(state_) + offset);
  }

  RowState* state_ = nullptr;
};

// A row of any kind that has a record of its own: what the list of changes, snapshots and
// tombstones work with. table_core.h says what the flags mean.
class Row : public RowView<Row> {
 public:
  static constexpr RowFlags<Row> kFree{kFreeBit};  // the block holds no row
  static constexpr RowFlags<Row> kDeleted{2};      // a tombstone: the disk may still have the key
  static constexpr RowFlags<Row> kFresh{4};    // neither the disk nor a snapshot ever saw the key
  static constexpr RowFlags<Row> kTouched{8};  // used since the eviction clock passed
  static constexpr RowFlags<Row> kListed{kListedBit};  // is in the list of changed rows
  static constexpr RowFlags<Row> kBuried{128};         // is in the list of tombstones

  using RowView::RowView;
  template <RecordKind Kind>
  // NOLINTNEXTLINE(google-explicit-constructor): every record is a row.
  Row(Kind row) : Row(FromAddress(row.address())) {}
  uint32_t stamp() const { return state().stamp; }
  void set_stamp(uint32_t tick) { state().stamp = tick; }
};

// A row of any kind that an index points to: it has the key in its header.
class KeyedRow : public RowView<KeyedRow> {
 public:
  using RowView::RowView;
  template <IndexedKind Kind>
  // NOLINTNEXTLINE(google-explicit-constructor): all of these have keys.
  KeyedRow(Kind row) : KeyedRow(FromAddress(row.address())) {}
  // Returns the row or, for null, a read-only row whose key is all zeros; chosen without a branch.
  KeyedRow OrZeros() const {
    static constexpr row_header::Keyed kZeros{};
    const auto own = reinterpret_cast<uint64_t>(address());
    const uint64_t none = uint64_t{own != 0} - 1;
    return FromAddress(
        reinterpret_cast<void*>(own | (reinterpret_cast<uint64_t>(&kZeros.state) & none)));
  }
  // Only for tables whose keys are not alone (KeyCodec::alone).
  uint64_t lower_key() const { return Word(row_header::kLowerKey); }
  void set_lower_key(uint64_t key) { Word(row_header::kLowerKey) = key; }
  void CopyKey(KeyedRow other) {
    set_lower_key(other.lower_key());
    set_upper_key(other.upper_key());
  }
  // The whole key, if keys are alone.
  uint64_t upper_key() const { return Word(row_header::kUpperKey); }
  void set_upper_key(uint64_t key) { Word(row_header::kUpperKey) = key; }
};

// A row of a value table: the only one of its key.
class ValueRow : public RowView<ValueRow> {
 public:
  static constexpr Flags kScanned{32};  // the running scan has passed it

  using RowView::RowView;
  // The hash of the key; only where keys are not alone.
  uint64_t hash() const { return Word(row_header::kFirst); }
  void set_hash(uint64_t hash) { Word(row_header::kFirst) = hash; }
};

// A row of a list table; list_links.h says how they are linked.
class ListRow : public RowView<ListRow> {
 public:
  static constexpr Flags kLast{32};   // the last row, which the index points to
  static constexpr Flags kWhole{64};  // for a last row: the disk has no other rows of the list

  using RowView::RowView;
  ListRow next() const { return FromAddress(reinterpret_cast<void*>(Word(row_header::kFirst))); }
  void set_next(ListRow next) {
    Word(row_header::kFirst) = reinterpret_cast<uint64_t>(next.address());
  }
  // How many words behind the state the order word lies: in the key's upper half, or behind values
  // of this many bytes.
  static constexpr ptrdiff_t kOrderInKey = -row_header::kUpperKey;
  static constexpr ptrdiff_t OrderBehind(size_t value_bytes) {
    return static_cast<ptrdiff_t>((sizeof(RowState) + value_bytes) / 8);
  }
  uint64_t order(ptrdiff_t words) const { return Word(-words); }
  void set_order(ptrdiff_t words, uint64_t order) { Word(-words) = order; }
};

// A key of a map table. In place of values it has the set of its sub-keys; it has no record of its
// own.
class MapEntry : public RowView<MapEntry> {
 public:
  static constexpr Flags kUsedWhole{4};  // all its rows were asked for since eviction last looked
  static constexpr Flags kTouched{8};    // used since the eviction clock passed
  static constexpr Flags kPartial{32};   // the disk may have rows of it that are not in memory
  static constexpr Flags kUnsure{64};    // for a partial key: also rows that no filter knows
  static constexpr Flags kLarge{128};    // its rows leave memory one by one

  using RowView::RowView;
  // The hash of the key; only where keys are not alone.
  uint64_t hash() const { return Word(row_header::kFirst); }
  void set_hash(uint64_t hash) { Word(row_header::kFirst) = hash; }
  // The number of the set of its tombstones (tombstone_sets.h), in place of a stamp.
  uint32_t tombstone_set() const { return state().stamp; }
  void set_tombstone_set(uint32_t number) { state().stamp = number; }
};

// A row of a map table, which has its key's entry and its sub-key.
class MapRow : public RowView<MapRow> {
 public:
  using RowView::RowView;
  MapEntry parent() const { return ParentWord().row(); }
  // The sub-key as the codec shortened it; the bytes live as long as the row.
  std::string_view sub_key() const {
    const uint64_t bytes = ParentWord().tag();
    if (bytes == kFar) return {far_address(), Word(row_header::kFarLength)};
    return {reinterpret_cast<const char*>(&Word(row_header::kParent)) - bytes, bytes};
  }
  // Whether the sub-key lies elsewhere, with any length, rather than in the row's block.
  bool is_far() const { return ParentWord().tag() == kFar; }
  char* far_address() const { return reinterpret_cast<char*>(Word(row_header::kFarAddress)); }
  void SetNear(MapEntry parent, std::string_view sub_key) {
    const auto bytes = static_cast<uint16_t>(sub_key.size());
    uint64_t& word = Word(row_header::kParent);
    word = TaggedRow<MapEntry>(parent, bytes).word();
    sub_key.copy(reinterpret_cast<char*>(&word) - bytes, bytes);
  }
  // `address`: where the bytes of the sub-key are, which live as long as the row.
  void SetFar(MapEntry parent, char* address, size_t bytes) {
    Word(row_header::kParent) = TaggedRow<MapEntry>(parent, kFar).word();
    Word(row_header::kFarAddress) = reinterpret_cast<uint64_t>(address);
    Word(row_header::kFarLength) = bytes;
  }

 private:
  static constexpr uint16_t kFar = 0xFFFF;
  TaggedRow<MapEntry> ParentWord() const {
    return TaggedRow<MapEntry>::FromWord(Word(row_header::kParent));
  }
};

// Handles must be as cheap as pointers.
static_assert(sizeof(ListRow) == sizeof(void*) && std::is_trivially_copyable_v<ListRow>);

}  // namespace weir::state
