#include "runtime/connectors/postgres/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <vector>

#include "runtime/base/hex_digit.h"
#include "runtime/base/valid_utf8.h"
#include "runtime/connectors/formats/field_parser.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/datetime.h"

namespace weir::connectors::postgres {
namespace {

// Times of answers are in UTC, by the session's setting.
const TimeZone& Utc() {
  static const TimeZone zone = TimeZone::Utc();
  return zone;
}

Status NotOf(const Field& field, std::string_view text) {
  return Status::DataError(
             fmt::format("column \"{}\": {}", field.name, NotAValue(text, field.type)))
      .WithId("E3001");
}

// "\x0aff"
bool ParseHex(std::string_view text, std::string& bytes) {
  if (!text.starts_with("\\x") || text.size() % 2 != 0) return false;
  bytes.clear();
  for (size_t i = 2; i < text.size(); i += 2) {
    const int byte = HexByte(text, i);
    if (byte < 0) return false;
    bytes += static_cast<char>(byte);
  }
  return true;
}

// The text of one element of an array, or of a nested one; nothing for NULL.
using Element = std::optional<std::string>;

// "{1,NULL,\"a \\\"b\",{2,3}}", perhaps with its bounds "[0:3]=" in front, cut into elements.
class ArrayText {
 public:
  explicit ArrayText(std::string_view text) : rest_(text) {
    if (!rest_.starts_with('[')) return;
    rest_.remove_prefix(std::min(rest_.find('=') + 1, rest_.size()));
  }

  // False for a text that is no array.
  bool Cut(std::vector<Element>& elements) {
    if (rest_.size() < 2 || rest_.front() != '{' || rest_.back() != '}') return false;
    rest_ = rest_.substr(1, rest_.size() - 2);
    while (!rest_.empty()) {
      elements.push_back(rest_.front() == '{' ? Nested() : Plain());
      if (rest_.empty()) return true;
      if (rest_.front() != ',') return false;
      rest_.remove_prefix(1);
    }
    return true;
  }

 private:
  Element Nested() {
    size_t depth = 0;
    bool quoted = false;
    size_t i = 0;
    for (; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '"') {
        quoted = !quoted;
      } else if (!quoted && rest_[i] == '{') {
        ++depth;
      } else if (!quoted && rest_[i] == '}' && --depth == 0) {
        ++i;
        break;
      }
    }
    Element element(rest_.substr(0, i));
    rest_.remove_prefix(std::min(i, rest_.size()));
    return element;
  }

  Element Plain() {
    std::string text;
    const bool quoted = rest_.front() == '"';
    size_t i = quoted ? 1 : 0;
    for (; i < rest_.size() && rest_[i] != (quoted ? '"' : ','); ++i) {
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      text += rest_[i];
    }
    rest_.remove_prefix(std::min(i + (quoted ? 1 : 0), rest_.size()));
    if (!quoted && text == "NULL") return std::nullopt;
    return text;
  }

  std::string_view rest_;
};

// "t" and "f" are true and false; "+00" at the end of a time in UTC says nothing.
FieldSlice SliceOf(std::string_view text, const Type& type) {
  if (type.kind() == TypeKind::kBoolean && text == "t") text = "true";
  if (type.kind() == TypeKind::kBoolean && text == "f") text = "false";
  if (type.kind() == TypeKind::kTimestampLtz && text.ends_with("+00")) text.remove_suffix(3);
  return {text.data(), static_cast<uint32_t>(text.size()), true, false};
}

bool IsDated(const Type& type) {
  return type.kind() == TypeKind::kDate || type.kind() == TypeKind::kTimestamp ||
         type.kind() == TypeKind::kTimestampLtz;
}

// "0044-03-15 BC", "0044-03-15 12:00:00.5+00 BC"
constexpr std::string_view kBeforeChrist = " BC";

bool IsBeforeChrist(std::string_view text, const Type& type) {
  return IsDated(type) && text.ends_with(kBeforeChrist);
}

// The calendar repeats itself after 400 years.
constexpr int64_t kPeriodYears = 400;
constexpr int64_t kPeriodDays = 146'097;

// Parses in a year of our era, and takes the periods off again. The year 1 BC is 0 here.
bool AppendBeforeChrist(std::string_view text, const Type& type, ColumnBuilder& out) {
  text.remove_suffix(kBeforeChrist.size());
  const size_t dash = std::min(text.find('-'), text.size());
  int64_t year = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + dash, year);
  if (error != std::errc() || end != text.data() + dash || year < 1) return false;
  const int64_t periods = (year - 1) / kPeriodYears + 1;
  const std::string later =
      fmt::format("{:04}{}", 1 - year + periods * kPeriodYears, text.substr(dash));
  const FieldSlice slice = SliceOf(later, type);
  uint8_t bad = 0;
  const MutableColumnPtr parsed = ParseFields({&slice, 1}, type, Utc(), &bad);
  if (bad != 0) return false;
  const int64_t days = periods * kPeriodDays;
  switch (type.physical()) {
    case PhysicalType::kInt32:
      out.Append(static_cast<int32_t>(parsed->ValueAt<int32_t>(0) - days));
      return true;
    case PhysicalType::kInt64:
      out.Append(parsed->ValueAt<int64_t>(0) - days * kMillisPerDay * kMicrosPerMilli);
      return true;
    default: {
      TimestampNanos at = parsed->ValueAt<TimestampNanos>(0);
      at.millis -= days * kMillisPerDay;
      out.Append(at);
      return true;
    }
  }
}

