#include "runtime/connectors/formats/json_encoder.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "runtime/connectors/formats/json_text.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"
#include "runtime/types/number_text.h"

namespace weir::connectors {
namespace {

template <typename T>
void AppendInteger(T value, std::string& out) {
  char text[24];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  (void)error;  // 24 characters hold every 64-bit integer
  out.append(text, end);
}

void AppendFloat(float value, std::string& out) {
  char text[kMaxFloatingText];
  const bool finite = std::isfinite(value);
  if (!finite) out += '"';
  out.append(text, FormatFloat(value, text));
  if (!finite) out += '"';
}

void AppendDouble(double value, std::string& out) {
  char text[kMaxFloatingText];
  const bool finite = std::isfinite(value);
  if (!finite) out += '"';
  out.append(text, FormatDouble(value, text));
  if (!finite) out += '"';
}

// java.math.BigDecimal's toString: an exponent below 10^-6.
void AppendDecimal(Int128 unscaled, int scale, bool plain, std::string& out) {
  char text[kMaxDecimalText];
  if (unscaled == 0 || plain) {
    out.append(text, FormatDecimal(unscaled, scale, text));
    return;
  }
  const std::string_view digits(text, static_cast<size_t>(FormatDecimal(unscaled, 0, text) - text));
  const size_t sign = digits.starts_with('-') ? 1 : 0;
  const int exponent = static_cast<int>(digits.size() - sign) - 1 - scale;
  constexpr int kSmallestPlain = -6;
  if (exponent >= kSmallestPlain) {
    char number[kMaxDecimalText];
    out.append(number, FormatDecimal(unscaled, scale, number));
    return;
  }
  out += digits.substr(0, sign + 1);
  if (digits.size() > sign + 1) {
    out += '.';
    out += digits.substr(sign + 1);
  }
  out += 'E';
  AppendInteger(exponent, out);
}

class JsonLinesEncoder final : public Encoder {
 public:
  JsonLinesEncoder(FormatSpec spec, JsonEncoding options)
      : spec_(std::move(spec)), options_(std::move(options)) {
    std::vector<TypeField> fields;
    for (const Field& field : spec_.record.fields) fields.push_back({field.name, field.type});
    record_ = MakeKeys(Type::Row(std::move(fields)));
  }

  Status Append(const Batch& batch, std::string& out) override {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      RETURN_IF_ERROR(AppendObject(batch.columns, batch.RowAt(i), record_, out));
      out += '\n';
    }
    return {};
  }

 private:
  // A type's field names as they are written, quoted and with a colon.
  struct Keys {
    std::vector<std::string> texts;
    std::vector<Keys> children;
  };

  static Keys MakeKeys(const Type& type) {
    Keys keys;
    for (const TypeField& field : type.fields()) {
      std::string text;
      AppendJsonString(field.name, text);
      keys.texts.push_back(text + ":");
      keys.children.push_back(MakeKeys(field.type));
    }
    return keys;
  }

  Status AppendObject(const PoolVector<ColumnPtr>& columns, uint32_t row, const Keys& keys,
                      std::string& out) {
    bool first = true;
    out += '{';
    for (size_t c = 0; c < columns.size(); ++c) {
      if (options_.ignore_null_fields && columns[c]->IsNull(row)) continue;
      if (!first) out += ',';
      first = false;
      out += keys.texts[c];
      RETURN_IF_ERROR(AppendValue(*columns[c], row, keys.children[c], out));
    }
    out += '}';
    return {};
  }

  Status AppendValue(const Column& column, uint32_t row, const Keys& keys, std::string& out) {
    if (column.IsNull(row)) {
      out += "null";
      return {};
    }
    if (column.is_constant()) row = 0;
    const Type& type = column.type();
    switch (type.physical()) {
      case PhysicalType::kBool:
        out += column.data<uint8_t>()[row] != 0 ? "true" : "false";
        return {};
      case PhysicalType::kInt8:
        AppendInteger(int{column.data<int8_t>()[row]}, out);
        return {};
      case PhysicalType::kInt16:
        AppendInteger(column.data<int16_t>()[row], out);
        return {};
      case PhysicalType::kInt32:
        AppendInt32(type, column.data<int32_t>()[row], out);
        return {};
      case PhysicalType::kInt64:
        AppendInt64(type, column.data<int64_t>()[row], out);
        return {};
      case PhysicalType::kInt128:
        AppendDecimal(column.data<Int128>()[row], type.scale(), options_.plain_decimals, out);
        return {};
      case PhysicalType::kFloat:
        AppendFloat(column.data<float>()[row], out);
        return {};
      case PhysicalType::kDouble:
        AppendDouble(column.data<double>()[row], out);
        return {};
      case PhysicalType::kTimestampNanos:
        AppendTimestamp(type, column.data<TimestampNanos>()[row], out);
        return {};
      case PhysicalType::kString:
        AppendBytes(type, column.data<StringRef>()[row].view(), out);
        return {};
      case PhysicalType::kList:
        return AppendList(column, row, keys, out);
      case PhysicalType::kStruct:
        return AppendObject(column.children(), row, keys, out);
      case PhysicalType::kNone:
        break;
    }
    WEIR_UNREACHABLE();
  }

