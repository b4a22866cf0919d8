// Port: keyed state. Operators work on native typed tables, a batch at a time; a backend decides
// where the rows live durably (RocksDB, or memory only). An operator never knows which one it has.
//
// Threads: a TaskState and its tables belong to one task's thread. A StateBackend is shared by all
// tasks of a job and is thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"
#include "runtime/types/key_encoding.h"
#include "runtime/types/row_layout.h"
#include "runtime/types/state_schema.h"

namespace weir {

// The keys of the selected rows of a batch, borrowed for one call.
struct KeyView {
  const Batch* batch;
  std::span<const int> columns;  // in the order of the state schema's key
  const uint64_t* hashes;        // HashKeys of each physical row
};

// Rows that a scan returns, as parallel arrays borrowed for the call.
struct ScannedRows {
  std::span<const std::string_view> keys;  // canonical bytes (DecodeKeys makes columns of them)
  std::span<std::byte* const> rows;
};

// Matches of a probe, some thousand rows at a time, as parallel arrays. The caller owns them and
// reuses their memory. probes[i] is an index among the selected rows of the probing batch
// (ascending), rows[i] one of the rows under its key.
struct MatchRun {
  static constexpr uint32_t kRows = 4096;  // the most rows of a run
  std::vector<uint32_t> probes;
  std::vector<std::byte*> rows;
};

// Time-to-live (StateSchema::ttl_millis > 0, not for sliced tables), Flink's OnCreateAndWrite and
// NeverReturnExpired: a row expires when so long (Clock::Now) has passed since FindOrCreate, Append
// or MarkChanged wrote it last, a time that is kept with the row, also on disk. An expired row is
// never seen again: Find gives null, FindOrCreate creates it anew, RemoveOne does not find it.

// Layout kValue: key -> one row of `layout()`.
// Row pointers stay valid until the next call on the same table; MarkChanged, Add and SetString end
// none. Rows are changed in place through RowLayout; strings only through SetString, which owns
// their bytes.
class ValueTable : public StringOwner {
 public:
  virtual const RowLayout& layout() const = 0;

  // rows[i] = the row of the key of the i-th selected row, created zeroed (no NULLs) when absent,
  // then created[i] = 1 for the first occurrence. All returned rows count as changed in this epoch.
  virtual Status FindOrCreate(const KeyView& keys, std::byte** rows, uint8_t* created) = 0;
  // rows[i] = the row or null. The rows are only read, unless MarkChanged follows.
  virtual Status Find(const KeyView& keys, std::byte** rows) = 0;
  // Adds rows to keys of the last Find, which gave null: rows[i] = a zeroed row for the key of the
  // probes[i]-th selected row. Row pointers of the Find stay valid. REQUIRES: no key is named
  // twice.
  virtual void Add(std::span<const uint32_t> probes, std::byte** rows) = 0;
  virtual void MarkChanged(std::span<std::byte* const> rows) = 0;
  // Removes rows; a row may occur twice in the span.
  virtual void Erase(std::span<std::byte* const> rows) = 0;

