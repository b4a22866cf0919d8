// The rows of a batch by the state row that each belongs to.
#pragma once

#include <cstddef>
#include <span>

#include "runtime/operators/grouped_rows.h"

namespace weir::operators {

// Groups the rows of a batch by the state row that their key was found at. Row i is pointers[i].
class RowGroups : public GroupedRows {
 public:
  // Replaces the contents; the pointers are aligned to 8 bytes and are not followed.
  void Collect(std::span<std::byte* const> pointers);
};

}  // namespace weir::operators
