#include "runtime/arrow/column_reader.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <utility>

#include "runtime/base/valid_utf8.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"

namespace weir::arrow {
namespace {

constexpr int64_t kPowersOfTen[] = {1,       10,        100,        1'000,       10'000,
                                    100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
constexpr int64_t kNanosOfDay = int64_t{86'400} * 1'000'000'000;

Status NoSuchValue(const ReadNode& node, std::string_view what) {
  const std::string place = node.path.empty() ? "" : fmt::format("column \"{}\": ", node.path);
  return Status::DataError(
             fmt::format("{}{} is not a {}", place, what, node.type.ToStringIgnoringNullability()))
      .WithId("E3005");
}

bool ArrowBit(const void* bits, int64_t i) {
  return ((static_cast<const uint8_t*>(bits)[i / 8] >> (i % 8)) & 1) != 0;
}

// Marks what is NULL; `bits` is null where nothing is.
void CopyValidity(const void* bits, int64_t first, Column& column) {
  if (bits == nullptr || column.stored() == 0) return;
  uint64_t* valid = column.MutableValidity();
  if (first % 8 == 0) {
    std::memcpy(valid, static_cast<const uint8_t*>(bits) + first / 8, (column.stored() + 7) / 8);
    return;
  }
  for (uint32_t i = 0; i < column.stored(); ++i)
    if (!ArrowBit(bits, first + i)) ClearBit(valid, i);
}

// Cuts digits behind `precision` off, rounding down, also before 1970.
int64_t CutDigits(int64_t number, int digits, int precision) {
  if (precision >= digits) return number;
  const int64_t unit = kPowersOfTen[digits - precision];
  return FloorDivide(number, unit) * unit;
}

// `number` of 10^-digits of a second as microseconds; false where there is no such number.
bool MicrosOf(int64_t number, int digits, int64_t& micros) {
  if (digits > 6) {
    micros = FloorDivide(number, kPowersOfTen[digits - 6]);
    return true;
  }
  return !__builtin_mul_overflow(number, kPowersOfTen[6 - digits], &micros);
}

// As above, in milliseconds and the nanoseconds behind them. An instant of INT96 has been read in
// microseconds and, modulo 2^64, in nanoseconds: what these are behind the microseconds is exact.
bool NanosOf(int64_t number, int digits, TimestampNanos& nanos) {
  if (digits >= 3) {
    const int64_t unit = kPowersOfTen[digits - 3];
    nanos.millis = FloorDivide(number, unit);
    nanos.nanos = static_cast<int32_t>((number - nanos.millis * unit) * kPowersOfTen[9 - digits]);
    return true;
  }
  nanos.nanos = 0;
  return !__builtin_mul_overflow(number, kPowersOfTen[3 - digits], &nanos.millis);
}

}  // namespace

Result<ColumnPtr> ColumnReader::Read(const ReadNode& node, const ArrowArray& array,
                                     const ArrowArray* nanos) {
  return ReadSlice(node, {&array, nanos, 0, static_cast<uint32_t>(array.length)});
}

Status ColumnReader::ReadInto(const ReadNode& node, const ArrowArray& array, Column& out) const {
  std::memset(out.MutableValidity(), 0xff, BitmapWords(out.stored()) * sizeof(uint64_t));
  CopyValidity(array.null_count == 0 ? nullptr : array.buffers[0], array.offset, out);
  return Fill(node, {&array, nullptr, 0, out.stored()}, out);
}

Result<ColumnPtr> ColumnReader::ReadSlice(const ReadNode& node, const Slice& slice) {
  if (node.from.kind == ArrowKind::kNull) return Column::MakeNull(node.type, slice.count);
  switch (node.from.kind) {
    case ArrowKind::kList:
    case ArrowKind::kMap:
      return ReadList(node, slice);
    case ArrowKind::kStruct:
      return ReadRow(node, slice);
    default:
      break;
  }
  const MutableColumnPtr column = Column::Make(node.type, slice.count);
  CopyValidity(slice.array->null_count == 0 ? nullptr : slice.array->buffers[0], slice.first(),
               *column);
  RETURN_IF_ERROR(Fill(node, slice, *column));
  return ColumnPtr(column);
}

Status ColumnReader::Fill(const ReadNode& node, const Slice& slice, Column& out) const {
  switch (node.type.kind()) {
    case TypeKind::kBoolean:
      for (uint32_t i = 0; i < slice.count; ++i)
        out.mutable_data<uint8_t>()[i] =
            ArrowBit(slice.array->buffers[1], slice.first() + i) ? 1 : 0;
      return {};
    case TypeKind::kFloat:
      return Each<float, float>(node, slice, out, [](float from, float& to) {
        to = from;
        return true;
      });
    case TypeKind::kDouble: {
      const auto widen = [](auto from, double& to) {
        to = from;
        return true;
      };
      return node.from.width == 4 ? Each<float, double>(node, slice, out, widen)
                                  : Each<double, double>(node, slice, out, widen);
    }
    case TypeKind::kDate:
      return Each<int32_t, int32_t>(node, slice, out, [](int32_t from, int32_t& to) {
        to = from;
        return true;
      });
    case TypeKind::kDecimal:
      return FillDecimals(node, slice, out);
    case TypeKind::kTime:
      return FillTimes(node, slice, out);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return FillTimestamps(node, slice, out);
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return FillTexts(node, slice, out);
    default:
      return FillIntegers(node, slice, out);
  }
}

// Converts each value; one that cannot be is an error unless it is NULL.
template <typename From, typename To, typename Convert>
Status ColumnReader::Each(const ReadNode& node, const Slice& slice, Column& out,
                          Convert convert) const {
  const From* from = slice.values<From>();
  To* to = out.mutable_data<To>();
  for (uint32_t i = 0; i < slice.count; ++i) {
    if (convert(from[i], to[i]) || out.IsNull(i)) [[likely]]
      continue;
    if constexpr (std::is_same_v<From, Int128>) {
      return NoSuchValue(node, node.path.empty() ? "a value" : "a value of the file");
    } else {
      return NoSuchValue(node, fmt::format("'{}'", from[i]));
    }
  }
  return {};
}

template <typename From>
Status ColumnReader::IntegersOf(const ReadNode& node, const Slice& slice, Column& out) const {
  const auto into = [&]<typename To>() {
    return Each<From, To>(node, slice, out, [](From from, To& to) {
      to = static_cast<To>(from);  // NOLINT(bugprone-signed-char-misuse): it is a number
      return std::in_range<To>(from);
    });
  };
  const auto into_decimal = [&]<typename To>() {
    return Each<From, To>(node, slice, out, [&](From from, To& to) {
      to = static_cast<To>(from);  // NOLINT(bugprone-signed-char-misuse): it is a number
      return FitsPrecision(Int128{from}, node.type.precision());
    });
  };
  switch (node.type.physical()) {
    case PhysicalType::kInt8:
      return into.template operator()<int8_t>();
    case PhysicalType::kInt16:
      return into.template operator()<int16_t>();
    case PhysicalType::kInt32:
      return into.template operator()<int32_t>();
    case PhysicalType::kInt128:
      return into_decimal.template operator()<Int128>();
    default:
      return node.type.kind() == TypeKind::kDecimal ? into_decimal.template operator()<int64_t>()
                                                    : into.template operator()<int64_t>();
  }
}

Status ColumnReader::FillIntegers(const ReadNode& node, const Slice& slice, Column& out) const {
  const bool is_signed = node.from.kind == ArrowKind::kSigned;
  switch (node.from.width) {
    case 1:
      return is_signed ? IntegersOf<int8_t>(node, slice, out)
                       : IntegersOf<uint8_t>(node, slice, out);
    case 2:
      return is_signed ? IntegersOf<int16_t>(node, slice, out)
                       : IntegersOf<uint16_t>(node, slice, out);
    case 4:
      return is_signed ? IntegersOf<int32_t>(node, slice, out)
                       : IntegersOf<uint32_t>(node, slice, out);
    default:
      return is_signed ? IntegersOf<int64_t>(node, slice, out)
                       : IntegersOf<uint64_t>(node, slice, out);
  }
}

Status ColumnReader::FillDecimals(const ReadNode& node, const Slice& slice, Column& out) const {
  if (node.from.kind != ArrowKind::kDecimal) return FillIntegers(node, slice, out);
  const Int128 factor = PowerOfTen(node.type.scale() - node.from.scale);
  const int precision = node.type.precision();
  const auto rescale = [&](Int128 from, auto& to) {
    Int128 scaled = 0;
    if (__builtin_mul_overflow(from, factor, &scaled) || !FitsPrecision(scaled, precision))
      return false;
    to = static_cast<std::remove_reference_t<decltype(to)>>(scaled);
    return true;
  };
  return node.type.physical() == PhysicalType::kInt128
             ? Each<Int128, Int128>(node, slice, out, rescale)
             : Each<Int128, int64_t>(node, slice, out, rescale);
}

Status ColumnReader::FillTimes(const ReadNode& node, const Slice& slice, Column& out) const {
  const int64_t unit = kPowersOfTen[9 - node.from.scale];
  const auto convert = [&](auto from, int64_t& to) {
    if (from < 0 || from >= kNanosOfDay / unit) return false;
    to = CutDigits(from * unit, 9, node.type.precision());
    return true;
  };
  return node.from.width == 4 ? Each<int32_t, int64_t>(node, slice, out, convert)
                              : Each<int64_t, int64_t>(node, slice, out, convert);
}

Status ColumnReader::FillTimestamps(const ReadNode& node, const Slice& slice, Column& out) const {
  const bool instant = node.int96 || node.from.adjusted;
  const bool wanted_instant = node.type.kind() == TypeKind::kTimestampLtz;
  const int digits = node.from.scale;
  const int precision = node.type.precision();
  if (node.type.physical() == PhysicalType::kInt64) {
    return Each<int64_t, int64_t>(node, slice, out, [&](int64_t from, int64_t& to) {
      if (!MicrosOf(from, digits, to)) return false;
      if (instant && !wanted_instant) to = zone_.ToLocalMicros(to);
      if (!instant && wanted_instant) to = zone_.ToUtcMicros(to);
      to = CutDigits(to, 6, precision);
      return true;
    });
  }
  const int64_t* nanos =
      node.int96 && slice.nanos != nullptr
          ? static_cast<const int64_t*>(slice.nanos->buffers[1]) + slice.nanos->offset + slice.start
          : nullptr;
  const auto convert = [&](int64_t from, TimestampNanos& to) {
    to = TimestampNanos();
    if (!NanosOf(from, digits, to)) return false;
    if (nanos != nullptr) {
      const uint64_t behind = static_cast<uint64_t>(*nanos++) - static_cast<uint64_t>(from) * 1'000;
      to.nanos += static_cast<int32_t>(behind % 1'000);
    }
    if (instant && !wanted_instant) to = zone_.ToLocal(to);
    if (!instant && wanted_instant) to = zone_.ToUtc(to);
    to.nanos = static_cast<int32_t>(CutDigits(to.nanos, 9, precision));
    return true;
  };
  return Each<int64_t, TimestampNanos>(node, slice, out, convert);
}

Status ColumnReader::FillTexts(const ReadNode& node, const Slice& slice, Column& out) const {
  if (node.from.kind == ArrowKind::kFixedBytes) return FillFixedBytes(node, slice, out);
  return node.from.large ? TextsOf<int64_t>(node, slice, out) : TextsOf<int32_t>(node, slice, out);
}

template <typename Offset>
Status ColumnReader::TextsOf(const ReadNode& node, const Slice& slice, Column& out) const {
  StringRef* refs = out.mutable_data<StringRef>();
  if (slice.count == 0) return {};
  const Offset* offsets = slice.values<Offset>();
  const char* bytes = static_cast<const char*>(slice.array->buffers[2]);
  const auto size = static_cast<size_t>(offsets[slice.count] - offsets[0]);
  const BufferPtr heap = MakeBuffer<char>(size);
  char* const copy = heap->template as<char>();
  if (size > 0) std::memcpy(copy, bytes + offsets[0], size);
  out.AddHeap(heap);
  // Where all are valid together, each is that does not begin within a character.
  const bool checks = node.type.is_character();
  const bool valid = checks && IsUtf8({copy, size});
  for (uint32_t i = 0; i < slice.count; ++i) {
    const auto length = static_cast<uint64_t>(offsets[i + 1] - offsets[i]);
    if (length > std::numeric_limits<int32_t>::max()) return NoSuchValue(node, "a text of 2 GiB");
    const std::string_view text(copy + (offsets[i] - offsets[0]), length);
    refs[i] = StringRef(text);
    if (!checks || (valid && (text.empty() || (static_cast<uint8_t>(text[0]) & 0xc0) != 0x80)))
      continue;
    if (!out.IsNull(i) && !IsUtf8(text)) return NoSuchValue(node, "what is not UTF-8");
  }
  return {};
}

Status ColumnReader::FillFixedBytes(const ReadNode& node, const Slice& slice, Column& out) const {
  const auto width = static_cast<size_t>(node.from.width);
  const size_t size = width * slice.count;
  const BufferPtr heap = MakeBuffer<char>(size);
  char* const copy = heap->as<char>();
  const char* bytes = static_cast<const char*>(slice.array->buffers[1]);
  if (size > 0) std::memcpy(copy, bytes + width * static_cast<size_t>(slice.first()), size);
  out.AddHeap(heap);
  for (uint32_t i = 0; i < slice.count; ++i)
    out.mutable_data<StringRef>()[i] = StringRef(std::string_view(copy + width * i, width));
  return {};
}

Result<ColumnPtr> ColumnReader::ReadList(const ReadNode& node, const Slice& slice) {
  const MutableColumnPtr column = Column::Make(node.type, slice.count);
  CopyValidity(slice.array->null_count == 0 ? nullptr : slice.array->buffers[0], slice.first(),
               *column);
  const auto offset = [&](uint32_t i) -> int64_t {
    if (node.from.large) return slice.values<int64_t>()[i];
    return slice.values<int32_t>()[i];
  };
  const int64_t begin = slice.count == 0 ? 0 : offset(0);
  const int64_t end = slice.count == 0 ? 0 : offset(slice.count);
  if (end - begin > std::numeric_limits<int32_t>::max())
    return NoSuchValue(node, "a batch of 2^31 elements");
  column->mutable_offsets()[0] = 0;
  for (uint32_t i = 0; i < slice.count; ++i)
    column->mutable_offsets()[i + 1] = static_cast<uint32_t>(offset(i + 1) - begin);
  const auto elements = static_cast<uint32_t>(end - begin);
  const bool map = node.from.kind == ArrowKind::kMap;
  const Slice entries = slice.Child(0, begin, elements);
  for (size_t i = 0; i < node.parts.size(); ++i) {
    const Slice part =
        map ? entries.Child(static_cast<int64_t>(i), entries.first(), elements) : entries;
    column->AddChild(TRY(ReadSlice(node.parts[i], part)));
  }
  return ColumnPtr(column);
}

Result<ColumnPtr> ColumnReader::ReadRow(const ReadNode& node, const Slice& slice) {
  const MutableColumnPtr column = Column::Make(node.type, slice.count);
  CopyValidity(slice.array->null_count == 0 ? nullptr : slice.array->buffers[0], slice.first(),
               *column);
  for (const ReadNode& part : node.parts) {
    column->AddChild(
        part.child < 0 ? Column::MakeNull(part.type, slice.count)
                       : TRY(ReadSlice(part, slice.Child(part.child, slice.first(), slice.count))));
  }
  return ColumnPtr(column);
}

}  // namespace weir::arrow
