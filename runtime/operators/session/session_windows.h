// Open sessions of every key: rows in, sessions out when they have ended. What both operators over
// SESSION windows are built from.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/session_state.h"
#include "runtime/operators/aggregate/aggregate_set.h"
#include "runtime/operators/key_groups.h"
#include "runtime/operators/operator.h"
#include "runtime/operators/session/open_sessions.h"
#include "runtime/operators/session/session_result.h"
#include "runtime/operators/session/stored_sessions.h"
#include "runtime/operators/time/session_ends.h"
#include "runtime/operators/time/window_progress.h"

namespace weir::operators {

// What sessions are made of; borrowed for the life of SessionWindows.
// The gap is window.size, in milliseconds.
struct SessionShape {
  window::WindowSpec window;
  int time_column = -1;
  std::vector<int> keys;
  std::vector<expr::AggregateCall> calls;  // none: only the sessions themselves are kept
  bool input_retracts = false;
  std::string time_zone;  // "" for windows over TIMESTAMP
};

// A row belongs to [time, time + gap) together with all open sessions of its key that overlap or
// touch it; sessions that were complete at the row's late mark, or have fired, are not among them.
// A row whose session is complete by then is late: dropped and counted (Flink:
// MergingWindowProcessFunction). Over processing time a row's time is the clock's. State: tables
// "sessions" and "single" of graph/session_state.h, operator state "progress".
// What is in the operator's own tables (rows of SessionAssign) is left to the operator.
class SessionWindows {
 public:
  // Fired sessions in order of their ends; `keys` are the key columns of the rows that
  // FiredSession::key names.
  using Emit = std::function<Status(const Batch& keys, std::vector<FiredSession>& fired)>;

  // `tables`: "sessions", and what else the operator has.
  Status Open(OperatorContext& ctx, SessionShape shape, std::span<const StateSchema> tables);

  // Folds a batch (dense) whose keys have these hashes.
  // Late rows are counted in OperatorMetrics::late_rows.
  Status Fold(const Batch& batch, const uint64_t* hashes);
  // The rows of the last folded batch that were not late, ascending; `rows` is the size of that
  // batch. times() has the time of each of its rows.
  const std::vector<uint32_t>& ListKept(uint32_t rows);
  const std::vector<int64_t>& times() const { return times_; }

  // Fires what is complete at `watermark` (of the input), at the clock, or all.
  Status OnWatermark(Timestamp watermark, const Emit& emit);
  Status OnProcessingTime(Timestamp now, const Emit& emit);
  Status FireAll(const Emit& emit) { return FireThrough(INT64_MAX, emit); }
  // When OnProcessingTime is to be called; Max() for sessions over event time.
  Timestamp NextProcessingTime() const;

  OperatorStateEntry SaveProgress() const { return progress_.Save(); }
  const AggregateSet& aggregates() const { return set_; }
  const TimeZone& zone() const { return zone_; }

 private:
  Status FindTimes(const Batch& batch, const uint64_t* hashes);
  Status Assign(const Batch& batch, const uint64_t* hashes);
  Status LoadSessions(const Batch& batch, const uint64_t* hashes);
  Status FindTargets(const uint64_t* hashes);
  Status CreateTargets(const uint64_t* hashes);
  Status MergeStored();
  // MergeStored for targets in one table: "single", or "sessions".
  Status MergeInto(bool single);
  Status FoldRows(const Batch& batch);
  Status FoldInto(bool single, const Batch& batch);
  // FoldRows where the only call is COUNT(*), or there is none: adds the sessions' numbers of rows.
  void CountRows();
  void NoteEnds(const Batch& batch);
  // Reports how much memory the notes of ends take.
  void CountEnds() { state_->ReportMemory(uid_, ends_.bytes()); }
  Status FireThrough(int64_t watermark, const Emit& emit);
  // Fires what has ended of the keys due_, and notes when the next session of each ends.
  Status FireKeys(int64_t watermark, const Emit& emit);
  // The keys in due_ without repetitions, as a batch; fills due_groups_ and due_hashes_.
  Result<Batch> DistinctDue();

  SessionShape shape_;
  std::string uid_;
  TaskState* state_ = nullptr;
  OperatorMetrics* metrics_ = nullptr;
  TimeZone zone_;
  std::vector<Type> key_types_;
  std::vector<int> key_places_;  // 0, 1, …: columns of a batch of keys alone
  StoredSessions stored_;
  graph::SessionFields fields_{};
  AggregateSet set_;
  SessionEnds ends_;
  WindowProgress progress_;
  Timestamp last_now_ = Timestamp::Min();  // processing time never goes back here

  // Scratch of the current batch.
  std::vector<int64_t> times_;
  std::vector<int64_t> passed_;  // the watermark that decides on each row
  std::vector<uint32_t> kept_;
  KeyGroups groups_;
  Batch keys_;  // one row per group
  OpenSessions open_;
  std::vector<SessionPlace> targets_;    // one per session that rows of the batch belong to
  std::vector<std::byte*> row_targets_;  // one per kept row
  std::vector<uint32_t> fresh_;          // sessions without a row, by place among the used ones
  std::vector<SessionPlace> fresh_rows_;
  std::vector<SessionPlace> removed_;  // of sessions that went into others, or have fired
  std::vector<int8_t> sign_scratch_;
  std::string key_scratch_;

  // Keys that may have ended sessions: canonical bytes, which ends_ keeps.
  std::vector<std::string_view> due_;
  KeyGroups due_groups_;
  std::vector<uint64_t> due_hashes_;
};

}  // namespace weir::operators
