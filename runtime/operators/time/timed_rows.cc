#include "runtime/operators/time/timed_rows.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace weir::operators {

TimedRows Pick(const TimedRows& from, const std::vector<uint32_t>& ids) {
  TimedRows picked;
  picked.rows = GatherBatch(from.rows, ids.data(), static_cast<uint32_t>(ids.size()));
  picked.times.reserve(ids.size());
  picked.sequences.reserve(ids.size());
  for (const uint32_t id : ids) {
    picked.times.push_back(from.times[id]);
    picked.sequences.push_back(from.sequences[id]);
  }
  return picked;
}

TimedRows Sorted(std::vector<TimedRows> parts) {
  std::erase_if(parts, [](const TimedRows& part) { return part.size() == 0; });
  if (parts.empty()) return {};
  TimedRows all = std::move(parts[0]);
  if (parts.size() > 1) {
    std::vector<Batch> batches = {std::move(all.rows)};
    for (size_t i = 1; i < parts.size(); ++i) {
      batches.push_back(std::move(parts[i].rows));
      all.times.insert(all.times.end(), parts[i].times.begin(), parts[i].times.end());
      all.sequences.insert(all.sequences.end(), parts[i].sequences.begin(),
                           parts[i].sequences.end());
    }
    all.rows = ConcatenateAll(std::move(batches));
  }
  std::vector<uint32_t> order(all.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto place = [&](uint32_t row) { return std::pair(all.times[row], all.sequences[row]); };
  if (std::ranges::is_sorted(order, {}, place)) return all;
  std::ranges::sort(order, {}, place);
  return Pick(all, order);
}

}  // namespace weir::operators
