#include "runtime/operators/aggregate/partial_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/base/hash.h"
#include "runtime/types/integer_keys.h"

namespace weir::operators {
namespace {

constexpr size_t kRowsPerChunk = 1024;
constexpr size_t kStringChunkBytes = size_t{64} << 10;
constexpr size_t kFirstSlots = 1024;
constexpr size_t kGreatestNumber = 17;  // the most bytes of a key, those of a DECIMAL

// The hash of an entry. Mixed, since ids are multiples of each other, and the hashes of a subtask's
// keys share the low bits that have chosen the subtask.
uint64_t Mix(uint64_t hash, int64_t id) {
  const uint64_t mixed = (hash ^ (static_cast<uint64_t>(id) * 0xD6E8FEB86659FD93ULL));
  return mixed ^ (mixed >> 32);
}

}  // namespace

void PartialTable::FindOrCreate(const KeyView& keys, int64_t id, std::byte** rows,
                                uint8_t* created) {
  Reserve(keys.batch->size());
  const ColumnPtr* const only = keys.columns.size() == 1
                                    ? &keys.batch->columns[static_cast<size_t>(keys.columns[0])]
                                    : nullptr;
  switch (only == nullptr ? PhysicalType::kNone : (*only)->type().physical()) {
    case PhysicalType::kInt32:
      FindNumbers<int32_t>(Flatten(*only), keys, id, rows, created);
      break;
    case PhysicalType::kInt64:
      FindNumbers<int64_t>(Flatten(*only), keys, id, rows, created);
      break;
    default:
      FindBytes(keys, id, rows, created);
  }
}

void PartialTable::FindBytes(const KeyView& keys, int64_t id, std::byte** rows, uint8_t* created) {
  const Batch& batch = *keys.batch;
  batch_keys_.Encode(batch, keys.columns);
  const size_t mask = slots_.size() - 1;
  for (uint32_t i = 0; i < batch.size(); ++i) {
    __builtin_prefetch(&slots_[Mix(keys.hashes[batch.RowAt(i)], id) & mask]);
  }
  for (uint32_t i = 0; i < batch.size(); ++i) {
    bool is_new = false;
    rows[i] = FindOrCreate(batch_keys_.key(i), keys.hashes[batch.RowAt(i)], id, is_new);
    created[i] = is_new ? 1 : 0;
  }
}

template <typename T>
void PartialTable::FindNumbers(const ColumnPtr& key, const KeyView& keys, int64_t id,
                               std::byte** rows, uint8_t* created) {
  const Column& column = *key;
  const T* numbers = column.data<T>();
  const Batch& batch = *keys.batch;
  const size_t mask = slots_.size() - 1;
  for (uint32_t i = 0; i < batch.size(); ++i) {
    __builtin_prefetch(&slots_[Mix(keys.hashes[batch.RowAt(i)], id) & mask]);
  }
  std::memset(created, 0, batch.size());
  // Copied, and flags are written for new keys only: the compiler must otherwise assume that the
  // stores change the table.
  const uint32_t* const slots = slots_.data();
  const Entry* entries = entries_.data();
  std::byte* const* known = rows_.data();
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    if (column.IsNull(row)) [[unlikely]] {
      rows[i] = FindNull(keys.hashes[row], id, created[i]);
    } else {
      const int64_t number = int64_t{numbers[row]};
      const uint64_t mixed = Mix(keys.hashes[row], id);
      size_t slot = static_cast<size_t>(mixed) & mask;
      for (; slots[slot] != 0; slot = (slot + 1) & mask) {
        const Entry& entry = entries[slots[slot] - 1];
        if (entry.number == number && entry.id == id && entry.is_number) break;
      }
      if (slots[slot] != 0) [[likely]] {
        rows[i] = known[slots[slot] - 1];
        continue;
      }
      rows[i] = InsertNumber(column.type(), number, mixed, id, slot);
      created[i] = 1;
    }
    entries = entries_.data();
    known = rows_.data();
  }
}

std::byte* PartialTable::FindNull(uint64_t hash, int64_t id, uint8_t& created) {
  char key;
  PutNullKey(&key);
  bool is_new = false;
  std::byte* const result = FindOrCreate({&key, 1}, hash, id, is_new);
  created = is_new ? 1 : 0;
  return result;
}

std::byte* PartialTable::InsertNumber(const Type& type, int64_t number, uint64_t mixed, int64_t id,
                                      size_t slot) {
  char key[kGreatestNumber];
  const char* const end = PutIntegerKey(type, number, key);
  std::byte* const result = Insert({key, static_cast<size_t>(end - key)}, mixed, id, slot);
  entries_.back().number = number;
  entries_.back().is_number = true;
  return result;
}

