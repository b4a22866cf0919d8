// Times plus intervals, TIMESTAMPADD and TIMESTAMPDIFF.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/temporal.h"
#include "runtime/expr/kernel.h"
#include "runtime/types/datetime.h"

namespace weir::expr {
namespace {

// --- Adding intervals ----------------------------------------------------------------------------

int64_t Wrap(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t WrapProduct(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

std::optional<int32_t> CheckedDate(int64_t days) {
  const auto date = static_cast<int32_t>(days);
  return date == days ? std::optional(date) : std::nullopt;
}

// The policies of AddInterval, for intervals of days to seconds (AddMillis) and of months
// (AddMonths): the time after an interval; nothing where the type holds no such time. A DATE stays
// a DATE, as in Flink: only whole days are added, and the rest of the interval is dropped.
struct AddMillis {
  static std::optional<int32_t> Date(int32_t days, int64_t millis) {
    return CheckedDate(days + millis / kMillisPerDay);
  }
  static std::optional<int64_t> Time(int64_t nanos, int64_t millis) {
    return FloorModulo(nanos + (millis % kMillisPerDay) * kNanosPerMilli, kNanosPerDay);
  }
  static std::optional<TimestampNanos> Nanos(TimestampNanos t, int64_t millis) {
    if (__builtin_add_overflow(t.millis, millis, &t.millis)) return std::nullopt;
    return t;
  }
};

// Months beyond the range of INT lead out of the range of every type.
struct AddMonths {
  static std::optional<int32_t> Date(int32_t days, int64_t months) {
    const std::optional<TimestampNanos> sum = Nanos({days * kMillisPerDay, 0}, months);
    return sum ? CheckedDate(FloorDivide(sum->millis, kMillisPerDay)) : std::nullopt;
  }
  static std::optional<int64_t> Time(int64_t nanos, int64_t) { return nanos; }
  static std::optional<TimestampNanos> Nanos(TimestampNanos t, int64_t months) {
    const auto count = static_cast<int32_t>(months);
    if (count != months) return std::nullopt;
    const TimestampNanos sum = AddMonthsToTimestampNanos(t, count);
    const bool wraps = months < 0 ? sum.millis > t.millis : sum.millis < t.millis;
    return wraps ? std::nullopt : std::optional(sum);
  }
};

// The failure of a sum that its type does not hold. Flink wraps around instead: there
// TIMESTAMPADD(YEAR, 2147483647, ts) is a year before ts.
Status Beyond(const KernelCall& call) {
  const Type& type = call.type();
  const bool micros = type.is_timestamp() && type.physical() == PhysicalType::kInt64;
  Status status = Status::DataError(fmt::format("the sum is beyond what a {} holds{}",
                                                type.ToStringIgnoringNullability(),
                                                micros ? ", the years -290308 to 294247" : ""))
                      .WithId("E3001");
  if (micros) {
    status = std::move(status).WithHint(
        "CAST the time to a precision of 7 or more, which goes on for millions of years");
  }
  return call.Fail(std::move(status));
}

// out = time +/- scale * interval. `T` is the interval's storage.
template <typename Rule, typename T>
Status AddInterval(const KernelCall& call, const Column& time, const Column& interval,
                   int64_t scale, Column& out) {
  const ValueReader<T> amounts(interval);
  const auto fill = [&]<typename V>(auto add) {
    const ValueReader<V> values(time);
    V* result = out.mutable_data<V>();
    return TryValidRows(call.rows, out.validity(), [&](uint32_t row) -> Status {
      int64_t amount = 0;
      std::optional<V> sum;
      if (!__builtin_mul_overflow(int64_t{amounts[row]}, scale, &amount))
        sum = add(values[row], amount);
      if (!sum) return Beyond(call);
      result[row] = *sum;
      return {};
    });
  };
  if (time.type().physical() == PhysicalType::kInt32)
    return fill.template operator()<int32_t>(Rule::Date);
  if (time.type().physical() == PhysicalType::kTimestampNanos)
    return fill.template operator()<TimestampNanos>(Rule::Nanos);
  if (time.type().kind() == TypeKind::kTime) return fill.template operator()<int64_t>(Rule::Time);
  return fill.template operator()<int64_t>(
      [](int64_t micros, int64_t amount) -> std::optional<int64_t> {
        const std::optional<TimestampNanos> sum = Rule::Nanos(NanosFromMicros(micros), amount);
        return sum ? CheckedMicros(*sum) : std::nullopt;
      });
}

// out = micros +/- interval in a loop without a branch. False when a sum overflows int64, perhaps
// only in a row that is NULL or deselected: then `out` is of no use, and each row must be checked.
template <int kSign, size_t kTimeArgument>
bool AddMillisToMicros(const KernelCall& call, Column& out) {
  constexpr int64_t kMostMillis = std::numeric_limits<int64_t>::max() / kMicrosPerMilli;
  int64_t beyond = 0;
  MapBinary<int64_t, int64_t>(call, out.mutable_data<int64_t>(), [&](int64_t a, int64_t b) {
    const int64_t micros = kTimeArgument == 0 ? a : b;
    const int64_t millis = kTimeArgument == 0 ? b : a;
    const int64_t added = WrapProduct(millis, kSign * kMicrosPerMilli);
    const int64_t sum = Wrap(micros, added);
    // A sum has the sign of neither when it has wrapped.
    beyond |= (micros ^ sum) & (added ^ sum);
    beyond |= -static_cast<int64_t>(millis > kMostMillis || millis < -kMostMillis);
    return sum;
  });
  return beyond >= 0;
}

template <int kSign, size_t kTimeArgument>
Result<ColumnPtr> TimeIntervalKernel(const KernelCall& call) {
  const Column& time = *call.args[kTimeArgument];
  const Column& interval = *call.args[1 - kTimeArgument];
  MutableColumnPtr out = call.MakeResult();
  const bool of_micros =
      time.type().physical() == PhysicalType::kInt64 && time.type().kind() != TypeKind::kTime;
  if (interval.type().kind() == TypeKind::kIntervalYearMonth) {
    RETURN_IF_ERROR((AddInterval<AddMonths, int32_t>(call, time, interval, kSign, *out)));
  } else if (!of_micros || !AddMillisToMicros<kSign, kTimeArgument>(call, *out)) {
    RETURN_IF_ERROR((AddInterval<AddMillis, int64_t>(call, time, interval, kSign, *out)));
  }
  return ColumnPtr(std::move(out));
}

template <int kSign>
Result<ColumnPtr> IntervalSumKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  if (call.type().kind() == TypeKind::kIntervalYearMonth) {
    MapBinary<int32_t, int32_t>(call, out->mutable_data<int32_t>(), [](int32_t a, int32_t b) {
      return static_cast<int32_t>(Wrap(a, int64_t{kSign} * b));
    });
  } else {
    MapBinary<int64_t, int64_t>(call, out->mutable_data<int64_t>(), [](int64_t a, int64_t b) {
      return Wrap(a, WrapProduct(b, kSign));
    });
  }
  return ColumnPtr(std::move(out));
}

template <size_t kInterval>
Result<ColumnPtr> IntervalProductKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  const ValueReader<int64_t> factors(*call.args[1 - kInterval]);
  const auto multiply = [&]<typename T>() {
    const ValueReader<T> intervals(*call.args[kInterval]);
    T* result = out->template mutable_data<T>();
    ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
      result[row] = static_cast<T>(WrapProduct(intervals[row], factors[row]));
    });
  };
  if (call.type().kind() == TypeKind::kIntervalYearMonth) {
    multiply.template operator()<int32_t>();
  } else {
    multiply.template operator()<int64_t>();
  }
  return ColumnPtr(std::move(out));
}

