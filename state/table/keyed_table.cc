#include "state/table/keyed_table.h"

namespace weir::state {

template <IndexedKind Entry, RecordKind Record>
void KeyedTable<Entry, Record>::SetKey(Entry entry, uint64_t hash, const KeyWord& key) {
  family_.keys.Place(key, hash, entry);
  if (family_.keys.packed() || key.high == 0) return;
  const char* const copy = bytes_.Store(KeyCodec::BytesOf(key));
  KeyedRow(entry).set_lower_key(reinterpret_cast<uint64_t>(copy));
}

template <IndexedKind Entry, RecordKind Record>
void KeyedTable<Entry, Record>::FreeKey(Entry entry) {
  const KeyedRow keyed = entry;
  if (family_.keys.packed() || keyed.upper_key() == 0) return;
  bytes_.Free(reinterpret_cast<char*>(keyed.lower_key()), keyed.upper_key());
}

// Each is released at once: a row may be named twice.
template <IndexedKind Entry, RecordKind Record>
void KeyedTable<Entry, Record>::ThawFrozen(std::span<const Record> rows) {
  thawed_.clear();
  for (const Record row : rows) {
    if (row == nullptr || !changes_.frozen(row)) continue;
    ChangeList::Release(row);
    thawed_.push_back(row);
  }
  CopyThawed();
}

template class KeyedTable<ValueRow, ValueRow>;
template class KeyedTable<ListRow, ListRow>;
template class KeyedTable<MapEntry, MapRow>;

}  // namespace weir::state
