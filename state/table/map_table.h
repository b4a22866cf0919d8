// Layout kMap: key -> ordered sub-keys -> row.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "state/row/map_rows.h"
#include "state/row/sub_key_codec.h"
#include "state/row/sub_key_set.h"
#include "state/row/tombstone_sets.h"
#include "state/table/key_filter.h"
#include "state/table/keyed_table.h"

namespace weir::state {

// See MapTable for what the operations promise. Two levels: the hash index of the table core finds
// a key's entry, a set in the entry orders its sub-keys by canonical bytes. One thread.
// A key of few rows is in memory with all of them or not at all. The rows of a *large* key leave
// memory one by one; it is *partial* while the disk may have some that memory lacks. Such rows are
// fetched by sub-key where single ones are asked for; where all are, what is missing is read.
// A batch is looked up in steps, each of which brings into the processor's cache what the next one
// reads: entries, sets, slots, rows. Sub-keys are kept as their codec shortens them.
// Eviction goes round keys, and round the rows of large keys, as in list_table.h: what was used
// since the last time stays. A change of a sub-key costs the logarithm of its key's sub-keys.
class NativeMapTable final : public MapTable, public KeyedTable<MapEntry, MapRow> {
 public:
  // Both outlive the table.
  NativeMapTable(TaskContext& task, Family& family);
  ~NativeMapTable() override;

  const RowLayout& layout() const override { return family_.rows.layout(); }
  Status FindOrCreate(const KeyView& keys, std::span<const int> sub_key_columns, std::byte** rows,
                      uint8_t* created) override;
  Status Find(const KeyView& keys, std::span<const int> sub_key_columns, std::byte** rows) override;
  void MarkChanged(std::span<std::byte* const> rows) override;
  void Erase(std::span<std::byte* const> rows) override;
  Status EdgeSubKeys(const KeyView& keys, bool greatest,
                     std::vector<std::optional<std::string_view>>& sub_keys) override;
  Status VisitKey(
      std::string_view canonical_key, bool from_greatest,
      const std::function<bool(std::string_view sub_key, std::byte* row)>& visit) override;
  Status Probe(const KeyView& keys) override;
  Status ProbeUnordered(const KeyView& keys) override;
  Status ProbeGreatest(const KeyView& keys, std::span<const uint64_t> most) override;
  Status CountRows(const KeyView& keys, uint64_t* counts) override;
  bool NextMatches(MatchRun& run) override;
  void Add(std::span<const uint32_t> probes, const Batch& sub_keys,
           std::span<const int> sub_key_columns, std::byte** rows) override;
  Status EraseKeys(const KeyView& keys) override;
  Status Scan(const std::function<Status(const ScannedRows&)>& visit) override;
  uint64_t row_count() const override { return TableCore::row_count(); }
  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    StoreString(row, field, bytes);
  }

  Status LoadRecord(std::string_view key, std::string_view value) override;

 protected:
  Address AddressOf(Row row, std::string& scratch) const override;
  void ForEachRow(const std::function<void(Row)>& f) override;
  void Evict(uint64_t wanted) override;
  void ForgetTombstone(Row row) override;
  void ExpireChunk(size_t chunk) override;
  Status ExpireSaved(std::span<const std::string> records) override;
  // Rows, an estimate of what the sets take beside the core's arena, and the filter.
  uint64_t index_bytes() const override {
    const uint64_t in_sets = rows_.live_rows() - std::min(rows_.live_rows(), entries_.live_rows());
    return KeyedTable::index_bytes() + rows_.live_bytes() + in_sets * BytesInSet() +
           evicted_.memory_bytes();
  }

