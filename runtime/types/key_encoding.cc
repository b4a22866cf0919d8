// Hot: every keyed exchange hashes every row here.
#include "runtime/types/key_encoding.h"

// GCC 12 reports its own AVX-512 intrinsics.
#pragma GCC diagnostic ignored "-Wuninitialized"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "runtime/types/batch_keys.h"
#include "runtime/types/integer_keys.h"

namespace weir {
namespace {

constexpr char kNullTag = 0;
constexpr char kValueTag = 1;
constexpr uint64_t kSignBit = uint64_t{1} << 63;

// --- Bits of the parts: numbers whose unsigned big-endian bytes sort as the values do ------------

uint64_t OrderedBits(int64_t value) {
  return static_cast<uint64_t>(value) ^ kSignBit;
}
uint64_t OrderedBits(double value) {
  if (value == 0) value = 0;  // -0 is 0
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  const auto bits = std::bit_cast<uint64_t>(value);
  return (bits & kSignBit) != 0 ? ~bits : bits ^ kSignBit;
}

// Microseconds, and nanoseconds within them.
struct TimestampParts {
  int64_t micros;
  uint16_t nanos;
};
TimestampParts PartsOf(int64_t micros) {
  return {micros, 0};
}
TimestampParts PartsOf(TimestampNanos t) {
  return {t.millis * 1000 + t.nanos / 1000, static_cast<uint16_t>(t.nanos % 1000)};
}

// --- Encoding ------------------------------------------------------------------------------------

// The bytes of a key that is being built, without allocation while they are few.
class KeyBytes {
 public:
  KeyBytes() = default;
  KeyBytes(const KeyBytes&) = delete;
  KeyBytes& operator=(const KeyBytes&) = delete;

  void clear() { size_ = 0; }
  void push_back(char byte) { *Extend(1) = byte; }
  void append(const char* bytes, size_t count) { std::memcpy(Extend(count), bytes, count); }
  const char* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  char* Extend(size_t count) {
    if (size_ + count > capacity_) [[unlikely]]
      Grow(size_ + count);
    char* end = data_ + size_;
    size_ += count;
    return end;
  }
  void Grow(size_t bytes) {
    capacity_ = std::max(bytes, capacity_ * 2);
    std::string larger(capacity_, '\0');
    std::memcpy(larger.data(), data_, size_);
    large_ = std::move(larger);
    data_ = large_.data();
  }

