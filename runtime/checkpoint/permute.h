// Lists in another order.
#pragma once

#include <utility>
#include <vector>

namespace weir::checkpoint {

// At i is what was at `order[i]`.
template <typename T>
void Permute(const std::vector<int>& order, std::vector<T>& list) {
  std::vector<T> permuted = list;
  for (size_t i = 0; i < order.size(); ++i) permuted[i] = list[static_cast<size_t>(order[i])];
  list = std::move(permuted);
}

}  // namespace weir::checkpoint
