// The rows of state tables as handles of their kinds. What a row keeps before its values depends on
// the table it is of; here, and nowhere else, memory becomes a row of a kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "state/row/row_flags.h"
#include "state/row/row_header.h"
#include "state/row/tagged_row.h"

namespace weir::state {

// A row in its block, or null: as cheap as a pointer, but of one kind, and no number. What changes
// a row is not const, so that a const handle is one to read by.
template <typename Kind>
class RowView {
 public:
  using Flags = RowFlags<Kind>;

  constexpr RowView() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as pointers.
  constexpr RowView(std::nullptr_t) {}
  // REQUIRES: address() of a row of this kind, or null. Casts: tests/lint says who may.
  static Kind FromAddress(void* address) {
    Kind row;
    row.state_ = static_cast<RowState*>(address);
    return row;
  }
  // REQUIRES: bytes() of a row of this kind.
  static Kind FromBytes(std::byte* bytes) { return FromAddress(bytes - sizeof(RowState)); }
  friend bool operator==(const Kind& a, const Kind& b) { return a.address() == b.address(); }

  // Within its block, a multiple of 8.
  void* address() const { return state_; }
  // Its values.
  std::byte* bytes() const { return reinterpret_cast<std::byte*>(state_ + 1); }
  // Brings the longest header there is into the processor's cache, or also the values behind it, in
  // a second line.
  void PrefetchHeader() const { __builtin_prefetch(LineAt(-kLongestBefore)); }
  void Prefetch() const {
    PrefetchHeader();
    __builtin_prefetch(LineAt(64 - kLongestBefore));
  }

  // Any of these.
  bool Has(Flags flags) const { return (state_->place & flags.bits()) != 0; }
  // Those of `mask` that it has.
  Flags In(Flags mask) const { return Flags(state_->place & mask.bits()); }
  void Set(Flags flags) { state_->place |= flags.bits(); }
  void Clear(Flags flags) { state_->place &= ~flags.bits(); }

  // --- of its block, for the arena (row_arena.h)
  // A free block keeps this flag while the list of changed rows still names it.
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
  // As a number: null is prefetched too, and there is nothing before a null pointer.
  const void* LineAt(intptr_t offset) const {
    return reinterpret_cast<const void*>(reinterpret_cast<intptr_t>(state_) + offset);
  }

  RowState* state_ = nullptr;
};

// A row that has a record, of any kind: what changes, snapshots and tombstones know of it. What the
// flags mean to them is said in table_core.h.
class Row : public RowView<Row> {
 public:
  static constexpr RowFlags<Row> kFree{kFreeBit};  // the block holds no row
  static constexpr RowFlags<Row> kDeleted{2};      // a tombstone: the disk may still have the key
  static constexpr RowFlags<Row> kFresh{4};        // neither disk nor snapshot ever saw the key
  static constexpr RowFlags<Row> kTouched{8};      // used since the eviction clock passed
  static constexpr RowFlags<Row> kListed{kListedBit};  // is in the list of changed rows
  static constexpr RowFlags<Row> kBuried{128};         // is in the list of tombstones

  using RowView::RowView;
  template <RecordKind Kind>
  // NOLINTNEXTLINE(google-explicit-constructor): every record is a row.
  Row(Kind row) : Row(FromAddress(row.address())) {}
  uint32_t stamp() const { return state().stamp; }
  void set_stamp(uint32_t tick) { state().stamp = tick; }
};

// What indexes point to, of any kind: a row with the key in its header.
class KeyedRow : public RowView<KeyedRow> {
 public:
  using RowView::RowView;
  template <IndexedKind Kind>
  // NOLINTNEXTLINE(google-explicit-constructor): all of these have keys.
  KeyedRow(Kind row) : KeyedRow(FromAddress(row.address())) {}
  // Itself, or where it is null a row to read whose key is all zeros; chosen without a branch.
  KeyedRow OrZeros() const {
    static constexpr row_header::Keyed kZeros{};
    const auto own = reinterpret_cast<uint64_t>(address());
    const uint64_t none = uint64_t{own != 0} - 1;
    return FromAddress(
        reinterpret_cast<void*>(own | (reinterpret_cast<uint64_t>(&kZeros.state) & none)));
  }
  // Only where keys are not alone.
  uint64_t lower_key() const { return Word(row_header::kLowerKey); }
  void set_lower_key(uint64_t key) { Word(row_header::kLowerKey) = key; }
  void CopyKey(KeyedRow other) {
    set_lower_key(other.lower_key());
    set_upper_key(other.upper_key());
  }
  // Of keys that are alone, the key.
  uint64_t upper_key() const { return Word(row_header::kUpperKey); }
  void set_upper_key(uint64_t key) { Word(row_header::kUpperKey) = key; }
};

// A row of a value table.
class ValueRow : public RowView<ValueRow> {
 public:
  static constexpr Flags kScanned{32};  // the running scan is done with it

