#include "state/table/sliced_table.h"

#include <iterator>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/fault_point.h"

namespace weir::state {
namespace {

constexpr uint64_t kSignBit = uint64_t{1} << 63;

}  // namespace

std::string TableSlices::SliceBytes(int64_t slice_millis) {
  std::string bytes;
  AppendBig64(bytes, static_cast<uint64_t>(slice_millis) ^ kSignBit);
  return bytes;
}

int64_t TableSlices::SliceMillis(std::string_view bytes) {
  return static_cast<int64_t>(LoadBig64(bytes.data()) ^ kSignBit);
}

TableCore& TableSlices::Open(int64_t slice_millis) {
  auto& table = slices_[slice_millis];
  if (table != nullptr) return *table;
  table = Make(SliceBytes(slice_millis), expected_keys_);
  const auto dropped = dropped_.find(slice_millis);
  // Late rows can create a slice again while the disk still has its dropped rows.
  if (dropped != dropped_.end()) table->HideDiskUntil(dropped->second);
  return *table;
}

Result<TableCore*> TableSlices::OpenSlice(int64_t slice_millis) {
  TableCore* known = Find(slice_millis);
  if (known != nullptr) return known;
  // Old slices are not called any more: when a new one begins, they get a chance to free memory.
  for (auto& [end, table] : slices_) {
    if (!table->scanning()) RETURN_IF_ERROR(table->RelieveIfShort());
  }
  return &Open(slice_millis);
}

TableCore* TableSlices::Find(int64_t slice_millis) const {
  const auto known = slices_.find(slice_millis);
  return known == slices_.end() ? nullptr : known->second.get();
}

std::vector<Timestamp> TableSlices::Ends() const {
  std::vector<Timestamp> ends;
  for (const auto& [end, table] : slices_) ends.push_back({end});
  return ends;
}

std::vector<KeyRange> TableSlices::RangesUpTo(SliceMap::const_iterator slice) const {
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

Status TableSlices::DropSlice(int64_t slice_millis) {
  const auto known = slices_.find(slice_millis);
  if (known == slices_.end()) return {};
  // A guess for the next slice, which saves its index most of its growing.
  expected_keys_ = MemoryKeysOf(*known->second);
  if (known->second->reached_disk()) {
    std::vector<KeyRange> ranges = RangesUpTo(known);
    if (family_.disk == nullptr) {
      AddRanges(std::move(ranges), drops_);
    } else {
      const bool at_once = TRY(family_.disk->Drop(std::move(ranges)));
      if (!at_once) dropped_[slice_millis] = task_.epoch;
    }
    TaskPart gone;
    known->second->AddDroppedCounters(gone);
    dropped_counters_.merge(gone.bookkeeping);
  }
  // A barrier came before the drop, so the checkpoint must contain the frozen rows; the slice lives
  // until they are copied.
  if (known->second->copies()) {
    dying_.push_back(std::move(known->second));
  } else if (!DefectPlanted("dropped-slice-copied")) {
    // Relieve may have copied it at once when memory was short.
    std::erase(copying_, known->second.get());
  }
  slices_.erase(known);
  return {};
}

void TableSlices::BeginSnapshot(TablePart& part, TaskPart& task_part) {
  if (!task_.whole_snapshots) {
    for (auto& [key, value] : dropped_counters_) task_part.bookkeeping[key] = value;
    part.drops = std::exchange(drops_, {});
  }
  dropped_counters_.clear();
  drops_.clear();
  const uint64_t persisted = task_.progress->persisted_epoch.load(std::memory_order_acquire);
  // Once the drop is durable, nothing of the dropped slice can be seen on disk.
  std::erase_if(dropped_, [&](const auto& drop) { return drop.second <= persisted; });
  copying_.clear();
  dying_.clear();
  for (auto& [end, table] : slices_) {
    table->BeginSnapshot(part, task_part);
    if (table->copies()) copying_.push_back(table.get());
  }
}

bool TableSlices::CopyFrozen(size_t rows) {
  if (!copying_.empty() && copying_.back()->CopyFrozen(rows)) copying_.pop_back();
  if (copying_.empty()) dying_.clear();
  return copying_.empty();
}

template <typename F>
uint64_t TableSlices::Sum(F&& figure) const {
  uint64_t sum = 0;
  for (const auto& [end, table] : slices_) sum += figure(*table);
  return sum;
}

uint64_t TableSlices::row_count() const {
  return Sum([](const TableCore& slice) { return slice.row_count(); });
}

uint64_t TableSlices::disk_only_rows() const {
  return Sum([](const TableCore& slice) { return slice.disk_only_rows(); });
}

uint64_t TableSlices::used_bytes() const {
  return Sum([](const TableCore& slice) { return slice.used_bytes(); });
}

}  // namespace weir::state