  char small_[256];
  std::string large_;
  char* data_ = small_;
  size_t size_ = 0;
  size_t capacity_ = sizeof(small_);
};

template <typename Out, typename T>
void PutBig(Out& out, T bits) {
  if constexpr (sizeof(T) == 8) bits = __builtin_bswap64(bits);
  if constexpr (sizeof(T) == 2) bits = __builtin_bswap16(bits);
  out.append(reinterpret_cast<const char*>(&bits), sizeof(T));
}

template <typename Out>
void PutTimestamp(Out& out, TimestampParts parts) {
  PutBig(out, OrderedBits(parts.micros));
  PutBig(out, parts.nanos);
}

template <typename Out>
void PutDecimal(Out& out, Int128 unscaled) {
  const auto high = static_cast<int64_t>(unscaled >> 64);
  PutBig(out, OrderedBits(high));
  PutBig(out, static_cast<uint64_t>(unscaled));
}

template <typename Out>
void PutString(Out& out, std::string_view text) {
  while (!text.empty()) {
    const void* zero = std::memchr(text.data(), 0, text.size());
    if (zero == nullptr) break;
    const auto clean = static_cast<size_t>(static_cast<const char*>(zero) - text.data());
    out.append(text.data(), clean);
    out.append("\0\xFF", 2);
    text.remove_prefix(clean + 1);
  }
  if (!text.empty()) out.append(text.data(), text.size());
  out.append("\0", 2);
}

template <typename Out>
void PutValue(const Column& column, uint32_t row, Out& out);

template <typename Out>
void PutInt64(const Type& type, int64_t value, Out& out) {
  if (type.is_timestamp()) return PutTimestamp(out, PartsOf(value));
  if (type.kind() == TypeKind::kDecimal) return PutDecimal(out, value);
  PutBig(out, OrderedBits(value));
}

// The entries of a map in the order of their bytes, so that equal maps have equal keys.
template <typename Out>
void PutEntries(const Column& column, uint32_t row, Out& out) {
  std::vector<std::string> entries;
  for (uint32_t e = column.offsets()[row]; e < column.offsets()[row + 1]; ++e) {
    std::string& entry = entries.emplace_back(1, kValueTag);
    for (const ColumnPtr& child : column.children()) PutValue(*child, e, entry);
  }
  std::sort(entries.begin(), entries.end());
  for (const std::string& entry : entries) out.append(entry.data(), entry.size());
  out.push_back(0);
}

bool IsMap(const Type& type) {
  return type.kind() == TypeKind::kMap || type.kind() == TypeKind::kMultiset;
}

// The bytes after the tag. `row` is a stored row.
template <typename Out>
void PutStored(const Column& column, uint32_t row, Out& out) {
  const auto integer = [&](int64_t value) { PutBig(out, OrderedBits(value)); };
  switch (column.type().physical()) {
    case PhysicalType::kBool:
      out.push_back(column.data<char>()[row] != 0 ? 1 : 0);
      return;
    case PhysicalType::kInt8:
      integer(column.data<int8_t>()[row]);
      return;
    case PhysicalType::kInt16:
      integer(column.data<int16_t>()[row]);
      return;
    case PhysicalType::kInt32:
      integer(column.data<int32_t>()[row]);
      return;
    case PhysicalType::kInt64:
      PutInt64(column.type(), column.data<int64_t>()[row], out);
      return;
    case PhysicalType::kInt128:
      PutDecimal(out, column.data<Int128>()[row]);
      return;
    case PhysicalType::kFloat:
      PutBig(out, OrderedBits(static_cast<double>(column.data<float>()[row])));
      return;
    case PhysicalType::kDouble:
      PutBig(out, OrderedBits(column.data<double>()[row]));
      return;
    case PhysicalType::kTimestampNanos:
      PutTimestamp(out, PartsOf(column.data<TimestampNanos>()[row]));
      return;
    case PhysicalType::kString:
      PutString(out, column.data<StringRef>()[row].view());
      return;
    case PhysicalType::kStruct:
      for (const ColumnPtr& child : column.children()) PutValue(*child, row, out);
      return;
    case PhysicalType::kList:
      if (IsMap(column.type())) return PutEntries(column, row, out);
      for (uint32_t e = column.offsets()[row]; e < column.offsets()[row + 1]; ++e) {
        out.push_back(kValueTag);
        for (const ColumnPtr& child : column.children()) PutValue(*child, e, out);
      }
      out.push_back(0);
      return;
    case PhysicalType::kNone:
      return;
  }
}

template <typename Out>
void PutValue(const Column& column, uint32_t row, Out& out) {
  if (column.IsNull(row)) return out.push_back(kNullTag);
  out.push_back(kValueTag);
  PutStored(column, column.is_constant() ? 0 : row, out);
}

// --- Hashing -------------------------------------------------------------------------------------

constexpr uint32_t kChunkRows = 64;

// XXH3_mul128_fold64 in multiplications of 32 bits, of which processors do many at once.
uint64_t MultiplyAndFold(uint64_t a, uint64_t b) {
  constexpr uint64_t kLow = 0xFFFFFFFF;
  const uint64_t low = (a & kLow) * (b & kLow);
  const uint64_t first = (a >> 32) * (b & kLow);
  const uint64_t second = (a & kLow) * (b >> 32);
  const uint64_t high = (a >> 32) * (b >> 32);
  const uint64_t cross = (low >> 32) + (first & kLow) + second;
  return ((first >> 32) + (cross >> 32) + high) ^ (cross << 32 | (low & kLow));
}

// The first and the last eight bytes of one key each, which overlap.
struct KeyEnds {
  uint64_t first[kChunkRows];
  uint64_t last[kChunkRows];
};

// XXH3's function of 9 to 16 bytes, so that keys need not pass through memory, nor one by one
// through the processor. Equal to Hash64 of the bytes (key_encoding_test.cc holds it to that).
template <size_t kLength>
void HashOverlapping(const KeyEnds& keys, uint64_t* hashes) {
  static_assert(kLength >= 9 && kLength <= 16);
  const auto secret = [](size_t at) { return LoadLittle<uint64_t>(&XXH3_kSecret[at]); };
  const uint64_t flip_first = secret(24) ^ secret(32);
  const uint64_t flip_last = secret(40) ^ secret(48);
  for (uint32_t i = 0; i < kChunkRows; ++i) {
    const uint64_t low = keys.first[i] ^ flip_first;
    const uint64_t high = keys.last[i] ^ flip_last;
    // XXH3_avalanche
    uint64_t hash = kLength + __builtin_bswap64(low) + high + MultiplyAndFold(low, high);
    hash ^= hash >> 37;
    hash *= 0x165667919E3779F9ULL;
    hashes[i] = hash ^ hash >> 32;
  }
}

// hashes[row] = the hash of the key whose ends `put(value, first, last)` gives, for selected rows;
// the hash of NULL where the value is NULL.
template <size_t kLength, typename T, typename F>
void HashEach(const Batch& batch, const Column& column, uint64_t* hashes, F&& put) {
  const T* const data = column.data<T>();
  const uint32_t* const ids = batch.selection.all() ? nullptr : batch.selection.ids();
  T values[kChunkRows] = {};
  KeyEnds ends;
  uint64_t chunk[kChunkRows];
  const auto hash = [&](const T* from, uint64_t* to) {
    for (uint32_t i = 0; i < kChunkRows; ++i) put(from[i], ends.first[i], ends.last[i]);
    HashOverlapping<kLength>(ends, to);
  };
  for (uint32_t begin = 0; begin < batch.size(); begin += kChunkRows) {
    const uint32_t count = std::min(kChunkRows, batch.size() - begin);
    if (ids == nullptr && count == kChunkRows) {
      hash(data + begin, hashes + begin);
      continue;
    }
    const auto row = [&](uint32_t i) { return ids == nullptr ? begin + i : ids[begin + i]; };
    for (uint32_t i = 0; i < count; ++i) values[i] = data[row(i)];
    hash(values, chunk);
    for (uint32_t i = 0; i < count; ++i) hashes[row(i)] = chunk[i];
  }
  const uint64_t* validity = column.validity();
  if (validity == nullptr) return;
  const uint64_t null_hash = XXH3_64bits(&kNullTag, 1);
  ForEachRow(batch, [&](uint32_t row) {
    if (!GetBit(validity, row)) hashes[row] = null_hash;
  });
}

template <typename T>
void HashNumbers(const Batch& batch, const Column& column, uint64_t* hashes) {
  using Wide = std::conditional_t<std::is_floating_point_v<T>, double, int64_t>;
  HashEach<9, T>(batch, column, hashes, [](T value, uint64_t& first, uint64_t& last) {
    last = __builtin_bswap64(OrderedBits(static_cast<Wide>(value)));
    first = last << 8 | uint64_t{kValueTag};
  });
}

template <typename T>
void HashTimestamps(const Batch& batch, const Column& column, uint64_t* hashes) {
  HashEach<11, T>(batch, column, hashes, [](T value, uint64_t& first, uint64_t& last) {
    const TimestampParts parts = PartsOf(value);
    const uint64_t big = __builtin_bswap64(OrderedBits(parts.micros));
    first = big << 8 | uint64_t{kValueTag};
    last = big >> 16 | uint64_t{__builtin_bswap16(parts.nanos)} << 48;
  });
}

// Hashes a single column whose values encode to 9 or 11 bytes. False, and does nothing, for other
// types.
bool HashInRegisters(const Batch& batch, const Column& column, uint64_t* hashes) {
  switch (column.type().physical()) {
    case PhysicalType::kInt8:
      HashNumbers<int8_t>(batch, column, hashes);
      return true;
    case PhysicalType::kInt16:
      HashNumbers<int16_t>(batch, column, hashes);
      return true;
    case PhysicalType::kInt32:
      HashNumbers<int32_t>(batch, column, hashes);
      return true;
    case PhysicalType::kFloat:
      HashNumbers<float>(batch, column, hashes);
      return true;
    case PhysicalType::kDouble:
      HashNumbers<double>(batch, column, hashes);
      return true;
    case PhysicalType::kTimestampNanos:
      HashTimestamps<TimestampNanos>(batch, column, hashes);
      return true;
    case PhysicalType::kInt64:
      if (column.type().kind() == TypeKind::kDecimal) return false;
      if (column.type().is_timestamp()) {
        HashTimestamps<int64_t>(batch, column, hashes);
      } else {
        HashNumbers<int64_t>(batch, column, hashes);
      }
      return true;
    default:
      return false;
  }
}

// A column of the key: constant ones are encoded once.
struct KeyPart {
  const Column* column;
  std::string constant;  // its bytes; empty when the column is not constant
};

// Writes fixed-width values of one column, one each `stride` bytes.
class FixedWriter {
 public:
  explicit FixedWriter(char* at) : at_(at) {}
  void push_back(char byte) { *at_++ = byte; }
  void append(const char* bytes, size_t count) {
    std::memcpy(at_, bytes, count);
    at_ += count;
  }
  char* at() const { return at_; }