// Appends one value; false for a text that is none of the type.
bool AppendValueOf(const Element& text, const Type& type, ColumnBuilder& out) {
  if (!text) {
    out.AppendNull();
    return true;
  }
  if (type.is_character()) {
    out.AppendString(*text);
    return true;
  }
  if (type.is_binary()) {
    std::string bytes;
    if (!ParseHex(*text, bytes)) return false;
    out.AppendString(bytes);
    return true;
  }
  if (type.kind() == TypeKind::kArray) {
    std::vector<Element> elements;
    if (!ArrayText(*text).Cut(elements)) return false;
    for (const Element& element : elements) {
      if (!AppendValueOf(element, out.child(0).type(), out.child(0))) return false;
    }
    out.AppendList();
    return true;
  }
  if (IsBeforeChrist(*text, type)) return AppendBeforeChrist(*text, type, out);
  const FieldSlice slice = SliceOf(*text, type);
  uint8_t bad = 0;
  const MutableColumnPtr parsed = ParseFields({&slice, 1}, type, Utc(), &bad);
  if (bad == 0) out.AppendFrom(*parsed, 0);
  return bad == 0;
}

// What is not of one text as it stands: its bytes are copied.
Result<ColumnPtr> ReadOneByOne(const Answer& answer, int column, int begin, int end,
                               const Field& field) {
  ColumnBuilder builder(field.type, static_cast<uint32_t>(end - begin));
  for (int row = begin; row < end; ++row) {
    Element text;
    if (!answer.IsNull(row, column)) text = answer.Text(row, column);
    if (!AppendValueOf(text, field.type, builder)) return NotOf(field, *text);
  }
  return builder.Finish();
}

// Between a pair of double quotes, as array elements.
void AppendQuotedElement(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void AppendPlainText(const Column& column, uint32_t row, std::string& out);

void AppendArray(const Column& list, uint32_t row, std::string& out) {
  const Column& elements = *list.children()[0];
  const uint32_t stored = list.is_constant() ? 0 : row;
  const uint32_t begin = list.offsets()[stored];
  const uint32_t end = list.offsets()[stored + 1];
  const bool nested = elements.type().kind() == TypeKind::kArray;
  out += '{';
  std::string text;
  for (uint32_t i = begin; i < end; ++i) {
    if (i > begin) out += ',';
    if (elements.IsNull(i)) {
      out += "NULL";
    } else if (nested) {
      AppendArray(elements, i, out);
    } else {
      text.clear();
      AppendPlainText(elements, i, text);
      AppendQuotedElement(text, out);
    }
  }
  out += '}';
}

// The text of a date or time that begins there, as "-0043-03-15" or "0000-01-01", becomes one that
// the server reads: it has no year 0.
void NameEra(size_t begin, std::string& out) {
  const std::string_view text = std::string_view(out).substr(begin);
  const bool negative = text.starts_with('-');
  const size_t dash = text.find('-', negative ? 1 : 0);
  int64_t year = 0;
  std::from_chars(text.data() + (negative ? 1 : 0), text.data() + dash, year);
  if (!negative && year > 0) return;
  const std::string rest(text.substr(dash));
  out.resize(begin);
  out += fmt::format("{:04}{}{}", year + 1, rest, kBeforeChrist);
}

// As the server reads it where nothing is quoted. REQUIRES: not NULL.
void AppendPlainText(const Column& column, uint32_t row, std::string& out) {
  const Type& type = column.type();
  if (type.is_character()) {
    out += column.ValueAt<StringRef>(row).view();
  } else if (type.is_binary()) {
    out += "\\x";
    for (const char c : column.ValueAt<StringRef>(row).view())
      fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<uint8_t>(c));
  } else if (type.kind() == TypeKind::kArray) {
    AppendArray(column, row, out);
  } else {
    const size_t begin = out.size();
    FormatCell(column, row, out);
    if (type.kind() == TypeKind::kTimestampLtz) out += "+00";
    if (IsDated(type)) NameEra(begin, out);
  }
}

