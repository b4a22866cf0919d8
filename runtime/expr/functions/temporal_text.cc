// Between times and text or numbers: DATE_FORMAT, TO_DATE, TO_TIMESTAMP, UNIX_TIMESTAMP, ….
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "runtime/base/quoting.h"
#include "runtime/expr/functions/java_timestamp.h"
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/simple_date_format.h"
#include "runtime/expr/functions/temporal.h"
#include "runtime/expr/functions/text.h"
#include "runtime/expr/saturating_cast.h"
#include "runtime/types/datetime.h"
#include "runtime/types/datetime_pattern.h"
#include "runtime/types/decimal.h"
#include "runtime/types/time_zone.h"

namespace weir::expr {
namespace {

constexpr std::string_view kDefaultPattern = "yyyy-MM-dd HH:mm:ss";

// The last pattern and zone that a call met, compiled, and what it formatted last: most streams are
// about in the order of time, and most patterns coarser than the distance between two rows.
class FormatMemory : public KernelMemory {
 public:
  explicit FormatMemory(const Expr& call) : dialect_(DialectOf(call)) {
    zoneless_ = call.function->name == "DATE_FORMAT" &&
                call.args[0]->type.kind() != TypeKind::kTimestampLtz &&
                !call.args[0]->type.is_character();
  }
  Status Prepare(std::string_view pattern) {
    if (compiled_ && pattern == text_) return {};
    Result<DateTimePattern> result = DateTimePattern::Compile(pattern, dialect_);
    if (!result.ok()) return Status::DataError(result.status().message()).WithId("E3001");
    if (zoneless_ && result->has_zone()) {
      return Status::DataError(fmt::format("a TIMESTAMP has no zone, for which a letter of the "
                                           "pattern '{}' asks",
                                           Quotable(pattern)))
          .WithId("E3001")
          .WithHint("CAST(… AS TIMESTAMP_LTZ(3)) is the time in the session's zone");
    }
    compiled_ = std::move(*result);
    lenient_.reset();
    if (dialect_ == PatternDialect::kSimpleDateFormat) {
      lenient_ = TRY(SimpleDateFormat::Compile(pattern));
    }
    text_.assign(pattern);
    formatted_end_ = formatted_begin_ = 0;
    return {};
  }
  // The text of a local time of `session`; lives until the next call. E3001 where a field is wider
  // than its padding.
  Result<std::string_view> Format(TimestampNanos local) {
    if (local.millis < formatted_begin_ || local.millis >= formatted_end_) {
      formatted_.clear();
      formatted_end_ = formatted_begin_;
      if (!compiled_->Format(local, session, formatted_)) {
        return Status::DataError(fmt::format("a field is wider than the letters p in front of it "
                                             "in the pattern '{}'",
                                             Quotable(text_)))
            .WithId("E3001");
      }
      const int64_t steady = compiled_->steady_millis();
      formatted_begin_ = local.millis - (steady == 0 ? 0 : FloorModulo(local.millis, steady));
      formatted_end_ = formatted_begin_ + steady;
    }
    return std::string_view(formatted_);
  }
  // Whether all local times from `first` to `last` have one text.
  bool FormatAlike(TimestampNanos first, TimestampNanos last) const {
    const int64_t steady = compiled_->steady_millis();
    return steady > 0 && FloorDivide(first.millis, steady) == FloorDivide(last.millis, steady);
  }
  const DateTimePattern& pattern() const { return *compiled_; }
  // The instant, ms since 1970 UTC, that SimpleDateFormat reads from a text; nothing where it does
  // not fit. Only for functions of its dialect.
  Result<std::optional<int64_t>> ParseLeniently(std::string_view text, const TimeZone& zone) const {
    return lenient_->Parse(text, zone);
  }

  TimeZone session;