Result<Type> SecondArgument(Args args) {
  return args[1]->type;
}

bool SameKind(std::span<const ExprPtr>, std::vector<Type>& types) {
  return types[0].kind() == types[1].kind();
}

constexpr ArgumentClass kTemporal = ArgumentClass::kTemporal;
constexpr ArgumentClass kInterval = ArgumentClass::kInterval;

// --- Units ---------------------------------------------------------------------------------------

Result<TimeUnit> UnitOf(const Expr& literal) {
  const std::string& name = literal.literal.get<std::string>();
  std::string_view unit = name;
  if (unit.starts_with("SQL_TSI_")) unit.remove_prefix(8);
  const std::optional<TimeUnit> found = FindTimeUnit(unit);
  if (found) return *found;
  return Status::InvalidSql(fmt::format("no such unit of time: {}", name))
      .WithId("E2005")
      .WithSpan(literal.span);
}

TimeUnit CheckedUnit(const KernelCall& call, size_t argument) {
  return *FindTimeUnit([&] {
    std::string_view name = call.expression->args[argument]->literal.get<std::string>();
    if (name.starts_with("SQL_TSI_")) name.remove_prefix(8);
    return name;
  }());
}

// The length of a unit: in milliseconds if it is fixed (a week), else in months (a quarter); the
// other member is 0.
struct UnitLength {
  int64_t millis = 0;
  int64_t months = 0;
};

