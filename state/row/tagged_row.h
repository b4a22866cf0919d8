// A row with something else above its address, in 8 bytes: a slot of tables that are searched
// without a look at rows of other keys.
#pragma once

#include <cstdint>

#include "state/row/tagged_pointer.h"

namespace weir::state {

// Typed: what comes out is of the kind that went in (row.h).
template <typename Kind>
class TaggedRow : public TaggedPointer {
 public:
  constexpr TaggedRow() = default;
  TaggedRow(Kind row, uint16_t tag) : TaggedPointer(row.address(), tag) {}
  // As TaggedPointer's.
  static constexpr TaggedRow FromWord(uint64_t word) {
    TaggedRow tagged;
    static_cast<TaggedPointer&>(tagged) = TaggedPointer::FromWord(word);
    return tagged;
  }
  Kind row() const { return Kind::FromAddress(address()); }
};

}  // namespace weir::state
