#include "state/row/change_list.h"

#include <algorithm>

namespace weir::state {
namespace {

constexpr size_t kAhead = 16;

}  // namespace

void ChangeList::LearnPersisted(uint64_t epoch) {
  while (!epochs_.empty() && epochs_.front().epoch <= epoch) {
    persisted_ = epochs_.front().tick;
    epochs_.pop_front();
  }
}

void ChangeList::TakeFrozen(size_t most, std::vector<Row>& out) {
  const size_t end = std::min(frozen_.size(), next_frozen_ + most);
  for (; next_frozen_ < end; ++next_frozen_) {
    if (next_frozen_ + kAhead < frozen_.size()) {
      __builtin_prefetch(frozen_[next_frozen_ + kAhead].address(), 1);
    }
    const Row row = frozen_[next_frozen_];
    if (frozen(row)) {
      Release(row);
      out.push_back(row);
    } else if (row.is_free() || row.stamp() == 0) {
      Release(row);  // freed since; maybe used again for a row that has not changed
    }
  }
  if (end < frozen_.size()) return;
  freezing_ = false;
  frozen_.clear();
}

void ChangeList::DropFreed() {
  if (rows_.empty()) return;  // such a deque may never have had a block
  const auto gone = std::remove_if(rows_.begin(), rows_.end(), [](Row row) {
    if (!row.is_free()) return false;
    Release(row);
    return true;
  });
  rows_.erase(gone, rows_.end());
}

}  // namespace weir::state
