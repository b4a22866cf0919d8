// Layout kMap: key -> ordered sub-keys -> row.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "state/row/map_rows.h"
#include "state/row/sub_key_codec.h"
#include "state/row/sub_key_set.h"
#include "state/row/tombstone_sets.h"
#include "state/table/key_filter.h"
#include "state/table/keyed_table.h"

namespace weir::state {

// The operations are described at MapTable. There are two levels: the hash index of the table core
// finds a key's entry, and a set in the entry holds its sub-keys, in the order of their canonical
// bytes if that is needed. Not thread-safe.
// A key with few rows is in memory as a whole or not at all. The rows of a *large* key leave memory
// one by one; it is *partial* while the disk may have rows that memory lacks. Such rows are fetched
// by sub-key if single ones are asked for; if all are, everything missing is read; if the first or
// last ones are, no more is read than is looked at (map_edges.cc). Eviction visits keys, and the
// rows of large keys, by the clock described in list_table.h.
// A batch is looked up in steps, each of which prefetches what the next one reads: entries, sets,
// slots, rows. Sub-keys are stored as their codec shortens them.
class NativeMapTable final : public MapTable, public KeyedTable<MapEntry, MapRow> {
 public:
  // Both references outlive the table.
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
  // Rows, an estimate of the sets' memory outside the core's arena, and the filter.
  uint64_t index_bytes() const override {
    const uint64_t in_sets = rows_.live_rows() - std::min(rows_.live_rows(), entries_.live_rows());
    return KeyedTable::index_bytes() + rows_.live_bytes() + in_sets * BytesInSet() +
           evicted_.memory_bytes();
  }

 private:
  // About what a row takes in a tree or a hash table. Sorted arrays lie in the core's arena.
  static constexpr uint64_t kTreeBytes = 32;
  static constexpr uint64_t kSlotBytes = 14;
  uint64_t BytesInSet() const {
    if (!in_order_) return kSlotBytes;
    const bool few = rows_.live_rows() <= OrderedRows::kMost * entries_.live_rows();
    return few ? 0 : kTreeBytes;
  }
  // The rows of a key that an entry holds, without tombstones.
  static SubKeySet& RowsOf(MapEntry entry) { return *reinterpret_cast<SubKeySet*>(entry.bytes()); }
  // The parts of a disk key behind its prefix: the canonical key, the sub-key, and the key's
  // length.
  struct DiskKey {
    std::string_view key;
    std::string_view sub_key;
  };
  static Result<DiskKey> Divide(std::string_view rest);
  // Which rows of its keys a call needs in memory.
  enum class Extent {
    kSome,   // those that it names, and which it then fetches
    kWhole,  // all
  };
  // Begins a call: sets entries_found_[i] to the entry of the i-th key, read from disk where
  // needed, or null when the key has no rows, unless `create`.
  Status Resolve(const KeyView& keys, bool create, Extent extent);
  // The same for key_batch_, without beginning a call.
  Status ResolveBatch(bool create, Extent extent);
  // Reads these keys of key_batch_, at most `most` rows of each. A key without rows gets no entry.
  Status Load(std::span<const uint32_t> keys, uint64_t most);
  // Notes that memory has all rows of the entry.
  void MakeWhole(MapEntry entry);
  // Reads what memory lacks of the partial entries among entries_found_.
  Status Complete();

  // --- The ends of a key's order (map_edges.cc).
  // A range of a partial key's sub-keys that begins at one end of their order: memory has every row
  // in it. When rows leave memory the range is shortened, not forgotten: if rows are erased from
  // the front one after the other, as in a queue, their deletions on disk need not be passed again.
  struct Edge {
    bool known = false;
    bool inclusive = false;  // whether the sub-key `to` is in the range
    std::string to;
  };
  struct Edges {
    Edge least;
    Edge greatest;
  };
  // Used within one call. The cursor is created when it is first needed.
  struct EdgeReader {
    bool greatest;
    std::unique_ptr<DiskCursor> cursor;
  };
  static Edge& Of(Edges& edges, bool greatest) { return greatest ? edges.greatest : edges.least; }
  static bool Within(const Edge& edge, std::string_view sub_key, bool greatest);
  // Moves the cursor to where the edge ends. `prefix` is what all records of the key begin with.
  Status SeekEdge(const std::string& prefix, const Edge& edge, EdgeReader& reader);
  // Extends the edge of the i-th key until it has `rows` more rows, or the key is whole.
  Status ReadEdge(uint32_t i, EdgeReader& reader, uint64_t rows);
  // Visits the rows of the i-th key from one end until `visit` returns false, and reads missing
  // ones on the way.
  Status VisitFromEdge(uint32_t i, EdgeReader& reader,
                       const std::function<bool(MapRow row)>& visit);
  // REQUIRES: the row leaves memory and stays on disk.
  void ShortenEdges(MapRow row);

