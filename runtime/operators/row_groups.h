// The rows of a batch grouped by the state row that each belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/operators/grouped_rows.h"

namespace weir::operators {

// Groups rows by the address of the state row that was found for their key, and lists the rows of
// each group. Row i is pointers[i].
class RowGroups : public GroupedRows {
 public:
  // Replaces the contents. The pointers are aligned to 8 bytes and not dereferenced.
  void Collect(std::span<std::byte* const> pointers);
  // A group's rows, ascending.
  std::span<const uint32_t> RowsOf(size_t group) const {
    return std::span(rows_).subspan(begins_[group], begins_[group + 1] - begins_[group]);
  }

 private:
  // Lists the rows by group with a counting sort. REQUIRES: begins_ holds the number of rows of
  // each group.
  void ListRows();

  std::vector<uint32_t> begins_;  // one for each group, and one more
  std::vector<uint32_t> rows_;
};

}  // namespace weir::operators
