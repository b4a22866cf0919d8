// Port: sources. A source is a set of splits (partitions), and a split is a sequence of rows with a
// position to continue from. Time is kept by partition: its watermark advances row by row in the
// order in which its reader returns them, whatever the reader decodes in parallel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"

namespace weir {

// One partition of a source. `id` is stable across restarts and unique within its source (a file's
// path, a generator's partition number). `position` is text of the connector's own, shown by SHOW
// and DESCRIBE, that starts with a version ("v1 offset=1024 rows=3") and means something only to
// the same connector and split; empty: from the beginning.
struct Split {
  std::string id;
  std::string position;
  bool finished = false;  // everything was read; stays in checkpoints, so that it is not read again
};

enum class ReadOutcome {
  kRows,     // `out` holds at least one row
  kNothing,  // no row right now; ask again after a moment (unbounded input)
  // There are rows, but they may not be read yet; does not count as silence (unbounded input).
  kWaiting,
  // There are rows, which are on their way here; asked for again as soon as after kNothing, but
  // does not count as silence. Closing the reader may lose what it has waited for.
  kComing,
  kEndOfSplit,  // no row will come any more
  kGone         // the split vanished before anything of it was read: as if it was never found
};

struct ReaderStatistics {
  uint64_t bytes_read = 0;
  uint64_t bytes_total = 0;      // 0: unknown; for progress bars
  uint64_t rows_read = 0;        // of Source::RowCount, those before the first position included
  uint64_t records_skipped = 0;  // bad records left out because the table says so
};

// What a source has found so far, for DESCRIBE JOB.
struct SourceFigures {
  uint64_t seen = 0;                  // splits, read ones included
  uint64_t waiting = 0;               // of them, those of which nothing was read yet
  uint64_t skipped = 0;               // things that it does not read
  int64_t oldest_waiting_millis = 0;  // how long the split found first has been waiting
  std::string first_skipped;          // one of them and the reason; "" when there is none
};

// Reads one split in order. Used by the source task's thread only. May decode ahead on threads of
// its own, which the caller does not notice.
class SplitReader {
 public:
  virtual ~SplitReader() = default;
  // Replaces `out` by the next 1..max_rows rows, with the scan's columns in its order. A row that a
  // pushed-down filter rejects may be deselected but not left out, as it still counts for the
  // watermark.
  virtual Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) = 0;
  // Where to continue after the rows returned so far; reading from there returns the rest of the
  // split's rows once each.
  virtual std::string Position() const = 0;
  virtual ReaderStatistics statistics() const { return {}; }
};

// Finds rows by their keys, as the table has them at the time of the call. Used by one thread at a
// time; may outlive its source.
class KeyReader {
 public:
  virtual ~KeyReader() = default;
  // The rows for which the columns that the reader was opened with equal those of some row of
  // `keys`, which are dense and without NULLs; once each, with the scan's columns in its order. May
  // return other rows as well, where the table compares in another way than we do. Can be
  // interrupted (interruption.h).
  virtual Result<Batch> Find(const Batch& keys) = 0;
};

// The source of one scan in one running job. Discover runs on the source coordinator's thread, the
// readers it opens on source tasks.
class Source {
 public:
  virtual ~Source() = default;
  virtual bool bounded() const = 0;
  // Says that the job goes on from a checkpoint, whether or not that has any split of this source:
  // what Discover finds then has come later. Before the first Remember and Discover.
  virtual void Continue() {}
  // The splits that exist now, in a deterministic order. Called at the start and, for unbounded
  // sources, every discovery_interval again; the caller ignores ids that it has seen, unless
  // keeps_read_splits(). Fails (kDataError, kNotFound) when a bounded source has nothing to read.
  virtual Result<std::vector<Split>> Discover() = 0;
  virtual int64_t discovery_interval_millis() const { return 0; }  // 0: discovered once
  virtual Result<std::unique_ptr<SplitReader>> Open(const Split& split) = 0;
  // How many splits a subtask may have open at a time, for sources where opening one again asks for
  // all of its rows again; the others wait until one of these has ended. 0: as many as the reader
  // likes, which closes them and opens them again.
  virtual size_t open_limit() const { return 0; }
  // Whether splits are read one behind the other, in the order in which Discover returns them, by
  // one subtask: what one holds may change rows of those before it.
  virtual bool in_order() const { return false; }
  // Whether finished splits are kept in a table of state instead of a list in each checkpoint,
  // because there may be millions. Discover then leaves out what it returned before and what it was
  // told by Remember, as the caller does not know the ids.
  virtual bool keeps_read_splits() const { return false; }
  // Tells the source of a split in a restored checkpoint, before the first Discover, or of one that
  // was read to its end. Any thread. kCorruption where the position is not understood.
  virtual Status Remember(const Split&) { return {}; }
  // A checkpoint is complete that has this split, so that no start will ask for what lies before
  // its position, unless it goes on from an older one. The thread of the coordinator, in the order
  // of the checkpoints; must not take long.
  virtual void Completed(const Split&) {}
  // A reader of rows by the values of some of the scan's columns. Any thread. Only for connectors
  // with `finds_by_key`.
  virtual Result<std::unique_ptr<KeyReader>> OpenByKey(const std::vector<int>& /*columns*/) {
    return Status::Internal("a source that cannot be asked for keys");
  }
  virtual SourceFigures figures() const { return {}; }  // any thread
  // The rows of the whole split, for progress bars; 0 when that is unknown or unbounded.
  virtual uint64_t RowCount(const Split&) const { return 0; }
};

}  // namespace weir
