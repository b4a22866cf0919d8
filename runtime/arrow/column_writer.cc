#include "runtime/arrow/column_writer.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "runtime/arrow/owned_arrow.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"

namespace weir::arrow {
namespace {

// What a schema or an array has, with its children, goes with its `private_data`.
template <typename Owned, typename Raw>
void Release(Raw* raw) {
  delete static_cast<Owned*>(raw->private_data);
  raw->release = nullptr;
}

// --- Schemas -------------------------------------------------------------------------------------

struct OwnedSchema {
  std::string format;
  std::string name;
  std::vector<OwnedArrow<ArrowSchema>> children;
  std::vector<ArrowSchema*> pointers;
};

// Units of a second that are 10^-digits of it, as formats spell them.
char UnitLetter(int digits) {
  return digits == 3 ? 'm' : digits == 6 ? 'u' : 'n';
}

// TIME has milliseconds, as in Flink, unless it is declared with more digits.
int TimeDigits(const Type& type, const ArrayLayout& layout) {
  if (layout.borrows) return 9;
  return type.precision() <= 3 ? 3 : type.precision() <= 6 ? 6 : 9;
}

int TimestampDigits(const Type& type, const ArrayLayout& layout) {
  if (!layout.int96 && !layout.borrows) return layout.digits;
  return type.physical() == PhysicalType::kInt64 ? 6 : 9;
}

std::string FormatOf(const Type& type, const ArrayLayout& layout) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return "b";
    case TypeKind::kTinyInt:
      return "c";
    case TypeKind::kSmallInt:
      return "s";
    case TypeKind::kInt:
      return "i";
    case TypeKind::kBigInt:
      return "l";
    case TypeKind::kFloat:
      return "f";
    case TypeKind::kDouble:
      return "g";
    case TypeKind::kDecimal:
      return fmt::format("d:{},{}", type.precision(), type.scale());
    case TypeKind::kChar:
    case TypeKind::kVarChar:
      return layout.borrows ? "u" : "U";
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return layout.borrows ? "z" : "Z";
    case TypeKind::kDate:
      return "tdD";
    case TypeKind::kTime:
      return fmt::format("tt{}", UnitLetter(TimeDigits(type, layout)));
    case TypeKind::kTimestamp:
      return fmt::format("ts{}:", UnitLetter(TimestampDigits(type, layout)));
    case TypeKind::kTimestampLtz:
      return fmt::format("ts{}:UTC", UnitLetter(TimestampDigits(type, layout)));
    case TypeKind::kArray:
      return "+l";
    case TypeKind::kMap:
    case TypeKind::kMultiset:
      return "+m";
    default:
      return "+s";
  }
}

// The children of an array of this type, as they are written: the entries of a map are rows.
std::vector<TypeField> WrittenParts(const Type& type) {
  const std::vector<TypeField>& fields = type.fields();
  const auto entries = [](const Type& key, const Type& value) {
    return TypeField{
        "key_value",
        Type::Row({{"key", key.WithNullable(false)}, {"value", value}}).WithNullable(false)};
  };
  switch (type.kind()) {
    case TypeKind::kArray:
      return {{"element", fields[0].type}};
    case TypeKind::kMap:
      return {entries(fields[0].type, fields[1].type)};
    case TypeKind::kMultiset:
      return {entries(fields[0].type, Type::Int().WithNullable(false))};
    default:
      return fields;
  }
}

void FillSchema(const TypeField& field, const ArrayLayout& layout, ArrowSchema* out) {
  auto owned = std::make_unique<OwnedSchema>();
  owned->format = FormatOf(field.type, layout);
  owned->name = field.name;
  const std::vector<TypeField> parts = WrittenParts(field.type);
  owned->children = std::vector<OwnedArrow<ArrowSchema>>(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    FillSchema(parts[i], layout, owned->children[i].Fill());
    owned->pointers.push_back(owned->children[i].get());
  }
  *out = {};
  out->format = owned->format.c_str();
  out->name = owned->name.c_str();
  out->flags = field.type.nullable() ? ARROW_FLAG_NULLABLE : 0;
  out->n_children = static_cast<int64_t>(parts.size());
  out->children = owned->pointers.data();
  out->release = Release<OwnedSchema, ArrowSchema>;
  out->private_data = owned.release();
}

