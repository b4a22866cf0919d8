// The kinds of rows (row.h), and sets of the flags of each kind.
#pragma once

#include <cstdint>
#include <type_traits>

namespace weir::state {

class Row;
class ValueRow;
class ListRow;
class MapEntry;
class MapRow;

// The kinds with a record of their own on disk, and the kinds that indexes point to.
template <typename Kind>
concept RecordKind =
    std::is_same_v<Kind, ValueRow> || std::is_same_v<Kind, ListRow> || std::is_same_v<Kind, MapRow>;
template <typename Kind>
concept IndexedKind = std::is_same_v<Kind, ValueRow> || std::is_same_v<Kind, ListRow> ||
    std::is_same_v<Kind, MapEntry>;

// A set of flags of one kind, so that a bit which means something else in another kind cannot be
// tested by mistake. Flags of class Row exist in every kind of record.
template <typename Kind>
class RowFlags {
 public:
  constexpr RowFlags() = default;
  constexpr explicit RowFlags(uint32_t bits) : bits_(bits) {}
  template <typename Shared>
  requires(RecordKind<Kind>&& std::is_same_v<Shared, Row>)
      // NOLINTNEXTLINE(google-explicit-constructor): flags of all records are flags of this kind.
      constexpr RowFlags(RowFlags<Shared> shared)
      : bits_(shared.bits()) {}

  constexpr uint32_t bits() const { return bits_; }
  friend constexpr RowFlags operator|(RowFlags a, RowFlags b) {
    return RowFlags(a.bits_ | b.bits_);
  }
  friend constexpr bool operator==(RowFlags, RowFlags) = default;

 private:
  uint32_t bits_ = 0;
};

}  // namespace weir::state
