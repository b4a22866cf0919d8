#include "runtime/operators/row_groups.h"

#include <cstdint>

namespace weir::operators {

void RowGroups::Collect(std::span<std::byte* const> pointers) {
  const auto hash_of = [&](uint32_t row) {
    const uint64_t mixed =
        (reinterpret_cast<uintptr_t>(pointers[row]) >> 3) * 0x9E3779B97F4A7C15ULL;
    return mixed ^ (mixed >> 32);
  };
  Group(pointers.size(), hash_of,
        [&](uint32_t row, uint32_t first) { return pointers[row] == pointers[first]; });
}

}  // namespace weir::operators
