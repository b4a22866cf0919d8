// Between times and text or numbers: DATE_FORMAT, TO_DATE, TO_TIMESTAMP, UNIX_TIMESTAMP, ….
#include <fmt/format.h>

#include <limits>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/temporal.h"
#include "runtime/expr/functions/text.h"
#include "runtime/types/datetime.h"
#include "runtime/types/datetime_pattern.h"
#include "runtime/types/time_zone.h"

namespace weir::expr {
namespace {

constexpr std::string_view kDefaultPattern = "yyyy-MM-dd HH:mm:ss";

// The last pattern and zone that a call met, compiled, and a buffer for what it formats.
class FormatMemory : public KernelMemory {
 public:
  Status Prepare(std::string_view pattern) {
    if (compiled_ && pattern == text_) return {};
    Result<DateTimePattern> result = DateTimePattern::Compile(pattern);
    if (!result.ok()) return Status::DataError(result.status().message()).WithId("E3001");
    compiled_ = std::move(*result);
    text_.assign(pattern);
    return {};
  }
  const DateTimePattern& pattern() const { return *compiled_; }

  TimeZone session;
  std::string buffer;

 private:
  std::string text_;
  std::optional<DateTimePattern> compiled_;
};

Result<FormatMemory*> MemoryOf(const KernelCall& call) {
  if (*call.memory == nullptr) {
    auto memory = std::make_unique<FormatMemory>();
    memory->session = TRY(TimeZone::Find(call.context->time_zone));
    *call.memory = std::move(memory);
  }
  return static_cast<FormatMemory*>(call.memory->get());
}

std::string_view PatternAt(const KernelCall& call, size_t argument, uint32_t row) {
  if (argument >= call.args.size()) return kDefaultPattern;
  return StringReader(*call.args[argument])[row].view();
}

// `Status f(row)` over the rows that are not NULL, after the pattern of that row is compiled.
template <typename F>
Status ForPatterns(const KernelCall& call, size_t argument, const Column& out, F f) {
  FormatMemory& memory = *TRY(MemoryOf(call));
  return TryValidRows(call.rows, out.validity(), [&](uint32_t row) -> Status {
    Status prepared = memory.Prepare(PatternAt(call, argument, row));
    if (!prepared.ok()) return call.Fail(std::move(prepared));
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

Result<ColumnPtr> DateFormatKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeNullableResult();
  const Column& time = *call.args[0];
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
    TimestampNanos local;
    if (time.type().is_character()) {
      const auto parsed = ParseTimestampNanos(time.ValueAt<StringRef>(row).view(), 3);
      if (!parsed) {
        out->SetNull(row);
        return {};
      }
      local = *parsed;
    } else {
      local = LocalTime(time, row, memory.session);
    }
    memory.buffer.clear();
    memory.pattern().Format(local, memory.session, memory.buffer);
    out->SetString(row, memory.buffer);
    return {};
  }));
  return ColumnPtr(std::move(out));
}

Result<ColumnPtr> FromUnixtimeKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  const ValueReader<int64_t> seconds(*call.args[0]);
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
    const TimestampNanos utc{seconds[row] * kMillisPerSecond, 0};
    memory.buffer.clear();
    memory.pattern().Format(memory.session.ToLocal(utc), memory.session, memory.buffer);
    out->SetString(row, memory.buffer);
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// --- Parsing -------------------------------------------------------------------------------------

// Without a pattern the forms of CAST are taken, with one exactly that.
std::optional<TimestampNanos> Parse(const KernelCall& call, uint32_t row,
                                    const FormatMemory& memory, const TimeZone& zone) {
  const std::string_view text = StringReader(*call.args[0])[row].view();
  if (call.args.size() == 1) return ParseTimestampNanos(text, 3);
  return memory.pattern().Parse(text, zone);
}

Result<ColumnPtr> ToTimestampKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeNullableResult();
  auto* result = out->mutable_data<int64_t>();
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
    auto parsed = Parse(call, row, memory, TimeZone::Utc());
    // As Flink: text that does not fit the pattern may have the forms of CAST.
    if (!parsed) parsed = ParseTimestampNanos(StringReader(*call.args[0])[row].view(), 3);
    if (parsed) {
      result[row] = TruncateMicros(MicrosFromNanos(*parsed), 3);
    } else {
      out->SetNull(row);
    }
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// Days that a month lacks count on into the next one when a pattern is given (SimpleDateFormat).
Result<ColumnPtr> ToDateKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeNullableResult();
  auto* result = out->mutable_data<int32_t>();
  const StringReader in(*call.args[0]);
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
    std::optional<int32_t> days;
    if (call.args.size() == 1) {
      days = ParseDate(in[row].view());
    } else {
      const auto parsed =
          memory.pattern().Parse(in[row].view(), TimeZone::Utc(), DayOverflow::kRollOver);
      if (parsed) days = static_cast<int32_t>(FloorDivide(parsed->millis, kMillisPerDay));
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

Result<ColumnPtr> ParseLtzKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int64_t>();
  TimeZone zone;  // TO_TIMESTAMP_LTZ of text is UTC unless a zone is named
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
    if (call.args.size() == 3) {
      const std::string_view name = StringReader(*call.args[2])[row].view();
      if (name != zone.name()) zone = TRY(TimeZone::Find(name));
    }
    const auto parsed = Parse(call, row, memory, zone);
    if (!parsed) {
      const std::string_view text = StringReader(*call.args[0])[row].view();
      return call.Fail(
          Status::DataError(fmt::format("not a timestamp: '{}'", text)).WithId("E3001"));
    }
    result[row] = zone.ToUtcMicros(TruncateMicros(MicrosFromNanos(*parsed), 3));
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// Long.MIN for text that is no timestamp, as in Flink.
Result<ColumnPtr> UnixTimestampKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int64_t>();
  RETURN_IF_ERROR(ForPatterns(call, 1, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
    const auto parsed = Parse(call, row, memory, memory.session);
    result[row] = parsed ? FloorDivide(memory.session.ToUtcMillis(parsed->millis), kMillisPerSecond)
                         : std::numeric_limits<int64_t>::min();
    return {};
  }));
  return ColumnPtr(std::move(out));
}

