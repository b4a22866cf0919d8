#include <algorithm>
#include <bit>
#include <string>

#include "runtime/base/bytes.h"
#include "runtime/types/batch.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/datetime.h"
#include "runtime/types/key_encoding.h"

namespace weir {
namespace {

constexpr char kNullTag = 0;
constexpr char kValueTag = 1;
constexpr uint64_t kSignBit = uint64_t{1} << 63;

int64_t IntegerOfBits(uint64_t bits) {
  return static_cast<int64_t>(bits ^ kSignBit);
}
double DoubleOfBits(uint64_t bits) {
  return std::bit_cast<double>((bits & kSignBit) != 0 ? bits ^ kSignBit : ~bits);
}

Status Malformed() {
  return Status::Corruption("bytes of a key are missing or malformed");
}

Status TakeValue(ByteReader& in, ColumnBuilder& builder);

uint64_t TakeBig64(ByteReader& in) {
  return __builtin_bswap64(in.Little<uint64_t>());
}

Status TakeString(ByteReader& in, ColumnBuilder& builder) {
  std::string text;
  while (true) {
    const std::string_view rest = in.rest();
    const size_t zero = rest.find('\0');
    if (zero == std::string_view::npos || zero + 1 >= rest.size()) return Malformed();
    text.append(in.Bytes(zero));
    const char next = in.Bytes(2)[1];
    if (next == '\0') break;
    if (next != '\xFF') return Malformed();
    text.push_back('\0');
  }
  builder.AppendString(text);
  return Status();
}

Status TakeTimestamp(ByteReader& in, ColumnBuilder& builder) {
  const int64_t micros = IntegerOfBits(TakeBig64(in));
  const uint16_t nanos = __builtin_bswap16(in.Little<uint16_t>());
  if (in.failed() || nanos > 999) return Malformed();
  if (builder.type().physical() == PhysicalType::kInt64) {
    builder.Append(micros);
    return Status();
  }
  TimestampNanos t = NanosFromMicros(micros);
  t.nanos += nanos;
  builder.Append(t);
  return Status();
}

Status TakeDecimal(ByteReader& in, ColumnBuilder& builder) {
  const int64_t high = IntegerOfBits(TakeBig64(in));
  const uint64_t low = TakeBig64(in);
  if (in.failed()) return Malformed();
  const Int128 unscaled = (static_cast<Int128>(high) << 64) | static_cast<Int128>(low);
  if (builder.type().physical() == PhysicalType::kInt64) {
    builder.Append(static_cast<int64_t>(unscaled));
  } else {
    builder.Append(unscaled);
  }
  return Status();
}

template <typename T>
Status TakeNumber(ByteReader& in, ColumnBuilder& builder) {
  const uint64_t bits = TakeBig64(in);
  if (in.failed()) return Malformed();
  if constexpr (std::is_floating_point_v<T>) {
    builder.Append(static_cast<T>(DoubleOfBits(bits)));
  } else {
    builder.Append(static_cast<T>(IntegerOfBits(bits)));
  }
  return Status();
}

Status TakeBool(ByteReader& in, ColumnBuilder& builder) {
  const auto byte = in.Little<uint8_t>();
  if (in.failed() || byte > 1) return Malformed();
  builder.Append(byte);
  return Status();
}

Status TakeStruct(ByteReader& in, ColumnBuilder& builder) {
  for (size_t i = 0; i < builder.child_count(); ++i) {
    RETURN_IF_ERROR(TakeValue(in, builder.child(i)));
  }
  builder.AppendRow();
  return Status();
}

Status TakeList(ByteReader& in, ColumnBuilder& builder) {
  while (in.Little<char>() == kValueTag) {
    for (size_t i = 0; i < builder.child_count(); ++i) {
      RETURN_IF_ERROR(TakeValue(in, builder.child(i)));
    }
  }
  if (in.failed()) return Malformed();
  builder.AppendList();
  return Status();
}

Status TakeStored(ByteReader& in, ColumnBuilder& builder) {
  const Type& type = builder.type();
  if (type.kind() == TypeKind::kDecimal) return TakeDecimal(in, builder);
  if (type.is_timestamp()) return TakeTimestamp(in, builder);
  switch (type.physical()) {
    case PhysicalType::kBool:
      return TakeBool(in, builder);
    case PhysicalType::kInt8:
      return TakeNumber<int8_t>(in, builder);
    case PhysicalType::kInt16:
      return TakeNumber<int16_t>(in, builder);
    case PhysicalType::kInt32:
      return TakeNumber<int32_t>(in, builder);
    case PhysicalType::kInt64:
      return TakeNumber<int64_t>(in, builder);
    case PhysicalType::kFloat:
      return TakeNumber<float>(in, builder);
    case PhysicalType::kDouble:
      return TakeNumber<double>(in, builder);
    case PhysicalType::kString:
      return TakeString(in, builder);
    case PhysicalType::kStruct:
      return TakeStruct(in, builder);
    case PhysicalType::kList:
      return TakeList(in, builder);
    case PhysicalType::kInt128:
    case PhysicalType::kTimestampNanos:
    case PhysicalType::kNone:
      break;
  }
  return Malformed();
}

Status TakeValue(ByteReader& in, ColumnBuilder& builder) {
  const auto tag = in.Little<char>();
  if (in.failed() || (tag != kNullTag && tag != kValueTag)) return Malformed();
  if (tag == kValueTag) return TakeStored(in, builder);
  builder.AppendNull();
  return Status();
}

// --- Keys of equal length, column by column ------------------------------------------------------

constexpr size_t kNumberBytes = 9;      // tag and number
constexpr size_t kTimestampBytes = 11;  // tag, number and nanoseconds within the microsecond

// Bytes of an integer or timestamp that is not NULL; 0 for other types.
size_t NumberWidth(const Type& type) {
  if (type.kind() == TypeKind::kDecimal) return 0;
  switch (type.physical()) {
    case PhysicalType::kInt8:
    case PhysicalType::kInt16:
    case PhysicalType::kInt32:
      return kNumberBytes;
    case PhysicalType::kInt64:
      return type.is_timestamp() ? kTimestampBytes : kNumberBytes;
    default:
      return 0;
  }
}

// Fills the column from the bytes at `at` of each key. False if one is NULL or out of T's range;
// the column is then of no use.
template <typename T>
bool TakeNumbers(std::span<const std::string_view> keys, size_t at, Column& column) {
  T* out = column.mutable_data<T>();
  const bool timestamp = column.type().is_timestamp();
  bool good = true;
  for (size_t i = 0; i < keys.size(); ++i) {
    const char* bytes = keys[i].data() + at;
    good &= bytes[0] == kValueTag;
    out[i] = static_cast<T>(IntegerOfBits(__builtin_bswap64(LoadLittle<uint64_t>(bytes + 1))));
    if (timestamp) good &= __builtin_bswap16(LoadLittle<uint16_t>(bytes + kNumberBytes)) <= 999;
  }
  return good;
}

// The column at `at` of every key, moving `at` behind it; null when the type is another, or a value
// NULL.
ColumnPtr DecodeNumbers(std::span<const std::string_view> keys, const Type& type, size_t& at) {
  const size_t width = NumberWidth(type);
  if (width == 0 || at + width > keys[0].size()) return nullptr;
  const MutableColumnPtr column = Column::Make(type, static_cast<uint32_t>(keys.size()));
  const auto take = [&]<typename T>() { return TakeNumbers<T>(keys, at, *column); };
  bool good = false;
  switch (type.physical()) {
    case PhysicalType::kInt8:
      good = take.template operator()<int8_t>();
      break;
    case PhysicalType::kInt16:
      good = take.template operator()<int16_t>();
      break;
    case PhysicalType::kInt32:
      good = take.template operator()<int32_t>();
      break;
    default:
      good = take.template operator()<int64_t>();
  }
  if (!good) return nullptr;
  at += width;
  return column;
}

// The column at `at` as a constant that is decoded once, if all keys have equal bytes there; `at`
// then moves behind it. Null otherwise.
ColumnPtr DecodeSame(std::span<const std::string_view> keys, const Type& type, size_t& at) {
  const std::string_view first = keys[0].substr(at);
  ByteReader in(first);
  ColumnBuilder builder(type, 1);
  if (!TakeValue(in, builder).ok() || in.failed()) return nullptr;
  const std::string_view value = first.substr(0, first.size() - in.rest().size());
  for (const std::string_view key : keys) {
    if (key.substr(at, value.size()) != value) return nullptr;
  }
  at += value.size();
  return RepeatRow(*builder.Finish(), 0, static_cast<uint32_t>(keys.size()));
}

// Decodes all keys a column at a time. False, with `columns` empty, if a column is neither one of
// numbers without NULLs nor equal in all keys.
bool DecodeByColumn(std::span<const std::string_view> keys, std::span<const Type> types,
                    std::vector<ColumnPtr>& columns) {
  if (keys.empty()) return false;
  for (const std::string_view key : keys) {
    if (key.size() != keys[0].size()) return false;
  }
  size_t at = 0;
  for (const Type& type : types) {
    ColumnPtr column = DecodeNumbers(keys, type, at);
    if (!column) column = DecodeSame(keys, type, at);
    if (!column) break;
    columns.push_back(std::move(column));
  }
  if (columns.size() == types.size() && at == keys[0].size()) return true;
  columns.clear();
  return false;
}

// Whether equal values of the type may have different bits: floats, and the entries of a map in
// another order.
bool HasSeveralForms(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
      return true;
    default:
      return type.is_nested() && std::ranges::any_of(type.fields(), [](const TypeField& field) {
               return HasSeveralForms(field.type);
             });
  }
}

}  // namespace

