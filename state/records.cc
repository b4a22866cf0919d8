#include "state/records.h"

#include <algorithm>
#include <numeric>

#include "runtime/base/bytes.h"

namespace weir::state {

std::vector<uint32_t> RecordSet::SortedOrder() const {
  // The first eight bytes decide most comparisons without touching the keys.
  struct Prefixed {
    uint64_t prefix;
    uint32_t number;
  };
  std::vector<Prefixed> order(entries_.size());
  for (uint32_t i = 0; i < order.size(); ++i) {
    char head[8] = {};
    const std::string_view key = (*this)[i].key;
    key.copy(head, sizeof(head));
    order[i] = {LoadBig64(head), i};
  }
  std::sort(order.begin(), order.end(), [&](const Prefixed& a, const Prefixed& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return (*this)[a.number].key < (*this)[b.number].key;
  });
  std::vector<uint32_t> numbers(order.size());
  for (size_t i = 0; i < order.size(); ++i) numbers[i] = order[i].number;
  return numbers;
}

}  // namespace weir::state