 private:
  // Which of Java's two classes the function uses in Flink's DateTimeUtils: their patterns differ.
  static PatternDialect DialectOf(const Expr& call) {
    const std::string_view name = call.function->name;
    const bool simple = name == "FROM_UNIXTIME" || name == "UNIX_TIMESTAMP" || name == "TO_DATE" ||
                        name == "CONVERT_TZ" ||
                        (name == "DATE_FORMAT" && call.args[0]->type.is_character());
    return simple ? PatternDialect::kSimpleDateFormat : PatternDialect::kDateTimeFormatter;
  }

  PatternDialect dialect_;
  bool zoneless_ = false;
  std::string text_;
  std::optional<DateTimePattern> compiled_;
  std::optional<SimpleDateFormat> lenient_;  // in its dialect
  std::string formatted_;
  // Local times [begin, end), ms, have the text in formatted_.
  int64_t formatted_begin_ = 0;
  int64_t formatted_end_ = 0;
};

Result<FormatMemory*> MemoryOf(const KernelCall& call) {
  if (*call.memory == nullptr) {
    auto memory = std::make_unique<FormatMemory>(*call.expression);
    if (DependsOnZone(*call.expression)) memory->session = TRY(call.SessionZone());
    *call.memory = std::move(memory);
  }
  return static_cast<FormatMemory*>(call.memory->get());
}

std::string_view PatternAt(const KernelCall& call, size_t argument, uint32_t row) {
  if (argument >= call.args.size()) return kDefaultPattern;
  return StringReader(*call.args[argument])[row].view();
}

// What happens to a row whose pattern is malformed.
enum class Malformed : uint8_t { kFails, kIsNull };

// For the rows that are not NULL: compiles the pattern of the row, in `argument` (the default
// pattern where there is none), and calls `f(row, memory)`.
template <typename F>
Status ForPatterns(const KernelCall& call, size_t argument, Column& out, F f,
                   Malformed malformed = Malformed::kFails) {
  FormatMemory& memory = *TRY(MemoryOf(call));
  const bool constant = argument >= call.args.size() || call.args[argument]->is_constant();
  bool ready = false;
  return TryValidRows(call.rows, out.validity(), [&](uint32_t row) -> Status {
    if (!ready) {
      Status prepared = memory.Prepare(PatternAt(call, argument, row));
      if (!prepared.ok() && malformed == Malformed::kIsNull) {
        out.SetNull(row);
        return {};
      }
      if (!prepared.ok()) return call.Fail(std::move(prepared));
      ready = constant;
    }
    return f(row, memory);
  });
}

// --- Formatting ----------------------------------------------------------------------------------

TimestampNanos LocalTime(const Column& time, uint32_t row, const TimeZone& zone) {
  const Type& type = time.type();
  if (type.kind() == TypeKind::kDate) return {time.ValueAt<int32_t>(row) * kMillisPerDay, 0};
  const TimestampNanos value = type.physical() == PhysicalType::kInt64
                                   ? NanosFromMicros(time.ValueAt<int64_t>(row))
                                   : time.ValueAt<TimestampNanos>(row);
  return type.kind() == TypeKind::kTimestampLtz ? zone.ToLocal(value) : value;
}

// The least and the greatest of some times, in days or microseconds.
struct TimeEdges {
  int64_t least;
  int64_t greatest;
};

// The edges of the selected times; nothing when one of them is NULL, or their type is in
// nanoseconds.
std::optional<TimeEdges> EdgesOf(const Column& time, const Rows& rows) {
  bool null = false;
  if (time.has_validity()) ForRows(rows, [&](uint32_t row) { null |= time.IsNull(row); });
  if (null) return std::nullopt;
  const auto edges = [&]<typename T>(const T* values) {
    T least = std::numeric_limits<T>::max();
    T greatest = std::numeric_limits<T>::min();
    ForRows(rows, [&](uint32_t row) {
      least = std::min(least, values[row]);
      greatest = std::max(greatest, values[row]);
    });
    return TimeEdges{least, greatest};
  };
  if (time.type().kind() == TypeKind::kDate) return edges(time.data<int32_t>());
  if (time.type().physical() == PhysicalType::kInt64) return edges(time.data<int64_t>());
  return std::nullopt;
}

// Whether all times between the edges have the same text. Prefers to say no.
bool AllFormatAlike(const Type& type, const TimeEdges& edges, const FormatMemory& memory) {
  if (type.kind() == TypeKind::kDate) return edges.least == edges.greatest;
  const TimestampNanos earliest = NanosFromMicros(edges.least);
  const TimestampNanos latest = NanosFromMicros(edges.greatest);
  if (type.kind() != TypeKind::kTimestampLtz) return memory.FormatAlike(earliest, latest);
  const TimestampNanos first = memory.session.ToLocal(earliest);
  const TimestampNanos last = memory.session.ToLocal(latest);
  // Within an hour the zone's offset changes at most once, and did not.
  constexpr int64_t kHour = kMillisPerDay / 24;
  const int64_t elapsed = latest.millis - earliest.millis;
  return elapsed <= kHour && last.millis - first.millis == elapsed &&
         memory.FormatAlike(first, last);
}

// The result as a constant column where all rows have the same text: most batches span less time
// than a minute or a day, down to which patterns often go. Null where the texts may differ.
Result<ColumnPtr> FormatOnce(const KernelCall& call) {
  const Column& time = *call.args[0];
  // For constants only a single row is computed.
  if (call.rows.count < 2 || !call.args[1]->is_constant() || time.type().is_character()) {
    return ColumnPtr();
  }
  const std::optional<TimeEdges> edges = EdgesOf(time, call.rows);
  if (!edges) return ColumnPtr();
  FormatMemory& memory = *TRY(MemoryOf(call));
  Status prepared = memory.Prepare(PatternAt(call, 1, 0));
  if (!prepared.ok()) return call.Fail(std::move(prepared));
  if (!AllFormatAlike(time.type(), *edges, memory)) return ColumnPtr();
  const uint32_t any = call.rows.ids == nullptr ? 0 : call.rows.ids[0];
  const Result<std::string_view> text = memory.Format(LocalTime(time, any, memory.session));
  if (!text.ok()) return call.Fail(text.status());
  const MutableColumnPtr out = Column::Make(call.type(), call.length, /*constant=*/true);
  out->SetString(0, *text);
  return ColumnPtr(out);
}

// The format in which DATE_FORMAT reads its argument if that is a text.
const SimpleDateFormat& TimeOfText() {
  static const SimpleDateFormat format = *SimpleDateFormat::Compile(kDefaultPattern);
  return format;
}

Result<ColumnPtr> DateFormatKernel(const KernelCall& call) {
  if (ColumnPtr same = TRY(FormatOnce(call))) return same;
  MutableColumnPtr out = call.MakeNullableResult();
  const Column& time = *call.args[0];
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
    TimestampNanos local;
    if (time.type().is_character()) {
      const auto millis =
          TRY(TimeOfText().Parse(time.ValueAt<StringRef>(row).view(), TimeZone::Utc()));
      if (!millis) {
        out->SetNull(row);
        return {};
      }
      local.millis = *millis;
    } else {
      local = LocalTime(time, row, memory.session);
    }
    const Result<std::string_view> text = memory.Format(local);
    if (!text.ok()) return call.Fail(text.status());
    out->SetString(row, *text);
    return {};
  }));
  return ColumnPtr(std::move(out));
}