// --- Arrays --------------------------------------------------------------------------------------

struct OwnedArray {
  std::array<BufferPtr, 3> buffers;
  std::array<const void*, 3> pointers{};
  std::vector<OwnedArrow<ArrowArray>> children;
  std::vector<ArrowArray*> child_pointers;
};

// An array in the making, which owns what it has until it is handed over.
class ArrayMaker {
 public:
  ArrayMaker(int64_t length, int64_t buffers) : length_(length), buffers_(buffers) {}

  // Buffer 0 has the bits of what is not NULL.
  template <typename T>
  T* Allocate(int buffer, size_t count) {
    BufferPtr& place = owned_->buffers[static_cast<size_t>(buffer)];
    place = MakeBuffer<T>(count);
    owned_->pointers[static_cast<size_t>(buffer)] = place->as<T>();
    return place->as<T>();
  }
  // What lives at least as long as the array.
  void Borrow(int buffer, const void* data) {
    owned_->pointers[static_cast<size_t>(buffer)] = data;
  }
  // To be filled, each.
  std::span<ArrowArray* const> AddChildren(size_t count) {
    owned_->children = std::vector<OwnedArrow<ArrowArray>>(count);
    for (OwnedArrow<ArrowArray>& child : owned_->children)
      owned_->child_pointers.push_back(child.Fill());
    return owned_->child_pointers;
  }
  void SetNulls(int64_t nulls) { nulls_ = nulls; }
  void Finish(ArrowArray* out) {
    *out = {};
    out->length = length_;
    out->null_count = nulls_;
    out->n_buffers = buffers_;
    out->buffers = owned_->pointers.data();
    out->n_children = static_cast<int64_t>(owned_->children.size());
    out->children = owned_->child_pointers.data();
    out->release = Release<OwnedArray, ArrowArray>;
    out->private_data = owned_.release();
  }

 private:
  const int64_t length_;
  const int64_t buffers_;
  int64_t nulls_ = 0;
  std::unique_ptr<OwnedArray> owned_ = std::make_unique<OwnedArray>();
};

int64_t CountSetBits(const uint64_t* words, uint32_t bits) {
  int64_t set = 0;
  for (uint32_t i = 0; i < bits / 64; ++i) set += std::popcount(words[i]);
  if (bits % 64 != 0) set += std::popcount(words[bits / 64] << (64 - bits % 64));
  return set;
}

// Rows [start, start + count) of a column.
struct Rows {
  const Column* column;
  uint32_t start;
  uint32_t count;
  bool IsNull(uint32_t i) const { return column->IsNull(start + i); }
  template <typename T>
  const T& At(uint32_t i) const {
    return column->ValueAt<T>(start + i);
  }
};

Status CannotWrite(const TypeField& field, std::string_view why) {
  return Status::DataError(fmt::format("column \"{}\": {}", field.name, why)).WithId("E3001");
}

class BatchWriter {
 public:
  explicit BatchWriter(const ArrayLayout& layout) : layout_(layout) {}

