// How rows leave a list table: erased, expired, evicted.
#include <algorithm>

#include "state/table/list_table.h"

namespace weir::state {

void NativeListTable::FreeBlock(ListRow block) {
  FreeStrings(block.bytes());
  entries_.Free(block);
}

void NativeListTable::ForgetList(uint64_t hash, ListRow last) {
  // The rows that the disk has before the first one must still be found.
  if (!last.Has(ListRow::kWhole)) filter_.Add(hash);
  index_.Remove(hash, last);
  FreeKey(last);
}

void NativeListTable::TakeOut(uint64_t hash, ListRow before, ListRow block) {
  if (before == block) {
    ForgetList(hash, block);
  } else {
    before.set_next(block.next());
    if (IsLast(block)) MakeLast(hash, block, before);
  }
  FreeBlock(block);
}

void NativeListTable::PassOn(ListRow head, ListRow next) {
  for (ListRow row = links_.NextInRun(next); row != nullptr; row = links_.NextInRun(row)) {
    links_.SetBehind(row, next, links_.PlaceOf(row));
  }
  // The run keeps its sequence number and thus its key on disk, so that its record is overwritten
  // instead of deleted and written anew.
  links_.SetSequence(next, links_.SequenceOf(head));
  next.Set(head.In(Row::kFresh));
  changes_.Mark(next);
}

bool NativeListTable::EraseRow(uint64_t hash, ListRow before, ListRow row) {
  ThawRun(row);
  ListRow head = links_.HeadOf(row);
  ListRow next = links_.NextInRun(row);
  Count(hash, -1);
  --memory_rows_;
  // Only a run that loses its last row leaves a tombstone. If other rows are left, the run's record
  // is rewritten without this one.
  if (row == head && next == nullptr && !Traceless(row)) {
    FreeStrings(row.bytes());
    Bury(row);
    return false;
  }
  if (row != head) {
    changes_.Mark(head);
  } else if (next != nullptr) {
    PassOn(head, next);
  }
  TakeOut(hash, before, row);
  return true;
}

template <typename Wanted>
void NativeListTable::EraseRows(uint64_t hash, ListRow last, const Wanted& wanted) {
  ListRow before = last;
  ListLinks::ForEach(last, [&](ListRow row) {
    if (IsEmpty(row)) return TakeOut(hash, before, row);
    if (IsDeleted(row) || !wanted(row) || !EraseRow(hash, before, row)) before = row;
  });
}

void NativeListTable::ForgetTombstone(Row record) {
  const ListRow row = RecordOf(record);
  const uint64_t hash = HashOf(row);
  ListRow before = index_.Find(hash, KeyOf(row));
  while (before.next() != row) before = before.next();
  TakeOut(hash, before, row);
}

Status NativeListTable::RemoveOne(const KeyView& keys, std::span<const int> value_columns,
                                  uint8_t* found) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  RETURN_IF_ERROR(Resolve());
  LayOutWanted(*keys.batch, value_columns);
  for (uint32_t i = 0; i < key_batch_.size(); ++i) {
    found[i] = 0;
    // Looked up again: the list may have been freed with an earlier row of the batch.
    const uint64_t hash = key_batch_.hashes[i];
    ListRow last = index_.Find(hash, key_batch_.words[i]);
    if (last == nullptr) continue;
    EraseRows(hash, last, [&](ListRow row) {
      if (found[i] != 0 || Expired(row.bytes())) return false;
      found[i] = Equal(row.bytes(), wanted_[i], value_columns.size()) ? 1 : 0;
      return found[i] != 0;
    });
  }
  return {};
}

Status NativeListTable::EraseKeys(const KeyView& keys) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  RETURN_IF_ERROR(Resolve());
  for (uint32_t i = 0; i < key_batch_.size(); ++i) {
    const uint64_t hash = key_batch_.hashes[i];
    ListRow last = index_.Find(hash, key_batch_.words[i]);
    if (last != nullptr) EraseRows(hash, last, [](ListRow) { return true; });
  }
  return {};
}

void NativeListTable::ExpireList(ListRow last) {
  EraseRows(HashOf(last), last, [this](ListRow row) {
    if (!Expired(row.bytes())) return false;
    ++family_.expired;
    return true;
  });
}

void NativeListTable::ExpireChunk(size_t chunk) {
  entries_.ForEachInChunk(chunk, [this](ListRow row) {
    if (IsLast(row)) ExpireList(row);
  });
}

Status NativeListTable::ExpireSaved(std::span<const std::string> records) {
  RETURN_IF_ERROR(KeysOf(records, sizeof(uint64_t), key_batch_));  // behind which is the sequence
  RETURN_IF_ERROR(Resolve());
  for (ListRow last : found_) {
    if (last != nullptr) ExpireList(last);
  }
  return {};
}

bool NativeListTable::Evictable(ListRow last) const {
  bool clean = true;
  ListLinks::ForEach(last, [&](ListRow row) {
    if (IsEmpty(row)) return;
    // A tombstone must stay until the disk has its deletion; the stamp of a run is that of its
    // head.
    clean &= !IsDeleted(row) && (!links_.IsHead(row) || changes_.OnDisk(row));
  });
  return clean;
}

void NativeListTable::EvictList(ListRow last) {
  const uint64_t hash = HashOf(last);
  filter_.Add(hash);
  index_.Remove(hash, last);
  FreeKey(last);
  ListLinks::ForEach(last, [&](ListRow row) {
    const uint64_t rows = IsEmpty(row) ? 0 : 1;
    memory_rows_ -= rows;
    family_.evictions += rows;
    FreeBlock(row);
  });
}

void NativeListTable::Evict(uint64_t wanted) {
  const uint64_t goal = used_bytes() - std::min(used_bytes(), wanted);
  const size_t chunks = entries_.chunk_count();
  for (size_t step = 0; step < 2 * chunks && used_bytes() > goal; ++step) {
    clock_ = clock_ + 1 < chunks ? clock_ + 1 : 0;
    entries_.ForEachInChunk(clock_, [&](ListRow row) {
      if (!IsLast(row)) return;
      if (row.Has(Row::kTouched)) {
        row.Clear(Row::kTouched);
      } else if (Evictable(row)) {
        EvictList(row);
      }
    });
  }
}

}  // namespace weir::state