Result<ColumnPtr> FromUnixtimeKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  const ValueReader<int64_t> seconds(*call.args[0]);
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
    constexpr auto kMillis = static_cast<uint64_t>(kMillisPerSecond);
    const TimestampNanos utc{static_cast<int64_t>(static_cast<uint64_t>(seconds[row]) * kMillis),
                             0};
    const Result<std::string_view> text = memory.Format(memory.session.ToLocal(utc));
    if (!text.ok()) return call.Fail(text.status());
    out->SetString(row, *text);
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// --- Parsing -------------------------------------------------------------------------------------

// The time that the text of a row spells: in the form of the pattern, or without a pattern in any
// form that CAST takes. Nothing where it does not fit.
std::optional<TimestampNanos> Parse(const KernelCall& call, uint32_t row,
                                    const FormatMemory& memory) {
  const std::string_view text = StringReader(*call.args[0])[row].view();
  if (call.args.size() == 1) return ParseTimestampNanos(text, 3);
  return memory.pattern().Parse(text);
}

Result<ColumnPtr> ToTimestampKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeNullableResult();
  auto* result = out->mutable_data<int64_t>();
  const auto parse = [&](uint32_t row, FormatMemory& memory) -> Status {
    auto parsed = Parse(call, row, memory);
    if (!parsed && call.args.size() > 1) {
      parsed = JavaTimestampValueOf(StringReader(*call.args[0])[row].view());
    }
    if (parsed) {
      result[row] = TruncateMicros(MicrosFromNanos(*parsed), 3);
    } else {
      out->SetNull(row);
    }
    return {};
  };
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, parse, Malformed::kIsNull));
  return ColumnPtr(std::move(out));
}

