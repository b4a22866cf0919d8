#include "runtime/python/wire.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "runtime/base/check.h"
#include "runtime/expr/kernel.h"
#include "runtime/types/datetime.h"

namespace weir::python {
namespace {

using expr::ForeignCall;
using expr::ForeignFunction;
using expr::ForRows;
using expr::Rows;
using expr::ValueReader;

// How a type is written; the letters of worker.py.
char LetterOf(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return 'b';
    case TypeKind::kTinyInt:
      return '1';
    case TypeKind::kSmallInt:
      return '2';
    case TypeKind::kInt:
      return '4';
    case TypeKind::kBigInt:
      return '8';
    case TypeKind::kFloat:
      return 'f';
    case TypeKind::kDouble:
      return 'd';
    case TypeKind::kDecimal:
      return 'm';
    case TypeKind::kChar:
    case TypeKind::kVarChar:
      return 's';
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return 'x';
    case TypeKind::kDate:
      return 'D';
    case TypeKind::kTime:
      return 'T';
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return type.physical() == PhysicalType::kInt64 ? 'u' : 'n';
    default:
      break;
  }
  WEIR_UNREACHABLE();
}

template <typename T>
void Append(std::string& frame, const T& value) {
  frame.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

void AppendText(std::string& frame, std::string_view text) {
  Append(frame, static_cast<uint32_t>(text.size()));
  frame.append(text);
}

void AppendType(std::string& frame, const Type& type) {
  const bool digits =
      type.kind() == TypeKind::kDecimal || type.kind() == TypeKind::kTime || type.is_timestamp();
  frame.push_back(LetterOf(type));
  frame.push_back(static_cast<char>(digits ? type.precision() : 0));
  frame.push_back(static_cast<char>(type.scale()));
}

std::string BeginFrame(FrameKind kind) {
  std::string frame(1, static_cast<char>(kind));
  Append(frame, uint64_t{0});
  return frame;
}

std::string EndFrame(std::string frame) {
  const uint64_t bytes = frame.size() - kHeaderBytes;
  std::memcpy(frame.data() + 1, &bytes, sizeof(bytes));
  return frame;
}

// --- columns to Python ---------------------------------------------------------------------------

void Align(std::string& frame) {
  constexpr size_t kAlignment = 8;
  const size_t over = (frame.size() - kHeaderBytes) % kAlignment;
  if (over > 0) frame.append(kAlignment - over, '\0');
}

// Room for `count` values behind what the frame has; the pointer need not be aligned.
char* Extend(std::string& frame, size_t count, size_t bytes) {
  Align(frame);
  const size_t begin = frame.size();
  frame.resize(begin + count * bytes);
  return frame.data() + begin;
}

void AppendNulls(std::string& frame, const Column& column, const Rows& rows) {
  frame.push_back(column.has_validity() ? '\1' : '\0');
  if (!column.has_validity()) return;
  char* nulls = Extend(frame, rows.count, 1);
  ForRows(rows, [&](uint32_t row) { *nulls++ = column.IsNull(row) ? '\1' : '\0'; });
}

// Each value as a `To`; zero where it is NULL, as what lies there is arbitrary.
template <typename From, typename To = From>
void AppendValues(std::string& frame, const Column& column, const Rows& rows) {
  char* out = Extend(frame, rows.count, sizeof(To));
  const bool whole = rows.ids == nullptr && !column.is_constant() && !column.has_validity();
  if constexpr (std::is_same_v<From, To>) {
    if (whole) {
      std::memcpy(out, column.data<From>(), rows.count * sizeof(To));
      return;
    }
  }
  const ValueReader<From> values(column);
  ForRows(rows, [&](uint32_t row) {
    const To value = column.IsNull(row) ? To() : static_cast<To>(values[row]);
    std::memcpy(out, &value, sizeof(To));
    out += sizeof(To);
  });
}

Status TooEarlyOrLate(const Type& type) {
  return Status::DataError(
      fmt::format("a value of {} is outside of 1677 to 2262, which is what numpy's "
                  "datetime64[ns] holds",
                  type.ToStringIgnoringNullability()));
}

Status AppendNanos(std::string& frame, const Column& column, const Rows& rows) {
  char* out = Extend(frame, rows.count, sizeof(int64_t));
  const ValueReader<TimestampNanos> values(column);
  bool fits = true;
  ForRows(rows, [&](uint32_t row) {
    int64_t nanos = 0;
    if (!column.IsNull(row)) {
      fits = !__builtin_mul_overflow(values[row].millis, kNanosPerMilli, &nanos) &&
             !__builtin_add_overflow(nanos, int64_t{values[row].nanos}, &nanos) && fits;
    }
    std::memcpy(out, &nanos, sizeof(nanos));
    out += sizeof(nanos);
  });
  return fits ? Status() : TooEarlyOrLate(column.type());
}

Status TooLarge(size_t bytes) {
  return Status::DataError(fmt::format("the texts of one batch have {} bytes, of {} at most", bytes,
                                       kMostFrameBytes))
      .WithHint("SET 'pipeline.batch-size' to less");
}

Status AppendTexts(std::string& frame, const Column& column, const Rows& rows) {
  const ValueReader<StringRef> values(column);
  uint64_t bytes = 0;
  ForRows(rows, [&](uint32_t row) { bytes += column.IsNull(row) ? 0 : values[row].size(); });
  if (bytes + frame.size() > kMostFrameBytes) return TooLarge(bytes);
  char* offsets = Extend(frame, rows.count + size_t{1}, sizeof(uint32_t));
  uint32_t end = 0;
  const auto note = [&] {
    std::memcpy(offsets, &end, sizeof(end));
    offsets += sizeof(end);
  };
  note();
  ForRows(rows, [&](uint32_t row) {
    if (!column.IsNull(row)) end += values[row].size();
    note();
  });
  char* out = Extend(frame, bytes, 1);
  ForRows(rows, [&](uint32_t row) {
    if (column.IsNull(row)) return;
    const std::string_view text = values[row].view();
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    out += text.size();
  });
  return {};
}

Status AppendColumn(std::string& frame, const Column& column, const Rows& rows) {
  AppendNulls(frame, column, rows);
  const TypeKind kind = column.type().kind();
  const PhysicalType physical = column.type().physical();
  if (physical == PhysicalType::kString) return AppendTexts(frame, column, rows);
  if (physical == PhysicalType::kTimestampNanos) return AppendNanos(frame, column, rows);
  if (kind == TypeKind::kDate) {
    AppendValues<int32_t, int64_t>(frame, column, rows);
  } else if (kind == TypeKind::kDecimal && physical == PhysicalType::kInt64) {
    AppendValues<int64_t, Int128>(frame, column, rows);
  } else {
    DispatchPhysical(physical, [&]<typename T>() {
      if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, Int128>)
        AppendValues<T>(frame, column, rows);
    });
  }
  return {};
}

// --- columns from Python -------------------------------------------------------------------------

Status BadAnswer(std::string_view why) {
  return Status::DataError(
      fmt::format("its process has sent what is no answer: {}; a function writes to descriptor 3, "
                  "or its memory is damaged",
                  why));
}

// The part of an answer that is still to be read.
class Rest {
 public:
  explicit Rest(std::string_view bytes) : bytes_(bytes) {}
  // The next `count` bytes; null if there are fewer.
  const char* Take(uint64_t count) {
    if (count > bytes_.size()) return nullptr;
    const char* begin = bytes_.data();
    bytes_.remove_prefix(count);
    return begin;
  }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

template <typename T>
T Load(const char* bytes, size_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof(T), sizeof(T));
  return value;
}

constexpr std::string_view kTooShort = "a column with too few bytes";

// Each value, sent as a `From`, by `as`, which answers whether it is one of the type.
template <typename From, typename As>
Status ReadValues(Rest& rest, const Rows& rows, Column& out, As as) {
  const char* bytes = rest.Take(uint64_t{rows.count} * sizeof(From));
  if (bytes == nullptr) return BadAnswer(kTooShort);
  const uint64_t* valid = out.validity();
  size_t index = 0;
  bool good = true;
  ForRows(rows, [&](uint32_t row) {
    const From value = Load<From>(bytes, index++);
    if (GetBit(valid, row)) good = as(row, value) && good;
  });
  return good ? Status() : BadAnswer("a value that its type does not have");
}

template <typename T, typename From = T>
Status ReadPlain(Rest& rest, const Rows& rows, Column& out) {
  T* values = out.mutable_data<T>();
  return ReadValues<From>(rest, rows, out, [=](uint32_t row, From value) {
    values[row] = static_cast<T>(value);
    return static_cast<From>(values[row]) == value || value != value;  // NaN
  });
}

template <typename T>
Status ReadDecimals(Rest& rest, const Rows& rows, Column& out) {
  Int128 most = 1;
  for (int i = 0; i < out.type().precision(); ++i) most *= 10;
  T* values = out.mutable_data<T>();
  return ReadValues<Int128>(rest, rows, out, [=](uint32_t row, Int128 value) {
    const bool fits = value < most && value > -most;
    if (fits) values[row] = static_cast<T>(value);
    return fits;
  });
}

Status ReadTexts(Rest& rest, const Rows& rows, Column& out) {
  const char* offsets = rest.Take((uint64_t{rows.count} + 1) * sizeof(uint32_t));
  if (offsets == nullptr) return BadAnswer(kTooShort);
  if (Load<uint32_t>(offsets, 0) != 0) return BadAnswer("texts that begin elsewhere");
  const uint32_t size = Load<uint32_t>(offsets, rows.count);
  const char* bytes = rest.Take(size);
  if (bytes == nullptr) return BadAnswer(kTooShort);
  size_t index = 0;
  bool good = true;
  const uint64_t* valid = out.validity();
  ForRows(rows, [&](uint32_t row) {
    const uint32_t begin = Load<uint32_t>(offsets, index);
    const uint32_t end = Load<uint32_t>(offsets, ++index);
    good = good && begin <= end && end <= size;
    if (good && GetBit(valid, row)) out.SetString(row, {bytes + begin, end - begin});
  });
  return good ? Status() : BadAnswer("texts whose ends are in no order");
}

Status ReadColumnValues(Rest& rest, const Rows& rows, Column& out) {
  const Type& type = out.type();
  switch (type.physical()) {
    case PhysicalType::kString:
      return ReadTexts(rest, rows, out);
    case PhysicalType::kBool:
      return ReadValues<uint8_t>(rest, rows, out, [&out](uint32_t row, uint8_t value) {
        out.mutable_data<uint8_t>()[row] = value;
        return value <= 1;
      });
    case PhysicalType::kTimestampNanos:
      return ReadValues<int64_t>(rest, rows, out, [&out](uint32_t row, int64_t value) {
        const int64_t millis = FloorDivide(value, kNanosPerMilli);
        const auto nanos = static_cast<int32_t>(value - millis * kNanosPerMilli);
        out.mutable_data<TimestampNanos>()[row] = {millis, nanos, 0};
        return true;
      });
    case PhysicalType::kInt128:
      return ReadDecimals<Int128>(rest, rows, out);
    case PhysicalType::kInt64:
      if (type.kind() == TypeKind::kDecimal) return ReadDecimals<int64_t>(rest, rows, out);
      if (type.kind() != TypeKind::kTime) return ReadPlain<int64_t>(rest, rows, out);
      return ReadValues<int64_t>(rest, rows, out, [&out](uint32_t row, int64_t value) {
        out.mutable_data<int64_t>()[row] = value;
        return value >= 0 && value < kNanosPerDay;
      });
    case PhysicalType::kInt32:
      if (type.kind() == TypeKind::kDate) return ReadPlain<int32_t, int64_t>(rest, rows, out);
      return ReadPlain<int32_t>(rest, rows, out);
    case PhysicalType::kInt16:
      return ReadPlain<int16_t>(rest, rows, out);
    case PhysicalType::kInt8:
      return ReadPlain<int8_t>(rest, rows, out);
    case PhysicalType::kFloat:
      return ReadPlain<float>(rest, rows, out);
    case PhysicalType::kDouble:
      return ReadPlain<double>(rest, rows, out);
    case PhysicalType::kList:
    case PhysicalType::kStruct:
    case PhysicalType::kNone:
      break;
  }
  WEIR_UNREACHABLE();
}

// Sets the bits of the rows that have a value.
Status ReadNulls(Rest& rest, const ForeignCall& call, Column& out) {
  const char* with_nulls = rest.Take(1);
  if (with_nulls == nullptr || *with_nulls < 0 || *with_nulls > 1) return BadAnswer(kTooShort);
  const char* nulls = *with_nulls == 1 ? rest.Take(call.rows.count) : nullptr;
  if (*with_nulls == 1 && nulls == nullptr) return BadAnswer(kTooShort);
  uint64_t* valid = out.MutableValidity();
  size_t index = 0;
  bool any = false;
  ForRows(call.rows, [&](uint32_t row) {
    const bool null = nulls != nullptr && nulls[index++] != 0;
    any = any || null;
    if (!null) SetBit(valid, row);
  });
  if (!any || call.function->returns.nullable()) return {};
  return Status::DataError(
      fmt::format("returned NULL, and RETURNS says {}", call.function->returns.ToString()));
}

}  // namespace

