// A row with a tag above its address, in 8 bytes: a slot of tables that can be searched without
// reading rows of other keys.
#pragma once

#include <cstdint>

#include "state/row/tagged_pointer.h"

namespace weir::state {

// Rows that are read from it have the kind with which they were stored (row.h).
template <typename Kind>
class TaggedRow : public TaggedPointer {
 public:
  constexpr TaggedRow() = default;
  TaggedRow(Kind row, uint16_t tag) : TaggedPointer(row.address(), tag) {}
  // Reads what word() gave, as TaggedPointer::FromWord.
  static constexpr TaggedRow FromWord(uint64_t word) {
    TaggedRow tagged;
    static_cast<TaggedPointer&>(tagged) = TaggedPointer::FromWord(word);
    return tagged;
  }
  Kind row() const { return Kind::FromAddress(address()); }
};

}  // namespace weir::state
