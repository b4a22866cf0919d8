// Searches lists of names: uids, tables, accumulators. Names are compared byte for byte.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace weir::checkpoint {

template <typename Name>
bool Contains(const std::vector<Name>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace weir::checkpoint
