// Casts from and to strings and bytes.
#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "runtime/base/fence.h"
#include "runtime/base/names.h"
#include "runtime/base/trimmed.h"
#include "runtime/base/valid_utf8.h"
#include "runtime/expr/cast.h"
#include "runtime/expr/kernel.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"

namespace weir::expr {
namespace {

std::string_view TrimBlanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool AllDigits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

// An optional sign and digits; a fraction is checked and dropped. No exponent, and nothing but
// blanks around it (Flink).
template <typename T>
std::optional<T> ParseInteger(std::string_view text, const CastPlan&) {
  text = TrimBlanks(text);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  const size_t point = text.find('.');
  if (point != std::string_view::npos) {
    const bool no_digit = text == "." || text == "-.";
    if (!AllDigits(text.substr(point + 1)) || no_digit) return std::nullopt;
    text = text.substr(0, point);
    if (text.empty() || text == "-") return T{0};
  }
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Java's Double.parseDouble without hexadecimal forms.
template <typename T>
std::optional<T> ParseFloating(std::string_view text, const CastPlan&) {
  text = TrimmedAsJava(text);
  const std::string_view digits =
      text.starts_with('+') || text.starts_with('-') ? text.substr(1) : text;
  const T sign = text.starts_with('-') ? T{-1} : T{1};
  if (digits == "NaN") return std::numeric_limits<T>::quiet_NaN();
  if (digits == "Infinity") return sign * std::numeric_limits<T>::infinity();
  if (digits.empty() || !(AllDigits(digits.substr(0, 1)) || digits[0] == '.')) return std::nullopt;
  std::string_view number = digits;
  if (number.size() > 1 && std::string_view("dDfF").find(number.back()) != std::string_view::npos) {
    number.remove_suffix(1);
  }
  T value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (end != number.data() + number.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // from_chars leaves the value alone; strtod says whether it is too large or too small.
    const double wide = std::strtod(std::string(number).c_str(), nullptr);
    return sign * static_cast<T>(wide);
  }
  if (error != std::errc()) return std::nullopt;
  return sign * value;
}

std::optional<uint8_t> ParseBoolean(std::string_view text, const CastPlan&) {
  for (const std::string_view yes : {"true", "t", "1", "yes", "y"}) {
    if (EqualsIgnoreCase(text, yes)) return uint8_t{1};
  }
  for (const std::string_view no : {"false", "f", "0", "no", "n"}) {
    if (EqualsIgnoreCase(text, no)) return uint8_t{0};
  }
  return std::nullopt;
}

std::optional<int32_t> ParseDateText(std::string_view text, const CastPlan&) {
  return ParseDate(text);
}

std::optional<int64_t> ParseTimeText(std::string_view text, const CastPlan& plan) {
  const std::optional<int64_t> time = ParseTime(text);
  if (!time) return time;
  return TruncateTime(*time, plan.to.precision());
}

std::optional<int64_t> ParseMicros(std::string_view text, const CastPlan& plan) {
  const std::optional<int64_t> local = ParseTimestamp(text, plan.to.precision());
  if (!local || plan.to.kind() == TypeKind::kTimestamp) return local;
  return plan.zone.ToUtcMicros(*local);
}

std::optional<TimestampNanos> ParseNanos(std::string_view text, const CastPlan& plan) {
  const std::optional<TimestampNanos> local = ParseTimestampNanos(text, plan.to.precision());
  if (!local || plan.to.kind() == TypeKind::kTimestamp) return local;
  return plan.zone.ToUtc(*local);
}

constexpr size_t kQuotedTextLimit = 64;

Status BadText(std::string_view text, const CastPlan& plan) {
  const bool cut = text.size() > kQuotedTextLimit;
  return Status::DataError(fmt::format("cannot cast the string to {}: '{}{}'",
                                       plan.to.ToStringIgnoringNullability(),
                                       BeginningOf(text, kQuotedTextLimit), cut ? "…" : ""))
      .WithId("E3001")
      .WithHint("TRY_CAST gives NULL instead")
      .WithSpan(plan.span);
}

// Casts texts by kParse, an `std::optional<T> (text, plan)`, whose nullopt is a failure, or NULL
// under TRY_CAST.
template <typename T, auto kParse>
Result<ColumnPtr> ParseKernel(CastCall& call) {
  const CastPlan& plan = *call.plan;
  MutableColumnPtr out = call.MakeResult(plan.try_cast);
  const StringRef* in = call.input->data<StringRef>();
  T* result = out->mutable_data<T>();
  RETURN_IF_ERROR(TryValidRows(call.rows, call.input->validity(), [&](uint32_t row) -> Status {
    const std::optional<T> value = kParse(in[row].view(), plan);
    if (value) {
      result[row] = *value;
    } else if (plan.try_cast) {
      out->SetNull(row);
    } else {
      return BadText(in[row].view(), plan);
    }
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// Text that is no number fails, as does a number too large for the DECIMAL (Flink; the same number
// as a DECIMAL would give NULL).
template <typename T>
Result<ColumnPtr> ParseDecimalKernel(CastCall& call) {
  const CastPlan& plan = *call.plan;
  MutableColumnPtr out = call.MakeResult(plan.try_cast);
  const StringRef* in = call.input->data<StringRef>();
  T* result = out->template mutable_data<T>();
  RETURN_IF_ERROR(TryValidRows(call.rows, call.input->validity(), [&](uint32_t row) -> Status {
    const std::string_view text = TrimmedAsJava(in[row].view());
    const std::optional<Int128> value = ParseDecimal(text, plan.to.precision(), plan.to.scale());
    if (value) {
      result[row] = static_cast<T>(*value);
    } else if (plan.try_cast) {
      out->SetNull(row);
    } else {
      return BadText(in[row].view(), plan);
    }
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// Cuts or pads `text` for CHAR(n), VARCHAR(n), BINARY(n), VARBINARY(n) and stores it.
class LengthRule {
 public:
  explicit LengthRule(const Type& to)
      : length_(to.length()),
        pads_(to.kind() == TypeKind::kChar || to.kind() == TypeKind::kBinary),
        counts_bytes_(to.is_binary()),
        pad_(to.is_binary() ? '\0' : ' ') {}

  void Store(std::string& text, uint32_t row, Column& out) const {
    const int64_t have = counts_bytes_ ? static_cast<int64_t>(text.size()) : Count(text);
    if (have > length_) {
      const auto kept = static_cast<size_t>(length_);
      text.resize(counts_bytes_ ? kept : OffsetOfCodePoint(text, length_));
    } else if (pads_ && have < length_) {
      CheckValueBytes(text.size() + static_cast<size_t>(length_ - have));
      text.append(static_cast<size_t>(length_ - have), pad_);
    }
    out.SetString(row, text);
  }

 private:
  // Code points matter only when there may be too many or too few of them.
  int64_t Count(std::string_view text) const {
    if (!pads_ && static_cast<int64_t>(text.size()) <= length_) return length_;
    return CountCodePoints(text);
  }

  int64_t length_;
  bool pads_;
  bool counts_bytes_;
  char pad_;
};

// Text of bytes has U+FFFD for what is no UTF-8.
Result<ColumnPtr> ResizeKernel(CastCall& call) {
  MutableColumnPtr out = call.MakeResult(/*adds_nulls=*/false);
  const LengthRule rule(call.plan->to);
  const bool decodes = call.plan->from.is_binary() && call.plan->to.is_character();
  const StringRef* in = call.input->data<StringRef>();
  std::string& text = call.plan->scratch.text;
  ForValidRows(call.rows, call.input->validity(), [&](uint32_t row) {
    if (decodes) {
      text.clear();
      PutValidUtf8(in[row].view(), [&](std::string_view piece) { text += piece; });
    } else {
      text.assign(in[row].view());
    }
    rule.Store(text, row, *out);
  });
  return ColumnPtr(std::move(out));
}

// The type to read a value as, so that FormatCell writes what CAST to STRING gives: TIMESTAMP_LTZ
// becomes a TIMESTAMP on the session's clock, and BYTES within a collection or row a STRING.
Type ForText(const Type& type) {
  const auto part = [&](size_t i) { return ForText(type.fields()[i].type); };
  switch (type.kind()) {
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return Type::String().WithNullable(type.nullable());
    case TypeKind::kTimestampLtz:
      return Type::Timestamp(type.precision()).WithNullable(type.nullable());
    case TypeKind::kArray:
      return Type::Array(part(0)).WithNullable(type.nullable());
    case TypeKind::kMultiset:
      return Type::Multiset(part(0)).WithNullable(type.nullable());
    case TypeKind::kMap:
      return Type::Map(part(0), part(1)).WithNullable(type.nullable());
    case TypeKind::kRow: {
      std::vector<TypeField> fields = type.fields();
      for (TypeField& field : fields) field.type = ForText(field.type);
      return Type::Row(std::move(fields)).WithNullable(type.nullable());
    }
    default:
      return type;
  }
}

Result<ColumnPtr> FormatKernel(CastCall& call) {
  const CastPlan& plan = *call.plan;
  ColumnPtr input = call.shared_input;
  if (const Type shown = ForText(plan.from); !shown.EqualsIgnoringNullability(plan.from)) {
    CastPlan parts = plan;
    parts.to = shown;
    CastCall cast{&parts, input.get(), input, call.rows};
    input = TRY(FindCastKernel(parts.from, parts.to)(cast));
  }
  MutableColumnPtr out = call.MakeResult(/*adds_nulls=*/false);
  const LengthRule rule(plan.to);
  std::string& text = call.plan->scratch.text;
  ForValidRows(call.rows, input->validity(), [&](uint32_t row) {
    text.clear();
    FormatCell(*input, row, text);
    rule.Store(text, row, *out);
  });
  return ColumnPtr(std::move(out));
}

}  // namespace

CastKernel FindToStringCast(const Type& from, const Type& to) {
  if (!to.is_character() && !to.is_binary()) return nullptr;
  if (from.is_character() || from.is_binary()) return ResizeKernel;
  return to.is_character() ? FormatKernel : nullptr;
}

CastKernel FindStringCast(const Type& from, const Type& to) {
  if (!from.is_character()) return nullptr;
  switch (to.kind()) {
    case TypeKind::kBoolean:
      return ParseKernel<uint8_t, ParseBoolean>;
    case TypeKind::kTinyInt:
      return ParseKernel<int8_t, ParseInteger<int8_t>>;
    case TypeKind::kSmallInt:
      return ParseKernel<int16_t, ParseInteger<int16_t>>;
    case TypeKind::kInt:
      return ParseKernel<int32_t, ParseInteger<int32_t>>;
    case TypeKind::kBigInt:
      return ParseKernel<int64_t, ParseInteger<int64_t>>;
    case TypeKind::kFloat:
      return ParseKernel<float, ParseFloating<float>>;
    case TypeKind::kDouble:
      return ParseKernel<double, ParseFloating<double>>;
    case TypeKind::kDecimal:
      return to.physical() == PhysicalType::kInt64 ? ParseDecimalKernel<int64_t>
                                                   : ParseDecimalKernel<Int128>;
    case TypeKind::kDate:
      return ParseKernel<int32_t, ParseDateText>;
    case TypeKind::kTime:
      return ParseKernel<int64_t, ParseTimeText>;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return to.physical() == PhysicalType::kInt64 ? ParseKernel<int64_t, ParseMicros>
                                                   : ParseKernel<TimestampNanos, ParseNanos>;
    default:
      return nullptr;
  }
}

}  // namespace weir::expr
