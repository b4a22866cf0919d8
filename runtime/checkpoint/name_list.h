// Text for lists of names: uids, tables, accumulators.
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
