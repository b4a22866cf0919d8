#include "runtime/operators/time/waiting_rows.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "runtime/operators/stored_rows.h"
#include "runtime/operators/time/stored_time.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

// A slice is at most an eighth as long as the distance to it, so that a row moves to a shorter
// slice only a few times.
constexpr int64_t kPartOfDistance = 8;
// The ratio of a slice's length to the next shorter length.
constexpr int64_t kFactor = 4;
// A slice with more rows is divided before its first ones are taken.
constexpr uint64_t kMostTaken = 32768;

// Half the length of the slice with this middle, which is the middle's lowest set bit; and the last
// time in the slice.
int64_t HalfOf(int64_t middle) {
  return middle & -middle;
}
int64_t LastOf(int64_t middle) {
  return middle + (HalfOf(middle) - 1);
}

}  // namespace

Status WaitingRows::Open(WaitingShape shape, TaskState& tasks, const std::string& uid) {
  shape_ = std::move(shape);
  tasks_ = &tasks;
  for (const Field& field : shape_.schema.key) key_types_.push_back(field.type);
  const auto time = std::ranges::find(shape_.stored, shape_.time_column);
  time_field_ = static_cast<size_t>(time - shape_.stored.begin());
  appended_ = shape_.stored;
  appended_.push_back(static_cast<int>(shape_.columns));
  table_ = TRY(tasks.OpenSlicedLists(uid, shape_.schema));
  for (const Timestamp middle : table_->Slices()) {
    // No slice has its middle there: 0 has no set bit, and the least number no room below it.
    if (middle.millis == 0 || middle == Timestamp::Min())
      return Status::Corruption("a slice of rows that wait is no slice of time");
    slices_[middle.millis] = TRY(Look(middle.millis));
  }
  return {};
}

Result<WaitingRows::Slice> WaitingRows::Look(int64_t middle) const {
  Slice slice{.first = std::numeric_limits<int64_t>::max(), .rows = 0};
  ListTable* table = TRY(table_->FindSlice({middle}));
  RETURN_IF_ERROR(table->Scan([&](const ScannedRows& run) -> Status {
    slice.rows += run.rows.size();
    for (const std::byte* row : run.rows) {
      const int64_t time = TimeOf(row);
      slice.first = std::min(slice.first, time);
      if (time > LastOf(middle)) return Status::Corruption("a row waits in a slice of other times");
    }
    return {};
  }));
  return slice;
}

Status WaitingRows::ForEach(
    const std::function<void(std::string_view key, int64_t time)>& on_row) const {
  for (const auto& [middle, slice] : slices_) {
    ListTable* table = TRY(table_->FindSlice({middle}));
    RETURN_IF_ERROR(table->Scan([&](const ScannedRows& run) -> Status {
      for (size_t i = 0; i < run.rows.size(); ++i) on_row(run.keys[i], TimeOf(run.rows[i]));
      return {};
    }));
  }
  return {};
}

int64_t WaitingRows::TimeOf(const std::byte* row) const {
  const RowLayout& layout = table_->layout();
  if (layout.type(time_field_).kind() == TypeKind::kBigInt)
    return layout.Load<int64_t>(row, time_field_);
  return StoredMillis(layout, time_field_, row);
}

int64_t WaitingRows::SliceOf(int64_t time) const {
  int64_t distance = 0;
  if (__builtin_sub_overflow(time, *from_, &distance)) distance = time;
  int64_t half = 1;
  while (half <= distance / kPartOfDistance / (2 * kFactor)) half *= kFactor;
  return (time & -(2 * half)) | half;
}

Status WaitingRows::Append(const TimedRows& rows, const uint64_t* hashes) {
  if (rows.size() == 0) return {};
  if (!from_) from_ = *std::ranges::min_element(rows.times);
  Batch batch = rows.rows;
  batch.key_hashes = nullptr;
  const MutableColumnPtr sequence = Column::Make(Type::BigInt().WithNullable(false), rows.size());
  std::ranges::copy(rows.sequences, sequence->mutable_data<int64_t>());
  batch.columns.push_back(sequence);
  places_.clear();
  for (uint32_t row = 0; row < rows.size(); ++row) {
    places_.emplace_back(SliceOf(rows.times[row]), row);
  }
  // Rows of one slice stay in their order.
  if (!std::ranges::is_sorted(places_)) std::ranges::sort(places_);
  for (size_t begin = 0; begin < places_.size();) {
    const int64_t middle = places_[begin].first;
    size_t stop = begin;
    int64_t first = std::numeric_limits<int64_t>::max();
    const BufferPtr ids = MakeBuffer<uint32_t>(places_.size() - begin);
    for (; stop < places_.size() && places_[stop].first == middle; ++stop) {
      const uint32_t row = places_[stop].second;
      ids->as<uint32_t>()[stop - begin] = row;
      first = std::min(first, rows.times[row]);
    }
    batch.selection = Selection(ids, static_cast<uint32_t>(stop - begin));
    ListTable* table = TRY(table_->Slice({middle}));
    RETURN_IF_ERROR(table->Append({&batch, shape_.keys, hashes}, appended_));
    Slice& slice = slices_.try_emplace(middle, Slice{first, 0}).first->second;
    slice.first = std::min(slice.first, first);
    slice.rows += stop - begin;
    begin = stop;
  }
  return {};
}

