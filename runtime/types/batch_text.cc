#include "runtime/types/batch_text.h"

#include <fmt/format.h>

#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"
#include "runtime/types/interval.h"
#include "runtime/types/number_text.h"

namespace weir {
namespace {

void PutInteger(int64_t value, std::string& out) {
  const fmt::format_int text(value);
  out.append(text.data(), text.size());
}

void PutBytes(std::string_view bytes, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out.append("x'");
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
  out.push_back('\'');
}

void PutParts(const Column& column, uint32_t row, std::string& out) {
  out.push_back('(');
  for (size_t i = 0; i < column.children().size(); ++i) {
    if (i > 0) out.append(", ");
    FormatCell(*column.children()[i], row, out);
  }
  out.push_back(')');
}

void PutElements(const Column& column, uint32_t row, std::string& out) {
  const bool array = column.type().kind() == TypeKind::kArray;
  const uint32_t begin = column.offsets()[row];
  out.push_back(array ? '[' : '{');
  for (uint32_t e = begin; e < column.offsets()[row + 1]; ++e) {
    if (e > begin) out.append(", ");
    FormatCell(*column.children()[0], e, out);
    if (array) continue;
    out.push_back('=');
    FormatCell(*column.children()[1], e, out);
  }
  out.push_back(array ? ']' : '}');
}

// Values of 64-bit storage and of the temporal types.
void PutInt64(const Type& type, int64_t value, std::string& out) {
  static_assert(kMaxDecimalText <= 64 && kMaxDateTimeText <= 64 && kMaxIntervalText <= 64);
  char text[64];
  char* end = text;
  switch (type.kind()) {
    case TypeKind::kDecimal:
      end = FormatDecimal(value, type.scale(), text);
      break;
    case TypeKind::kTime:
      end = FormatTime(value, type.precision(), text);
      break;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      end = FormatTimestamp(value, type.precision(), text);
      break;
    case TypeKind::kIntervalDayTime:
      end = FormatIntervalDayTime(value, text);
      break;
    default:
      return PutInteger(value, out);
  }
  out.append(text, static_cast<size_t>(end - text));
}

void PutInt32(const Type& type, int32_t value, std::string& out) {
  char text[64];
  char* end = text;
  switch (type.kind()) {
    case TypeKind::kDate:
      end = FormatDate(value, text);
      break;
    case TypeKind::kIntervalYearMonth:
      end = FormatIntervalYearMonth(value, text);
      break;
    default:
      return PutInteger(value, out);
  }
  out.append(text, static_cast<size_t>(end - text));
}

void PutStored(const Column& column, uint32_t row, std::string& out) {
  const Type& type = column.type();
  char text[64];
  char* end = text;
  switch (type.physical()) {
    case PhysicalType::kNone:
      out.append("NULL");
      return;
    case PhysicalType::kBool:
      out.append(column.data<uint8_t>()[row] != 0 ? "TRUE" : "FALSE");
      return;
    case PhysicalType::kInt8:
      PutInteger(column.data<int8_t>()[row], out);
      return;
    case PhysicalType::kInt16:
      PutInteger(column.data<int16_t>()[row], out);
      return;
    case PhysicalType::kInt32:
      PutInt32(type, column.data<int32_t>()[row], out);
      return;
    case PhysicalType::kInt64:
      PutInt64(type, column.data<int64_t>()[row], out);
      return;
    case PhysicalType::kInt128:
      end = FormatDecimal(column.data<Int128>()[row], type.scale(), text);
      break;
    case PhysicalType::kFloat:
      end = FormatFloat(column.data<float>()[row], text);
      break;
    case PhysicalType::kDouble:
      end = FormatDouble(column.data<double>()[row], text);
      break;
    case PhysicalType::kTimestampNanos:
      end = FormatTimestampNanos(column.data<TimestampNanos>()[row], type.precision(), text);
      break;
    case PhysicalType::kString: {
      const std::string_view view = column.data<StringRef>()[row].view();
      if (type.is_binary()) return PutBytes(view, out);
      out.append(view);
      return;
    }
    case PhysicalType::kStruct:
      PutParts(column, row, out);
      return;
    case PhysicalType::kList:
      PutElements(column, row, out);
      return;
  }
  out.append(text, static_cast<size_t>(end - text));
}

}  // namespace

void FormatCell(const Column& column, uint32_t row, std::string& out) {
  if (column.IsNull(row)) {
    out.append("NULL");
    return;
  }
  PutStored(column, column.is_constant() ? 0 : row, out);
}

void FormatRow(const Batch& batch, uint32_t row, std::string& out) {
  out.append(RowKindText(batch.kind(row)));
  out.push_back('[');
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    if (i > 0) out.append(", ");
    FormatCell(*batch.columns[i], row, out);
  }
  out.push_back(']');
}

std::string FormatBatch(const Batch& batch) {
  std::string text;
  ForEachRow(batch, [&](uint32_t row) {
    FormatRow(batch, row, text);
    text.push_back('\n');
  });
  return text;
}

}  // namespace weir
