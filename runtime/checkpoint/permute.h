// Lists in another order.
#pragma once

#include <utility>
#include <vector>

namespace weir::checkpoint {

// Afterwards the element at i is the one that was at `order[i]`. REQUIRES: `order` is a permutation
// of the first order.size() positions; elements behind those stay.
template <typename T>
void Permute(const std::vector<int>& order, std::vector<T>& list) {
  std::vector<T> permuted = list;
  for (size_t i = 0; i < order.size(); ++i) permuted[i] = list[static_cast<size_t>(order[i])];
  list = std::move(permuted);
}

}  // namespace weir::checkpoint