 private:
  // Of one row in a tree or a hash table, about; sorted arrays lie in the core's arena.
  static constexpr uint64_t kTreeBytes = 32;
  static constexpr uint64_t kSlotBytes = 14;
  uint64_t BytesInSet() const {
    if (!in_order_) return kSlotBytes;
    const bool few = rows_.live_rows() <= OrderedRows::kMost * entries_.live_rows();
    return few ? 0 : kTreeBytes;
  }
  // What the index points to: the rows of a key, without tombstones.
  static SubKeySet& RowsOf(MapEntry entry) { return *reinterpret_cast<SubKeySet*>(entry.bytes()); }
  // The parts of a disk key behind its prefix: the canonical key and sub-key, and the key's length.
  struct DiskKey {
    std::string_view key;
    std::string_view sub_key;
  };
  static Result<DiskKey> Divide(std::string_view rest);
  // Which rows of its keys a call needs in memory.
  enum class Extent {
    kSome,   // those that it names, which it then fetches
    kWhole,  // all
  };
  // Begins a call: entries_found_[i] = the entry of the i-th key, read from disk where needed; null
  // when the key has no rows, unless `create`.
  Status Resolve(const KeyView& keys, bool create, Extent extent);
  // The same of key_batch_, and no call.
  Status ResolveBatch(bool create, Extent extent);
  // Reads these keys of key_batch_, of each at most so many rows; those without rows get no entry.
  Status Load(std::span<const uint32_t> keys, uint64_t most);
  // Reads what memory lacks of the partial ones among entries_found_.
  Status Complete();
  // Reads those rows of the batch's keys and sub-keys that only the disk has.
  Status FetchMissing();
  // Whether that may be so of the i-th.
  bool MayLack(uint32_t i) const;
  // Reads the records with these disk keys: of keys which[i] of key_batch_, whose entries lack
  // them.
  Status Fetch(std::span<const uint32_t> which, std::span<const std::string> disk_keys);
  // Memory has the row, or its tombstone, of this sub-key.
  bool Knows(MapEntry entry, std::string_view sub_key, uint64_t hash) const {
    return RowsOf(entry).Find(sub_key, hash) != nullptr ||
           tombstones_.Find(entry, sub_key, hash) != nullptr;
  }
  // The bytes that rows keep of a canonical sub-key, in shortened_ unless they are `canonical`.
  Result<std::string_view> Shortened(std::string_view canonical);
  // The same of the sub-key in what ReadKeys gives of a record.
  Result<std::string_view> SubKeyIn(std::string_view rest);
  // The row of the i-th key and sub-key of the batch, or null.
  MapRow FindRow(uint32_t i) const;
  // Brings the rows that Look will find for [begin, end) into the cache.
  void PrefetchRows(uint32_t begin, uint32_t end) const;
  // Brings what NextMatches reads some probes behind this one into the cache.
  void PrefetchMatches(uint32_t probe) const;
  // Renews what has expired among rows that were found or created, and marks all as written.
  void FinishCreate(std::span<std::byte* const> rows, uint8_t* created);
  // An entry without rows, in the index.
  MapEntry AddEntry(uint64_t hash, const KeyWord& key);
  // The entry of a key, added where there is none.
  MapEntry FindOrAddEntry(uint64_t hash, const KeyWord& key);
  // `hash`: of the sub-key. REQUIRES: the entry has no row of this sub-key.
  MapRow AddRow(MapEntry entry, std::string_view sub_key, uint64_t hash);
  // The same for a record of the disk, whose sub-key is as rows keep it.
  Status AddSaved(MapEntry entry, std::string_view sub_key, std::string_view value);
  // The row for the i-th sub-key, absent or a tombstone, of the entry of key `probe` of the batch.
  MapRow Create(uint32_t probe, MapEntry entry, uint32_t i);
  // The row of the i-th sub-key, which a probe did not show since it has expired.
  void EraseUnseen(MapEntry entry, uint32_t i);
  // Leaves a tombstone, or nothing where the disk never saw it.
  void EraseRow(MapRow row);
  // Frees at once, whatever the disk holds.
  void FreeRow(MapRow row);
  void FreeEntry(MapEntry entry);
  void FreeIfEmpty(MapEntry entry);
  // All of them may leave memory.
  bool AllOnDisk(const SubKeySet& rows) const;
  // The steps of Evict: of a chunk of keys, those of few rows that nobody used; of a chunk of rows,
  // those of large keys.
  void EvictKeys(size_t chunk);
  void EvictRows(size_t chunk);
  void EvictKey(MapEntry entry);
  void EvictRow(MapRow row);
  // The key has most of the table's rows, and all of them were asked for lately: to take some away
  // would be to read all again with the next batch. At most one key is such.
  bool StaysWhole(MapEntry entry);
  // Erases those of its rows that are older than the TTL.
  void ExpireEntry(MapEntry entry);
  // The parts of Scan: rows in memory, and those that only the disk has, which are read and shown
  // in runs without staying.
  Status ScanMemory(const std::function<Status(const ScannedRows&)>& visit);
  Status ScanDisk(const std::function<Status(const ScannedRows&)>& visit);

  // Keys of more rows are large. Fixed, since a key's size when it left says how it is on disk.
  const uint64_t few_rows_;
  // Rows of all keys; entries are in the core's arena.
  MapRows rows_;
  TombstoneSets tombstones_;
  // The order of some key's rows was asked for: that of others will be.
  bool in_order_ = false;
  // Scratch of the running call, kept for its memory.
  KeyBatch key_batch_;
  std::vector<MapEntry> entries_found_;
  bool any_partial_ = false;  // of entries_found_
  std::vector<uint32_t> misses_;
  SubKeys sub_keys_;
  std::string shortened_;
  std::vector<std::string> edges_;  // what EdgeSubKeys handed out, where it had to be restored
  std::vector<MapRow> handed_out_;
  // Where NextMatches goes on.
  uint32_t next_probe_ = 0;
  bool in_key_ = false;         // next_match_ is among the rows of next_probe_
  bool by_sub_key_ = true;      // the order of the rows of a key
  std::vector<uint64_t> most_;  // rows of each key; empty: all
  SubKeySet::Cursor next_match_;
  // The hands of the eviction's clocks: a chunk of entries, and a chunk of rows.
  size_t key_clock_ = 0;
  size_t row_clock_ = 0;
  bool any_large_ = false;  // keys were, since the table is there
  // The key that stays whole, and for how many evictions if nobody asks for all its rows again.
  MapEntry whole_key_;
  int whole_for_ = 0;
  // The rows of large keys that left memory: hashes of key and sub-key.
  KeyFilter evicted_;
};

}  // namespace weir::state