  void AppendBytes(const Type& type, std::string_view bytes, std::string& out) {
    if (type.is_character()) {
      AppendJsonString(bytes, out);
      return;
    }
    out += '"';
    AppendBase64(bytes, out);
    out += '"';
  }

  static void AppendInt32(const Type& type, int32_t value, std::string& out) {
    if (type.kind() != TypeKind::kDate) {
      AppendInteger(value, out);
      return;
    }
    char text[kMaxDateTimeText];
    AppendQuoted({text, FormatDate(value, text)}, out);
  }

  void AppendInt64(const Type& type, int64_t value, std::string& out) const {
    char text[kMaxDateTimeText];
    switch (type.kind()) {
      case TypeKind::kDecimal:
        AppendDecimal(value, type.scale(), options_.plain_decimals, out);
        return;
      case TypeKind::kTime:
        AppendQuoted({text, CutZeros(text, FormatTime(value, type.precision(), text))}, out);
        return;
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz:
        AppendTimestamp(type, NanosFromMicros(value), out);
        return;
      default:
        AppendInteger(value, out);
    }
  }

  // Flink writes as many fractional digits as are needed.
  void AppendTimestamp(const Type& type, TimestampNanos value, std::string& out) const {
    char text[kMaxDateTimeText + 1];
    char* end =
        FormatTimestampNanos(value, type.precision(), text, options_.iso_timestamps ? 'T' : ' ');
    end = CutZeros(text, end);
    if (type.kind() == TypeKind::kTimestampLtz) *end++ = 'Z';
    AppendQuoted({text, end}, out);
  }

  static char* CutZeros(const char* begin, char* end) {
    if (std::string_view(begin, static_cast<size_t>(end - begin)).find('.') ==
        std::string_view::npos)
      return end;
    while (end[-1] == '0') --end;
    return end[-1] == '.' ? end - 1 : end;
  }

  static void AppendQuoted(std::string_view text, std::string& out) {
    out += '"';
    out += text;
    out += '"';
  }

  Status AppendList(const Column& column, uint32_t row, const Keys& keys, std::string& out) {
    const uint32_t begin = column.offsets()[row];
    const uint32_t end = column.offsets()[row + 1];
    if (column.type().kind() != TypeKind::kArray)
      return AppendEntries(column, {begin, end}, keys, out);
    out += '[';
    for (uint32_t i = begin; i < end; ++i) {
      if (i > begin) out += ',';
      RETURN_IF_ERROR(AppendValue(*column.children()[0], i, keys.children[0], out));
    }
    out += ']';
    return {};
  }

  Status AppendEntries(const Column& column, std::pair<uint32_t, uint32_t> range, const Keys& keys,
                       std::string& out) {
    const Column& names = *column.children()[0];
    bool first = true;
    out += '{';
    for (uint32_t i = range.first; i < range.second; ++i) {
      const bool null = names.IsNull(i);
      if (null && options_.null_keys == NullKeyMode::kDrop) continue;
      if (null && options_.null_keys == NullKeyMode::kFail) return NullKey();
      if (!first) out += ',';
      first = false;
      AppendJsonString(
          null ? std::string_view(options_.null_key) : names.ValueAt<StringRef>(i).view(), out);
      out += ':';
      RETURN_IF_ERROR(AppendValue(*column.children()[1], i, keys.children[1], out));
    }
    out += '}';
    return {};
  }

  Status NullKey() const {
    return Status::DataError("a map with a NULL key cannot be written as JSON")
        .WithId("E3001")
        .WithHint(fmt::format(
            "'{}.map-null-key.mode' = 'DROP' leaves such entries out, 'LITERAL' names them",
            options_.format));
  }

  FormatSpec spec_;
  JsonEncoding options_;
  Keys record_;
};

}  // namespace

std::unique_ptr<Encoder> MakeJsonLinesEncoder(FormatSpec spec, JsonEncoding options) {
  return std::make_unique<JsonLinesEncoder>(std::move(spec), std::move(options));
}

}  // namespace weir::connectors
