// Reads the splits of one source subtask a batch at a time. The split that is furthest behind is
// read first, so that the event times of the splits stay close together.
#pragma once

#include <atomic>
#include <deque>
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
#include "runtime/task/watermark_alignment.h"

namespace weir::task {

// The result of one Read.
enum class ReadStep : uint8_t {
  kRows,        // `out` holds a batch of the current partition
  kSplitEnded,  // a split has ended; time may move
  kNothing,     // no split has a row right now
  kAllEnded,    // every split has ended (or there is none)
};

// For progress and DESCRIBE JOB; written by the task, read by anyone.
struct SourceMetrics {
  std::atomic<uint64_t> bytes_read{0};
  std::atomic<uint64_t> bytes_total{0};
  std::atomic<uint64_t> rows_read{0};  // the part of rows_total that was read
  std::atomic<uint64_t> rows_total{0};
  std::atomic<uint64_t> records_skipped{0};
};

// Used by the source task's thread, except holder(). At most 32 readers are open at a time; when
// there are more splits, the reader that was not used for longest is closed, unless its rows are on
// their way (ReadOutcome::kComing), and its split continues from its position later. Where the
// source allows fewer (Source::open_limit), the others wait for one of these to end, unless an
// alignment of watermarks needs all. With event time the split with the least watermark is read
// first (Flink: "watermark alignment" of splits), so that fast splits do not fill the state of
// windows. Without it, bounded splits are read one after the other.
class SourceReader {
 public:
  // All outlive the reader.
  SourceReader(Source& source, operators::PartitionTimes& times, const Clock& clock,
               uint32_t batch_rows);

  // Keeps splits that are read to their ends in `read` from now on, and tells the source of those
  // that are there already. Called before the first Add.
  Status KeepReadSplits(std::unique_ptr<ReadSplits> read);
  // From now on no split is read that is ahead of the group of `member`, which outlives this; the
  // others go on. Called before the first Add. Without event time it has no effect.
  void Align(WatermarkAlignment::Member& member) { alignment_ = &member; }
  // To be called when the task ends its input, so that other sources of the group do not wait for
  // it.
  void LeaveGroup();
  // Adds new or restored splits. Their readers are opened when it is their turn, and silent splits
  // are asked again at once. A restored split continues behind the last row that its checkpoint
  // covers.
  Status Add(std::vector<SplitCheckpoint> splits);
  // Reads one batch, or says why there is none. Marks splits idle that have been silent for longer
  // than the timeout, even while others have rows. Fails as a split reader does, with the split's
  // name in front.
  Result<ReadStep> Read(Batch& out);
  // Every split that is being read, with its position, watermark and idleness; finished splits too,
  // where no table keeps them. Splits that were not begun are left out if the source will find them
  // again by itself.
  std::vector<SplitCheckpoint> Snapshot() const;
  // Makes the first batches small. Before it is known how fast rows are taken, large ones could
  // fill the channels with rows that delay a barrier for long.
  void BeginWithSmallBatches() { batch_rows_ = std::min(kFirstRows, most_rows_); }
  // Halves how many rows a batch has at most, but not below `least`, which is one or more.
  void SmallerBatches(uint32_t least) {
    unhindered_ = 0;
    batch_rows_ = std::max(batch_rows_ / 2, std::min(least, batch_rows_));
  }
  // Doubles how many rows a batch has at most, up to batch_rows of the constructor, once it was
  // called for twice as many batches in a row as a channel holds. Before that, a slow consumer may
  // not have shown yet, as its channel is still being filled with smaller batches.
  void GreaterBatches() {
    if (++unhindered_ < kUnhindered) return;
    unhindered_ = 0;
    batch_rows_ = std::min(batch_rows_ * 2, most_rows_);
  }
  uint32_t batch_rows() const { return batch_rows_; }
  // How long to wait after kNothing before it is worth asking a split again; at most 10 ms.
  int64_t wait_nanos() const;