// TO_DATE: without a pattern as CAST, with one by SimpleDateFormat. NULL where the text does not
// fit.
Result<ColumnPtr> ToDateKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeNullableResult();
  auto* result = out->mutable_data<int32_t>();
  const StringReader in(*call.args[0]);
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
    std::optional<int32_t> days;
    if (call.args.size() == 1) {
      days = ParseDate(in[row].view());
    } else {
      const auto parsed = memory.ParseLeniently(in[row].view(), TimeZone::Utc());
      if (!parsed.ok()) return call.Fail(parsed.status());
      const std::optional<int64_t>& millis = *parsed;
      const int64_t day = millis ? FloorDivide(*millis, kMillisPerDay) : 0;
      if (millis && day == static_cast<int32_t>(day)) days = static_cast<int32_t>(day);
    }
    if (days) {
      result[row] = *days;
    } else {
      out->SetNull(row);
    }
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// The zone of a row by its name; nothing when there is none. `known` is that of `name`, which
// becomes the row's.
std::optional<TimeZone> ZoneAt(const Column& names, uint32_t row, std::string& name,
                               const std::optional<TimeZone>& known) {
  const std::string_view wanted = StringReader(names)[row].view();
  if (wanted == name && !name.empty()) return known;
  name.assign(wanted);
  Result<TimeZone> found = TimeZone::Find(wanted);
  return found.ok() ? std::optional(std::move(*found)) : std::nullopt;
}

// NULL for text that does not fit its pattern, a malformed pattern and an unknown zone (Flink).
Result<ColumnPtr> ParseLtzKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeNullableResult();
  const bool fine = out->type().physical() == PhysicalType::kTimestampNanos;
  std::optional<TimeZone> zone = TimeZone();  // UTC unless a zone is named
  std::string name;
  const auto parse = [&](uint32_t row, FormatMemory& memory) -> Status {
    if (call.args.size() == 3) zone = ZoneAt(*call.args[2], row, name, zone);
    const std::string_view text = StringReader(*call.args[0])[row].view();
    auto parsed = zone ? Parse(call, row, memory) : std::nullopt;
    if (zone && !parsed && call.args.size() > 1) parsed = JavaTimestampValueOf(text);
    if (!parsed && call.args.size() == 1) {
      return call.Fail(
          Status::DataError(fmt::format("not a timestamp: '{}'", Quotable(text))).WithId("E3001"));
    }
    const int precision = out->type().precision();
    if (!parsed) {
      out->SetNull(row);
    } else if (fine) {
      out->mutable_data<TimestampNanos>()[row] = zone->ToUtc(TruncateNanos(*parsed, precision));
    } else {
      out->mutable_data<int64_t>()[row] =
          zone->ToUtcMicros(TruncateMicros(MicrosFromNanos(*parsed), precision));
    }
    return {};
  };
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, parse, Malformed::kIsNull));
  return ColumnPtr(std::move(out));
}

