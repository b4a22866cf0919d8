// Port: sources. A source is a set of splits (partitions); a split is a sequence of rows with a
// position to continue from. The partition is the unit of time: its watermark is judged row by row
// in the order in which its reader yields them, whatever is decoded in parallel inside the reader.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"

namespace weir {

// One partition of a source. `id` is stable across restarts and unique in its source (a file's
// path, a generator's partition number); `position` is connector-defined text, readable in SHOW and
// DESCRIBE, that starts with a version ("v1 offset=1024 rows=3"); empty: from the beginning.
// A position is meaningful to the same connector and split only.
struct Split {
  std::string id;
  std::string position;
  bool finished = false;  // everything was read; kept in checkpoints so that it is not read again
};

enum class ReadOutcome {
  kRows,        // `out` holds at least one row
  kNothing,     // no row right now; ask again after a moment (unbounded input)
  kWaiting,     // there is something, which may not be read yet: no silence (unbounded input)
  kEndOfSplit,  // no row will come any more
  kGone         // nothing of it was read, and it is not there any more: as if it were never found
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
  uint64_t skipped = 0;               // things that it leaves alone
  int64_t oldest_waiting_millis = 0;  // for how long the one that was found first has waited
  std::string first_skipped;          // which, and why; "" when there is none
};

// Reads one split in order. Used by one thread, the source task's; may decode ahead on threads of
// its own, of which the caller sees nothing.
class SplitReader {
 public:
  virtual ~SplitReader() = default;
  // Replaces `out` by the next 1..max_rows rows: the scan's columns, in its order. A row that a
  // pushed filter rejects may be deselected but not left out: it still counts for the watermark.
  virtual Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) = 0;
  // Where to continue after the rows yielded so far.
  // Reading on from it gives the rest of the split's rows, each once.
  virtual std::string Position() const = 0;
  virtual ReaderStatistics statistics() const { return {}; }
};

// The source of one scan in one running job. Discover runs on the source coordinator's thread, the
// readers it opens on source tasks.
class Source {
 public:
  virtual ~Source() = default;
  virtual bool bounded() const = 0;
  // Splits that exist now, in a deterministic order. Called at start, and for unbounded sources
  // again every discovery_interval; those with ids seen before are ignored by the caller. Fails
  // (kDataError, kNotFound) when a bounded source has nothing to read.
  virtual Result<std::vector<Split>> Discover() = 0;
  virtual int64_t discovery_interval_millis() const { return 0; }  // 0: discovered once
  virtual Result<std::unique_ptr<SplitReader>> Open(const Split& split) = 0;
  // Whether splits that were read to their ends are kept in a table of state instead of with those
  // that are being read, as there may be millions; and whether Discover leaves out by itself what
  // it was told of by Remember.
  virtual bool keeps_read_splits() const { return false; }
  // A split that a checkpoint holds, before the first Discover; or one that was read to its end.
  // Any thread. Fails (kCorruption) where the position is not understood.
  virtual Status Remember(const Split&) { return {}; }
  virtual SourceFigures figures() const { return {}; }  // any thread
  // Rows of the whole split, for progress bars; 0: unknown, or without end.
  virtual uint64_t RowCount(const Split&) const { return 0; }
};

}  // namespace weir
