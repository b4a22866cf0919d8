// The parsing half of batch_text.h.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "runtime/base/names.h"
#include "runtime/base/quoting.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"
#include "runtime/types/interval.h"
#include "runtime/types/number_text.h"

namespace weir {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Where the quoted text that begins at `open` ends; npos when it never does.
size_t ClosingQuote(std::string_view text, size_t open) {
  for (size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] != '\'') continue;
    if (i + 1 == text.size() || text[i + 1] != '\'') return i;
    ++i;  // '' stands for a quote
  }
  return std::string_view::npos;
}

// A quote opens only where a value begins: "it's" is bare text. It may be that of U&'…'.
bool BeginsValue(std::string_view text, size_t i) {
  if (i >= 2 && text.substr(i - 2, 2) == "U&") i -= 2;
  return i == 0 || std::string_view("[({=, \t").find(text[i - 1]) != std::string_view::npos;
}

// Splits at `separator` outside quotes and brackets.
std::vector<std::string_view> Split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'' && BeginsValue(text, i)) {
      const size_t close = ClosingQuote(text, i);
      if (close != std::string_view::npos) i = close;
      continue;
    }
    if (c == '[' || c == '(' || c == '{') ++depth;
    if ((c == ']' || c == ')' || c == '}') && depth > 0) --depth;
    if (depth == 0 && text.substr(i).starts_with(separator)) {
      parts.push_back(Trim(text.substr(begin, i - begin)));
      begin = i + separator.size();
      i = begin - 1;
    }
  }
  parts.push_back(Trim(text.substr(begin)));
  return parts;
}

// The text inside the quotes of '…', with '' made a single quote. REQUIRES: it is quoted.
std::string Unquote(std::string_view text) {
  std::string plain;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    plain.push_back(text[i]);
    if (text[i] == '\'') ++i;
  }
  return plain;
}

bool IsQuoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '\'' && text.back() == '\'';
}

Status Bad(std::string_view text, const Type& type) {
  return Status::DataError(fmt::format("a cell is no value of its type: {}, type {}",
                                       Quotable(text), type.ToStringIgnoringNullability()));
}

template <typename T>
bool ParseInteger(std::string_view text, ColumnBuilder& builder) {
  const std::optional<int64_t> value = ParseInt64(text);
  if (!value || *value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max()) {
    return false;
  }
  builder.Append(static_cast<T>(*value));
  return true;
}

// False, and appends nothing, if the text could not be parsed (`value` is empty).
template <typename T, typename Parsed>
bool Put(const std::optional<Parsed>& value, ColumnBuilder& builder) {
  if (!value) return false;
  builder.Append(static_cast<T>(*value));
  return true;
}

bool ParseBoolean(std::string_view text, ColumnBuilder& builder) {
  const bool is_true = EqualsIgnoreCase(text, "true");
  if (!is_true && !EqualsIgnoreCase(text, "false")) return false;
  builder.Append(static_cast<uint8_t>(is_true ? 1 : 0));
  return true;
}

// Timestamps of any form; a bare time is on 1970-01-01, which keeps tests short.
bool ParseTimestampCell(std::string_view text, ColumnBuilder& builder) {
  const Type& type = builder.type();
  TimestampNanos t;
  if (const std::optional<ParsedTimestamp> parsed = ParseIsoTimestamp(text)) {
    t = parsed->utc();
  } else {
    const std::optional<int64_t> time = text.find(':') < 3 ? ParseTime(text) : std::nullopt;
    if (!time) return false;
    t = NanosFromMicros(*time / kNanosPerMicro);
    t.nanos += static_cast<int32_t>(*time % kNanosPerMicro);
  }
  t = TruncateNanos(t, type.precision());
  if (type.physical() == PhysicalType::kInt64) {
    builder.Append(MicrosFromNanos(t));
  } else {
    builder.Append(t);
  }
  return true;
}

bool ParseDecimalCell(std::string_view text, ColumnBuilder& builder) {
  const Type& type = builder.type();
  const std::optional<Int128> value = ParseDecimal(text, type.precision(), type.scale());
  return type.physical() == PhysicalType::kInt64 ? Put<int64_t>(value, builder)
                                                 : Put<Int128>(value, builder);
}