Result<TimedRows> WaitingRows::RowsOf(const ScannedRows& run,
                                      const std::vector<uint32_t>& ids) const {
  std::vector<std::string_view> keys;
  std::vector<std::byte*> rows;
  TimedRows result;
  for (const uint32_t id : ids) {
    keys.push_back(run.keys[id]);
    rows.push_back(run.rows[id]);
    result.times.push_back(TimeOf(run.rows[id]));
    result.sequences.push_back(table_->layout().Load<int64_t>(run.rows[id], shape_.stored.size()));
  }
  result.rows = TRY(InputRows({keys, rows}, table_->layout(),
                              {shape_.columns, shape_.keys, key_types_, shape_.stored}));
  return result;
}

Status WaitingRows::AppendAgain(const TimedRows& rows) {
  std::vector<uint64_t> hashes(rows.size());
  HashKeys(rows.rows, shape_.keys, hashes.data());
  return Append(rows, hashes.data());
}

Status WaitingRows::Empty(int64_t middle, int64_t bound, std::vector<TimedRows>& due) {
  ListTable* table = TRY(table_->FindSlice({middle}));
  // The shortest slices have two milliseconds. Rows of the second one may stay, and belong to the
  // same slice again.
  const bool shortest = HalfOf(middle) == 1;
  std::vector<TimedRows> same;
  picked_.resize(2);
  RETURN_IF_ERROR(table->Scan([&](const ScannedRows& run) -> Status {
    for (std::vector<uint32_t>& ids : picked_) ids.clear();
    for (uint32_t i = 0; i < run.rows.size(); ++i) {
      const int64_t time = TimeOf(run.rows[i]);
      picked_[time <= bound ? 0 : 1].push_back(i);
    }
    if (!picked_[0].empty()) due.push_back(TRY(RowsOf(run, picked_[0])));
    if (picked_[1].empty()) return {};
    TimedRows later = TRY(RowsOf(run, picked_[1]));
    if (shortest) {
      same.push_back(std::move(later));
      return {};
    }
    RETURN_IF_ERROR(AppendAgain(later));
    return tasks_->Tidy();
  }));
  RETURN_IF_ERROR(table_->Drop({middle}));
  slices_.erase(middle);
  for (const TimedRows& rows : same) RETURN_IF_ERROR(AppendAgain(rows));
  return {};
}

Status WaitingRows::Divide(int64_t middle, int64_t first) {
  from_ = first;
  std::vector<TimedRows> none;
  return Empty(middle, std::numeric_limits<int64_t>::min(), none);
}

std::optional<int64_t> WaitingRows::BoundOf(int64_t limit) const {
  bool some = false;
  int64_t bound = limit;
  for (const auto& [middle, slice] : slices_) {
    some = some || slice.first <= limit;
    bound = std::min(bound, LastOf(middle));
  }
  return some ? std::optional(bound) : std::nullopt;
}

Result<std::optional<WaitingRows::Due>> WaitingRows::TakeDue(int64_t limit) {
  std::optional<int64_t> bound = BoundOf(limit);
  const auto find = [&](auto wanted) {
    return std::ranges::find_if(slices_, [&](const auto& slice) {
      return slice.second.first <= *bound && wanted(slice.first, slice.second);
    });
  };
  const auto large = [](int64_t middle, const Slice& slice) {
    return slice.rows > kMostTaken && HalfOf(middle) > 1;
  };
  while (bound) {
    const auto slice = find(large);
    if (slice == slices_.end()) break;
    RETURN_IF_ERROR(Divide(slice->first, slice->second.first));
    bound = BoundOf(limit);
  }
  if (!bound) {
    from_ = std::max(from_.value_or(limit), limit);
    return std::optional<Due>();
  }
  Due due{.bound = *bound, .parts = {}};
  // Rows that stay must find slices that are shorter than where they were.
  from_ = *bound;
  const auto any = [](int64_t, const Slice&) { return true; };
  for (auto slice = find(any); slice != slices_.end(); slice = find(any)) {
    RETURN_IF_ERROR(Empty(slice->first, *bound, due.parts));
  }
  return std::optional(std::move(due));
}

}  // namespace weir::operators