// Long.MIN for text that is no timestamp, as in Flink.
Result<ColumnPtr> UnixTimestampKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int64_t>();
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
    const std::string_view text = StringReader(*call.args[0])[row].view();
    const auto millis = memory.ParseLeniently(text, memory.session);
    if (!millis.ok()) return call.Fail(millis.status());
    // Cut towards zero, as in Flink.
    result[row] = *millis ? **millis / kMillisPerSecond : std::numeric_limits<int64_t>::min();
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// The short names that java.util.TimeZone knows beside those of the database (ZoneId.SHORT_IDS).
struct ShortZone {
  std::string_view name;
  std::string_view zone;
};
constexpr ShortZone kShortZones[] = {
    {"ACT", "Australia/Darwin"},     {"AET", "Australia/Sydney"},
    {"AGT", "America/Buenos_Aires"}, {"ART", "Africa/Cairo"},
    {"AST", "America/Anchorage"},    {"BET", "America/Sao_Paulo"},
    {"BST", "Asia/Dhaka"},           {"CAT", "Africa/Harare"},
    {"CNT", "America/St_Johns"},     {"CST", "America/Chicago"},
    {"CTT", "Asia/Shanghai"},        {"EAT", "Africa/Addis_Ababa"},
    {"ECT", "Europe/Paris"},         {"IET", "America/Indiana/Indianapolis"},
    {"IST", "Asia/Kolkata"},         {"JST", "Asia/Tokyo"},
    {"MIT", "Pacific/Apia"},         {"NET", "Asia/Yerevan"},
    {"NST", "Pacific/Auckland"},     {"PLT", "Asia/Karachi"},
    {"PNT", "America/Phoenix"},      {"PRT", "America/Puerto_Rico"},
    {"PST", "America/Los_Angeles"},  {"SST", "Pacific/Guadalcanal"},
    {"VST", "Asia/Ho_Chi_Minh"}};

// As java.util.TimeZone has it: an unknown name means GMT.
TimeZone JavaZone(std::string_view name) {
  const auto* known = std::ranges::find(kShortZones, name, &ShortZone::name);
  Result<TimeZone> zone = TimeZone::Find(known == std::end(kShortZones) ? name : known->zone);
  return zone.ok() ? std::move(*zone) : TimeZone::Utc();
}

Result<ColumnPtr> ConvertZoneKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeNullableResult();
  const StringReader in(*call.args[0]);
  const StringReader from_names(*call.args[1]);
  const StringReader to_names(*call.args[2]);
  std::optional<TimeZone> from;
  std::optional<TimeZone> to;
  std::string from_name;
  std::string to_name;
  std::string text;
  constexpr size_t kNoPattern = 3;
  RETURN_IF_ERROR(
      ForPatterns(call, kNoPattern, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
        if (!from || from_name != from_names[row].view()) {
          from_name.assign(from_names[row].view());
          from = JavaZone(from_name);
        }
        if (!to || to_name != to_names[row].view()) {
          to_name.assign(to_names[row].view());
          to = JavaZone(to_name);
        }
        // Cannot fail: the default pattern has no letter for a zone.
        const auto millis = TRY(memory.ParseLeniently(in[row].view(), *from));
        if (!millis) {
          out->SetNull(row);
          return {};
        }
        text.clear();
        const TimestampNanos utc{*millis, 0};
        // Cannot fail: SimpleDateFormat has no padding (pp) that a field could be wider than.
        (void)memory.pattern().Format(to->ToLocal(utc), *to, text);
        out->SetString(row, text);
        return {};
      }));
  return ColumnPtr(std::move(out));
}

