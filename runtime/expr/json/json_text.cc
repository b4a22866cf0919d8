#include "runtime/expr/json/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/types/batch_text.h"
#include "runtime/types/number_text.h"

namespace weir::expr {
namespace {

// --- Numbers -------------------------------------------------------------------------------------

// An unscaled integer as digits, and how many of them stand behind the point (may be negative).
struct Scaled {
  bool negative = false;
  std::string digits;
  int64_t scale = 0;
};

Scaled ParseScaled(std::string_view number) {
  Scaled value;
  value.negative = number.starts_with('-');
  if (value.negative || number.starts_with('+')) number.remove_prefix(1);
  const size_t e = number.find_first_of("eE");
  bool fraction = false;
  for (const char c : number.substr(0, e)) {
    if (c == '.') {
      fraction = true;
      continue;
    }
    value.scale += fraction ? 1 : 0;
    value.digits += c;
  }
  if (e != std::string_view::npos) {
    std::string_view exponent = number.substr(e + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    int64_t power = 0;
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
    value.scale -= power;
  }
  const size_t first = value.digits.find_first_not_of('0');
  value.digits.erase(0, std::min(first, value.digits.size() - 1));
  if (value.digits == "0") value.negative = false;
  return value;
}

// --- Members -------------------------------------------------------------------------------------

// Appends `{"key":value,…}` with the keys in Java's order; write(i) appends the i-th value.
template <typename F>
void AppendObject(const PoolVector<std::string_view>& keys, TextBuilder& out, F write) {
  PoolVector<uint32_t> order(keys.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, JavaLess, [&](uint32_t i) { return keys[i]; });
  out.Append('{');
  bool first = true;
  for (size_t i = 0; i < order.size(); ++i) {
    // If keys are equal, the last one counts.
    if (i + 1 < order.size() && keys[order[i]] == keys[order[i + 1]]) continue;
    if (!first) out.Append(',');
    AppendJsonString(keys[order[i]], out);
    out.Append(':');
    write(order[i]);
    first = false;
  }
  out.Append('}');
}

void AppendObject(const JsonNode& object, TextBuilder& out) {
  PoolVector<std::string_view> keys;
  PoolVector<const JsonNode*> values;
  for (const JsonNode* member = object.first; member != nullptr; member = member->next) {
    keys.push_back(member->key);
    values.push_back(member);
  }
  AppendObject(keys, out, [&](uint32_t i) { AppendJson(*values[i], out); });
}

// --- SQL values ----------------------------------------------------------------------------------

void AppendBase64(std::string_view bytes, TextBuilder& out) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  out.Append('"');
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      out.Append(i + k <= bytes.size() ? kAlphabet[(group >> (18 - 6 * k)) & 63] : '=');
    }
  }
  out.Append('"');
}

// "2024-01-02T03:04:05.12": without zeros at the end of the fraction; an instant ends with Z.
void AppendIsoTime(const Column& column, uint32_t row, TextBuilder& out) {
  std::string text;
  FormatCell(column, row, text);
  std::ranges::replace(text, ' ', 'T');
  if (const size_t point = text.find('.'); point != std::string::npos) {
    text.resize(std::max(text.find_last_not_of('0') + 1, point));
    if (text.back() == '.') text.pop_back();
  }
  out.Append('"');
  out.Append(text);
  out.Append(column.type().kind() == TypeKind::kTimestampLtz ? "Z\"" : "\"");
}

void AppendNumber(const Column& column, uint32_t row, TextBuilder& out) {
  std::string text;
  FormatCell(column, row, text);
  const TypeKind kind = column.type().kind();
  const bool special = text.find_first_of("NI") != std::string::npos;  // NaN, Infinity
  if (special) {
    AppendJsonString(text, out);
  } else if (kind == TypeKind::kDecimal || kind == TypeKind::kFloat || kind == TypeKind::kDouble) {
    AppendBigDecimal(text, out);
  } else {
    out.Append(text);
  }
}

void AppendArray(const Column& column, uint32_t row, TextBuilder& out) {
  out.Append('[');
  for (uint32_t i = column.offsets()[row]; i < column.offsets()[row + 1]; ++i) {
    if (i > column.offsets()[row]) out.Append(',');
    AppendJson(*column.children()[0], i, out);
  }
  out.Append(']');
}

// Appends a MAP as an object. A NULL key becomes the empty name.
void AppendMap(const Column& column, uint32_t row, TextBuilder& out) {
  const Column& names = *column.children()[0];
  const uint32_t begin = column.offsets()[row];
  PoolVector<std::string_view> keys;
  for (uint32_t i = begin; i < column.offsets()[row + 1]; ++i) {
    keys.push_back(names.IsNull(i) ? std::string_view() : names.data<StringRef>()[i].view());
  }
  AppendObject(keys, out, [&](uint32_t i) { AppendJson(*column.children()[1], begin + i, out); });
}

void AppendRow(const Column& column, uint32_t row, TextBuilder& out) {
  PoolVector<std::string_view> keys;
  for (const TypeField& field : column.type().fields()) keys.push_back(field.name);
  AppendObject(keys, out, [&](uint32_t i) { AppendJson(*column.children()[i], row, out); });
}

}  // namespace