Result<ColumnPtr> ConvertZoneKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeNullableResult();
  const StringReader in(*call.args[0]);
  const StringReader from_name(*call.args[1]);
  const StringReader to_name(*call.args[2]);
  TimeZone from;
  TimeZone to;
  constexpr size_t kNoPattern = 3;
  RETURN_IF_ERROR(
      ForPatterns(call, kNoPattern, *out, [&](uint32_t row, FormatMemory& memory) -> Status {
        if (from.name() != from_name[row].view()) from = TRY(TimeZone::Find(from_name[row].view()));
        if (to.name() != to_name[row].view()) to = TRY(TimeZone::Find(to_name[row].view()));
        const auto parsed = ParseTimestampNanos(in[row].view(), 0);
        if (!parsed) {
          out->SetNull(row);
          return {};
        }
        memory.buffer.clear();
        memory.pattern().Format(to.ToLocal(from.ToUtc(*parsed)), to, memory.buffer);
        out->SetString(row, memory.buffer);
        return {};
      }));
  return ColumnPtr(std::move(out));
}

// --- Numbers -------------------------------------------------------------------------------------

// Seconds (precision 0) or milliseconds (3) since the epoch.
Result<ColumnPtr> NumberLtzKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int64_t>();
  const bool has_precision = call.args.size() == 2;
  const bool floating = call.args[0]->type().kind() == TypeKind::kDouble;
  RETURN_IF_ERROR(TryValidRows(call.rows, out->validity(), [&](uint32_t row) -> Status {
    const int32_t precision = has_precision ? call.args[1]->ValueAt<int32_t>(row) : 3;
    if (precision != 0 && precision != 3) {
      return call.Fail(
          Status::DataError(fmt::format("the precision must be 0 or 3, not {}", precision))
              .WithId("E3001"));
    }
    const int64_t factor = precision == 0 ? kMillisPerSecond : 1;
    const int64_t millis =
        floating
            ? static_cast<int64_t>(call.args[0]->ValueAt<double>(row) * static_cast<double>(factor))
            : static_cast<int64_t>(static_cast<uint64_t>(call.args[0]->ValueAt<int64_t>(row)) *
                                   static_cast<uint64_t>(factor));
    result[row] = static_cast<int64_t>(static_cast<uint64_t>(millis) * kMicrosPerMilli);
    return {};
  }));
  return ColumnPtr(std::move(out));
}

Result<Type> LtzRule(Args) {
  return Type::TimestampLtz(3).WithNullable(false);
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
      Failing(Define("TO_TIMESTAMP_LTZ",
                     "TO_TIMESTAMP_LTZ(number[, precision INT] | string[, pattern[, zone]]) → "
                     "TIMESTAMP_LTZ(3)",
                     "The instant of seconds (precision 0), milliseconds (3), or text.",
                     {{{kBigInt, kInt}, LtzRule, NumberLtzKernel, 1},
                      {{kDouble, kInt}, LtzRule, NumberLtzKernel, 1},
                      {{kStr, kStr, kStr}, LtzRule, ParseLtzKernel, 2}})),
      Failing(Define("FROM_UNIXTIME", "FROM_UNIXTIME(seconds BIGINT[, pattern]) → STRING",
                     "The instant as text in the session's time zone.",
                     {{{kBigInt, kStr}, ReturnsString, FromUnixtimeKernel, 1}})),
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