Status CheckTexts(std::string_view row) {
  if (row.find('\0') != std::string_view::npos) {
    return Status::DataError("a text with the character U+0000, which PostgreSQL does not take")
        .WithId("E3001");
  }
  if (IsUtf8(row)) return {};
  return Status::DataError("a text whose bytes are no UTF-8, which PostgreSQL does not take")
      .WithId("E3001")
      .WithHint("a column of the type BYTES, and bytea there, takes any bytes");
}

}  // namespace

const jdbc::RowText kCopyText = {"\t", AppendCopyField, CheckTexts};

Status CheckColumnType(const Field& field) {
  const Type* type = &field.type;
  while (type->kind() == TypeKind::kArray) type = &type->fields()[0].type;
  if (!type->is_nested() && !type->is_interval() && type->kind() != TypeKind::kNull) return {};
  return Status::Unsupported(fmt::format("column \"{}\": PostgreSQL has no type for {}", field.name,
                                         type->ToString()))
      .WithHint("a STRING can hold it, as JSON_OBJECT or CAST make it");
}

Result<ColumnPtr> ReadColumn(const Answer& answer, int column, int begin, int end,
                             const Field& field) {
  for (int row = begin; !field.type.nullable() && row < end; ++row) {
    if (!answer.IsNull(row, column)) continue;
    return Status::DataError(fmt::format("NULL in the NOT NULL column \"{}\"", field.name))
        .WithId("E3004");
  }
  return ReadColumnOrNulls(answer, column, begin, end, field);
}

Result<ColumnPtr> ReadColumnOrNulls(const Answer& answer, int column, int begin, int end,
                                    const Field& field) {
  bool ancient = false;
  for (int row = begin; IsDated(field.type) && row < end && !ancient; ++row)
    ancient = !answer.IsNull(row, column) && IsBeforeChrist(answer.Text(row, column), field.type);
  if (field.type.physical() == PhysicalType::kString || field.type.is_nested() || ancient)
    return ReadOneByOne(answer, column, begin, end, field);
  std::vector<FieldSlice> slices;
  slices.reserve(static_cast<size_t>(end - begin));
  for (int row = begin; row < end; ++row) {
    const bool null = answer.IsNull(row, column);
    slices.push_back(null ? FieldSlice() : SliceOf(answer.Text(row, column), field.type));
  }
  std::vector<uint8_t> bad(slices.size());
  MutableColumnPtr values = ParseFields(slices, field.type, Utc(), bad.data());
  const auto wrong = std::ranges::find(bad, 1);
  if (wrong == bad.end()) return ColumnPtr(std::move(values));
  return NotOf(field, answer.Text(begin + static_cast<int>(wrong - bad.begin()), column));
}

void AppendArrayElement(const Column& column, uint32_t row, std::string& out) {
  std::string text;
  AppendPlainText(column, row, text);
  AppendQuotedElement(text, out);
}

Status AppendCopyField(const Column& column, uint32_t row, std::string& out) {
  if (column.IsNull(row)) {
    out += "\\N";
    return {};
  }
  const size_t begin = out.size();
  AppendPlainText(column, row, out);
  const std::string_view text = std::string_view(out).substr(begin);
  if (text.find_first_of("\\\t\n\r") == std::string_view::npos) return {};
  const std::string plain(text);
  out.resize(begin);
  for (const char c : plain) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += c;
    }
  }
  return {};
}

}  // namespace weir::connectors::postgres