  using RowView::RowView;
  // Of the key; only where keys are not alone.
  uint64_t hash() const { return Word(row_header::kFirst); }
  void set_hash(uint64_t hash) { Word(row_header::kFirst) = hash; }
};

// A row of a list table. How rows hang together: list_links.h.
class ListRow : public RowView<ListRow> {
 public:
  static constexpr Flags kLast{32};   // the last row, which the index points to
  static constexpr Flags kWhole{64};  // of such a row: the disk has no more of the list

  using RowView::RowView;
  ListRow next() const { return FromAddress(reinterpret_cast<void*>(Word(row_header::kFirst))); }
  void set_next(ListRow next) {
    Word(row_header::kFirst) = reinterpret_cast<uint64_t>(next.address());
  }
  // The order word lies so many words behind the state: in the key's upper half, or behind the
  // values, which have so many bytes.
  static constexpr ptrdiff_t kOrderInKey = -row_header::kUpperKey;
  static constexpr ptrdiff_t OrderBehind(size_t value_bytes) {
    return static_cast<ptrdiff_t>((sizeof(RowState) + value_bytes) / 8);
  }
  uint64_t order(ptrdiff_t words) const { return Word(-words); }
  void set_order(ptrdiff_t words, uint64_t order) { Word(-words) = order; }
};

// A key of a map table: its "values" are the set of its sub-keys. It has no record of its own.
class MapEntry : public RowView<MapEntry> {
 public:
  static constexpr Flags kUsedWhole{4};  // all its rows were asked for since eviction looked
  static constexpr Flags kTouched{8};    // used since the eviction clock passed
  static constexpr Flags kPartial{32};   // the disk may have rows of it that memory lacks
  static constexpr Flags kUnsure{64};    // of such a key: and some that no filter knows
  static constexpr Flags kLarge{128};    // its rows leave memory one by one

  using RowView::RowView;
  // As of value rows.
  uint64_t hash() const { return Word(row_header::kFirst); }
  void set_hash(uint64_t hash) { Word(row_header::kFirst) = hash; }
  // The number of its tombstones' set (tombstone_sets.h), in place of a stamp.
  uint32_t tombstone_set() const { return state().stamp; }
  void set_tombstone_set(uint32_t number) { state().stamp = number; }
};

// A row of a map table, which knows its key's entry and its sub-key.
class MapRow : public RowView<MapRow> {
 public:
  using RowView::RowView;
  MapEntry parent() const { return ParentWord().row(); }
  // As the codec shortened it; the bytes live as long as the row.
  std::string_view sub_key() const {
    const uint64_t bytes = ParentWord().tag();
    if (bytes == kFar) return {far_address(), Word(row_header::kFarLength)};
    return {reinterpret_cast<const char*>(&Word(row_header::kParent)) - bytes, bytes};
  }
  // Sub-keys that lie elsewhere have any length; the block of another has room for its bytes.
  bool is_far() const { return ParentWord().tag() == kFar; }
  char* far_address() const { return reinterpret_cast<char*>(Word(row_header::kFarAddress)); }
  void SetNear(MapEntry parent, std::string_view sub_key) {
    const auto bytes = static_cast<uint16_t>(sub_key.size());
    uint64_t& word = Word(row_header::kParent);
    word = TaggedRow<MapEntry>(parent, bytes).word();
    sub_key.copy(reinterpret_cast<char*>(&word) - bytes, bytes);
  }
  // `address`: of the sub-key's bytes, which live as long as the row.
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

// A handle costs what a pointer costs.
static_assert(sizeof(ListRow) == sizeof(void*) && std::is_trivially_copyable_v<ListRow>);

}  // namespace weir::state
