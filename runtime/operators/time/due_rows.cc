#include "runtime/operators/time/due_rows.h"

#include <numeric>
#include <utility>

#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

constexpr uint32_t kMostHeld = 32768;

std::vector<uint32_t> Numbers(uint32_t first, uint32_t end) {
  std::vector<uint32_t> numbers(end - first);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

}  // namespace

Status DueRows::Open(WaitingShape shape, TaskState& tasks, const std::string& uid) {
  keys_ = shape.keys;
  row_bytes_ = 16 * (shape.columns + 1);  // each value, its time and number
  return waiting_.Open(std::move(shape), tasks, uid);
}

Status DueRows::Add(TimedRows rows) {
  if (rows.size() == 0) return {};
  held_rows_ += rows.size();
  held_.push_back(std::move(rows));
  return held_rows_ < kMostHeld ? Status() : Store();
}

Status DueRows::Store() {
  for (const TimedRows& rows : std::exchange(held_, {})) {
    hashes_.resize(rows.size());
    HashKeys(rows.rows, keys_, hashes_.data());
    RETURN_IF_ERROR(waiting_.Append(rows, hashes_.data()));
  }
  held_rows_ = 0;
  return {};
}

TimedRows DueRows::TakeHeld(int64_t limit) {
  std::vector<TimedRows> due;
  std::vector<TimedRows> later;
  for (TimedRows& rows : std::exchange(held_, {})) {
    std::vector<uint32_t> ids[2];
    for (uint32_t row = 0; row < rows.size(); ++row) {
      ids[rows.times[row] <= limit ? 0 : 1].push_back(row);
    }
    if (ids[0].empty() || ids[1].empty()) {
      (ids[1].empty() ? due : later).push_back(std::move(rows));
      continue;
    }
    due.push_back(Pick(rows, ids[0]));
    later.push_back(Pick(rows, ids[1]));
  }
  held_ = std::move(later);
  TimedRows sorted = Sorted(std::move(due));
  held_rows_ -= sorted.size();
  return sorted;
}

void DueRows::Begin(int64_t limit) {
  limit_ = limit;
  due_ = TakeHeld(limit);
  given_ = 0;
}

Result<std::optional<DueRows::Portion>> DueRows::Next() {
  if (auto stored = TRY(waiting_.TakeDue(limit_))) {
    const uint32_t first = given_;
    while (given_ < due_.size() && due_.times[given_] <= stored->bound) ++given_;
    stored->parts.push_back(Pick(due_, Numbers(first, given_)));
    return std::optional<Portion>({stored->bound, Sorted(std::move(stored->parts))});
  }
  if (given_ == due_.size()) return std::optional<Portion>();
  const uint32_t first = std::exchange(given_, due_.size());
  if (first == 0) {
    given_ = 0;
    return std::optional<Portion>({limit_, std::exchange(due_, {})});
  }
  return std::optional<Portion>({limit_, Pick(due_, Numbers(first, given_))});
}

}  // namespace weir::operators
