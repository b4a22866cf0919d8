// Hot: a row of five columns should cost less than 300 ns (tests/unit/shell/hive/row_set_test.cc
// measures it), so values are written directly, without a call of Thrift for each of them.
#include "shell/hive/row_set.h"

#include <bit>
#include <cstring>
#include <type_traits>

#include "runtime/types/batch_text.h"
#include "runtime/types/datetime.h"
#include "runtime/types/row_kind.h"
#include "runtime/types/value.h"
#include "shell/engine/session/result_table.h"

namespace weir::shell {
namespace {

// Types of Thrift's binary protocol.
constexpr uint8_t kBool = 2;
constexpr uint8_t kByte = 3;
constexpr uint8_t kDouble = 4;
constexpr uint8_t kI16 = 6;
constexpr uint8_t kI32 = 8;
constexpr uint8_t kI64 = 10;
constexpr uint8_t kString = 11;
constexpr uint8_t kStruct = 12;
constexpr uint8_t kList = 15;
constexpr char kStop = '\0';

// How a column is sent: as which member of the union TColumn, and the type of its values.
struct Form {
  int16_t member;
  uint8_t type;
};

template <typename T>
T BigEndian(T value) {
  static_assert(std::endian::native == std::endian::little);
  if constexpr (sizeof(T) == 8)
    return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
  if constexpr (sizeof(T) == 4)
    return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
  if constexpr (sizeof(T) == 2)
    return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(value)));
  return value;
}

template <typename T>
void AppendBig(T value, std::string& out) {
  const T big = BigEndian(value);
  out.append(reinterpret_cast<const char*>(&big), sizeof(big));
}

void AppendField(uint8_t type, int16_t id, std::string& out) {
  out += static_cast<char>(type);
  AppendBig(id, out);
}

void AppendListHead(uint8_t type, size_t count, std::string& out) {
  out += static_cast<char>(type);
  AppendBig(static_cast<int32_t>(count), out);
}

// Calls f(physical row) for each row of the range.
template <typename F>
void ForRange(const RowRange& range, F&& f) {
  const Selection& selection = range.batch->selection;
  if (selection.all()) {
    for (uint32_t row = range.begin; row < range.end; ++row) f(row);
    return;
  }
  const uint32_t* ids = selection.ids();
  for (uint32_t i = range.begin; i < range.end; ++i) f(ids[i]);
}

bool HoldsInstant(const Type& type) {
  if (type.kind() == TypeKind::kTimestampLtz) return true;
  for (const TypeField& field : type.fields()) {
    if (HoldsInstant(field.type)) return true;
  }
  return false;
}

// Writes one column for the rows of all ranges.
class ColumnWriter {
 public:
  ColumnWriter(std::span<const RowRange> ranges, size_t column, size_t rows, std::string& out)
      : ranges_(ranges), column_(column), rows_(rows), out_(out) {}

  void Write(const Type& type, const TimeZone& zone) {
    switch (type.kind()) {
      case TypeKind::kBoolean:
        return Numbers<uint8_t, uint8_t>({1, kBool});
      case TypeKind::kTinyInt:
        return Numbers<int8_t, int8_t>({2, kByte});
      case TypeKind::kSmallInt:
        return Numbers<int16_t, int16_t>({3, kI16});
      case TypeKind::kInt:
        return Numbers<int32_t, int32_t>({4, kI32});
      case TypeKind::kBigInt:
        return Numbers<int64_t, int64_t>({5, kI64});
      case TypeKind::kFloat:
        return Numbers<float, double>({6, kDouble});
      case TypeKind::kDouble:
        return Numbers<double, double>({6, kDouble});
      case TypeKind::kChar:
      case TypeKind::kVarChar:
        return Strings({7, kString});
      case TypeKind::kBinary:
      case TypeKind::kVarBinary:
        return Strings({8, kString});
      case TypeKind::kTimestamp:
        if (type.physical() == PhysicalType::kInt64) return Timestamps(type.precision());
        return Texts(type, zone);
      case TypeKind::kNull:
      case TypeKind::kDecimal:
      case TypeKind::kDate:
      case TypeKind::kTime:
      case TypeKind::kTimestampLtz:
      case TypeKind::kIntervalYearMonth:
      case TypeKind::kIntervalDayTime:
      case TypeKind::kArray:
      case TypeKind::kMap:
      case TypeKind::kMultiset:
      case TypeKind::kRow:
        return Texts(type, zone);
    }
  }

  void WriteOps() {
    Begin({7, kString});
    for (const RowRange& range : ranges_) {
      ForRange(range, [&](uint32_t row) { AppendText(RowKindText(range.batch->kind(row))); });
    }
    const std::string none((rows_ + 7) / 8, '\0');
    End(none);
  }

 private:
  const Column& ColumnOf(const RowRange& range) const { return *range.batch->columns[column_]; }