// The characters of U&'…' between the quotes: \000a is a line end, \\ a backslash. Only ASCII is
// written in this way.
std::optional<std::string> Unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      plain.push_back(text[i]);
    } else if (text.substr(i + 1).starts_with('\\')) {
      plain.push_back(text[++i]);
    } else {
      const std::string_view digits = text.substr(i + 1, 4);
      uint32_t code = 0;
      const auto [end, error] = std::from_chars(digits.begin(), digits.end(), code, 16);
      if (error != std::errc() || end != digits.begin() + 4 || code > 0x7F) return std::nullopt;
      plain.push_back(static_cast<char>(code));
      i += 4;
    }
  }
  return plain;
}

bool ParseString(std::string_view text, ColumnBuilder& builder) {
  if (text.starts_with("U&") && IsQuoted(text.substr(2))) {
    const std::optional<std::string> plain = Unescape(Unquote(text.substr(2)));
    if (!plain) return false;
    builder.AppendString(*plain);
  } else if (IsQuoted(text)) {
    builder.AppendString(Unquote(text));
  } else {
    builder.AppendString(text);
  }
  return true;
}

bool ParseBytes(std::string_view text, ColumnBuilder& builder) {
  if (text.size() < 3 || text.size() % 2 == 0) return false;
  if ((text[0] != 'x' && text[0] != 'X') || !IsQuoted(text.substr(1))) return false;
  std::string bytes;
  for (size_t i = 2; i + 1 < text.size(); i += 2) {
    constexpr std::string_view kHex = "0123456789abcdefABCDEF";
    const size_t high = kHex.find(text[i]);
    const size_t low = kHex.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    const auto digit = [](size_t d) { return d < 16 ? d : d - 6; };
    bytes.push_back(static_cast<char>(digit(high) * 16 + digit(low)));
  }
  builder.AppendString(bytes);
  return true;
}