  // Calls `visit` with runs of at most a few thousand rows, each row once, in no particular order.
  // `visit` may change rows and call MarkChanged, SetString and Erase, but not FindOrCreate.
  Status Scan(const std::function<Status(const ScannedRows&)>& visit) {
    return ScanWhere(nullptr, visit);
  }
  // As Scan, for the rows for which `wanted` returns true. It is called once a row and must change
  // nothing. Null: all rows.
  virtual Status ScanWhere(const std::function<bool(const std::byte* row)>& wanted,
                           const std::function<Status(const ScannedRows&)>& visit) = 0;
  virtual uint64_t row_count() const = 0;
};

// A family of tables, one a window slice or stretch of time, addressed by the slice's end (ms).
template <typename Table>
class Sliced {
 public:
  virtual ~Sliced() = default;
  virtual const RowLayout& layout() const = 0;
  // The slice's table, created empty when absent, and valid until Drop of that slice. Creating one
  // may push rows of other slices to disk, so all row pointers into slices end with this call.
  virtual Result<Table*> Slice(Timestamp slice_end) = 0;
  // Null when the slice has no table.
  virtual Result<Table*> FindSlice(Timestamp slice_end) = 0;
  // Ends of all slices that exist, ascending.
  virtual std::vector<Timestamp> Slices() const = 0;
  virtual Status Drop(Timestamp slice_end) = 0;
};
using SlicedTable = Sliced<ValueTable>;

// Layout kMap: (key, sub-key) -> row. Sub-keys of a key are ordered by their canonical bytes.
class MapTable : public StringOwner {
 public:
  virtual const RowLayout& layout() const = 0;
  // As in ValueTable, for the pair of key and sub-key of each selected row.
  virtual Status FindOrCreate(const KeyView& keys, std::span<const int> sub_key_columns,
                              std::byte** rows, uint8_t* created) = 0;
  virtual Status Find(const KeyView& keys, std::span<const int> sub_key_columns,
                      std::byte** rows) = 0;
  virtual void MarkChanged(std::span<std::byte* const> rows) = 0;
  virtual void Erase(std::span<std::byte* const> rows) = 0;
  // The canonical bytes of the smallest (or greatest) sub-key under the key of each selected row;
  // an empty optional when the key has none. Views are valid until the next call.
  virtual Status EdgeSubKeys(const KeyView& keys, bool greatest,
                             std::vector<std::optional<std::string_view>>& sub_keys) = 0;
  // Visits the rows of one key in order of their sub-keys, from the front or the back; `visit`
  // returns false to stop. It must not call the table; pointers to rows that it was given stay
  // valid after the visit.
  virtual Status VisitKey(
      std::string_view canonical_key, bool from_greatest,
      const std::function<bool(std::string_view sub_key, std::byte* row)>& visit) = 0;
  // Looks up all rows under the key of each selected row, reading from disk in one ordered pass.
  // NextMatches returns them by key, then by sub-key.
  virtual Status Probe(const KeyView& keys) = 0;
  // As Probe, but the rows of a key come in no particular order, which costs less.
  virtual Status ProbeUnordered(const KeyView& keys) = 0;
  // As Probe, but only for the most[i] greatest sub-keys under the i-th selected row's key, and at
  // the cost of those. REQUIRES: no time-to-live.
  virtual Status ProbeGreatest(const KeyView& keys, std::span<const uint64_t> most) = 0;
  // counts[i] = how many sub-keys the i-th selected row's key has. REQUIRES: no time-to-live.
  virtual Status CountRows(const KeyView& keys, uint64_t* counts) = 0;
  // Fills `run` with the next matches of the last Probe; false when there are no more. Rows may be
  // changed (followed by MarkChanged). Row pointers are valid until the next call of anything but
  // NextMatches, MarkChanged and Add.
  virtual bool NextMatches(MatchRun& run) = 0;
  // Adds rows to keys of the last Probe: rows[i] = a zeroed row under key probes[i] with the i-th
  // selected row's sub-key. Row pointers of the Probe stay valid. REQUIRES: NextMatches has
  // returned false; the keys have no row with these sub-keys, none of which occurs twice.
  virtual void Add(std::span<const uint32_t> probes, const Batch& sub_keys,
                   std::span<const int> sub_key_columns, std::byte** rows) = 0;
  virtual Status EraseKeys(const KeyView& keys) = 0;
  // As in ListTable; the keys are without sub-keys.
  virtual Status Scan(const std::function<Status(const ScannedRows&)>& visit) = 0;
  virtual uint64_t row_count() const = 0;
};

// Layout kList: key -> rows in order of arrival.
// Appending and probing cost about one cache miss a row. RemoveOne walks the key's list: where long
// lists are retracted from, a MapTable whose sub-key is the row is the better home.
class ListTable {
 public:
  virtual ~ListTable() = default;
  virtual const RowLayout& layout() const = 0;
  // Appends the selected rows (`value_columns` of the batch, in schema order) to the lists of their
  // keys. Fields beyond `value_columns` start as 0. Reads nothing from disk.
  virtual Status Append(const KeyView& keys, std::span<const int> value_columns) = 0;
  // As in MapTable; the rows of a key are handed out in order of arrival.
  virtual Status Probe(const KeyView& keys) = 0;
  // As in MapTable, but only fields that are no strings may be changed.
  virtual bool NextMatches(MatchRun& run) = 0;
  virtual void MarkChanged(std::span<std::byte* const> rows) = 0;
  // Removes from each selected row's list the first row that equals its value columns; `found[i]`
  // says whether there was one. Fields beyond `value_columns` are not compared.
  virtual Status RemoveOne(const KeyView& keys, std::span<const int> value_columns,
                           uint8_t* found) = 0;
  virtual Status EraseKeys(const KeyView& keys) = 0;
  // Calls `visit` with runs of some thousand rows, each row once, in no particular order. It only
  // reads them, does not call this table, and no longer reads them once it has called other slices.
  virtual Status Scan(const std::function<Status(const ScannedRows&)>& visit) = 0;
  virtual uint64_t row_count() const = 0;
};
using SlicedLists = Sliced<ListTable>;

// What one task hands over at a barrier; only its backend can look inside.
class EpochPart {
 public:
  virtual ~EpochPart() = default;
};

struct StateStatistics {
  uint64_t memory_bytes = 0;
  uint64_t disk_bytes = 0;  // of a task: about, of rows that are on disk only; of a backend: of all
  uint64_t rows = 0;
  uint64_t disk_reads = 0;  // rows fetched from disk
  uint64_t evictions = 0;   // rows that left memory for the disk
  uint64_t expired = 0;     // rows removed because their time-to-live was over
};

// The keyed state of one task (a chain × one subtask), restored contents included.
class TaskState {
 public:
  virtual ~TaskState() = default;
  // Opens the table that `schema` declares for operator `uid`. Fails kRestoreRefused when the saved
  // schema cannot be read as this one. The table lives as long as this object. REQUIRES: the layout
  // and `sliced` agree with the method; called once per (uid, schema.name).
  virtual Result<ValueTable*> OpenValue(const std::string& uid, const StateSchema& schema) = 0;
  virtual Result<SlicedTable*> OpenSliced(const std::string& uid, const StateSchema& schema) = 0;
  virtual Result<MapTable*> OpenMap(const std::string& uid, const StateSchema& schema) = 0;
  virtual Result<ListTable*> OpenList(const std::string& uid, const StateSchema& schema) = 0;
  virtual Result<SlicedLists*> OpenSlicedLists(const std::string& uid,
                                               const StateSchema& schema) = 0;