  // Reads those rows of the batch's keys and sub-keys that are only on disk.
  Status FetchMissing();
  // Whether that may be so for the i-th row.
  bool MayLack(uint32_t i) const;
  // Reads the records with these disk keys, which belong to the keys which[i] of key_batch_ and are
  // missing in their entries.
  Status Fetch(std::span<const uint32_t> which, std::span<const std::string> disk_keys);
  // Whether memory has the row of this sub-key, or its tombstone.
  bool Knows(MapEntry entry, std::string_view sub_key, uint64_t hash) const {
    return RowsOf(entry).Find(sub_key, hash) != nullptr ||
           tombstones_.Find(entry, sub_key, hash) != nullptr;
  }
  // The form in which rows store a canonical sub-key: `canonical` itself, or shortened_.
  Result<std::string_view> Shortened(std::string_view canonical);
  // The same for the sub-key in the rest of a record's key that ReadKeys passes on.
  Result<std::string_view> SubKeyIn(std::string_view rest);
  // The row of the i-th key and sub-key of the batch, or null.
  MapRow FindRow(uint32_t i) const;
  // Prefetches the rows that FindRow will return for [begin, end).
  void PrefetchRows(uint32_t begin, uint32_t end) const;
  // Prefetches what NextMatches reads some probes later.
  void PrefetchMatches(uint32_t probe) const;
  // Resets rows that were found but have expired, and marks all rows as written.
  void FinishCreate(std::span<std::byte* const> rows, uint8_t* created);
  // Adds an entry without rows to the index.
  MapEntry AddEntry(uint64_t hash, const KeyWord& key);
  // The entry of a key, added if there is none.
  MapEntry FindOrAddEntry(uint64_t hash, const KeyWord& key);
  // `hash`: of the sub-key. REQUIRES: the entry has no row with this sub-key.
  MapRow AddRow(MapEntry entry, std::string_view sub_key, uint64_t hash);
  // The same for a record from disk; the sub-key has the form in which rows store it.
  Status AddSaved(MapEntry entry, std::string_view sub_key, std::string_view value);
  // Creates the row for the i-th sub-key, of which there is none or a tombstone, in the entry of
  // key `probe`.
  MapRow Create(uint32_t probe, MapEntry entry, uint32_t i);
  // Erases the row of the i-th sub-key, which a probe did not return because it has expired.
  void EraseUnseen(MapEntry entry, uint32_t i);
  // Erases a row. It leaves a tombstone, unless the disk never saw it.
  void EraseRow(MapRow row);
  // Frees a row at once, whatever the disk has.
  void FreeRow(MapRow row);
  void FreeEntry(MapEntry entry);
  void FreeIfEmpty(MapEntry entry);
  // Whether all rows of the set may leave memory.
  bool AllOnDisk(const SubKeySet& rows) const;
  // The steps of Evict: of a chunk of keys, those with few rows that nobody used; of a chunk of
  // rows, those of large keys.
  void EvictKeys(size_t chunk);
  void EvictRows(size_t chunk);
  void EvictKey(MapEntry entry);
  void EvictRow(MapRow row);
  // Whether the key has most of the table's rows and all of them were asked for lately. Evicting
  // some would then mean reading all of them again for the next batch. At most one key is such.
  bool StaysWhole(MapEntry entry);
  // Erases the rows of the entry that are older than the TTL.
  void ExpireEntry(MapEntry entry);
  // The parts of Scan: rows in memory, and rows that are only on disk, which are read and shown in
  // runs and do not stay in memory.
  Status ScanMemory(const std::function<Status(const ScannedRows&)>& visit);
  Status ScanDisk(const std::function<Status(const ScannedRows&)>& visit);

  // Keys with more rows are large. Fixed, because a key's size when it was evicted decides how it
  // is kept on disk.
  const uint64_t few_rows_;
  // The rows of all keys; entries are in the core's arena.
  MapRows rows_;
  TombstoneSets tombstones_;
  // Some key was asked for the order of its rows, so other keys will be asked as well.
  bool in_order_ = false;
  // Scratch of the running call, kept for its memory.
  KeyBatch key_batch_;
  std::vector<MapEntry> entries_found_;
  bool any_partial_ = false;  // some entry of entries_found_ is partial
  std::vector<uint32_t> misses_;
  SubKeys sub_keys_;
  std::string shortened_;
  std::vector<std::string> edges_;  // what EdgeSubKeys returned, if it had to be restored
  std::vector<MapRow> handed_out_;
  // Where NextMatches continues.
  uint32_t next_probe_ = 0;
  bool in_key_ = false;         // next_match_ is among the rows of next_probe_
  bool by_sub_key_ = true;      // whether the rows of a key are returned in order
  std::vector<uint64_t> most_;  // rows of each key; empty: all
  SubKeySet::Cursor next_match_;
  // The hands of the eviction's clocks: a chunk of entries, and a chunk of rows.
  size_t key_clock_ = 0;
  size_t row_clock_ = 0;
  bool any_large_ = false;  // there was a large key at some time
  // The key that stays whole, and for how many more evictions it does if its rows are not all asked
  // for again.
  MapEntry whole_key_;
  int whole_for_ = 0;
  // The edges of partial keys whose order was asked for, by entry.
  std::unordered_map<const std::byte*, Edges> edges_in_memory_;
  // Hashes of key and sub-key of the rows of large keys that left memory.
  KeyFilter evicted_;
};

}  // namespace weir::state
