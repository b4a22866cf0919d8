#include "state/row/key_codec.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/types/batch_keys.h"
#include "runtime/types/integer_keys.h"
#include "runtime/types/key_encoding.h"

namespace weir::state {
namespace {

constexpr size_t kWordBytes = sizeof(KeyWord);
constexpr size_t kNullByte = kWordBytes - 1;  // where one of the types may be NULL
constexpr size_t kMostNullBits = 8;

// Only types whose equal values have equal bytes: no floats (-0.0, NaN), no strings.
bool Packable(PhysicalType physical) {
  return physical == PhysicalType::kBool || physical == PhysicalType::kInt8 ||
         physical == PhysicalType::kInt16 || physical == PhysicalType::kInt32 ||
         physical == PhysicalType::kInt64;
}

template <typename F>
void DispatchPacked(PhysicalType physical, F&& f) {
  switch (physical) {
    case PhysicalType::kBool:
      return f.template operator()<uint8_t>();
    case PhysicalType::kInt8:
      return f.template operator()<int8_t>();
    case PhysicalType::kInt16:
      return f.template operator()<int16_t>();
    case PhysicalType::kInt32:
      return f.template operator()<int32_t>();
    default:
      return f.template operator()<int64_t>();
  }
}

char* BytesOfWord(KeyWord* word) {
  return reinterpret_cast<char*>(word);
}

// Row ids, or null for "all rows".
struct Rows {
  const uint32_t* ids;
  uint32_t count;
  uint32_t operator[](uint32_t i) const { return ids == nullptr ? i : ids[i]; }
};

template <typename T>
void PackValues(const Column& column, Rows rows, size_t at, KeyWord* words) {
  const T* data = column.data<T>();
  if (column.is_constant()) {
    for (uint32_t i = 0; i < rows.count; ++i)
      std::memcpy(BytesOfWord(words + i) + at, data, sizeof(T));
    return;
  }
  if (rows.ids == nullptr) {
    for (uint32_t i = 0; i < rows.count; ++i) {
      std::memcpy(BytesOfWord(words + i) + at, data + i, sizeof(T));
    }
    return;
  }
  for (uint32_t i = 0; i < rows.count; ++i) {
    std::memcpy(BytesOfWord(words + i) + at, data + rows.ids[i], sizeof(T));
  }
}

}  // namespace

KeyCodec::KeyCodec(std::vector<Type> types, bool compact) : types_(std::move(types)) {
  size_t at = 0;
  for (const Type& type : types_) {
    offsets_.push_back(static_cast<uint8_t>(at));
    if (!Packable(type.physical())) {
      packed_ = false;
      return;
    }
    at += static_cast<size_t>(type.value_bytes());
  }
  nulls_ = std::ranges::any_of(types_, &Type::nullable);
  packed_ = nulls_ ? at <= kNullByte && types_.size() <= kMostNullBits : at <= kWordBytes;
  const bool narrow = at <= sizeof(KeyWord::low);
  if (packed_ && narrow) upper_bits_ = kNullBits;
  alone_ = compact && packed_ && narrow && !nulls_;
}

uint64_t KeyCodec::HashOf(const KeyWord& key) const {
  if (!packed_) return Hash64(reinterpret_cast<const char*>(key.low), key.high);
  // At most as many columns as a word has bytes, each with at most 17 bytes in its canonical form.
  constexpr size_t kGreatestKey = kWordBytes * 17;
  char canonical[kGreatestKey];
  char* end = canonical;
  const char* const bytes = reinterpret_cast<const char*>(&key);
  for (size_t f = 0; f < types_.size(); ++f) {
    if (nulls_ && (bytes[kNullByte] >> f & 1) != 0) {
      end = PutNullKey(end);
      continue;
    }
    DispatchPacked(types_[f].physical(), [&]<typename T>() {
      T value;
      std::memcpy(&value, bytes + offsets_[f], sizeof(T));
      end = PutIntegerKey(types_[f], static_cast<int64_t>(value), end);
    });
  }
  return Hash64(canonical, static_cast<size_t>(end - canonical));
}

void KeyCodec::PackColumn(const Column& column, size_t field, const Batch& batch,
                          KeyWord* words) const {
  const size_t at = offsets_[field];
  const Rows rows{batch.selection.all() ? nullptr : batch.selection.ids(), batch.size()};
  DispatchPacked(types_[field].physical(),
                 [&]<typename T>() { PackValues<T>(column, rows, at, words); });
  if (!nulls_ || !column.has_validity()) return;
  const auto width = static_cast<size_t>(types_[field].value_bytes());
  for (uint32_t i = 0; i < rows.count; ++i) {
    if (!column.IsNull(rows[i])) continue;
    char* bytes = BytesOfWord(words + i);
    std::memset(bytes + at, 0, width);
    bytes[kNullByte] = static_cast<char>(bytes[kNullByte] | (1 << field));
  }
}

void KeyCodec::FromBatch(const KeyView& keys, KeyBatch& out) const {
  const Batch& batch = *keys.batch;
  const uint32_t count = batch.size();
  out.words.resize(count);
  out.hashes.resize(count);
  if (batch.selection.all()) {
    if (count > 0) std::memcpy(out.hashes.data(), keys.hashes, count * sizeof(uint64_t));
  } else {
    const uint32_t* ids = batch.selection.ids();
    for (uint32_t i = 0; i < count; ++i) out.hashes[i] = keys.hashes[ids[i]];
  }
  if (packed_) {
    std::memset(static_cast<void*>(out.words.data()), 0, count * sizeof(KeyWord));
    for (size_t f = 0; f < types_.size(); ++f) {
      PackColumn(*batch.columns[static_cast<size_t>(keys.columns[f])], f, batch, out.words.data());
    }
    return;
  }
  out.bytes.clear();
  AppendKeys(batch, keys.columns, out.bytes, out.ends);
  const char* at = out.bytes.data();
  for (uint32_t i = 0; i < count; ++i) {
    const char* const end = out.bytes.data() + out.ends[i];
    out.words[i] = {reinterpret_cast<uint64_t>(at), static_cast<uint64_t>(end - at)};
    at = end;
  }
}

Status KeyCodec::FromCanonical(std::span<const std::string_view> keys, KeyBatch& out) const {
  const auto count = static_cast<uint32_t>(keys.size());
  out.hashes.resize(count);
  for (uint32_t i = 0; i < count; ++i) out.hashes[i] = Hash64(keys[i].data(), keys[i].size());
  out.words.resize(count);
  if (packed_) {
    std::memset(static_cast<void*>(out.words.data()), 0, count * sizeof(KeyWord));
    const std::vector<ColumnPtr> columns = TRY(DecodeKeys(keys, types_));
    Batch all;
    all.row_count = count;
    for (size_t f = 0; f < types_.size(); ++f) PackColumn(*columns[f], f, all, out.words.data());
    return {};
  }
  out.bytes.clear();
  for (uint32_t i = 0; i < count; ++i) {
    out.words[i] = {out.bytes.size(), keys[i].size()};
    out.bytes += keys[i];
  }
  const auto base = reinterpret_cast<uint64_t>(out.bytes.data());
  for (uint32_t i = 0; i < count; ++i) out.words[i].low += base;
  return {};
}

void KeyCodec::ToCanonical(std::span<const KeyWord> keys, std::string& out,
                           std::vector<size_t>& ends) const {
  ends.clear();
  if (!packed_) {
    for (const KeyWord& key : keys) {
      out += BytesOf(key);
      ends.push_back(out.size());
    }
    return;
  }
  const auto count = static_cast<uint32_t>(keys.size());
  std::vector<ColumnPtr> columns;
  for (size_t f = 0; f < types_.size(); ++f) {
    MutableColumnPtr column = Column::Make(types_[f], count);
    DispatchPacked(types_[f].physical(), [&]<typename T>() {
      T* data = column->mutable_data<T>();
      for (uint32_t i = 0; i < count; ++i) {
        std::memcpy(data + i, reinterpret_cast<const char*>(&keys[i]) + offsets_[f], sizeof(T));
      }
    });
    for (uint32_t i = 0; nulls_ && i < count; ++i) {
      const auto nulls = reinterpret_cast<const uint8_t*>(&keys[i])[kNullByte];
      if (((nulls >> f) & 1) != 0) column->SetNull(i);
    }
    columns.push_back(std::move(column));
  }
  AppendKeys(columns, count, out, ends);
}

}  // namespace weir::state