Result<std::vector<ColumnPtr>> DecodeKeys(std::span<const std::string_view> keys,
                                          std::span<const Type> types) {
  std::vector<ColumnPtr> columns;
  if (DecodeByColumn(keys, types, columns)) return columns;
  std::vector<ColumnBuilder> builders;
  for (const Type& type : types) {
    builders.emplace_back(type, static_cast<uint32_t>(keys.size()));
  }
  for (const std::string_view key : keys) {
    ByteReader in(key);
    for (ColumnBuilder& builder : builders) RETURN_IF_ERROR(TakeValue(in, builder));
    if (!in.at_end()) return Malformed();
  }
  for (ColumnBuilder& builder : builders) columns.push_back(builder.Finish());
  return columns;
}

Result<ColumnPtr> GatherKey(const Column& column, std::span<const uint32_t> ids) {
  const auto count = static_cast<uint32_t>(ids.size());
  if (!HasSeveralForms(column.type())) return GatherColumn(column, ids.data(), count);
  std::string bytes;
  std::vector<size_t> ends;
  for (const uint32_t id : ids) {
    AppendKeyValue(column, column.is_constant() ? 0 : id, bytes);
    ends.push_back(bytes.size());
  }
  std::vector<std::string_view> keys;
  for (size_t i = 0; i < ends.size(); ++i) {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    keys.push_back(std::string_view(bytes).substr(begin, ends[i] - begin));
  }
  const Type& type = column.type();
  return TRY(DecodeKeys(keys, std::span(&type, 1))).front();
}

}  // namespace weir
