#include "state/sliced_table.h"

#include <iterator>
#include <utility>

#include "runtime/base/bytes.h"

namespace weir::state {
namespace {

constexpr uint64_t kSignBit = uint64_t{1} << 63;

}  // namespace

std::string NativeSlicedTable::SliceBytes(int64_t slice_millis) {
  std::string bytes;
  AppendBig64(bytes, static_cast<uint64_t>(slice_millis) ^ kSignBit);
  return bytes;
}

int64_t NativeSlicedTable::SliceMillis(std::string_view bytes) {
  return static_cast<int64_t>(LoadBig64(bytes.data()) ^ kSignBit);
}

NativeValueTable& NativeSlicedTable::Open(int64_t slice_millis) {
  auto& table = slices_[slice_millis];
  if (table != nullptr) return *table;
  table = std::make_unique<NativeValueTable>(task_, family_, SliceBytes(slice_millis));
  table->Expect(expected_rows_);
  const auto dropped = dropped_.find(slice_millis);
  if (dropped != dropped_.end()) table->HideDiskUntil(dropped->second);
  return *table;
}

Result<ValueTable*> NativeSlicedTable::Slice(Timestamp slice_end) {
  const auto known = slices_.find(slice_end.millis);
  if (known != slices_.end()) return static_cast<ValueTable*>(known->second.get());
  // A new slice pushes out old ones that nobody has called for a while.
  for (auto& [end, table] : slices_) RETURN_IF_ERROR(table->RelieveIdle());
  return static_cast<ValueTable*>(&Open(slice_end.millis));
}

Result<ValueTable*> NativeSlicedTable::FindSlice(Timestamp slice_end) {
  const auto known = slices_.find(slice_end.millis);
  return known == slices_.end() ? nullptr : static_cast<ValueTable*>(known->second.get());
}

std::vector<Timestamp> NativeSlicedTable::Slices() const {
  std::vector<Timestamp> ends;
  for (const auto& [end, table] : slices_) ends.push_back({end});
  return ends;
}

std::vector<KeyRange> NativeSlicedTable::RangesUpTo(SliceMap::const_iterator slice) const {
  const std::string end = SliceBytes(slice->first + 1);
  std::string begin;
  if (slice != slices_.begin()) begin = SliceBytes(std::prev(slice)->first + 1);
  std::vector<KeyRange> ranges;
  for (uint32_t g = task_.groups.first; g < task_.groups.end; ++g) {
    std::string group;
    AppendBig16(group, static_cast<uint16_t>(g));
    ranges.push_back({group + begin, group + end});
  }
  return ranges;
}

Status NativeSlicedTable::Drop(Timestamp slice_end) {
  const auto known = slices_.find(slice_end.millis);
  if (known == slices_.end()) return {};
  expected_rows_ = known->second->memory_rows();
  if (known->second->reached_disk()) {
    std::vector<KeyRange> ranges = RangesUpTo(known);
    if (family_.disk == nullptr) {
      AddRanges(std::move(ranges), drops_);
    } else {
      RETURN_IF_ERROR(family_.disk->Drop(std::move(ranges)));
      if (!family_.disk->ingests_spills()) dropped_[slice_end.millis] = task_.epoch;
    }
    TaskPart gone;
    known->second->AddCountersGone(gone);
    counters_gone_.merge(gone.bookkeeping);
  }
  if (known->second->copies()) dying_.push_back(std::move(known->second));
  slices_.erase(known);
  return {};
}

void NativeSlicedTable::BeginSnapshot(TablePart& part, TaskPart& task_part) {
  if (!task_.whole_snapshots) {
    for (auto& [key, value] : counters_gone_) task_part.bookkeeping[key] = value;
    part.drops = std::exchange(drops_, {});
  }
  counters_gone_.clear();
  drops_.clear();
  const uint64_t persisted = task_.progress->persisted_epoch.load(std::memory_order_acquire);
  std::erase_if(dropped_, [&](const auto& drop) { return drop.second <= persisted; });
  copying_.clear();
  dying_.clear();
  for (auto& [end, table] : slices_) {
    table->BeginSnapshot(part, task_part);
    if (table->copies()) copying_.push_back(table.get());
  }
}

bool NativeSlicedTable::CopyFrozen(size_t rows) {
  if (!copying_.empty() && copying_.back()->CopyFrozen(rows)) copying_.pop_back();
  if (copying_.empty()) dying_.clear();
  return copying_.empty();
}

template <typename F>
uint64_t NativeSlicedTable::Sum(F&& figure) const {
  uint64_t sum = 0;
  for (const auto& [end, table] : slices_) sum += figure(*table);
  return sum;
}

uint64_t NativeSlicedTable::row_count() const {
  return Sum([](const TableCore& slice) { return slice.row_count(); });
}

uint64_t NativeSlicedTable::disk_only_rows() const {
  return Sum([](const TableCore& slice) { return slice.disk_only_rows(); });
}

uint64_t NativeSlicedTable::used_bytes() const {
  return Sum([](const TableCore& slice) { return slice.used_bytes(); });
}

}  // namespace weir::state