  // At a barrier: freezes the rows that changed since the last one, within microseconds. A frozen
  // row is copied before it is next handed out, or else by ContinueSnapshot. Sorting and writing
  // happen in StateBackend::Persist on another thread.
  virtual Status BeginSnapshot(uint64_t checkpoint_id) = 0;
  // Between two batches: copies frozen rows for about `longest`. Returns the part once all are
  // copied, and null before. REQUIRES: BeginSnapshot was called and its part not returned yet.
  virtual Result<std::unique_ptr<EpochPart>> ContinueSnapshot(std::chrono::nanoseconds longest) = 0;
  // BeginSnapshot and ContinueSnapshot in one.
  virtual Result<std::unique_ptr<EpochPart>> Snapshot(uint64_t checkpoint_id) = 0;
  // Between two batches, or while there is no input: frees memory that tables of other tasks need,
  // and removes rows whose time-to-live is over, some thousand a call. Cheap when there is nothing
  // to do. All row pointers end with the call, but for those of a list that is being scanned.
  virtual Status Tidy() = 0;
  // Counts `bytes` of memory that operator `uid` has besides its tables towards its limit.
  virtual void ReportMemory(const std::string& uid, uint64_t bytes) = 0;
  virtual StateStatistics statistics(const std::string& uid) const = 0;
};

// A file of a checkpoint, relative to the job's checkpoint directory.
struct StateFile {
  std::string path;  // "shared/000012-agg.sst", "chk-7/state-0.bin"
  uint64_t bytes = 0;
  uint32_t crc32c = 0;
  uint64_t dirty_bytes = 0;  // bytes this epoch wrote anew (0 when linked from an earlier one)
  std::string sha256 = {};   // of signed savepoints: 32 bytes; else empty
};

// The durable half of keyed state, one for each job.
class StateBackend {
 public:
  virtual ~StateBackend() = default;
  // REQUIRES: the subtasks of one uid have disjoint ranges. Each task is opened once a job start.
  virtual Result<std::unique_ptr<TaskState>> OpenTask(KeyGroupRange groups) = 0;

  // Makes the epoch of checkpoint `checkpoint_id` durable: all parts are sorted, written and
  // ingested together, and the files that now hold the whole state are listed. Called for
  // checkpoints in ascending order from one background thread at a time. On failure the rows of the
  // parts count as changed again, so that the next epoch carries them.
  virtual Result<std::vector<StateFile>> Persist(uint64_t checkpoint_id,
                                                 std::vector<std::unique_ptr<EpochPart>> parts) = 0;
  // Called instead of Persist when the checkpoint was aborted; has the effect of its failure.
  virtual void Abandon(std::vector<std::unique_ptr<EpochPart>> parts) = 0;
  virtual StateStatistics statistics() const = 0;
};

}  // namespace weir