  // Whether no partition of the table has had anything to read for the idle time-out; false when
  // there is none.
  bool idle() const;
  // Whether some split has rows that it may not or cannot return yet.
  bool has_waiting() const { return waiting_ > 0 || is_ahead(); }
  // Whether there are rows to read, and all are ahead of other sources of its group. Any thread.
  bool is_ahead() const { return ahead_.load(std::memory_order_relaxed); }

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
    std::pair<int64_t, uint32_t> turn = {0, UINT32_MAX};  // its entry in ready_; none at first
    int64_t ask_again = 0;     // monotonic nanoseconds; 0: it is in ready_
    int64_t pause = 0;         // the last wait; grows while a split stays silent
    int64_t silent_since = 0;  // 0: the last read gave rows
    bool waiting = false;      // its last result was kWaiting or kComing, or it was not asked
    int64_t stays_until = 0;   // its rows are on their way: not parked before; 0: they are not
    uint64_t last_turn = 0;    // when it was read last, counted in reads
    ReaderStatistics seen;     // the part that is in metrics_ already
  };

  Status AddOne(SplitCheckpoint split);
  Status AddRead(const SplitCheckpoint& split);
  // The next split to read; null when none is ready.
  Open* Choose(int64_t now);
  // Whether to go on with the split that was read last, when there are more splits than open
  // readers.
  bool Stay();
  // An unfinished split is in one of ready_, asleep_ and later_; a withdrawn one is in none.
  void MakeReady(Open& split);
  void PutToSleep(Open& split, int64_t until);
  void Withdraw(Open& split);
  void AskAllAgain();
  // Tells the group how far this subtask has got.
  void ReportTime();
  // Whether the split is ahead of the group.
  bool MustWait(const Open& split, int64_t now);
  // Splits that are being read in turns.
  size_t taking_turns() const { return ready_.size() + asleep_.size(); }
  size_t unfinished() const { return taking_turns() + later_.size(); }
  int64_t LongestPause() const;
  void SetWaiting(Open& split, bool waiting);
  // False when it may not be opened yet, since no other may be parked.
  Result<bool> OpenReader(Open& split, int64_t now);
  // Closes the reader of the split that was not read for longest, of those that need not stay; it
  // is reopened at the same position later. False when all have to stay.
  bool Park(int64_t now);
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
  static constexpr uint32_t kFirstRows = 64;
  // The batches in a row that must have been sent without delay before they get larger. It is twice
  // JobOptions::queue_capacity, so that a slow consumer has filled its queue by then.
  static constexpr uint32_t kUnhindered = 16;
  const uint32_t most_rows_;
  uint32_t batch_rows_;      // of the next batch
  uint32_t unhindered_ = 0;  // batches since that changed, none of which was slow to be sent
  std::unique_ptr<ReadSplits> read_;               // null: finished splits stay in splits_
  std::vector<std::unique_ptr<Open>> splits_;      // by partition; null once it is in read_
  std::set<std::pair<int64_t, uint32_t>> ready_;   // watermark (0: no event time) and partition
  std::set<std::pair<int64_t, uint32_t>> asleep_;  // when to ask again, and partition
  std::deque<uint32_t> later_;                     // partitions that wait for another to end
  std::vector<uint32_t> open_;                     // partitions that have a reader
  size_t waiting_ = 0;                             // splits
  int64_t last_read_ = 0;  // when there last was something to read or to wait for; monotonic
  uint64_t reads_ = 0;
  uint32_t turn_ = 0;                                // where asking the unbounded splits starts
  Open* last_ = nullptr;                             // the split read last, while it is unfinished
  uint32_t stay_ = 0;                                // how many times in a row it was read
  WatermarkAlignment::Member* alignment_ = nullptr;  // null: it waits for no other source
  std::atomic<bool> ahead_{false};
  SourceMetrics metrics_;
  std::atomic<int64_t> holder_{-1};
  std::atomic<TimeState> time_state_{TimeState::kNoPartitions};
  mutable Mutex names_mutex_;
  std::vector<std::string> names_ WEIR_GUARDED_BY(names_mutex_);  // by partition
};

}  // namespace weir::task