std::byte* PartialTable::FindOrCreate(std::string_view key, uint64_t hash, int64_t id,
                                      bool& created) {
  Reserve(1);
  const uint64_t mixed = Mix(hash, id);
  const size_t mask = slots_.size() - 1;
  size_t slot = static_cast<size_t>(mixed) & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const uint32_t found = slots_[slot] - 1;
    const Entry& entry = entries_[found];
    if (entry.hash == mixed && entry.id == id && this->key(found) == key) {
      created = false;
      return rows_[found];
    }
  }
  created = true;
  return Insert(key, mixed, id, slot);
}

std::byte* PartialTable::Insert(std::string_view key, uint64_t mixed, int64_t id, size_t slot) {
  entries_.push_back({mixed, id, key_bytes_.size(), static_cast<uint32_t>(key.size()),
                      static_cast<uint32_t>(slot), 0, false});
  key_bytes_.append(key);
  slots_[slot] = static_cast<uint32_t>(entries_.size());
  rows_.push_back(NewRow());
  return rows_.back();
}

void PartialTable::Prepare(std::span<const uint64_t> hashes, int64_t id) {
  Reserve(hashes.size());
  const size_t mask = slots_.size() - 1;
  for (const uint64_t hash : hashes) __builtin_prefetch(&slots_[Mix(hash, id) & mask]);
}

Status PartialTable::AppendKeys(size_t begin, size_t count, std::span<const Type> types,
                                PoolVector<ColumnPtr>& columns) {
  if (types.empty()) return {};
  key_views_.clear();
  for (size_t i = begin; i < begin + count; ++i) key_views_.push_back(key(i));
  for (ColumnPtr& column : TRY(DecodeKeys(key_views_, types))) columns.push_back(std::move(column));
  return {};
}

void PartialTable::Clear() {
  if (entries_.size() * 8 > slots_.size()) {
    std::fill(slots_.begin(), slots_.end(), 0);
  } else {
    for (const Entry& entry : entries_) slots_[entry.slot] = 0;
  }
  entries_.clear();
  rows_.clear();
  key_bytes_.clear();
  string_chunks_.clear();
  string_chunk_free_ = 0;
  string_bytes_ = 0;
}

void PartialTable::SetString(std::byte* row, size_t field, std::string_view bytes) {
  if (bytes.size() <= StringRef::kInlineBytes) return layout_.Store(row, field, StringRef(bytes));
  // A value that is replaced again and again (MIN, MAX) reuses its memory.
  const auto old = layout_.Load<StringRef>(row, field);
  char* target = !old.is_inline() && old.size() >= bytes.size() ? const_cast<char*>(old.data())
                                                                : NewString(bytes.size());
  std::memmove(target, bytes.data(), bytes.size());
  layout_.Store(row, field, StringRef({target, bytes.size()}));
}

std::byte* PartialTable::NewRow() {
  const size_t index = rows_.size();
  const size_t stride = std::max<size_t>(layout_.row_bytes(), 8);
  if (index / kRowsPerChunk == row_chunks_.size()) {
    row_chunks_.push_back(std::make_unique<std::byte[]>(kRowsPerChunk * stride));
  }
  std::byte* row = row_chunks_[index / kRowsPerChunk].get() + (index % kRowsPerChunk) * stride;
  std::memset(row, 0, stride);
  return row;
}

char* PartialTable::NewString(size_t bytes) {
  string_bytes_ += bytes;
  if (bytes > string_chunk_free_) {
    const size_t chunk = std::max(bytes, kStringChunkBytes);
    string_chunks_.push_back(std::make_unique<char[]>(chunk));
    string_chunk_free_ = chunk;
  }
  // Chunks are filled from their end, so that only the free bytes need to be known.
  string_chunk_free_ -= bytes;
  return string_chunks_.back().get() + string_chunk_free_;
}

void PartialTable::Reserve(size_t more) {
  const size_t wanted = (entries_.size() + more) * 2;
  if (wanted <= slots_.size()) return;
  slots_.assign(std::max(kFirstSlots, std::bit_ceil(wanted)), 0);
  for (uint32_t entry = 0; entry < entries_.size(); ++entry) Place(entry);
}

void PartialTable::Place(uint32_t entry) {
  const size_t mask = slots_.size() - 1;
  size_t slot = static_cast<size_t>(entries_[entry].hash) & mask;
  while (slots_[slot] != 0) slot = (slot + 1) & mask;
  slots_[slot] = entry + 1;
  entries_[entry].slot = static_cast<uint32_t>(slot);
}

}  // namespace weir::operators