// --- Numbers -------------------------------------------------------------------------------------

constexpr int kMostPrecision = 9;

Status BadPrecision(int64_t precision) {
  return Status::DataError(fmt::format("the precision must be from 0 to 9, not {}", precision))
      .WithId("E3001");
}

int64_t PowerOfTen64(int exponent) {
  return static_cast<int64_t>(PowerOfTen(exponent));
}

// `value` units of 10^-precision seconds since the epoch. What does not fit becomes the last
// instant there is.
TimestampNanos InstantOf(int64_t value, int precision) {
  if (precision > 3) {
    const int64_t unit = PowerOfTen64(precision - 3);
    return {
        FloorDivide(value, unit),
        static_cast<int32_t>(FloorModulo(value, unit) * PowerOfTen64(kMostPrecision - precision))};
  }
  int64_t millis = 0;
  if (__builtin_mul_overflow(value, PowerOfTen64(3 - precision), &millis)) {
    millis = value < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
  }
  return {millis, 0};
}

// A DOUBLE keeps its fraction as far as the precision of milliseconds; a DECIMAL loses it (Flink).
TimestampNanos InstantAt(const Column& number, uint32_t row, int precision) {
  const Type& type = number.type();
  if (type.kind() == TypeKind::kDouble) {
    const double value = number.ValueAt<double>(row);
    if (precision >= 3) return InstantOf(SaturatingCast<int64_t>(value), precision);
    return {SaturatingCast<int64_t>(value * static_cast<double>(PowerOfTen64(3 - precision))), 0};
  }
  if (type.kind() != TypeKind::kDecimal) return InstantOf(number.ValueAt<int64_t>(row), precision);
  const Int128 unscaled = type.physical() == PhysicalType::kInt64
                              ? Int128{number.ValueAt<int64_t>(row)}
                              : number.ValueAt<Int128>(row);
  return InstantOf(static_cast<int64_t>(unscaled / PowerOfTen(type.scale())), precision);
}

// Whether the instant is in the years 0 to 9999.
bool IsShown(TimestampNanos instant) {
  constexpr int64_t kFirst = -62'167'219'200'000;
  constexpr int64_t kLast = 253'402'300'799'999;
  return instant.millis >= kFirst && instant.millis <= kLast;
}

