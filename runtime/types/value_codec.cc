#include "runtime/types/value_codec.h"

#include <limits>

namespace weir {
namespace {

constexpr char kNullTag = 0;
constexpr char kValueTag = 1;

uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
int64_t UnZigZag(uint64_t bits) {
  return static_cast<int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
}

void AppendStored(const Column& column, uint32_t row, std::string& out) {
  const auto varint = [&](int64_t value) { AppendVarint(out, ZigZag(value)); };
  switch (column.type().physical()) {
    case PhysicalType::kNone:
      return;
    case PhysicalType::kBool:
      AppendLittle(out, column.data<uint8_t>()[row]);
      return;
    case PhysicalType::kInt8:
      varint(column.data<int8_t>()[row]);
      return;
    case PhysicalType::kInt16:
      varint(column.data<int16_t>()[row]);
      return;
    case PhysicalType::kInt32:
      varint(column.data<int32_t>()[row]);
      return;
    case PhysicalType::kInt64:
      varint(column.data<int64_t>()[row]);
      return;
    case PhysicalType::kInt128:
      AppendLittle(out, column.data<Int128>()[row]);
      return;
    case PhysicalType::kFloat:
      AppendLittle(out, column.data<float>()[row]);
      return;
    case PhysicalType::kDouble:
      AppendLittle(out, column.data<double>()[row]);
      return;
    case PhysicalType::kTimestampNanos: {
      const TimestampNanos t = column.data<TimestampNanos>()[row];
      varint(t.millis);
      AppendVarint(out, static_cast<uint64_t>(t.nanos));
      return;
    }
    case PhysicalType::kString: {
      const std::string_view text = column.data<StringRef>()[row].view();
      AppendVarint(out, text.size());
      out.append(text);
      return;
    }
    case PhysicalType::kList: {
      const uint32_t* offsets = column.offsets();
      AppendVarint(out, offsets[row + 1] - offsets[row]);
      for (uint32_t e = offsets[row]; e < offsets[row + 1]; ++e) {
        for (const ColumnPtr& child : column.children()) AppendValue(*child, e, out);
      }
      return;
    }
    case PhysicalType::kStruct:
      for (const ColumnPtr& child : column.children()) AppendValue(*child, row, out);
      return;
  }
}

Status Malformed(const Type& type) {
  return Status::Corruption("bytes of a value are missing or malformed, of type " +
                            type.ToString());
}

// False when the number does not fit T.
template <typename T>
bool TakeInteger(ByteReader& in, ColumnBuilder& builder) {
  const int64_t value = UnZigZag(in.Varint());
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) return false;
  builder.Append(static_cast<T>(value));
  return !in.failed();
}

template <typename T>
bool TakeLittle(ByteReader& in, ColumnBuilder& builder) {
  builder.Append(in.Little<T>());
  return !in.failed();
}

bool TakeTimestamp(ByteReader& in, ColumnBuilder& builder) {
  TimestampNanos t;
  t.millis = UnZigZag(in.Varint());
  const uint64_t nanos = in.Varint();
  if (in.failed() || nanos > 999'999) return false;
  t.nanos = static_cast<int32_t>(nanos);
  builder.Append(t);
  return true;
}

bool TakeString(ByteReader& in, ColumnBuilder& builder) {
  const uint64_t bytes = in.Varint();
  if (bytes > std::numeric_limits<uint32_t>::max()) return false;
  const std::string_view text = in.Bytes(bytes);
  if (in.failed()) return false;
  builder.AppendString(text);
  return true;
}

Status TakeList(ByteReader& in, ColumnBuilder& builder) {
  const uint64_t count = in.Varint();
  // Every element takes at least one byte. The check keeps a malformed count from making the loop
  // run for long.
  if (in.failed() || count > in.rest().size()) return Malformed(builder.type());
  for (uint64_t e = 0; e < count; ++e) {
    for (size_t i = 0; i < builder.child_count(); ++i) {
      RETURN_IF_ERROR(DecodeValueInto(in, builder.child(i)));
    }
  }
  builder.AppendList();
  return Status();
}

Status TakeStruct(ByteReader& in, ColumnBuilder& builder) {
  for (size_t i = 0; i < builder.child_count(); ++i) {
    RETURN_IF_ERROR(DecodeValueInto(in, builder.child(i)));
  }
  builder.AppendRow();
  return Status();
}

bool TakeFlat(ByteReader& in, ColumnBuilder& builder) {
  switch (builder.type().physical()) {
    case PhysicalType::kBool:
      return TakeLittle<uint8_t>(in, builder);
    case PhysicalType::kInt8:
      return TakeInteger<int8_t>(in, builder);
    case PhysicalType::kInt16:
      return TakeInteger<int16_t>(in, builder);
    case PhysicalType::kInt32:
      return TakeInteger<int32_t>(in, builder);
    case PhysicalType::kInt64:
      return TakeInteger<int64_t>(in, builder);
    case PhysicalType::kInt128:
      return TakeLittle<Int128>(in, builder);
    case PhysicalType::kFloat:
      return TakeLittle<float>(in, builder);
    case PhysicalType::kDouble:
      return TakeLittle<double>(in, builder);
    case PhysicalType::kTimestampNanos:
      return TakeTimestamp(in, builder);
    case PhysicalType::kString:
      return TakeString(in, builder);
    case PhysicalType::kList:
    case PhysicalType::kStruct:
    case PhysicalType::kNone:
      return false;
  }
  WEIR_UNREACHABLE();
}

}  // namespace

void AppendNonNullValue(const Column& column, uint32_t row, std::string& out) {
  AppendStored(column, column.is_constant() ? 0 : row, out);
}

void AppendValue(const Column& column, uint32_t row, std::string& out) {
  const bool null = column.IsNull(row);
  out.push_back(null ? kNullTag : kValueTag);
  if (!null) AppendNonNullValue(column, row, out);
}

Status DecodeNonNullValueInto(ByteReader& in, ColumnBuilder& builder) {
  const PhysicalType physical = builder.type().physical();
  if (physical == PhysicalType::kList) return TakeList(in, builder);
  if (physical == PhysicalType::kStruct) return TakeStruct(in, builder);
  return TakeFlat(in, builder) ? Status() : Malformed(builder.type());
}

Status DecodeValueInto(ByteReader& in, ColumnBuilder& builder) {
  const auto tag = in.Little<char>();
  if (in.failed() || (tag != kNullTag && tag != kValueTag)) return Malformed(builder.type());
  if (tag == kValueTag) return DecodeNonNullValueInto(in, builder);
  builder.AppendNull();
  return Status();
}

}  // namespace weir