  Status Write(const TypeField& field, const Rows& rows, ArrowArray* out) const {
    switch (field.type.kind()) {
      case TypeKind::kArray:
      case TypeKind::kMap:
      case TypeKind::kMultiset:
        return WriteList(field, rows, out);
      case TypeKind::kRow: {
        ArrayMaker array(rows.count, 1);
        WriteNulls(rows, array);
        const std::vector<TypeField>& fields = field.type.fields();
        const auto children = array.AddChildren(fields.size());
        for (size_t i = 0; i < fields.size(); ++i) {
          const TypeField part{fmt::format("{}.{}", field.name, fields[i].name), fields[i].type};
          RETURN_IF_ERROR(Write(part, ChildOfRow(rows, i), children[i]));
        }
        array.Finish(out);
        return {};
      }
      case TypeKind::kChar:
      case TypeKind::kVarChar:
      case TypeKind::kBinary:
      case TypeKind::kVarBinary:
        return layout_.borrows ? WriteTexts<int32_t>(field, rows, out)
                               : WriteTexts<int64_t>(field, rows, out);
      default:
        return WriteFlat(field, rows, out);
    }
  }

 private:
  static Rows ChildOfRow(const Rows& rows, size_t child) {
    const Column* column = rows.column->children()[child].get();
    return {column, rows.start, rows.count};
  }

  // Whether its values lie in the column one behind the other, to be borrowed.
  bool Borrows(const Rows& rows) const {
    return layout_.borrows && !rows.column->is_constant() && rows.start == 0;
  }

  void WriteNulls(const Rows& rows, ArrayMaker& array) const {
    if (!rows.column->has_validity() && rows.column->type().kind() != TypeKind::kNull) return;
    if (Borrows(rows) && rows.column->has_validity()) {
      array.Borrow(0, rows.column->validity());
      array.SetNulls(rows.count - CountSetBits(rows.column->validity(), rows.count));
      return;
    }
    auto* bits = array.Allocate<uint64_t>(0, BitmapWords(rows.count));
    std::memset(bits, 0, BitmapWords(rows.count) * sizeof(uint64_t));
    int64_t nulls = 0;
    for (uint32_t i = 0; i < rows.count; ++i) {
      if (rows.IsNull(i)) {
        ++nulls;
      } else {
        SetBit(bits, i);
      }
    }
    array.SetNulls(nulls);
  }

  // `convert` is false for a value that cannot be written.
  template <typename From, typename To, typename Convert>
  Status WriteValues(const TypeField& field, const Rows& rows, ArrowArray* out,
                     Convert convert) const {
    ArrayMaker array(rows.count, 2);
    WriteNulls(rows, array);
    To* to = array.Allocate<To>(1, rows.count);
    for (uint32_t i = 0; i < rows.count; ++i) {
      to[i] = To{};
      if (convert(rows.At<From>(i), to[i]) || rows.IsNull(i)) [[likely]]
        continue;
      return CannotWrite(field, "nanoseconds of 64 bits reach from 1677 to 2262 only");
    }
    array.Finish(out);
    return {};
  }

  template <typename T>
  Status Copy(const TypeField& field, const Rows& rows, ArrowArray* out) const {
    if (Borrows(rows)) {
      ArrayMaker array(rows.count, 2);
      WriteNulls(rows, array);
      array.Borrow(1, rows.column->data<T>());
      array.Finish(out);
      return {};
    }
    return WriteValues<T, T>(field, rows, out, [](const T& from, T& to) {
      to = from;
      return true;
    });
  }

  Status WriteFlat(const TypeField& field, const Rows& rows, ArrowArray* out) const {
    switch (field.type.kind()) {
      case TypeKind::kBoolean:
        WriteBits(rows, out);
        return {};
      case TypeKind::kTinyInt:
        return Copy<int8_t>(field, rows, out);
      case TypeKind::kSmallInt:
        return Copy<int16_t>(field, rows, out);
      case TypeKind::kInt:
      case TypeKind::kDate:
        return Copy<int32_t>(field, rows, out);
      case TypeKind::kFloat:
        return Copy<float>(field, rows, out);
      case TypeKind::kDouble:
        return Copy<double>(field, rows, out);
      case TypeKind::kDecimal:
        return WriteDecimals(field, rows, out);
      case TypeKind::kTime:
        return WriteTimes(field, rows, out);
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz:
        return WriteTimestamps(field, rows, out);
      default:
        return Copy<int64_t>(field, rows, out);
    }
  }

