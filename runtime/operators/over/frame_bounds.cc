#include "runtime/operators/over/frame_bounds.h"

#include <algorithm>

#include "runtime/types/decimal.h"

namespace weir::operators {
namespace {

constexpr int64_t kNanosPerMilli = 1'000'000;
constexpr int64_t kMicrosPerMilli = 1'000;
constexpr int64_t kMillisPerDay = 86'400'000;

// What a distance of one (millisecond or whole number) is in the values of a column of this type.
Int128 UnitOf(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kDecimal:
      return PowerOfTen(type.scale());
    case TypeKind::kTime:
      return kNanosPerMilli;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return type.physical() == PhysicalType::kTimestampNanos ? kNanosPerMilli : kMicrosPerMilli;
    default:
      return 1;
  }
}

Int128 NumberAt(const Column& column, uint32_t row) {
  const Type& type = column.type();
  switch (type.physical()) {
    case PhysicalType::kInt8:
      return column.ValueAt<int8_t>(row);
    case PhysicalType::kInt16:
      return column.ValueAt<int16_t>(row);
    case PhysicalType::kInt32: {
      const Int128 value = column.ValueAt<int32_t>(row);
      return type.kind() == TypeKind::kDate ? value * kMillisPerDay : value;
    }
    case PhysicalType::kInt64:
      return column.ValueAt<int64_t>(row);
    case PhysicalType::kInt128:
      return column.ValueAt<Int128>(row);
    case PhysicalType::kTimestampNanos: {
      const auto time = column.ValueAt<TimestampNanos>(row);
      return static_cast<Int128>(time.millis) * kNanosPerMilli + time.nanos;
    }
    default:
      WEIR_UNREACHABLE();
  }
}

// Whether the frame is bounded by values other than the row's own.
bool HasDistance(const graph::OverFrame& frame) {
  return frame.preceding.value_or(0) != 0 || frame.following.value_or(0) != 0;
}

}  // namespace

Status FrameBounds::Find(const PartitionRows& rows, const Batch& batch) {
  begins_.resize(rows.size());
  ends_.resize(rows.size());
  if (spec_.frame.rows) {
    FindByRows(rows.size());
    return {};
  }
  FindByPeers(rows);
  return HasDistance(spec_.frame) ? FindByValue(rows, batch) : Status();
}

void FrameBounds::FindByRows(size_t rows) {
  const auto count = static_cast<int64_t>(rows);
  // A distance beyond all rows is as good as the greatest that cannot overflow.
  const auto clamped = [&](int64_t distance) { return std::clamp(distance, -count, count); };
  for (int64_t i = 0; i < count; ++i) {
    const int64_t begin = spec_.frame.preceding ? i - clamped(*spec_.frame.preceding) : 0;
    const int64_t end = spec_.frame.following ? i + clamped(*spec_.frame.following) + 1 : count;
    const auto place = static_cast<size_t>(i);
    ends_[place] = static_cast<uint32_t>(std::clamp<int64_t>(end, 0, count));
    begins_[place] =
        std::min(static_cast<uint32_t>(std::clamp<int64_t>(begin, 0, count)), ends_[place]);
  }
}

void FrameBounds::FindByPeers(const PartitionRows& rows) {
  for (size_t i = 0; i < rows.size(); ++i) {
    begins_[i] = spec_.frame.preceding ? rows.PeersBegin(i) : 0;
    ends_[i] = spec_.frame.following ? rows.PeersEnd(i) : static_cast<uint32_t>(rows.size());
  }
}

// Values ascend from place to place, those of a descending order with their signs changed, and so
// do both bounds.
Status FrameBounds::FindByValue(const PartitionRows& rows, const Batch& batch) {
  const graph::SortKey& key = spec_.order[0];
  const ColumnPtr column = TRY(rows.Values(batch, key.column, 0, rows.size()));
  const auto count = static_cast<uint32_t>(rows.size());
  uint32_t first = 0;  // rows without a value are all in front or all behind
  while (first < count && column->IsNull(first)) ++first;
  uint32_t last = count;
  while (last > first && column->IsNull(last - 1)) --last;
  std::vector<Int128> values(count, 0);
  for (uint32_t i = first; i < last; ++i) {
    const Int128 value = NumberAt(*column, i);
    values[i] = key.descending ? -value : value;
  }
  const Int128 unit = UnitOf(column->type());
  uint32_t begin = first;
  uint32_t end = first;
  for (uint32_t i = first; i < last; ++i) {
    if (spec_.frame.preceding) {
      const Int128 least = values[i] - *spec_.frame.preceding * unit;
      while (begin < last && values[begin] < least) ++begin;
      begins_[i] = begin;
    }
    if (spec_.frame.following) {
      const Int128 most = values[i] + *spec_.frame.following * unit;
      while (end < last && values[end] <= most) ++end;
      ends_[i] = end;
    }
    begins_[i] = std::min(begins_[i], ends_[i]);
  }
  return {};
}

}  // namespace weir::operators