  // Each member of TColumn is a struct with the values in field 1 and the bits of NULLs in field 2.
  void Begin(Form form) {
    AppendField(kStruct, form.member, out_);
    AppendField(kList, 1, out_);
    AppendListHead(form.type, rows_, out_);
  }

  void End(std::string_view nulls) {
    AppendField(kString, 2, out_);
    AppendBig(static_cast<int32_t>(nulls.size()), out_);
    out_ += nulls;
    out_ += kStop;
    out_ += kStop;
  }

  void AppendText(std::string_view text) {
    AppendBig(static_cast<int32_t>(text.size()), out_);
    out_ += text;
  }

  // One bit for each row, set for NULL, the lowest bit first.
  std::string Nulls() const {
    std::string nulls((rows_ + 7) / 8, '\0');
    size_t at = 0;
    for (const RowRange& range : ranges_) {
      const Column& column = ColumnOf(range);
      if (!column.has_validity() && column.type().kind() != TypeKind::kNull) {
        at += range.end - range.begin;
        continue;
      }
      ForRange(range, [&](uint32_t row) {
        const unsigned bit = column.IsNull(row) ? 1U : 0U;
        nulls[at >> 3] = static_cast<char>(static_cast<uint8_t>(nulls[at >> 3]) | bit << (at & 7));
        ++at;
      });
    }
    return nulls;
  }

  template <typename From, typename To>
  void Numbers(Form form) {
    Begin(form);
    using Bits = std::conditional_t<std::is_same_v<To, double>, uint64_t, To>;
    const size_t begin = out_.size();
    out_.resize(begin + rows_ * sizeof(To));
    char* at = out_.data() + begin;
    for (const RowRange& range : ranges_) {
      const Column& column = ColumnOf(range);
      const From* values = column.data<From>();
      const uint32_t mask = column.is_constant() ? 0 : ~0U;
      const bool may_be_null = column.has_validity();
      ForRange(range, [&](uint32_t row) {
        // The bytes of a NULL may be anything, such as a value that an earlier query has left
        // there: they must not be sent.
        const bool null = may_be_null && !GetBit(column.validity(), row & mask);
        const To value = null ? To{} : static_cast<To>(values[row & mask]);
        const Bits big = BigEndian(std::bit_cast<Bits>(value));
        std::memcpy(at, &big, sizeof(big));
        at += sizeof(big);
      });
    }
    End(Nulls());
  }

  void Strings(Form form) {
    Begin(form);
    for (const RowRange& range : ranges_) {
      const Column& column = ColumnOf(range);
      ForRange(range, [&](uint32_t row) {
        AppendText(column.IsNull(row) ? std::string_view() : column.ValueAt<StringRef>(row).view());
      });
    }
    End(Nulls());
  }

  void Timestamps(int precision) {
    Begin({7, kString});
    char text[kMaxDateTimeText];
    for (const RowRange& range : ranges_) {
      const Column& column = ColumnOf(range);
      ForRange(range, [&](uint32_t row) {
        const char* end = text;
        if (!column.IsNull(row))
          end = FormatTimestamp(column.ValueAt<int64_t>(row), precision, text);
        AppendText({text, static_cast<size_t>(end - text)});
      });
    }
    End(Nulls());
  }

  void Texts(const Type& type, const TimeZone& zone) {
    Begin({7, kString});
    const bool zoned = HoldsInstant(type);
    std::string text;
    for (const RowRange& range : ranges_) {
      const Column& column = ColumnOf(range);
      ForRange(range, [&](uint32_t row) {
        text.clear();
        if (!column.IsNull(row)) {
          if (zoned) {
            text = InZone(GetValue(column, row), zone).ToString();
          } else {
            FormatCell(column, row, text);
          }
        }
        AppendText(text);
      });
    }
    End(Nulls());
  }

  const std::span<const RowRange> ranges_;
  const size_t column_;
  const size_t rows_;
  std::string& out_;
};

}  // namespace

void AppendRowSet(std::span<const RowRange> ranges, const RowSetForm& form, std::string& out) {
  size_t rows = 0;
  for (const RowRange& range : ranges) rows += range.end - range.begin;
  // The fields of TRowSet: startRowOffset, rows (unused since V6) and columns.
  AppendField(kI64, 1, out);
  AppendBig(form.start_offset, out);
  AppendField(kList, 2, out);
  AppendListHead(kStruct, 0, out);
  AppendField(kList, 3, out);
  AppendListHead(kStruct, form.types.size() + (form.with_op ? 1 : 0), out);
  if (form.with_op) ColumnWriter(ranges, 0, rows, out).WriteOps();
  for (size_t column = 0; column < form.types.size(); ++column)
    ColumnWriter(ranges, column, rows, out).Write(form.types[column], form.zone);
  out += kStop;
}

}  // namespace weir::shell