  void WriteBits(const Rows& rows, ArrowArray* out) const {
    ArrayMaker array(rows.count, 2);
    WriteNulls(rows, array);
    auto* bits = array.Allocate<uint64_t>(1, BitmapWords(rows.count));
    std::memset(bits, 0, BitmapWords(rows.count) * sizeof(uint64_t));
    for (uint32_t i = 0; i < rows.count; ++i)
      if (!rows.IsNull(i) && rows.At<uint8_t>(i) != 0) SetBit(bits, i);
    array.Finish(out);
  }

  Status WriteDecimals(const TypeField& field, const Rows& rows, ArrowArray* out) const {
    if (field.type.physical() == PhysicalType::kInt128) return Copy<Int128>(field, rows, out);
    return WriteValues<int64_t, Int128>(field, rows, out, [](int64_t from, Int128& to) {
      to = from;
      return true;
    });
  }

  Status WriteTimes(const TypeField& field, const Rows& rows, ArrowArray* out) const {
    if (layout_.borrows) return Copy<int64_t>(field, rows, out);
    const int digits = TimeDigits(field.type, layout_);
    const auto convert = [unit = int64_t{digits == 3   ? 1'000'000
                                         : digits == 6 ? 1'000
                                                       : 1}](int64_t from, auto& to) {
      to = static_cast<std::remove_reference_t<decltype(to)>>(from / unit);
      return true;
    };
    return digits == 3 ? WriteValues<int64_t, int32_t>(field, rows, out, convert)
                       : WriteValues<int64_t, int64_t>(field, rows, out, convert);
  }