 private:
  char* at_;
};

// The bytes that every value of a part takes, its tag included; 0 if not all take as many.
size_t FixedWidth(const KeyPart& part) {
  if (!part.constant.empty()) return part.constant.size();
  return part.column->has_validity() ? 0 : GreatestKeyBytes(part.column->type());
}

constexpr size_t kMaxStride = 64;

// Rows [first, first + count) among those that count: physical row `ids[i]`, or i itself when null.
struct RowRun {
  const uint32_t* ids;
  uint32_t first;
  uint32_t count;
  uint32_t at(uint32_t i) const { return ids == nullptr ? first + i : ids[first + i]; }
};

RowRun RunOf(const Batch& batch, uint32_t first, uint32_t count) {
  return {batch.selection.all() ? nullptr : batch.selection.ids(), first, count};
}

// One loop for each type: `put(value, writer)` writes what follows the tag.
template <typename T, typename F>
void WriteEach(const Column& column, const RowRun& rows, char* at, size_t stride, F put) {
  const T* data = column.data<T>();
  for (uint32_t i = 0; i < rows.count; ++i, at += stride) {
    FixedWriter out(at);
    out.push_back(kValueTag);
    put(data[rows.at(i)], out);
  }
}

template <typename T>
void WriteNumbers(const Column& column, const RowRun& rows, char* at, size_t stride) {
  using Wide = std::conditional_t<std::is_floating_point_v<T>, double, int64_t>;
  WriteEach<T>(column, rows, at, stride, [](T value, FixedWriter& out) {
    PutBig(out, OrderedBits(static_cast<Wide>(value)));
  });
}

template <typename T>
void WriteTimestamps(const Column& column, const RowRun& rows, char* at, size_t stride) {
  WriteEach<T>(column, rows, at, stride,
               [](T value, FixedWriter& out) { PutTimestamp(out, PartsOf(value)); });
}

template <typename T>
void WriteDecimals(const Column& column, const RowRun& rows, char* at, size_t stride) {
  WriteEach<T>(column, rows, at, stride, [](T value, FixedWriter& out) { PutDecimal(out, value); });
}

// REQUIRES: FixedWidth is not 0.
void WriteFixedColumn(const KeyPart& part, const RowRun& rows, char* at, size_t stride) {
  if (!part.constant.empty()) {
    for (uint32_t i = 0; i < rows.count; ++i, at += stride) {
      // NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes, no text
      std::memcpy(at, part.constant.data(), part.constant.size());
    }
    return;
  }
  const Column& column = *part.column;
  switch (column.type().physical()) {
    case PhysicalType::kBool:
      return WriteEach<uint8_t>(column, rows, at, stride, [](uint8_t value, FixedWriter& out) {
        out.push_back(value != 0 ? 1 : 0);
      });
    case PhysicalType::kInt8:
      return WriteNumbers<int8_t>(column, rows, at, stride);
    case PhysicalType::kInt16:
      return WriteNumbers<int16_t>(column, rows, at, stride);
    case PhysicalType::kInt32:
      return WriteNumbers<int32_t>(column, rows, at, stride);
    case PhysicalType::kFloat:
      return WriteNumbers<float>(column, rows, at, stride);
    case PhysicalType::kDouble:
      return WriteNumbers<double>(column, rows, at, stride);
    case PhysicalType::kInt64:
      if (column.type().kind() == TypeKind::kDecimal)
        return WriteDecimals<int64_t>(column, rows, at, stride);
      if (column.type().is_timestamp()) return WriteTimestamps<int64_t>(column, rows, at, stride);
      return WriteNumbers<int64_t>(column, rows, at, stride);
    case PhysicalType::kInt128:
      return WriteDecimals<Int128>(column, rows, at, stride);
    case PhysicalType::kTimestampNanos:
      return WriteTimestamps<TimestampNanos>(column, rows, at, stride);
    default:
      WEIR_UNREACHABLE();
  }
}

// The bytes that every key of these parts takes; 0 if not all take as many.
size_t FixedWidth(std::span<const KeyPart> parts) {
  size_t stride = 0;
  for (const KeyPart& part : parts) {
    const size_t width = FixedWidth(part);
    if (width == 0) return 0;
    stride += width;
  }
  return stride;
}

void WriteFixedKeys(std::span<const KeyPart> parts, const RowRun& rows, char* at, size_t stride) {
  for (const KeyPart& part : parts) {
    WriteFixedColumn(part, rows, at, stride);
    at += FixedWidth(part);
  }
}

// Several fixed-width columns: a chunk of rows is encoded column by column, then hashed.
bool HashFixedWidth(const Batch& batch, std::span<const KeyPart> parts, uint64_t* hashes) {
  const size_t stride = FixedWidth(parts);
  if (stride == 0 || stride > kMaxStride) return false;
  char keys[kChunkRows * kMaxStride];
  for (uint32_t first = 0; first < batch.size(); first += kChunkRows) {
    const uint32_t count = std::min(kChunkRows, batch.size() - first);
    WriteFixedKeys(parts, RunOf(batch, first, count), keys, stride);
    for (uint32_t i = 0; i < count; ++i) {
      hashes[batch.RowAt(first + i)] = XXH3_64bits(keys + i * stride, stride);
    }
  }
  return true;
}

void PutKey(std::span<const KeyPart> parts, uint32_t row, KeyBytes& out) {
  for (const KeyPart& part : parts) {
    if (part.constant.empty()) {
      PutValue(*part.column, row, out);
    } else {
      out.append(part.constant.data(), part.constant.size());
    }
  }
}

void HashRowByRow(const Batch& batch, std::span<const KeyPart> parts, uint64_t* hashes) {
  KeyBytes key;
  ForEachRow(batch, [&](uint32_t row) {
    key.clear();
    PutKey(parts, row, key);
    hashes[row] = XXH3_64bits(key.data(), key.size());
  });
}

KeyPart PartOf(const Column& column) {
  KeyPart part{&column, {}};
  if (column.is_constant() || column.type().kind() == TypeKind::kNull) {
    PutValue(column, 0, part.constant);
  }
  return part;
}

std::vector<KeyPart> PartsOf(const Batch& batch, std::span<const int> key_columns) {
  std::vector<KeyPart> parts;
  for (const int index : key_columns) {
    parts.push_back(PartOf(*batch.columns[static_cast<size_t>(index)]));
  }
  return parts;
}

// Appends the keys of `rows` to `out`, and where each ends to `ends`.
void EncodeRows(std::span<const KeyPart> parts, const RowRun& rows, std::string& out,
                std::vector<size_t>& ends) {
  const size_t begin = out.size();
  const size_t stride = FixedWidth(parts);
  if (stride != 0) {
    out.resize(begin + rows.count * stride);
    WriteFixedKeys(parts, rows, out.data() + begin, stride);
    for (uint32_t i = 1; i <= rows.count; ++i) ends.push_back(begin + i * stride);
    return;
  }
  KeyBytes keys;
  for (uint32_t i = 0; i < rows.count; ++i) {
    PutKey(parts, rows.at(i), keys);
    ends.push_back(begin + keys.size());
  }
  out.append(keys.data(), keys.size());
}

}  // namespace

KeyGroupRange KeyGroupsOfSubtask(uint32_t subtask, uint32_t parallelism, uint32_t max_parallelism) {
  const auto first_of = [&](uint64_t index) {
    return static_cast<uint32_t>((index * max_parallelism + parallelism - 1) / parallelism);
  };
  return {first_of(subtask), first_of(uint64_t{subtask} + 1)};
}

char* PutIntegerKey(const Type& type, int64_t value, char* out) {
  FixedWriter writer(out);
  writer.push_back(kValueTag);
  if (type.physical() == PhysicalType::kBool) {
    writer.push_back(value != 0 ? 1 : 0);
  } else {
    PutInt64(type, value, writer);
  }
  return writer.at();
}

char* PutNullKey(char* out) {
  *out = kNullTag;
  return out + 1;
}

void AppendKeyValue(const Column& column, uint32_t row, std::string& out) {
  PutValue(column, row, out);
}

void AppendKey(std::span<const ColumnPtr> columns, uint32_t row, std::string& out) {
  for (const ColumnPtr& column : columns) PutValue(*column, row, out);
}

void AppendKeys(std::span<const ColumnPtr> columns, uint32_t rows, std::string& out,
                std::vector<size_t>& ends) {
  std::vector<KeyPart> parts;
  for (const ColumnPtr& column : columns) parts.push_back(PartOf(*column));
  ends.clear();
  EncodeRows(parts, {nullptr, 0, rows}, out, ends);
}

void AppendKeys(const Batch& batch, std::span<const int> key_columns, std::string& out,
                std::vector<size_t>& ends) {
  const std::vector<KeyPart> parts = PartsOf(batch, key_columns);
  ends.clear();
  EncodeRows(parts, RunOf(batch, 0, batch.size()), out, ends);
}

void BatchKeys::Encode(const Batch& batch, std::span<const int> key_columns) {
  bytes_.clear();
  AppendKeys(batch, key_columns, bytes_, ends_);
}

void BatchKeys::Hash(const Batch& batch, std::span<const int> key_columns) {
  hashes_.resize(batch.row_count);
  HashKeys(batch, key_columns, hashes_.data());
  if (batch.selection.all()) return;
  // Selections ascend: no hash is overwritten before it is read.
  for (uint32_t i = 0; i < batch.size(); ++i) hashes_[i] = hashes_[batch.RowAt(i)];
}

size_t GreatestKeyBytes(const Type& type) {
  switch (type.physical()) {
    case PhysicalType::kNone:
      return 1;
    case PhysicalType::kBool:
      return 2;
    case PhysicalType::kInt8:
    case PhysicalType::kInt16:
    case PhysicalType::kInt32:
    case PhysicalType::kFloat:
    case PhysicalType::kDouble:
      return 9;
    case PhysicalType::kInt64:
      return type.kind() == TypeKind::kDecimal ? 17 : (type.is_timestamp() ? 11 : 9);
    case PhysicalType::kTimestampNanos:
      return 11;
    case PhysicalType::kInt128:
      return 17;
    case PhysicalType::kString:
    case PhysicalType::kList:
    case PhysicalType::kStruct:
      return 0;
  }
  WEIR_UNREACHABLE();
}

void HashKeys(const Batch& batch, std::span<const int> key_columns, uint64_t* hashes) {
  const std::vector<KeyPart> parts = PartsOf(batch, key_columns);
  // This holds without key columns too: every row then has the hash of the empty string.
  if (std::ranges::all_of(parts, [](const KeyPart& part) { return !part.constant.empty(); })) {
    std::string key;
    for (const KeyPart& part : parts) key += part.constant;
    const uint64_t hash = Hash64(key.data(), key.size());
    ForEachRow(batch, [&](uint32_t row) { hashes[row] = hash; });
    return;
  }
  if (parts.size() == 1 && HashInRegisters(batch, *parts[0].column, hashes)) return;
  if (HashFixedWidth(batch, parts, hashes)) return;
  HashRowByRow(batch, parts, hashes);
}

Status CheckHasOrder(const Type& type) {
  if (IsMap(type))
    return Status::Unsupported("values of this type have no order: " + type.ToString());
  for (const TypeField& field : type.fields()) RETURN_IF_ERROR(CheckHasOrder(field.type));
  return Status();
}

}  // namespace weir
