// Records of several sets in the order of their keys.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "state/table/records.h"

namespace weir::state {

// Some records of a sorted sequence. They lie in the order in which they changed rather than in
// that of their keys, so reading each costs one or two cache misses. The misses of a stretch are
// taken at the same time, by loads that do not depend on each other. (Prefetches do not help, as
// the processor drops those without a cached translation.)
class RecordStretch {
 public:
  static constexpr size_t kRecords = 32;

  // REQUIRES: at most kRecords places.
  void Load(std::span<const RecordSet* const> sets, std::span<const RecordPlace> places) {
    count_ = places.size();
    for (size_t i = 0; i < count_; ++i) records_[i] = (*sets[places[i].set])[places[i].number];
    unsigned touched = 0;
    for (size_t i = 0; i < count_; ++i) {
      const std::string_view key = records_[i].key;
      const std::string_view value = records_[i].value;
      if (!key.empty()) touched += static_cast<uint8_t>(key.front());
      if (!value.empty()) touched += static_cast<uint8_t>(value[std::min(kLine, value.size()) - 1]);
    }
    __asm__ volatile("" : : "r"(touched));  // makes the compiler keep the loads
  }
  std::span<const RecordSet::Record> records() const { return {records_.data(), count_}; }

 private:
  static constexpr size_t kLine = 64;
  std::array<RecordSet::Record, kRecords> records_;
  size_t count_ = 0;
};

// Calls f(Record) -> Status for every record of the sets in ascending order of keys, until one
// fails. REQUIRES: no key is in two sets.
template <typename F>
Status ForEachSorted(std::span<const RecordSet* const> sets, F&& f) {
  const std::vector<RecordPlace> order = SortedOrder(sets);
  RecordStretch stretch;
  for (size_t at = 0; at < order.size(); at += RecordStretch::kRecords) {
    stretch.Load(
        sets, std::span(order).subspan(at, std::min(RecordStretch::kRecords, order.size() - at)));
    for (const RecordSet::Record& record : stretch.records()) RETURN_IF_ERROR(f(record));
  }
  return {};
}

}  // namespace weir::state
