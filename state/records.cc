#include "state/records.h"

#include <algorithm>
#include <numeric>

#include "runtime/base/bytes.h"

namespace weir::state {

std::vector<RecordPlace> SortedOrder(std::span<const RecordSet* const> sets) {
  // The first eight bytes decide most comparisons without touching the keys.
  std::vector<RecordPlace> order;
  size_t count = 0;
  for (const RecordSet* set : sets) count += set->size();
  order.reserve(count);
  for (uint32_t s = 0; s < sets.size(); ++s) {
    for (uint32_t i = 0; i < sets[s]->size(); ++i) {
      char head[8] = {};
      (*sets[s])[i].key.copy(head, sizeof(head));
      order.push_back({LoadBig64(head), s, i});
    }
  }
  std::sort(order.begin(), order.end(), [&](const RecordPlace& a, const RecordPlace& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return (*sets[a.set])[a.number].key < (*sets[b.set])[b.number].key;
  });
  return order;
}

std::vector<uint32_t> RecordSet::SortedOrder() const {
  const RecordSet* one = this;
  std::vector<uint32_t> numbers;
  numbers.reserve(size());
  for (const RecordPlace& place : state::SortedOrder({&one, 1})) numbers.push_back(place.number);
  return numbers;
}

}  // namespace weir::state
