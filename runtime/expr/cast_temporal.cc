// Casts among DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ.
#include <fmt/format.h>

#include <optional>

#include "runtime/expr/cast.h"
#include "runtime/expr/kernel.h"
#include "runtime/types/datetime.h"

namespace weir::expr {
namespace {

constexpr int64_t kMicrosecondDigits = 6;

// Every temporal value as milliseconds and nanoseconds since 1970: local ones, or in UTC for
// TIMESTAMP_LTZ. A DATE is its midnight.
TimestampNanos ToInstant(TimestampNanos value, TypeKind) {
  return value;
}
TimestampNanos ToInstant(int32_t days, TypeKind) {
  return {days * kMillisPerDay, 0};
}
TimestampNanos ToInstant(int64_t value, TypeKind kind) {
  if (kind != TypeKind::kTime) return NanosFromMicros(value);
  return {value / kNanosPerMilli, static_cast<int32_t>(value % kNanosPerMilli)};
}

// False for an instant that the type does not hold: only microseconds have a range that matters.
bool FromInstant(TimestampNanos value, const Type& to, TimestampNanos& out) {
  out = TruncateNanos(value, to.precision());
  return true;
}
bool FromInstant(TimestampNanos value, const Type&, int32_t& out) {
  out = static_cast<int32_t>(FloorDivide(value.millis, kMillisPerDay));
  return true;
}
bool FromInstant(TimestampNanos value, const Type& to, int64_t& out) {
  if (to.kind() == TypeKind::kTime) {
    const int64_t nanos = FloorModulo(value.millis, kMillisPerDay) * kNanosPerMilli + value.nanos;
    out = TruncateTime(nanos, to.precision());
    return true;
  }
  const std::optional<int64_t> micros = CheckedMicros(value);
  if (micros) out = TruncateMicros(*micros, to.precision());
  return micros.has_value();
}

Status BeyondMicros(const CastPlan& plan) {
  return Status::DataError(fmt::format("the {} is beyond what a {} holds, the years -290308 to "
                                       "294247",
                                       plan.from.ToStringIgnoringNullability(),
                                       plan.to.ToStringIgnoringNullability()))
      .WithId("E3001")
      .WithHint("TRY_CAST gives NULL instead")
      .WithSpan(plan.span);
}

// +1: from local time to UTC, -1: the other way, 0: neither.
int ZoneShift(const Type& from, const Type& to) {
  const bool from_utc = from.kind() == TypeKind::kTimestampLtz;
  const bool to_utc = to.kind() == TypeKind::kTimestampLtz;
  return static_cast<int>(to_utc) - static_cast<int>(from_utc);
}

template <typename From, typename To>
Result<ColumnPtr> InstantKernel(CastCall& call) {
  const CastPlan& plan = *call.plan;
  const int shift = plan.zone.is_utc() ? 0 : ZoneShift(plan.from, plan.to);
  const TypeKind kind = plan.from.kind();
  MutableColumnPtr out = call.MakeResult(plan.try_cast);
  const From* in = call.input->data<From>();
  To* result = out->template mutable_data<To>();
  RETURN_IF_ERROR(TryValidRows(call.rows, call.input->validity(), [&](uint32_t row) -> Status {
    TimestampNanos instant = ToInstant(in[row], kind);
    if (shift > 0) instant = plan.zone.ToUtc(instant);
    if (shift < 0) instant = plan.zone.ToLocal(instant);
    if (FromInstant(instant, plan.to, result[row])) return {};
    if (!plan.try_cast) return BeyondMicros(plan);
    out->SetNull(row);
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// Casts between types of microseconds. TIMESTAMP(a) to TIMESTAMP(b) with a <= b, and TIMESTAMP_LTZ
// as well if no zone has to be applied, keep all microseconds: the column is shared.
Result<ColumnPtr> MicrosKernel(CastCall& call) {
  const CastPlan& plan = *call.plan;
  const bool widens = plan.from.precision() <= plan.to.precision();
  if (widens && (plan.zone.is_utc() || ZoneShift(plan.from, plan.to) == 0)) {
    return call.input->WithType(plan.to);
  }
  return InstantKernel<int64_t, int64_t>(call);
}

template <typename From>
CastKernel FromTemporal(const Type& to) {
  switch (to.physical()) {
    case PhysicalType::kInt32:
      return InstantKernel<From, int32_t>;
    case PhysicalType::kInt64:
      return InstantKernel<From, int64_t>;
    case PhysicalType::kTimestampNanos:
      return InstantKernel<From, TimestampNanos>;
    default:
      return nullptr;
  }
}

}  // namespace

CastKernel FindTemporalCast(const Type& from, const Type& to) {
  const bool micros = from.is_timestamp() && to.is_timestamp() &&
                      from.precision() <= kMicrosecondDigits &&
                      to.precision() <= kMicrosecondDigits;
  if (micros) return MicrosKernel;
  switch (from.physical()) {
    case PhysicalType::kInt32:
      return FromTemporal<int32_t>(to);
    case PhysicalType::kInt64:
      return FromTemporal<int64_t>(to);
    case PhysicalType::kTimestampNanos:
      return FromTemporal<TimestampNanos>(to);
    default:
      return nullptr;
  }
}

}  // namespace weir::expr
