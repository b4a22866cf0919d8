// Reads the splits of one source subtask, a batch at a time, so that their event times stay
// together: the split that is furthest behind is read first.
#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/checkpoint_storage.h"
#include "runtime/clock.h"
#include "runtime/mutex.h"
#include "runtime/operators/time/partition_times.h"
#include "runtime/source.h"
#include "runtime/task/read_splits.h"
#include "runtime/task/time_state.h"

namespace weir::task {

// What one Read came to.
enum class ReadStep : uint8_t {
  kRows,        // `out` holds a batch of the partition that is current now
  kSplitEnded,  // a split has ended; time may move
  kNothing,     // no split has a row right now
  kAllEnded,    // every split has ended (or there is none)
};

// For progress and DESCRIBE JOB; written by the task, read by anyone.
struct SourceMetrics {
  std::atomic<uint64_t> bytes_read{0};
  std::atomic<uint64_t> bytes_total{0};
  std::atomic<uint64_t> rows_read{0};  // of rows_total
  std::atomic<uint64_t> rows_total{0};
  std::atomic<uint64_t> records_skipped{0};
};

// Used by the source task's thread, save holder().
// At most 32 readers are open at a time; where there are more splits, the one that was not read for
// longest is closed and goes on from its position later. With event time the split with the least
// watermark is read first (Flink: "watermark alignment" of splits), so that fast ones do not fill
// the state of windows; without it, bounded splits are read one after the other.
class SourceReader {
 public:
  // All outlive the reader.
  SourceReader(Source& source, operators::PartitionTimes& times, const Clock& clock,
               uint32_t batch_rows);

  // Before the first Add: splits that are read to their ends go into `read` from now on; the source
  // hears of those that are there.
  Status KeepReadSplits(std::unique_ptr<ReadSplits> read);
  // New or restored splits. Readers are opened when their turn comes; those that were silent are
  // asked again at once.
  // A restored split goes on behind the last row that its checkpoint covers.
  Status Add(std::vector<SplitCheckpoint> splits);
  // Reads one batch, or says why there is none. Marks splits idle that have been silent for longer
  // than the timeout, whatever the others do.
  // Failures are the split reader's, with the split's name in front.
  Result<ReadStep> Read(Batch& out);
  // Every split with its position, watermark and idleness: those that are read, and, where no table
  // keeps them, finished ones. What a source that finds splits by itself has not begun, it will
  // find again.
  std::vector<SplitCheckpoint> Snapshot() const;
  // How long to wait after kNothing before a split is worth asking again.
  // At most 10 ms.
  int64_t wait_nanos() const;

  // Whether no partition of the table has had anything to read for the idle time-out; never without
  // one.
  bool idle() const;
  // Whether some split has rows that it may not give yet.
  bool has_waiting() const { return waiting_ > 0; }

  const SourceMetrics& metrics() const { return metrics_; }
  bool bounded() const { return source_.bounded(); }
  // Id of the split that holds the watermark back; empty when none does. Any thread.
  std::string holder() const;
  // Any thread, once the chain is open.
  TimeState time_state() const {
    return times_.in_use() ? time_state_.load(std::memory_order_relaxed) : TimeState::kKnown;
  }

 private:
  // One split, whether its reader is open or parked.
  struct Open {
    SplitCheckpoint at;
    uint32_t partition = 0;
    std::unique_ptr<SplitReader> reader;
    std::string position_before;  // of the last batch, for the planted defect
    std::pair<int64_t, uint32_t> turn = {0, UINT32_MAX};  // its place in ready_; none at first
    int64_t ask_again = 0;     // monotonic nanoseconds; 0: it is in ready_
    int64_t pause = 0;         // the last wait; grows while a split stays silent
    int64_t silent_since = 0;  // 0: the last read gave rows
    bool waiting = false;      // its last answer was kWaiting
    uint64_t last_turn = 0;    // when it was read last, in reads
    ReaderStatistics seen;     // counted in metrics_ already
  };

  Status AddOne(SplitCheckpoint split);
  Status AddRead(SplitCheckpoint split);
  // The next split to ask; null when none is ready.
  Open* Choose(int64_t now);
  // Whether the split that was read last goes on, as there are more splits than open readers.
  bool Stay();
  // An unfinished split is in ready_ or in asleep_; withdrawn, in neither.
  void MakeReady(Open& split);
  void PutToSleep(Open& split, int64_t until);
  void Withdraw(Open& split);
  void AskAllAgain();
  size_t unfinished() const { return ready_.size() + asleep_.size(); }
  int64_t LongestPause() const;
  void SetWaiting(Open& split, bool waiting);
  Status OpenReader(Open& split);
  // Closes the reader of the split that was not read for longest; it is opened again where it was.
  void Park();
  void MarkIdleSplits(int64_t now);
  Result<ReadStep> ReadFrom(Open& split, Batch& out, int64_t now);
  Status Finish(Open& split);
  void Leave(Open& split);
  void Close(Open& split);
  void Count(Open& split);
  void PublishHolder();

  Source& source_;
  operators::PartitionTimes& times_;
  const Clock& clock_;
  const uint32_t batch_rows_;
  std::unique_ptr<ReadSplits> read_;               // null: finished splits stay in splits_
  std::vector<std::unique_ptr<Open>> splits_;      // by partition; null once it is in read_
  std::set<std::pair<int64_t, uint32_t>> ready_;   // watermark (0: no event time) and partition
  std::set<std::pair<int64_t, uint32_t>> asleep_;  // when to ask again, and partition
  std::vector<uint32_t> open_;                     // partitions that have a reader
  size_t waiting_ = 0;                             // splits
  int64_t last_read_ = 0;  // when there was something to read, or to wait for; monotonic
  uint64_t reads_ = 0;
  uint32_t turn_ = 0;     // where those that never end are asked from
  Open* last_ = nullptr;  // the split read last, while it is unfinished
  uint32_t stay_ = 0;     // reads in a row of it
  SourceMetrics metrics_;
  std::atomic<int64_t> holder_{-1};
  std::atomic<TimeState> time_state_{TimeState::kNoPartitions};
  mutable Mutex names_mutex_;
  std::vector<std::string> names_ WEIR_GUARDED_BY(names_mutex_);  // by partition
};

}  // namespace weir::task
