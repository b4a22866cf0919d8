// EXTRACT and its short forms YEAR, MONTH, ….
#include <fmt/format.h>

#include <optional>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/kernel.h"
#include "runtime/types/datetime.h"
#include "runtime/types/time_zone.h"

namespace weir::expr {
namespace {

Result<ColumnPtr> ExtractUnit(const KernelCall& call, TimeUnit unit, const Column& time) {
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int64_t>();
  const auto fill = [&]<typename T>(auto extract) {
    const ValueReader<T> values(time);
    ForValidRows(call.rows, out->validity(),
                 [&](uint32_t row) { result[row] = extract(values[row]); });
  };
  const Type& type = time.type();
  const bool local = type.kind() == TypeKind::kTimestampLtz && unit != TimeUnit::kEpoch;
  const TimeZone zone = local ? TRY(call.SessionZone()) : TimeZone::Utc();
  if (type.kind() == TypeKind::kDate) {
    fill.template operator()<int32_t>([=](int32_t t) { return ExtractFromDate(unit, t); });
  } else if (type.kind() == TypeKind::kTime) {
    fill.template operator()<int64_t>([=](int64_t t) { return ExtractFromTime(unit, t); });
  } else if (type.physical() == PhysicalType::kInt64) {
    fill.template operator()<int64_t>(
        [&](int64_t t) { return ExtractFromTimestamp(unit, zone.ToLocalMicros(t)); });
  } else {
    fill.template operator()<TimestampNanos>(
        [&](TimestampNanos t) { return ExtractFromTimestampNanos(unit, zone.ToLocal(t)); });
  }
  return ColumnPtr(std::move(out));
}

Result<ColumnPtr> ExtractKernel(const KernelCall& call) {
  const TimeUnit unit = *FindTimeUnit(call.expression->args[0]->literal.get<std::string>());
  return ExtractUnit(call, unit, *call.args[1]);
}

bool IsWithinDay(TimeUnit unit) {
  return unit == TimeUnit::kHour || unit == TimeUnit::kMinute || unit == TimeUnit::kSecond ||
         unit == TimeUnit::kMillisecond || unit == TimeUnit::kMicrosecond ||
         unit == TimeUnit::kNanosecond;
}

// The type of EXTRACT; kInvalidSql E2005 where the time has no such field: no year in a TIME, no
// hour in a DATE.
Result<Type> FieldRuleOf(TimeUnit unit, const Expr& time) {
  const TypeKind kind = time.type.kind();
  const bool lacks = (kind == TypeKind::kTime && !IsWithinDay(unit)) ||
                     (kind == TypeKind::kDate && IsWithinDay(unit));
  if (!lacks) return Type::BigInt().WithNullable(false);
  return Status::InvalidSql("a " + time.type.ToStringIgnoringNullability() +
                            " does not have this field")
      .WithId("E2005")
      .WithSpan(time.span)
      .WithHint("CAST(… AS TIMESTAMP)");
}

Result<Type> ExtractRule(Args args) {
  const std::string& name = args[0]->literal.get<std::string>();
  if (const std::optional<TimeUnit> unit = FindTimeUnit(name)) return FieldRuleOf(*unit, *args[1]);
  return Status::InvalidSql("no such unit of time: " + name)
      .WithId("E2005")
      .WithSpan(args[0]->span);
}

// --- Of intervals --------------------------------------------------------------------------------

// A field of an interval of months: what the larger units leave of it, cut towards zero.
std::optional<int64_t> ExtractFromMonths(TimeUnit unit, int64_t months) {
  switch (unit) {
    case TimeUnit::kMillennium:
      return months / 12'000;
    case TimeUnit::kCentury:
      return months / 1'200;
    case TimeUnit::kYear:
      return months / 12;
    case TimeUnit::kQuarter:
      return (months % 12 - 1) / 3 + 1;
    case TimeUnit::kMonth:
      return months % 12;
    default:
      return std::nullopt;
  }
}

std::optional<int64_t> ExtractFromMillis(TimeUnit unit, int64_t millis) {
  switch (unit) {
    case TimeUnit::kDay:
      return millis / kMillisPerDay;
    case TimeUnit::kHour:
      return millis % kMillisPerDay / 3'600'000;
    case TimeUnit::kMinute:
      return millis % 3'600'000 / 60'000;
    case TimeUnit::kSecond:
      return millis % 60'000 / kMillisPerSecond;
    case TimeUnit::kMillisecond:
      return millis % kMillisPerSecond;
    default:
      return std::nullopt;
  }
}

Result<Type> FieldOfInterval(TimeUnit unit, const Expr& interval) {
  const bool months = interval.type.kind() == TypeKind::kIntervalYearMonth;
  if (months ? ExtractFromMonths(unit, 0) : ExtractFromMillis(unit, 0)) {
    return Type::BigInt().WithNullable(false);
  }
  return Status::InvalidSql(fmt::format("an {} has no {}",
                                        interval.type.ToStringIgnoringNullability(),
                                        TimeUnitName(unit)))
      .WithId("E2005")
      .WithHint(months ? "it has MILLENNIUM, CENTURY, YEAR, QUARTER and MONTH"
                       : "it has DAY, HOUR, MINUTE, SECOND and MILLISECOND")
      .WithSpan(interval.span);
}

Result<ColumnPtr> ExtractFromInterval(const KernelCall& call, TimeUnit unit, const Column& column) {
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int64_t>();
  if (column.type().kind() == TypeKind::kIntervalYearMonth) {
    const ValueReader<int32_t> months(column);
    ForValidRows(call.rows, out->validity(),
                 [&](uint32_t row) { result[row] = *ExtractFromMonths(unit, months[row]); });
  } else {
    const ValueReader<int64_t> millis(column);
    ForValidRows(call.rows, out->validity(),
                 [&](uint32_t row) { result[row] = *ExtractFromMillis(unit, millis[row]); });
  }
  return ColumnPtr(std::move(out));
}

Result<Type> ExtractIntervalRule(Args args) {
  RETURN_IF_ERROR(ExtractRule(args).status());
  return FieldOfInterval(*FindTimeUnit(args[0]->literal.get<std::string>()), *args[1]);
}

Result<ColumnPtr> ExtractIntervalKernel(const KernelCall& call) {
  const TimeUnit unit = *FindTimeUnit(call.expression->args[0]->literal.get<std::string>());
  return ExtractFromInterval(call, unit, *call.args[1]);
}

template <TimeUnit kTimeUnit>
Result<Type> IntervalPartRule(Args args) {
  return FieldOfInterval(kTimeUnit, *args[0]);
}

template <TimeUnit kTimeUnit>
Result<ColumnPtr> IntervalPartKernel(const KernelCall& call) {
  return ExtractFromInterval(call, kTimeUnit, *call.args[0]);
}

template <TimeUnit kTimeUnit>
Result<Type> FieldRule(Args args) {
  return FieldRuleOf(kTimeUnit, *args[0]);
}

template <TimeUnit kTimeUnit>
Result<ColumnPtr> FieldKernel(const KernelCall& call) {
  return ExtractUnit(call, kTimeUnit, *call.args[0]);
}

template <TimeUnit kTimeUnit>
ScalarFunction Part(std::string_view name, std::string_view doc) {
  return Define(
      name, "F(time | interval) → BIGINT", doc,
      {{{ArgumentClass::kTemporal}, FieldRule<kTimeUnit>, FieldKernel<kTimeUnit>},
       {{ArgumentClass::kInterval}, IntervalPartRule<kTimeUnit>, IntervalPartKernel<kTimeUnit>}});
}

std::vector<ScalarFunction> MakeTable() {
  return {
      Define("EXTRACT", "EXTRACT(unit FROM time | interval) → BIGINT",
             "One field of a date, a time or an interval.",
             {{{kUnit, ArgumentClass::kTemporal}, ExtractRule, ExtractKernel},
              {{kUnit, ArgumentClass::kInterval}, ExtractIntervalRule, ExtractIntervalKernel}}),
      Part<TimeUnit::kYear>("YEAR", "The year."),
      Part<TimeUnit::kQuarter>("QUARTER", "The quarter, 1 to 4."),
      Part<TimeUnit::kMonth>("MONTH", "The month, 1 to 12."),
      Part<TimeUnit::kWeek>("WEEK", "The ISO week, 1 to 53."),
      Part<TimeUnit::kDayOfYear>("DAYOFYEAR", "The day of the year, 1 to 366."),
      Part<TimeUnit::kDay>("DAYOFMONTH", "The day of the month, 1 to 31."),
      Part<TimeUnit::kDayOfWeek>("DAYOFWEEK", "The day of the week, 1 for Sunday."),
      Part<TimeUnit::kHour>("HOUR", "The hour, 0 to 23."),
      Part<TimeUnit::kMinute>("MINUTE", "The minute, 0 to 59."),
      Part<TimeUnit::kSecond>("SECOND", "The second, 0 to 59."),
  };
}

}  // namespace

std::span<const ScalarFunction> TemporalFieldFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