// NULL beyond the years that a timestamp can show, as in Flink.
Result<ColumnPtr> NumberLtzKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeNullableResult();
  const bool has_precision = call.args.size() == 2;
  const bool fine = out->type().physical() == PhysicalType::kTimestampNanos;
  RETURN_IF_ERROR(TryValidRows(call.rows, out->validity(), [&](uint32_t row) -> Status {
    const int32_t precision = has_precision ? call.args[1]->ValueAt<int32_t>(row) : 3;
    if (precision < 0 || precision > kMostPrecision) return call.Fail(BadPrecision(precision));
    const TimestampNanos instant = InstantAt(*call.args[0], row, precision);
    if (!IsShown(instant)) {
      out->SetNull(row);
    } else if (fine) {
      out->mutable_data<TimestampNanos>()[row] = instant;
    } else {
      out->mutable_data<int64_t>()[row] =
          TruncateMicros(MicrosFromNanos(instant), out->type().precision());
    }
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// The result has the precision that is given as a literal, but at least 3 (milliseconds).
Result<Type> NumberLtzRule(Args args) {
  int precision = 3;
  if (args.size() == 2 && args[1]->kind == ExprKind::kLiteral && !args[1]->literal.is_null()) {
    precision = args[1]->literal.get<int32_t>();
    if (precision < 0 || precision > kMostPrecision) {
      return Status::InvalidSql(BadPrecision(precision).message())
          .WithId("E2005")
          .WithSpan(args[1]->span);
    }
  }
  return Type::TimestampLtz(std::max(precision, 3));  // NULL for what cannot be shown
}

// As fine as the fraction at the end of a literal pattern says (Flink does not look for one in
// front of a zone or a quote), to nanoseconds. A literal pattern that is
// malformed is a mistake of the statement (Flink).
Result<Type> TextLtzRule(Args args) {
  int64_t digits = 3;
  if (args.size() > 1 && args[1]->kind == ExprKind::kLiteral && !args[1]->literal.is_null()) {
    const std::string& pattern = args[1]->literal.get<std::string>();
    const Result<DateTimePattern> compiled = DateTimePattern::Compile(pattern);
    if (!compiled.ok()) {
      return Status::InvalidSql(compiled.status().message())
          .WithId("E2005")
          .WithSpan(args[1]->span);
    }
    digits = static_cast<int64_t>(pattern.size() - (pattern.find_last_not_of('S') + 1));
  }
  return Type::TimestampLtz(static_cast<int>(std::clamp<int64_t>(digits, 3, kMostPrecision)));
}

std::vector<ScalarFunction> MakeTable() {
  constexpr ArgumentClass kTemporal = ArgumentClass::kTemporal;
  return {
      Failing(Define("DATE_FORMAT", "DATE_FORMAT(timestamp, pattern) → STRING",
                     "The time as text by a pattern of Java's DateTimeFormatter.",
                     {{{kTemporal, kStr}, ReturnsString, DateFormatKernel},
                      {{kStr, kStr}, ReturnsNullableString, DateFormatKernel}})),
      Failing(Define("TO_TIMESTAMP", "TO_TIMESTAMP(string[, pattern]) → TIMESTAMP(3)",
                     "The timestamp that the text spells; NULL for other text.",
                     {{{kStr, kStr}, ReturnsNullableTimestamp3, ToTimestampKernel, 1}})),
      Failing(Define("TO_DATE", "TO_DATE(string[, pattern]) → DATE",
                     "The date that the text spells; NULL for other text.",
                     {{{kStr, kStr}, ReturnsNullableDate, ToDateKernel, 1}})),
      Failing(Define(
          "TO_TIMESTAMP_LTZ",
          "TO_TIMESTAMP_LTZ(number[, precision INT] | string[, pattern[, zone]]) → "
          "TIMESTAMP_LTZ",
          "The instant of seconds (precision 0), milliseconds (3), … since 1970, or of text.",
          {{{kBigInt, kInt}, NumberLtzRule, NumberLtzKernel, 1},
           {{ArgumentClass::kExact, kInt}, NumberLtzRule, NumberLtzKernel, 1},
           {{kDouble, kInt}, NumberLtzRule, NumberLtzKernel, 1},
           {{kStr, kStr, kStr}, TextLtzRule, ParseLtzKernel, 2}})),
      InZone(Failing(Define("FROM_UNIXTIME", "FROM_UNIXTIME(seconds BIGINT[, pattern]) → STRING",
                            "The instant as text in the session's time zone.",
                            {{{kBigInt, kStr}, ReturnsString, FromUnixtimeKernel, 1}}))),
      Failing(Define("CONVERT_TZ", "CONVERT_TZ(string, from zone, to zone) → STRING",
                     "The wall-clock time of one zone as that of another.",
                     {{{kStr, kStr, kStr}, ReturnsNullableString, ConvertZoneKernel}})),
      Failing(Varying(
          Define(
              "UNIX_TIMESTAMP", "UNIX_TIMESTAMP([string[, pattern]]) → BIGINT",
              "Seconds since 1970-01-01 00:00:00 UTC of a time in the session's zone, or of now.",
              {{{}, ReturnsBigInt, UnixSecondsKernel},
               {{kStr, kStr}, ReturnsBigInt, UnixTimestampKernel, 1}}),
          Determinism::kPerQuery)),
  };
}

}  // namespace

std::span<const ScalarFunction> TemporalTextFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