std::string LoadFrame(uint32_t number, const ForeignFunction& function) {
  std::string frame = BeginFrame(FrameKind::kLoad);
  Append(frame, number);
  AppendText(frame, function.implementation);
  AppendText(frame, function.returns.ToString());
  frame.push_back(function.called_on_null ? '\1' : '\0');
  Append(frame, static_cast<uint32_t>(function.parameters.size()));
  for (const Type& type : function.parameters) AppendType(frame, type);
  AppendType(frame, function.returns);
  return EndFrame(std::move(frame));
}

Result<std::string> CallFrame(uint32_t number, const ForeignCall& call) {
  std::string frame = BeginFrame(FrameKind::kCall);
  Append(frame, number);
  Append(frame, call.rows.count);
  for (const ColumnPtr& column : call.args)
    RETURN_IF_ERROR(AppendColumn(frame, *column, call.rows));
  if (frame.size() > kMostFrameBytes) return TooLarge(frame.size());
  return EndFrame(std::move(frame));
}

Result<FrameHeader> ReadHeader(std::string_view bytes) {
  FrameHeader header;
  header.kind = static_cast<FrameKind>(bytes[0]);
  std::memcpy(&header.bytes, bytes.data() + 1, sizeof(header.bytes));
  const bool known = header.kind == FrameKind::kLoaded || header.kind == FrameKind::kResult ||
                     header.kind == FrameKind::kError;
  if (!known) return BadAnswer("a frame of no known kind");
  // Besides 1 GiB of texts there may be their offsets and NULLs.
  if (header.bytes > kMostFrameBytes + (uint64_t{1} << 20))
    return BadAnswer(fmt::format("a frame of {} bytes", header.bytes));
  return header;
}

Status ReadResult(std::string_view bytes, const ForeignCall& call, Column& out) {
  Rest rest(bytes);
  RETURN_IF_ERROR(ReadNulls(rest, call, out));
  RETURN_IF_ERROR(ReadColumnValues(rest, call.rows, out));
  return rest.empty() ? Status() : BadAnswer("a column with too many bytes");
}

}  // namespace weir::python