bool ParseFlat(std::string_view text, ColumnBuilder& builder) {
  switch (builder.type().kind()) {
    case TypeKind::kBoolean:
      return ParseBoolean(text, builder);
    case TypeKind::kTinyInt:
      return ParseInteger<int8_t>(text, builder);
    case TypeKind::kSmallInt:
      return ParseInteger<int16_t>(text, builder);
    case TypeKind::kInt:
      return ParseInteger<int32_t>(text, builder);
    case TypeKind::kBigInt:
      return ParseInteger<int64_t>(text, builder);
    case TypeKind::kFloat:
      return Put<float>(ParseFloat(text), builder);
    case TypeKind::kDouble:
      return Put<double>(ParseDouble(text), builder);
    case TypeKind::kDecimal:
      return ParseDecimalCell(text, builder);
    case TypeKind::kChar:
    case TypeKind::kVarChar:
      return ParseString(text, builder);
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return ParseBytes(text, builder);
    case TypeKind::kDate:
      return Put<int32_t>(ParseDate(text), builder);
    case TypeKind::kTime: {
      const std::optional<int64_t> time = ParseTime(text);
      return time &&
             Put<int64_t>(std::optional(TruncateTime(*time, builder.type().precision())), builder);
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return ParseTimestampCell(text, builder);
    case TypeKind::kIntervalYearMonth:
      return Put<int32_t>(ParseIntervalYearMonth(text, TimeUnit::kYear, TimeUnit::kMonth), builder);
    case TypeKind::kIntervalDayTime:
      return Put<int64_t>(ParseIntervalDayTime(text, TimeUnit::kDay, TimeUnit::kSecond), builder);
    default:
      return false;
  }
}

// Reduces `text` to what is between `open` and `close`; false if they are not there.
bool Unwrap(std::string_view& text, char open, char close) {
  if (text.size() < 2 || text.front() != open || text.back() != close) return false;
  text = Trim(text.substr(1, text.size() - 2));
  return true;
}

Status ParseArray(std::string_view text, ColumnBuilder& builder) {
  std::string_view inner = text;
  if (!Unwrap(inner, '[', ']')) return Bad(text, builder.type());
  if (!inner.empty()) {
    for (const std::string_view cell : SplitCells(inner)) {
      RETURN_IF_ERROR(ParseCell(cell, builder.child(0)));
    }
  }
  builder.AppendList();
  return Status();
}

Status ParseMap(std::string_view text, ColumnBuilder& builder) {
  std::string_view inner = text;
  if (!Unwrap(inner, '{', '}')) return Bad(text, builder.type());
  for (const std::string_view entry : SplitCells(inner)) {
    if (inner.empty()) break;
    const std::vector<std::string_view> sides = Split(entry, "=");
    if (sides.size() != 2) return Bad(text, builder.type());
    RETURN_IF_ERROR(ParseCell(sides[0], builder.child(0)));
    RETURN_IF_ERROR(ParseCell(sides[1], builder.child(1)));
  }
  builder.AppendList();
  return Status();
}

Status ParseRowCell(std::string_view text, ColumnBuilder& builder) {
  std::string_view inner = text;
  if (!Unwrap(inner, '(', ')')) return Bad(text, builder.type());
  const std::vector<std::string_view> cells = SplitCells(inner);
  if (cells.size() != builder.child_count()) return Bad(text, builder.type());
  for (size_t i = 0; i < cells.size(); ++i) RETURN_IF_ERROR(ParseCell(cells[i], builder.child(i)));
  builder.AppendRow();
  return Status();
}

// Takes "+I" and the like off the front, when a bracket or blank follows it.
RowKind TakeKind(std::string_view& row) {
  for (const RowKind kind :
       {RowKind::kInsert, RowKind::kUpdateBefore, RowKind::kUpdateAfter, RowKind::kDelete}) {
    if (!row.starts_with(RowKindText(kind)) || row.size() < 3) continue;
    if (row[2] != '[' && row[2] != ' ') continue;
    row = Trim(row.substr(2));
    return kind;
  }
  return RowKind::kInsert;
}

struct BatchParser {
  std::vector<ColumnBuilder> builders;
  std::vector<RowKind> kinds;
  bool only_inserts = true;

  Status AddRow(std::string_view row) {
    const std::string_view whole = row;
    const RowKind kind = TakeKind(row);
    // A first cell that is an array opens with a bracket, too: only a closing one at the very end,
    // and a count that fits, tell a bracketed row from it.
    std::string_view inner = row;
    std::vector<std::string_view> cells = SplitCells(Unwrap(inner, '[', ']') ? inner : row);
    if (cells.size() != builders.size()) cells = SplitCells(row);
    if (cells.size() != builders.size()) {
      return Status::DataError(
          fmt::format("a row has the wrong number of cells: {} instead of {} in {}", cells.size(),
                      builders.size(), Quotable(whole)));
    }
    for (size_t i = 0; i < cells.size(); ++i) {
      Status status = ParseCell(cells[i], builders[i]);
      if (!status.ok()) return std::move(status).WithContext(Quotable(whole));
    }
    kinds.push_back(kind);
    only_inserts &= kind == RowKind::kInsert;
    return Status();
  }

  Batch Finish() {
    Batch batch;
    batch.row_count = static_cast<uint32_t>(kinds.size());
    for (ColumnBuilder& builder : builders) batch.columns.push_back(builder.Finish());
    if (only_inserts) return batch;
    batch.row_kinds = MakeBuffer<uint8_t>(kinds.size());
    std::transform(kinds.begin(), kinds.end(), batch.row_kinds->as<uint8_t>(),
                   [](RowKind kind) { return static_cast<uint8_t>(kind); });
    return batch;
  }
};

}  // namespace

std::vector<std::string_view> SplitCells(std::string_view text) {
  return Split(text, ",");
}

Status ParseCell(std::string_view text, ColumnBuilder& builder) {
  text = Trim(text);
  if (text == "NULL") {
    if (!builder.type().nullable())
      return Status::DataError(
          fmt::format("a cell is NULL, and its type is {}", builder.type().ToString()));
    builder.AppendNull();
    return Status();
  }
  switch (builder.type().kind()) {
    case TypeKind::kArray:
      return ParseArray(text, builder);
    case TypeKind::kMap:
    case TypeKind::kMultiset:
      return ParseMap(text, builder);
    case TypeKind::kRow:
      return ParseRowCell(text, builder);
    default:
      return ParseFlat(text, builder) ? Status() : Bad(text, builder.type());
  }
}

Result<Batch> ParseBatch(std::string_view text, std::span<const Type> types) {
  BatchParser parser;
  for (const Type& type : types) parser.builders.emplace_back(type);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    for (const std::string_view row : Split(line, " / ")) RETURN_IF_ERROR(parser.AddRow(row));
  }
  return parser.Finish();
}

Result<Batch> ParseBatch(std::string_view text, const Schema& schema) {
  return ParseBatch(text, schema.types());
}

}  // namespace weir
