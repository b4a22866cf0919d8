#include "runtime/operators/over/waiting_rows.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "runtime/graph/over_state.h"
#include "runtime/operators/rank/stored_time.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

// A slice is at most this part of how far ahead it lies.
constexpr int64_t kPartOfDistance = 8;
// Each length is so many times the next shorter one, and divides time evenly, so that a slice lies
// within one of the next longer ones.
constexpr int64_t kFactor = 4;

// a / b, rounded up. REQUIRES: b > 0.
int64_t DivideUp(int64_t a, int64_t b) {
  return a / b + (a % b > 0 ? 1 : 0);
}

}  // namespace

Status WaitingRows::Open(const graph::OverAggregateSpec& spec, const Schema& input,
                         TaskState& tasks, const std::string& uid) {
  spec_ = &spec;
  columns_ = input.size();
  const StateSchema schema = graph::StateOfOver(spec, input).tables[0];
  for (const Field& field : schema.key) key_types_.push_back(field.type);
  stored_ = graph::WaitingColumns(spec, input);
  time_field_ = static_cast<size_t>(std::ranges::find(stored_, spec.time_column) - stored_.begin());
  stored_.push_back(static_cast<int>(columns_));
  table_ = TRY(tasks.OpenSlicedLists(uid, schema));
  for (const Timestamp end : table_->Slices()) {
    firsts_[end.millis] = TRY(FirstOf(end.millis));
  }
  return {};
}

Result<int64_t> WaitingRows::FirstOf(int64_t end) const {
  int64_t first = std::numeric_limits<int64_t>::max();
  ListTable* table = TRY(table_->FindSlice({end}));
  RETURN_IF_ERROR(table->Scan([&](const ScannedRows& run) -> Status {
    for (const std::byte* row : run.rows) {
      first = std::min(first, StoredMillis(table_->layout(), time_field_, row));
    }
    return {};
  }));
  return first;
}

int64_t WaitingRows::SliceOf(int64_t time) const {
  int64_t distance = 0;
  if (__builtin_sub_overflow(time, *from_, &distance)) distance = time;
  int64_t length = 1;
  while (length <= distance / kPartOfDistance / kFactor) length *= kFactor;
  int64_t end = 0;
  if (__builtin_mul_overflow(DivideUp(time, length), length, &end)) return time;
  return end;
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
    const int64_t end = places_[begin].first;
    size_t stop = begin;
    int64_t first = std::numeric_limits<int64_t>::max();
    const BufferPtr ids = MakeBuffer<uint32_t>(places_.size() - begin);
    for (; stop < places_.size() && places_[stop].first == end; ++stop) {
      const uint32_t row = places_[stop].second;
      ids->as<uint32_t>()[stop - begin] = row;
      first = std::min(first, rows.times[row]);
    }
    batch.selection = Selection(ids, static_cast<uint32_t>(stop - begin));
    ListTable* table = TRY(table_->Slice({end}));
    RETURN_IF_ERROR(table->Append({&batch, spec_->partition, hashes}, stored_));
    const auto known = firsts_.try_emplace(end, first).first;
    known->second = std::min(known->second, first);
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
    result.times.push_back(StoredMillis(table_->layout(), time_field_, run.rows[id]));
    result.sequences.push_back(table_->layout().Load<int64_t>(run.rows[id], stored_.size() - 1));
  }
  const auto columns = std::span(stored_).first(stored_.size() - 1);
  result.rows = TRY(
      InputRows({keys, rows}, table_->layout(), {columns_, spec_->partition, key_types_, columns}));
  return result;
}

Status WaitingRows::Empty(int64_t end, int64_t bound, std::vector<TimedRows>& due) {
  ListTable* table = TRY(table_->FindSlice({end}));
  std::vector<TimedRows> later;
  picked_.resize(2);
  RETURN_IF_ERROR(table->Scan([&](const ScannedRows& run) -> Status {
    for (std::vector<uint32_t>& ids : picked_) ids.clear();
    for (uint32_t i = 0; i < run.rows.size(); ++i) {
      const int64_t time = StoredMillis(table_->layout(), time_field_, run.rows[i]);
      picked_[time <= bound ? 0 : 1].push_back(i);
    }
    if (!picked_[0].empty()) due.push_back(TRY(RowsOf(run, picked_[0])));
    if (!picked_[1].empty()) later.push_back(TRY(RowsOf(run, picked_[1])));
    return {};
  }));
  RETURN_IF_ERROR(table_->Drop({end}));
  firsts_.erase(end);
  std::vector<uint64_t> hashes;
  for (const TimedRows& rows : later) {
    hashes.resize(rows.size());
    HashKeys(rows.rows, spec_->partition, hashes.data());
    RETURN_IF_ERROR(Append(rows, hashes.data()));
  }
  return {};
}

Result<std::optional<WaitingRows::Due>> WaitingRows::TakeDue(int64_t limit) {
  const auto with_rows_up_to = [&](int64_t bound) {
    return std::ranges::find_if(firsts_,
                                [bound](const auto& slice) { return slice.second <= bound; });
  };
  if (with_rows_up_to(limit) == firsts_.end()) {
    from_ = std::max(from_.value_or(limit), limit);
    return std::optional<Due>();
  }
  Due due;
  due.bound = std::min(limit, firsts_.begin()->first);
  // Rows that stay must find slices that are shorter than where they were.
  from_ = due.bound;
  for (auto slice = with_rows_up_to(due.bound); slice != firsts_.end();
       slice = with_rows_up_to(due.bound)) {
    RETURN_IF_ERROR(Empty(slice->first, due.bound, due.parts));
  }
  return std::optional(std::move(due));
}

}  // namespace weir::operators
