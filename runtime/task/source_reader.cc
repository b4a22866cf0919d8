#include "runtime/task/source_reader.h"

#include <algorithm>

#include "runtime/checkpoint/decide.h"
#include "runtime/fault_point.h"

namespace weir::task {
namespace {

// A split without new rows, or whose rows are on their way, is asked again after the shortest
// pause, then after twice as long each time, up to LongestPause(). One whose rows may not be read
// yet (ReadOutcome::kWaiting) waits for kWaitingPauseNanos each time.
constexpr int64_t kShortestPauseNanos = 500'000;
constexpr int64_t kLongestPauseNanos = 10'000'000;
constexpr int64_t kWaitingPauseNanos = 50'000'000;
// Each open reader may hold a file descriptor and a block, and there may be thousands of
// partitions.
constexpr size_t kMostOpenReaders = 32;
// For how long a reader whose rows are on their way is not closed in favour of another: closed too
// early, and opened again later, it would never get them.
constexpr int64_t kComingNanos = 1'000'000'000;
// With more splits than that, each is read this many times in a row, since opening it again costs
// the decoding of more than one batch.
constexpr uint32_t kReadsPerStay = 16;

}  // namespace

SourceReader::SourceReader(Source& source, operators::PartitionTimes& times, const Clock& clock,
                           uint32_t batch_rows)
    : source_(source),
      times_(times),
      clock_(clock),
      most_rows_(batch_rows),
      batch_rows_(batch_rows) {}

Status SourceReader::KeepReadSplits(std::unique_ptr<ReadSplits> read) {
  read_ = std::move(read);
  return read_->ForEach([this](const SplitCheckpoint& split) {
    times_.Recall({split.watermark_millis});
    return source_.Remember(split.split);
  });
}

Status SourceReader::Add(std::vector<SplitCheckpoint> splits) {
  last_read_ = clock_.MonotonicNanos();
  for (SplitCheckpoint& split : splits) RETURN_IF_ERROR(AddOne(std::move(split)));
  AskAllAgain();
  PublishHolder();
  return {};
}

// Moves a finished split that a checkpoint lists into the table. Only older versions, without the
// table, list them.
Status SourceReader::AddRead(const SplitCheckpoint& split) {
  times_.Recall({split.watermark_millis});
  return read_->Add(split);
}

Status SourceReader::AddOne(SplitCheckpoint split) {
  if (read_ != nullptr && split.split.finished) return AddRead(split);
  auto open = std::make_unique<Open>();
  open->partition = times_.Add({.watermark = Timestamp{split.watermark_millis},
                                .idle = split.idle,
                                .finished = split.split.finished});
  open->position_before = split.split.position;
  const bool finished = split.split.finished;
  if (!finished) {
    metrics_.rows_total.fetch_add(source_.RowCount(split.split), std::memory_order_relaxed);
  }
  {
    const MutexLock lock(names_mutex_);
    names_.push_back(split.split.id);
  }
  open->at = std::move(split);
  splits_.push_back(std::move(open));
  if (finished) return {};
  size_t most = source_.in_order() ? 1 : 0;
  if (most == 0 && alignment_ == nullptr) most = source_.open_limit();
  if (most > 0 && taking_turns() >= most) {
    later_.push_back(splits_.back()->partition);
  } else {
    MakeReady(*splits_.back());
  }
  return {};
}

void SourceReader::AskAllAgain() {
  while (!asleep_.empty()) MakeReady(*splits_[asleep_.begin()->second]);
}

void SourceReader::MakeReady(Open& split) {
  const std::pair<int64_t, uint32_t> turn = {
      times_.in_use() ? times_.at(split.partition).watermark.millis : 0, split.partition};
  if (split.ask_again == 0 && turn == split.turn && ready_.contains(turn)) return;
  Withdraw(split);
  split.turn = turn;
  ready_.insert(turn);
}

void SourceReader::PutToSleep(Open& split, int64_t until) {
  Withdraw(split);
  split.ask_again = until;
  asleep_.insert({until, split.partition});
}

void SourceReader::Withdraw(Open& split) {
  if (split.ask_again != 0) {
    asleep_.erase({split.ask_again, split.partition});
  } else {
    ready_.erase(split.turn);
  }
  split.ask_again = 0;
}

// A partition that does not hold the watermark back does not hold the group back either. If none is
// left, but the table's time waits for new partitions, so does the group.
void SourceReader::ReportTime() {
  if (alignment_ == nullptr || !times_.in_use()) return;
  const auto holder = times_.Holder();
  const bool gone = !holder && (source_.bounded() || idle());
  alignment_->Report(holder ? times_.at(*holder).watermark
                     : gone ? Timestamp::Max()
                            : times_.Now());
}

void SourceReader::LeaveGroup() {
  if (alignment_ != nullptr) alignment_->Report(Timestamp::Max());
  ahead_.store(false, std::memory_order_relaxed);
}

bool SourceReader::MustWait(const Open& split, int64_t now) {
  // Splits that are still to be read hold the group back; one in front of them must not wait.
  if (alignment_ == nullptr || !times_.in_use() || !later_.empty()) return false;
  const bool ahead = !alignment_->Allows(times_.at(split.partition).watermark, now);
  // Counts as activity, since a split that has to wait for its group is not idle.
  if (ahead) last_read_ = now;
  ahead_.store(ahead, std::memory_order_relaxed);
  return ahead;
}

bool SourceReader::Stay() {
  if (taking_turns() <= kMostOpenReaders || last_ == nullptr || last_->ask_again != 0) return false;
  return ++stay_ < kReadsPerStay;
}

SourceReader::Open* SourceReader::Choose(int64_t now) {
  while (!asleep_.empty() && asleep_.begin()->first <= now) {
    MakeReady(*splits_[asleep_.begin()->second]);
  }
  // Only the split that was read last has advanced in time since.
  if (last_ != nullptr && last_->ask_again == 0) MakeReady(*last_);
  if (Stay() && !MustWait(*last_, now)) return last_;
  stay_ = 0;
  auto next = ready_.begin();
  if (!times_.in_use() && !source_.bounded()) {
    // Without event time the order of splits does not matter. Splits that never end take turns, so
    // that none waits forever.
    next = ready_.lower_bound({0, turn_});
    if (next == ready_.end()) next = ready_.begin();
  }
  last_ = next == ready_.end() ? nullptr : splits_[next->second].get();
  // It is the one that is furthest behind: if it has to wait, so do the others.
  if (last_ == nullptr) ahead_.store(false, std::memory_order_relaxed);
  if (last_ != nullptr && MustWait(*last_, now)) last_ = nullptr;
  return last_;
}

Result<ReadStep> SourceReader::Read(Batch& out) {
  ReportTime();
  if (unfinished() == 0) return ReadStep::kAllEnded;
  const int64_t now = clock_.MonotonicNanos();
  ReadStep step = ReadStep::kNothing;
  while (step == ReadStep::kNothing) {
    Open* split = Choose(now);
    if (split == nullptr) break;
    step = TRY(ReadFrom(*split, out, now));
  }
  MarkIdleSplits(now);
  return step;
}

Result<bool> SourceReader::OpenReader(Open& split, int64_t now) {
  if (open_.size() >= kMostOpenReaders && !Park(now)) return false;
  split.reader = TRY(source_.Open(split.at.split));
  split.stays_until = 0;
  open_.push_back(split.partition);
  return true;
}

bool SourceReader::Park(int64_t now) {
  auto longest = open_.end();
  for (auto at = open_.begin(); at != open_.end(); ++at) {
    if (splits_[*at]->stays_until > now) continue;
    if (longest == open_.end() || splits_[*at]->last_turn < splits_[*longest]->last_turn)
      longest = at;
  }
  if (longest == open_.end()) return false;
  Open& split = *splits_[*longest];
  split.at.split.position = split.reader->Position();
  split.reader.reset();
  // Bytes and rows are counted from the split's beginning by any reader, skipped records only from
  // the reader's own start.
  split.seen.records_skipped = 0;
  open_.erase(longest);
  return true;
}

Result<ReadStep> SourceReader::ReadFrom(Open& split, Batch& out, int64_t now) {
  if (split.reader == nullptr && !TRY(OpenReader(split, now))) {
    if (split.silent_since == 0) SetWaiting(split, true);  // nobody knows what it has
    PutToSleep(split, now + kLongestPauseNanos);
    return ReadStep::kNothing;
  }
  split.last_turn = ++reads_;
  // Only for the planted defect.
  std::string before =
      DefectPlanted("offset-off-by-one") ? split.reader->Position() : std::string();
  const ReadOutcome outcome = TRY(split.reader->Read(batch_rows_, out));
  Count(split);
  const bool coming = outcome == ReadOutcome::kComing;
  SetWaiting(split, coming || outcome == ReadOutcome::kWaiting);
  if (!coming) {
    split.stays_until = 0;
  } else if (split.stays_until == 0) {
    split.stays_until = now + kComingNanos;
  }
  if (outcome != ReadOutcome::kNothing) last_read_ = now;
  switch (outcome) {
    case ReadOutcome::kRows:
      split.position_before = std::move(before);
      split.pause = 0;
      split.silent_since = 0;
      times_.MarkActive(split.partition);
      times_.SetCurrent(split.partition);
      turn_ = split.partition + 1;
      PublishHolder();
      return ReadStep::kRows;
    case ReadOutcome::kNothing:
    case ReadOutcome::kComing:
      split.pause = std::clamp(split.pause * 2, kShortestPauseNanos, LongestPause());
      PutToSleep(split, now + split.pause);
      if (coming) {
        split.silent_since = 0;
      } else if (split.silent_since == 0) {
        split.silent_since = now;
      }
      return ReadStep::kNothing;
    case ReadOutcome::kWaiting:
      split.silent_since = 0;
      PutToSleep(split, now + kWaitingPauseNanos);
      return ReadStep::kNothing;
    case ReadOutcome::kEndOfSplit:
      RETURN_IF_ERROR(Finish(split));
      return ReadStep::kSplitEnded;
    case ReadOutcome::kGone:
      Leave(split);
      return ReadStep::kSplitEnded;
  }
  WEIR_UNREACHABLE();
}

// The longest pause before a silent split is asked again. It grows with the number of splits, since
// asking one whose reader was closed opens it again.
int64_t SourceReader::LongestPause() const {
  return kLongestPauseNanos * static_cast<int64_t>(1 + taking_turns() / kMostOpenReaders);
}

void SourceReader::SetWaiting(Open& split, bool waiting) {
  waiting_ += static_cast<size_t>(waiting) - static_cast<size_t>(split.waiting);
  split.waiting = waiting;
}

Status SourceReader::Finish(Open& split) {
  SplitCheckpoint read = split.at;
  read.split.position = split.reader->Position();
  read.split.finished = true;
  read.watermark_millis = times_.at(split.partition).watermark.millis;
  RETURN_IF_ERROR(source_.Remember(read.split));
  if (read_ != nullptr) {
    if (!DefectPlanted("finished-split-read-again")) RETURN_IF_ERROR(read_->Add(read));
    if (!DefectPlanted("read-splits-listed")) {
      Leave(split);
      return {};
    }
  }
  split.at = std::move(read);
  Close(split);
  return {};
}

void SourceReader::Leave(Open& split) {
  const uint32_t partition = split.partition;
  Close(split);
  {
    const MutexLock lock(names_mutex_);
    names_[partition] = std::string();
  }
  splits_[partition].reset();
}

void SourceReader::Close(Open& split) {
  split.reader.reset();
  open_.erase(std::find(open_.begin(), open_.end(), split.partition));
  last_ = nullptr;
  Withdraw(split);
  if (!later_.empty()) {
    MakeReady(*splits_[later_.front()]);
    later_.pop_front();
  }
  times_.Finish(split.partition);
  PublishHolder();
}

void SourceReader::Count(Open& split) {
  const ReaderStatistics now = split.reader->statistics();
  metrics_.bytes_read.fetch_add(now.bytes_read - split.seen.bytes_read, std::memory_order_relaxed);
  metrics_.bytes_total.fetch_add(now.bytes_total - split.seen.bytes_total,
                                 std::memory_order_relaxed);
  metrics_.rows_read.fetch_add(now.rows_read - split.seen.rows_read, std::memory_order_relaxed);
  metrics_.records_skipped.fetch_add(now.records_skipped - split.seen.records_skipped,
                                     std::memory_order_relaxed);
  split.seen = now;
}

std::vector<SplitCheckpoint> SourceReader::Snapshot() const {
  const bool off_by_one = DefectPlanted("offset-off-by-one");
  std::vector<SplitCheckpoint> splits;
  for (const auto& split : splits_) {
    if (split == nullptr) continue;
    const bool begun = split->reader != nullptr || !split->at.split.position.empty();
    if (!begun && source_.keeps_read_splits() && !source_.bounded()) continue;
    SplitCheckpoint& at = splits.emplace_back(split->at);
    const operators::PartitionTime& time = times_.at(split->partition);
    at.watermark_millis = time.watermark.millis;
    at.idle = time.idle;
    if (split->reader) at.split.position = split->reader->Position();
    if (off_by_one && split->reader) at.split.position = split->position_before;
    if (at.split.finished && DefectPlanted("finished-split-read-again")) {
      at.split.finished = false;
      at.split.position.clear();
    }
  }
  return splits;
}

int64_t SourceReader::wait_nanos() const {
  if (asleep_.empty()) return kLongestPauseNanos;
  return std::clamp<int64_t>(asleep_.begin()->first - clock_.MonotonicNanos(), 0,
                             kLongestPauseNanos);
}

void SourceReader::MarkIdleSplits(int64_t now) {
  const int64_t timeout = PauseNanos(times_.idle_timeout_millis());
  if (timeout == 0) return;
  bool changed = false;
  for (const auto& [until, partition] : asleep_) {
    const Open& split = *splits_[partition];
    if (split.silent_since == 0 || now - split.silent_since < timeout) continue;
    if (times_.at(partition).idle) continue;
    times_.MarkIdle(partition);
    changed = true;
  }
  if (changed) PublishHolder();
}

bool SourceReader::idle() const {
  const int64_t timeout = PauseNanos(times_.idle_timeout_millis());
  if (timeout == 0 || source_.bounded() || waiting_ > 0 || times_.has_active()) return false;
  return clock_.MonotonicNanos() - last_read_ >= timeout;
}

void SourceReader::PublishHolder() {
  if (!times_.in_use()) return;
  const auto holder = times_.Holder();
  holder_.store(holder ? int64_t{*holder} : -1, std::memory_order_relaxed);
  // If splits never become idle, one that was read to its end keeps the time where it left it.
  const bool may_be_idle = times_.idle_timeout_millis() > 0;
  TimeState state = holder || !may_be_idle ? TimeState::kKnown : TimeState::kIdle;
  if (splits_.empty()) state = TimeState::kNoPartitions;
  time_state_.store(state, std::memory_order_relaxed);
}

std::string SourceReader::holder() const {
  const int64_t holder = holder_.load(std::memory_order_relaxed);
  const MutexLock lock(names_mutex_);
  return holder < 0 || static_cast<size_t>(holder) >= names_.size()
             ? std::string()
             : names_[static_cast<size_t>(holder)];
}

}  // namespace weir::task
