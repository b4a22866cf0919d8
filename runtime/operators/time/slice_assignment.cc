#include "runtime/operators/time/slice_assignment.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace weir::operators {
namespace {

int64_t FloorToMillis(int64_t micros) {
  const int64_t millis = micros / 1000;
  return millis - (micros % 1000 < 0 ? 1 : 0);
}

std::pair<int64_t, int64_t> LeastAndGreatest(const int64_t* values, uint32_t count) {
  int64_t least = values[0];
  int64_t greatest = values[0];
  for (uint32_t i = 1; i < count; ++i) {
    least = std::min(least, values[i]);
    greatest = std::max(greatest, values[i]);
  }
  return {least, greatest};
}

// Whether no stored value is NULL. Looks at the bits, since a column may have a bitmap without any
// NULL: CASE always makes one.
bool AllPresent(const Column& column) {
  const uint64_t* const words = column.validity();
  if (words == nullptr) return true;
  const uint32_t count = column.stored();
  uint64_t present = ~uint64_t{0};
  for (uint32_t word = 0; word < count / 64; ++word) present &= words[word];
  if (count % 64 != 0) present &= words[count / 64] | ~uint64_t{0} << count % 64;
  return present == ~uint64_t{0};
}

}  // namespace

Status LocalTimes(const Batch& batch, int time_column, const TimeZone& zone,
                  std::vector<int64_t>& millis) {
  const ColumnPtr column = Flatten(batch.columns[static_cast<size_t>(time_column)]);
  if (column->has_validity()) {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      if (!column->IsNull(batch.RowAt(i))) continue;
      return Status::DataError("a row has NULL as the time that windows are made of")
          .WithId("E3001");
    }
  }
  millis.resize(batch.row_count);
  if (column->type().physical() == PhysicalType::kTimestampNanos) {
    const auto* times = column->data<TimestampNanos>();
    for (uint32_t row = 0; row < batch.row_count; ++row) millis[row] = times[row].millis;
  } else {
    const auto* micros = column->data<int64_t>();
    for (uint32_t row = 0; row < batch.row_count; ++row) millis[row] = FloorToMillis(micros[row]);
  }
  const bool instants = column->type().kind() == TypeKind::kTimestampLtz;
  if (instants && !zone.is_utc()) window::ToLocalTimes(zone, millis, millis.data());
  return {};
}

void LocalMarks(const Batch& batch, const TimeZone& zone, std::vector<int64_t>& marks) {
  const auto* utc = batch.late_marks->as<int64_t>();
  marks.assign(utc, utc + batch.row_count);
  if (zone.is_utc()) return;
  for (int64_t& mark : marks) {
    if (mark != Timestamp::Min().millis) mark = window::LocalWatermark(zone, mark);
  }
}

void SliceAssignment::Clear() {
  entries_.clear();
  pieces_.clear();
  late_rows_ = 0;
}

void SliceAssignment::Add(uint32_t row, int64_t slice_end, int64_t watermark) {
  if (remembered_ && slice_end == last_slice_ && watermark == last_watermark_) {
    entries_.emplace_back(last_id_, row);
    return;
  }
  const bool tumble = spec_.kind == window::WindowKind::kTumble;
  if ((whole_windows_ && !tumble) ||
      window::IsComplete(window::FirstWindowEnd(spec_, slice_end), watermark)) {
    AddPartlyLate(row, slice_end, watermark);
    return;
  }
  remembered_ = true;
  last_slice_ = slice_end;
  last_watermark_ = watermark;
  last_id_ = whole_windows_ ? graph::WindowId(slice_end) : graph::SliceId(slice_end);
  entries_.emplace_back(last_id_, row);
}

bool SliceAssignment::AddWhole(const Batch& batch, int time_column, const TimeZone& zone,
                               int64_t watermark) {
  const Column& times = *batch.columns[static_cast<size_t>(time_column)];
  const bool instants = times.type().kind() == TypeKind::kTimestampLtz;
  if (times.type().physical() != PhysicalType::kInt64 || times.length() == 0 ||
      (instants && !zone.is_utc()) || !AllPresent(times)) {
    return false;
  }
  const auto* micros = times.data<int64_t>();
  const auto [first, last] = LeastAndGreatest(micros, times.stored());
  const int64_t least = FloorToMillis(first);
  const int64_t greatest = FloorToMillis(last);
  const int64_t slice_end = window::SliceEnd(spec_, least);
  // A time is always before the end of its slice.
  if (greatest >= slice_end || (whole_windows_ && spec_.kind != window::WindowKind::kTumble))
    return false;
  if (window::IsComplete(window::FirstWindowEnd(spec_, slice_end), watermark)) return false;
  rows_.resize(batch.size());
  if (batch.selection.all()) {
    std::iota(rows_.begin(), rows_.end(), 0U);
  } else {
    std::memcpy(rows_.data(), batch.selection.ids(), rows_.size() * sizeof(uint32_t));
  }
  pieces_.push_back(
      {whole_windows_ ? graph::WindowId(slice_end) : graph::SliceId(slice_end), rows_});
  return true;
}

void SliceAssignment::AddPartlyLate(uint32_t row, int64_t slice_end, int64_t watermark) {
  if (window::IsComplete(window::LastWindowEnd(spec_, slice_end), watermark)) {
    ++late_rows_;
    return;
  }
  window::WindowsOfSlice(spec_, slice_end, window_ends_);
  for (const int64_t end : window_ends_) {
    if (window::IsComplete(end, watermark)) continue;
    if (!whole_windows_ && spec_.kind == window::WindowKind::kCumulate) {
      // The slice that ends with this window belongs to it and to all longer ones.
      entries_.emplace_back(graph::SliceId(end), row);
      return;
    }
    const bool last = whole_windows_ || end == window::LastWindowEnd(spec_, slice_end);
    entries_.emplace_back(last ? graph::WindowId(end) : graph::EarlierWindowId(end), row);
  }
}

void SliceAssignment::AddId(uint32_t row, int64_t id, int64_t watermark, uint64_t rows) {
  const int64_t end = graph::EndOfId(id);
  const int64_t last = graph::IsWindowId(id) ? end : window::LastWindowEnd(spec_, end);
  if (window::IsComplete(last, watermark)) {
    if (!graph::IsEarlierWindowId(id)) late_rows_ += rows;
    return;
  }
  entries_.emplace_back(id, row);
}

std::span<const SliceAssignment::Piece> SliceAssignment::Pieces() {
  if (pieces_.empty() && !entries_.empty()) Divide();
  return pieces_;
}

void SliceAssignment::Divide() {
  const auto by_id = [](const auto& a, const auto& b) { return a.first < b.first; };
  // Input in the order of time, the common case, is sorted already. Rows must ascend within an id.
  if (!std::is_sorted(entries_.begin(), entries_.end(), by_id)) {
    std::sort(entries_.begin(), entries_.end());
  }
  rows_.resize(entries_.size());
  size_t begin = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    rows_[i] = entries_[i].second;
    const bool last = i + 1 == entries_.size() || entries_[i + 1].first != entries_[i].first;
    if (!last) continue;
    pieces_.push_back({entries_[i].first, std::span(rows_).subspan(begin, i + 1 - begin)});
    begin = i + 1;
  }
}

}  // namespace weir::operators
