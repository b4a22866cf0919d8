// The current time. As Flink has it, it moves on in streaming mode, also over input that ends, and
// is read once for each batch of rows; in batch mode it is that of the query's start. And how far
// event time has come, which is read for each row, and which batch mode does not know.
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/temporal.h"
#include "runtime/expr/kernel.h"
#include "runtime/types/datetime.h"
#include "runtime/types/time_zone.h"

namespace weir::expr {
namespace {

int64_t ClockMillis(const KernelCall& call) {
  const Clock* clock = call.context->clock;
  return (clock != nullptr ? *clock : Clock::System()).Now().millis;
}

int64_t QueryMillis(const KernelCall& call) {
  const int64_t start = call.context->query_start.millis;
  return start != 0 ? start : ClockMillis(call);
}

template <typename T>
ColumnPtr Constant(const KernelCall& call, T value) {
  MutableColumnPtr out = Column::Make(call.type(), call.length, /*constant=*/true);
  out->template mutable_data<T>()[0] = value;
  return out;
}

Result<ColumnPtr> InstantKernel(const KernelCall& call) {
  return Constant(call, QueryMillis(call) * kMicrosPerMilli);
}

Result<ColumnPtr> ProctimeKernel(const KernelCall& call) {
  return Constant(call, ClockMillis(call) * kMicrosPerMilli);
}

Result<ColumnPtr> LocalTimestampKernel(const KernelCall& call) {
  const TimeZone zone = TRY(call.SessionZone());
  return Constant(call, zone.ToLocalMillis(QueryMillis(call)) * kMicrosPerMilli);
}

Result<ColumnPtr> DateKernel(const KernelCall& call) {
  const TimeZone zone = TRY(call.SessionZone());
  const int64_t days = FloorDivide(zone.ToLocalMillis(QueryMillis(call)), kMillisPerDay);
  return Constant(call, static_cast<int32_t>(days));
}

Result<ColumnPtr> TimeKernel(const KernelCall& call) {
  const TimeZone zone = TRY(call.SessionZone());
  const int64_t millis = FloorModulo(zone.ToLocalMillis(QueryMillis(call)), kMillisPerDay);
  return Constant(call, millis / kMillisPerSecond * kNanosPerSecond);
}

// The watermark of the row's partition just before the row. The operator that reads it is given the
// mark of every row (planner/traits/late_marks.h).
Result<ColumnPtr> WatermarkKernel(const KernelCall& call) {
  const bool batch_mode = call.context->query_start.millis != 0;
  if (batch_mode || !call.late_marks) return Column::MakeNull(call.type(), call.length);
  const int64_t* marks = call.late_marks->as<int64_t>();
  MutableColumnPtr out = call.MakeNullableResult();
  int64_t* values = out->mutable_data<int64_t>();
  ForRows(call.rows, [&](uint32_t row) {
    if (Timestamp{marks[row]} == Timestamp::Min()) return out->SetNull(row);
    values[row] = marks[row] * kMicrosPerMilli;
  });
  return ColumnPtr(std::move(out));
}

Result<Type> WatermarkRule(Args args) {
  const bool local = args[0]->type.kind() == TypeKind::kTimestampLtz;
  return local ? Type::TimestampLtz(3) : Type::Timestamp(3);
}

Result<Type> LtzRule(Args) {
  return Type::TimestampLtz(3).WithNullable(false);
}
Result<Type> TimestampRule(Args) {
  return Type::Timestamp(3).WithNullable(false);
}
Result<Type> TimeRule(Args) {
  return Type::Time(0).WithNullable(false);
}

ScalarFunction Now(std::string_view name, std::string_view doc, TypeRule rule, Kernel kernel,
                   std::vector<std::string_view> aliases = {}) {
  return Varying(Define(name, "without arguments", doc, {{{}, rule, kernel}}, std::move(aliases)),
                 Determinism::kPerQuery);
}

std::vector<ScalarFunction> MakeTable() {
  return {
      Now("CURRENT_TIMESTAMP", "The instant, as TIMESTAMP_LTZ(3).", LtzRule, InstantKernel,
          {"NOW", "CURRENT_ROW_TIMESTAMP"}),
      Now("LOCALTIMESTAMP", "The wall-clock time of the session's zone, as TIMESTAMP(3).",
          TimestampRule, LocalTimestampKernel),
      Now("CURRENT_DATE", "The date in the session's zone.", ReturnsDate, DateKernel),
      Now("CURRENT_TIME", "The time of the day in the session's zone, as TIME(0).", TimeRule,
          TimeKernel, {"LOCALTIME"}),
      Now("PROCTIME", "The processing time, as TIMESTAMP_LTZ(3).", LtzRule, ProctimeKernel),
      Varying(WithNulls(Define("CURRENT_WATERMARK", "CURRENT_WATERMARK(rowtime) → TIMESTAMP(3)",
                               "The watermark before the row, as the type of the column that has "
                               "it; NULL if none came. ts <= CURRENT_WATERMARK(ts) is a late row.",
                               {{{ArgumentClass::kTimestamp}, WatermarkRule, WatermarkKernel}})),
              Determinism::kPerRow),
  };
}

}  // namespace

Result<ColumnPtr> UnixSecondsKernel(const KernelCall& call) {
  return Constant(call, FloorDivide(QueryMillis(call), kMillisPerSecond));
}

std::span<const ScalarFunction> CurrentTimeFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