bool JavaLess(std::string_view a, std::string_view b) {
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    const auto x = static_cast<uint8_t>(a[i]);
    const auto y = static_cast<uint8_t>(b[i]);
    if (x == y) continue;
    // Pairs of surrogates come before U+E000 and what follows it.
    const bool x_pair = x >= 0xF0;
    const bool y_pair = y >= 0xF0;
    if (x_pair != y_pair && (x_pair ? y : x) >= 0xEE) return x_pair;
    return x < y;
  }
  return a.size() < b.size();
}

void AppendJsonString(std::string_view text, TextBuilder& out) {
  out.Append('"');
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '"' && c != '\\' && static_cast<uint8_t>(c) >= 0x20) continue;
    out.Append(text.substr(plain, i - plain));
    plain = i + 1;
    constexpr std::string_view kNamed = "\"\\\b\f\n\r\t";
    if (const size_t named = kNamed.find(c); named != std::string_view::npos) {
      out.Append('\\');
      out.Append("\"\\bfnrt"[named]);
      continue;
    }
    char escape[8];
    out.Append({escape, fmt::format_to_n(escape, sizeof(escape), "\\u{:04X}", c).size});
  }
  out.Append(text.substr(plain));
  out.Append('"');
}

// As BigDecimal.toString: plain if the scale is not negative and the exponent at least -6, else
// scientific.
void AppendBigDecimal(std::string_view number, TextBuilder& out) {
  const Scaled value = ParseScaled(number);
  const auto size = static_cast<int64_t>(value.digits.size());
  const int64_t exponent = size - 1 - value.scale;
  if (value.negative) out.Append('-');
  if (value.scale == 0) return out.Append(value.digits);
  if (value.scale > 0 && exponent >= -6) {
    const int64_t whole = size - value.scale;
    out.Append(whole > 0 ? std::string_view(value.digits).substr(0, static_cast<size_t>(whole))
                         : "0");
    out.Append('.');
    for (int64_t i = whole; i < 0; ++i) out.Append('0');
    out.Append(
        std::string_view(value.digits).substr(static_cast<size_t>(std::max<int64_t>(whole, 0))));
    return;
  }
  out.Append(value.digits[0]);
  if (size > 1) out.Append('.');
  out.Append(std::string_view(value.digits).substr(1));
  if (exponent == 0) return;
  char text[24];
  out.Append({text, fmt::format_to_n(text, sizeof(text), "E{:+}", exponent).size});
}

void AppendJsonScalar(const JsonNode& scalar, TextBuilder& out) {
  switch (scalar.kind) {
    case JsonKind::kReal:
      return AppendBigDecimal(scalar.text, out);
    case JsonKind::kInteger:
      return out.Append(scalar.text == "-0" ? "0" : scalar.text);
    case JsonKind::kNull:
      return out.Append("null");
    case JsonKind::kTrue:
      return out.Append("true");
    case JsonKind::kFalse:
      return out.Append("false");
    case JsonKind::kString:
    case JsonKind::kArray:
    case JsonKind::kObject:
      return out.Append(scalar.text);
  }
}

void AppendJson(const JsonNode& node, TextBuilder& out) {
  if (node.kind == JsonKind::kString) return AppendJsonString(node.text, out);
  if (node.kind == JsonKind::kObject) return AppendObject(node, out);
  if (node.kind != JsonKind::kArray) return AppendJsonScalar(node, out);
  out.Append('[');
  for (const JsonNode* element = node.first; element != nullptr; element = element->next) {
    if (element != node.first) out.Append(',');
    AppendJson(*element, out);
  }
  out.Append(']');
}

bool HasJson(const Type& type) {
  const std::vector<TypeField>& fields = type.fields();
  switch (type.kind()) {
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDayTime:
      return false;
    case TypeKind::kMap:
    case TypeKind::kMultiset:
      if (!fields[0].type.is_character()) return false;
      break;
    default:
      break;
  }
  return std::ranges::all_of(fields, HasJson, &TypeField::type);
}

void AppendJson(const Column& column, uint32_t row, TextBuilder& out) {
  if (column.IsNull(row)) return out.Append("null");
  if (column.is_constant()) row = 0;
  const Type& type = column.type();
  switch (type.physical()) {
    case PhysicalType::kString:
      if (type.is_binary()) return AppendBase64(column.data<StringRef>()[row].view(), out);
      return AppendJsonString(column.data<StringRef>()[row].view(), out);
    case PhysicalType::kBool:
      return out.Append(column.data<uint8_t>()[row] != 0 ? "true" : "false");
    case PhysicalType::kStruct:
      return AppendRow(column, row, out);
    case PhysicalType::kList:
      return type.kind() == TypeKind::kArray ? AppendArray(column, row, out)
                                             : AppendMap(column, row, out);
    default:
      return type.is_timestamp() ? AppendIsoTime(column, row, out) : AppendNumber(column, row, out);
  }
}

}  // namespace weir::expr