UnitLength LengthOf(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kMillennium:
      return {0, 12'000};
    case TimeUnit::kCentury:
      return {0, 1'200};
    case TimeUnit::kDecade:
      return {0, 120};
    case TimeUnit::kYear:
      return {0, 12};
    case TimeUnit::kQuarter:
      return {0, 3};
    case TimeUnit::kMonth:
      return {0, 1};
    case TimeUnit::kWeek:
      return {7 * kMillisPerDay, 0};
    case TimeUnit::kDay:
      return {kMillisPerDay, 0};
    case TimeUnit::kHour:
      return {3'600'000, 0};
    case TimeUnit::kMinute:
      return {60'000, 0};
    case TimeUnit::kSecond:
      return {kMillisPerSecond, 0};
    case TimeUnit::kMillisecond:
      return {1, 0};
    case TimeUnit::kIsoYear:
    case TimeUnit::kDayOfWeek:
    case TimeUnit::kIsoDayOfWeek:
    case TimeUnit::kDayOfYear:
    case TimeUnit::kMicrosecond:
    case TimeUnit::kNanosecond:
    case TimeUnit::kEpoch:
      return {};
  }
  WEIR_UNREACHABLE();
}

Status CheckLength(const Expr& literal) {
  const UnitLength length = LengthOf(TRY(UnitOf(literal)));
  if (length.millis != 0 || length.months != 0) return {};
  return Status::InvalidSql(fmt::format("times are not added or subtracted in units of {}",
                                        literal.literal.ToString()))
      .WithId("E2005")
      .WithSpan(literal.span);
}

// --- TIMESTAMPADD(unit, count, time) -------------------------------------------------------------

// A DATE plus hours is a TIMESTAMP, plus days a DATE.
Result<Type> TimestampAddRule(Args args) {
  RETURN_IF_ERROR(CheckLength(*args[0]));
  return args[2]->type;
}

Result<ColumnPtr> TimestampAddKernel(const KernelCall& call) {
  const UnitLength length = LengthOf(CheckedUnit(call, 0));
  MutableColumnPtr out = call.MakeResult();
  if (length.months != 0) {
    RETURN_IF_ERROR(
        (AddInterval<AddMonths, int64_t>(call, *call.args[2], *call.args[1], length.months, *out)));
  } else {
    RETURN_IF_ERROR(
        (AddInterval<AddMillis, int64_t>(call, *call.args[2], *call.args[1], length.millis, *out)));
  }
  return ColumnPtr(std::move(out));
}

bool UnifyTimestampAdd(std::span<const ExprPtr> args, std::vector<Type>& types) {
  if (types[2].kind() != TypeKind::kDate) return true;
  const Result<TimeUnit> unit = UnitOf(*args[0]);
  if (unit.ok() && LengthOf(*unit).millis % kMillisPerDay != 0) types[2] = Type::Timestamp(6);
  return true;
}

// --- TIMESTAMPDIFF(unit, from, to): whole units, INT that wraps ----------------------------------

int64_t MillisOf(int32_t days) {
  return days * kMillisPerDay;
}
int64_t MillisOf(int64_t micros) {
  return MillisFromMicros(micros);
}
int64_t MillisOf(TimestampNanos t) {
  return t.millis;
}

// Calls `use` with a function that gives the milliseconds of a row of `times`: since 1970, or of
// the day for a TIME.
template <typename Use>
void WithMillis(const Column& times, Use use) {
  const auto visit = [&]<typename T>(auto millis) {
    use([values = ValueReader<T>(times), millis](uint32_t row) { return millis(values[row]); });
  };
  if (times.type().kind() == TypeKind::kTime) {
    visit.template operator()<int64_t>([](int64_t nanos) { return nanos / kNanosPerMilli; });
  } else if (times.type().physical() == PhysicalType::kInt32) {
    visit.template operator()<int32_t>([](int32_t days) { return MillisOf(days); });
  } else if (times.type().physical() == PhysicalType::kInt64) {
    visit.template operator()<int64_t>([](int64_t micros) { return MillisOf(micros); });
  } else {
    visit.template operator()<TimestampNanos>([](TimestampNanos t) { return MillisOf(t); });
  }
}

Result<Type> TimestampDiffRule(Args args) {
  RETURN_IF_ERROR(CheckLength(*args[0]));
  return Type::Int().WithNullable(false);
}

Result<ColumnPtr> TimestampDiffKernel(const KernelCall& call) {
  const UnitLength length = LengthOf(CheckedUnit(call, 0));
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int32_t>();
  WithMillis(*call.args[1], [&](auto from) {
    WithMillis(*call.args[2], [&](auto to) {
      ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
        const int64_t a = from(row);
        const int64_t b = to(row);
        const int64_t units = length.months != 0 ? MonthsBetweenMillis(a, b) / length.months
                                                 : (b - a) / length.millis;
        result[row] = static_cast<int32_t>(units);
      });
    });
  });
  return ColumnPtr(std::move(out));
}