  Status WriteTimestamps(const TypeField& field, const Rows& rows, ArrowArray* out) const {
    const bool as_is = layout_.borrows && field.type.physical() == PhysicalType::kInt64;
    if (as_is) return Copy<int64_t>(field, rows, out);
    const bool converts =
        layout_.int96 && !layout_.borrows && field.type.kind() == TypeKind::kTimestamp;
    const int digits = TimestampDigits(field.type, layout_);
    if (field.type.physical() == PhysicalType::kInt64) {
      return WriteValues<int64_t, int64_t>(field, rows, out, [&](int64_t from, int64_t& to) {
        to = converts ? layout_.zone.ToUtcMicros(from) : from;
        if (digits == 3) to = FloorDivide(to, 1'000);
        return digits != 9 || !__builtin_mul_overflow(to, int64_t{1'000}, &to);
      });
    }
    const auto convert = [&](const TimestampNanos& from, int64_t& to) {
      const TimestampNanos at = converts ? layout_.zone.ToUtc(from) : from;
      to = at.millis;
      if (digits == 3) return true;
      const int64_t unit = digits == 6 ? 1'000 : 1'000'000;
      return !__builtin_mul_overflow(to, unit, &to) &&
             !__builtin_add_overflow(to, digits == 6 ? at.nanos / 1'000 : at.nanos, &to);
    };
    return WriteValues<TimestampNanos, int64_t>(field, rows, out, convert);
  }

  template <typename Offset>
  Status WriteTexts(const TypeField& field, const Rows& rows, ArrowArray* out) const {
    ArrayMaker array(rows.count, 3);
    WriteNulls(rows, array);
    auto* offsets = array.Allocate<Offset>(1, size_t{rows.count} + 1);
    int64_t size = 0;
    offsets[0] = 0;
    for (uint32_t i = 0; i < rows.count; ++i) {
      size += rows.IsNull(i) ? 0 : rows.At<StringRef>(i).size();
      offsets[i + 1] = static_cast<Offset>(size);
    }
    if (size > std::numeric_limits<Offset>::max()) {
      return CannotWrite(field, fmt::format("its texts of one batch have {} bytes", size))
          .WithHint("SET 'pipeline.batch-size' to less");
    }
    auto* bytes = array.Allocate<char>(2, static_cast<size_t>(size));
    for (uint32_t i = 0; i < rows.count; ++i) {
      if (rows.IsNull(i)) continue;
      const std::string_view text = rows.At<StringRef>(i).view();
      if (!text.empty()) std::memcpy(bytes + offsets[i], text.data(), text.size());
    }
    array.Finish(out);
    return {};
  }

  // NULLs have no elements in the array, although a column may have some behind them.
  Status WriteList(const TypeField& field, const Rows& rows, ArrowArray* out) const {
    ArrayMaker array(rows.count, 2);
    WriteNulls(rows, array);
    auto* offsets = array.Allocate<int32_t>(1, size_t{rows.count} + 1);
    offsets[0] = 0;
    std::vector<uint32_t> ids;
    for (uint32_t i = 0; i < rows.count; ++i) {
      const uint32_t row = rows.column->is_constant() ? 0 : rows.start + i;
      const uint32_t begin = rows.IsNull(i) ? 0 : rows.column->offsets()[row];
      const uint32_t end = rows.IsNull(i) ? 0 : rows.column->offsets()[row + 1];
      for (uint32_t at = begin; at < end; ++at) ids.push_back(at);
      offsets[i + 1] = static_cast<int32_t>(ids.size());
    }
    ArrowArray* const child = array.AddChildren(1)[0];
    const bool map = field.type.kind() != TypeKind::kArray;
    RETURN_IF_ERROR(
        map ? WriteEntries(field, *rows.column, ids, child)
            : WriteElements({fmt::format("{}.element", field.name), field.type.fields()[0].type},
                            *rows.column->children()[0], ids, child));
    array.Finish(out);
    return {};
  }

  Status WriteElements(const TypeField& field, const Column& column,
                       const std::vector<uint32_t>& ids, ArrowArray* out) const {
    const auto count = static_cast<uint32_t>(ids.size());
    const ColumnPtr gathered = GatherColumn(column, ids.data(), count);
    return Write(field, {gathered.get(), 0, count}, out);
  }

  Status WriteEntries(const TypeField& field, const Column& column,
                      const std::vector<uint32_t>& ids, ArrowArray* out) const {
    const std::vector<TypeField> entry = WrittenParts(field.type)[0].type.fields();
    const Column& keys = *column.children()[0];
    for (const uint32_t id : ids)
      if (keys.IsNull(id)) return CannotWrite(field, "a key of a map is NULL");
    ArrayMaker array(static_cast<int64_t>(ids.size()), 1);
    const auto children = array.AddChildren(2);
    for (size_t i = 0; i < 2; ++i) {
      const TypeField part{fmt::format("{}.{}", field.name, entry[i].name), entry[i].type};
      RETURN_IF_ERROR(WriteElements(part, *column.children()[i], ids, children[i]));
    }
    array.Finish(out);
    return {};
  }

  const ArrayLayout& layout_;
};

}  // namespace

void MakeArrowSchema(const Schema& columns, const ArrayLayout& layout, ArrowSchema* out) {
  std::vector<TypeField> fields;
  for (const Field& field : columns.fields) fields.push_back({field.name, field.type});
  FillSchema({"", Type::Row(std::move(fields)).WithNullable(false)}, layout, out);
}

Status MakeArrowBatch(const Schema& columns, const ArrayLayout& layout, const Batch& batch,
                      ArrowArray* out) {
  const Batch rows = Compact(batch);
  ArrayMaker array(rows.row_count, 1);
  const auto children = array.AddChildren(columns.size());
  const BatchWriter writer(layout);
  for (size_t i = 0; i < columns.size(); ++i) {
    RETURN_IF_ERROR(writer.Write({columns.fields[i].name, columns.fields[i].type},
                                 {rows.columns[i].get(), 0, rows.row_count}, children[i]));
  }
  array.Finish(out);
  return {};
}

}  // namespace weir::arrow
