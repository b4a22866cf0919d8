// The rows of a batch by the state row that each belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/operators/grouped_rows.h"

namespace weir::operators {

// Groups the rows of a batch by the state row that their key was found at, and lists the rows of
// each group. Row i is pointers[i].
class RowGroups : public GroupedRows {
 public:
  // Replaces the contents; the pointers are aligned to 8 bytes and are not followed.
  void Collect(std::span<std::byte* const> pointers);
  // A group's rows, ascending.
  std::span<const uint32_t> RowsOf(size_t group) const {
    return std::span(rows_).subspan(begins_[group], begins_[group + 1] - begins_[group]);
  }

 private:
  // Lists the rows by group, by counting: begins_ holds the number of rows of each group.
  void ListRows();

  std::vector<uint32_t> begins_;  // one a group and one more
  std::vector<uint32_t> rows_;
};

}  // namespace weir::operators