bool UnifyTimes(std::span<const ExprPtr>, std::vector<Type>& types) {
  Type& a = types[1];
  Type& b = types[2];
  if (a.kind() == TypeKind::kTime || b.kind() == TypeKind::kTime) return a.kind() == b.kind();
  if (a.kind() == TypeKind::kDate && b.kind() == TypeKind::kDate) return true;
  const bool ltz = a.kind() == TypeKind::kTimestampLtz || b.kind() == TypeKind::kTimestampLtz;
  const int precision =
      std::max({a.is_timestamp() ? a.precision() : 0, b.is_timestamp() ? b.precision() : 0});
  a = b = ltz ? Type::TimestampLtz(precision) : Type::Timestamp(precision);
  return true;
}

// --- (time1 - time2) unit ------------------------------------------------------------------------

// The type is an interval of months for units such as YEAR, and one of days to seconds for others.
// The unit only chooses between the two; the difference is not rounded to it.
Result<Type> DifferenceRule(Args args) {
  RETURN_IF_ERROR(CheckLength(*args[2]));
  const bool months = LengthOf(TRY(UnitOf(*args[2]))).months != 0;
  return (months ? Type::IntervalYearMonth() : Type::IntervalDayTime()).WithNullable(false);
}

Result<ColumnPtr> DifferenceKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  const bool months = call.type().kind() == TypeKind::kIntervalYearMonth;
  WithMillis(*call.args[0], [&](auto later) {
    WithMillis(*call.args[1], [&](auto earlier) {
      ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
        const int64_t a = earlier(row);
        const int64_t b = later(row);
        if (months) {
          out->mutable_data<int32_t>()[row] = static_cast<int32_t>(MonthsBetweenMillis(a, b));
        } else {
          out->mutable_data<int64_t>()[row] = Wrap(b, WrapProduct(a, -1));
        }
      });
    });
  });
  return ColumnPtr(std::move(out));
}

std::vector<ScalarFunction> MakeTable() {
  ScalarFunction add;
  add.name = "TIMESTAMPADD";
  add.signature = "TIMESTAMPADD(unit, count BIGINT, time) → the type of time";
  add.doc = "The time `count` units later.";
  add.overloads = {{{kUnit, kBigInt, kTemporal},
                    TimestampAddRule,
                    TimestampAddKernel,
                    0,
                    false,
                    UnifyTimestampAdd,
                    true}};
  ScalarFunction difference;
  difference.name = "TIMESTAMPDIFF";
  difference.signature = "TIMESTAMPDIFF(unit, from, to) → INT";
  difference.doc = "Whole units from one time to another, negative when `to` is earlier.";
  difference.overloads = {{{kUnit, kTemporal, kTemporal},
                           TimestampDiffRule,
                           TimestampDiffKernel,
                           0,
                           false,
                           UnifyTimes}};
  return {add, difference};
}

}  // namespace

void AppendTemporalSums(std::vector<Overload>& overloads) {
  overloads.push_back(
      {{kTemporal, kInterval}, ReturnsFirst, TimeIntervalKernel<1, 0>, 0, false, nullptr, true});
  overloads.push_back(
      {{kInterval, kTemporal}, SecondArgument, TimeIntervalKernel<1, 1>, 0, false, nullptr, true});
  overloads.push_back(
      {{kInterval, kInterval}, ReturnsFirst, IntervalSumKernel<1>, 0, false, SameKind});
}

void AppendTemporalDifferences(std::vector<Overload>& overloads) {
  overloads.push_back(
      {{kTemporal, kInterval}, ReturnsFirst, TimeIntervalKernel<-1, 0>, 0, false, nullptr, true});
  overloads.push_back(
      {{kInterval, kInterval}, ReturnsFirst, IntervalSumKernel<-1>, 0, false, SameKind});
  overloads.push_back(
      {{kTemporal, kTemporal, kUnit}, DifferenceRule, DifferenceKernel, 0, false, SameKind});
}

void AppendIntervalProducts(std::vector<Overload>& overloads) {
  overloads.push_back({{kInterval, kBigInt}, ReturnsFirst, IntervalProductKernel<0>});
  overloads.push_back({{kBigInt, kInterval}, SecondArgument, IntervalProductKernel<1>});
}

std::span<const ScalarFunction> TemporalArithmeticFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
