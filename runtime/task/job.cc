#include "runtime/task/job.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/clock.h"
#include "runtime/fault_point.h"
#include "runtime/mutex.h"
#include "runtime/task/execution.h"
#include "runtime/task/loss_watch.h"
#include "runtime/thread.h"
#include "runtime/types/datetime.h"

namespace weir::task {
namespace {

using std::chrono::milliseconds;

// How often Wait asks whether the job is idle, since no event tells.
constexpr milliseconds kPollInterval{5};
// How often a running job looks for losses, and for notices that are due.
constexpr milliseconds kNoticeInterval{1000};
// A job must look idle this many times in a row, since a source may have nothing for a moment only.
constexpr int kIdlePolls = 3;

enum class Ending : uint8_t { kNone, kFailed, kFinished, kStopped, kCanceled };

uint32_t ResolvedParallelism(const JobOptions& options) {
  if (options.parallelism != 0) return options.parallelism;
  return std::clamp(std::thread::hardware_concurrency(), 1U, options.max_parallelism);
}

// Waits for an answer of the coordinator, or throws Interrupted when the user gives up meanwhile.
void AwaitOrBeInterrupted(const std::future<Result<uint64_t>>& answer) {
  if (Scheduler::Current() != nullptr) return Await(answer);
  while (answer.wait_for(kPollInterval) != std::future_status::ready) CheckInterrupted();
}

}  // namespace

bool ReturnsRows(const graph::JobGraph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const graph::Node& node) {
    return std::holds_alternative<graph::CollectSpec>(node.spec);
  });
}

std::string_view JobStateName(JobState state) {
  switch (state) {
    case JobState::kCreated:
      return "CREATED";
    case JobState::kRunning:
      return "RUNNING";
    case JobState::kRestarting:
      return "RESTARTING";
    case JobState::kFinished:
      return "FINISHED";
    case JobState::kFailed:
      return "FAILED";
    case JobState::kCanceled:
      return "CANCELED";
    case JobState::kSuspended:
      return "SUSPENDED";
  }
  WEIR_UNREACHABLE();
}

class Job::Impl final : public checkpoint::CoordinatorListener {
 public:
  Impl(graph::JobGraph graph, JobOptions options, std::optional<CheckpointMetadata> from)
      : graph_(std::move(graph)), options_(std::move(options)) {
    options_.parallelism = ResolvedParallelism(options_);
    // A restart would show rows again that the reader of a result has already seen.
    if (ReturnsRows(graph_)) options_.restart.kind = RestartKind::kNone;
    restart_ = std::make_unique<RestartPolicy>(
        options_.restart, static_cast<uint64_t>(options_.clock->MonotonicNanos()));
    if (from) last_ = std::make_shared<const CheckpointMetadata>(std::move(*from));
  }
  ~Impl() override {
    const WithMemoryReserve reserve;
    Cancel();
    supervisor_.Join();
  }

  Status Start();
  void Cancel();
  bool Suspend();
  Result<uint64_t> Request(checkpoint::Purpose purpose, bool any_size);
  Result<uint64_t> Drain();
  Result<uint64_t> TakeSavepoint(checkpoint::SavepointCapture capture);
  bool Wait(WaitTarget target, std::optional<milliseconds> timeout, WaitProgress& progress);
  void WaitForEnd() {
    WaitProgress progress;
    Wait(WaitTarget::kFinished, std::nullopt, progress);
  }
  JobState state() const {
    const MutexLock lock(mutex_);
    return state_;
  }
  JobSnapshot Snapshot() const;
  // Snapshot without the job's notices.
  JobSnapshot Facts() const;
  std::vector<TaskFigures> Tasks() const {
    const MutexLock lock(mutex_);
    return execution_ ? execution_->Tasks() : std::vector<TaskFigures>();
  }
  std::shared_ptr<const CheckpointMetadata> LastCheckpoint() const {
    const MutexLock lock(mutex_);
    return last_;
  }

  void OnCompleted(const CheckpointMetadata& metadata) override;
  void OnCommitted(uint64_t checkpoint_id) override;
  void OnCheckpointFailed(const std::string& reason) override;
  void OnEnded(const checkpoint::EndedCheckpoint& checkpoint) override {
    if (options_.note_checkpoint) options_.note_checkpoint(checkpoint);
  }
  void OnFailed(Status failure) override { End(Ending::kFailed, std::move(failure)); }
  void OnStopped() override { End(Ending::kStopped, {}); }
  void OnFinished() override { End(Ending::kFinished, {}); }

 private:
  template <typename Ask, typename Waiting>
  Result<uint64_t> AskCoordinator(Ask&& ask, Waiting&& wait);
  void End(Ending ending, Status failure);
  // Makes the next execution. It lives until Dismantle, which is called by the same thread.
  Result<Execution*> MakeExecution();
  Result<std::shared_ptr<const CheckpointMetadata>> CheckpointToContinue();
  void Supervise();
  Ending AwaitEnding();
  // Stops the execution and keeps its figures.
  void Dismantle();
  // Counts losses, and reports notices that are due.
  void ReportNotices();
  // Reports what was left out since the last snapshot that this function saw.
  void NoteLosses(const JobSnapshot& now) const;
  // After a failure: waits and starts again. False when the job is over.
  bool StartAgain();
  // How long to wait before the restart; empty if there is none, and then the job has ended.
  std::optional<milliseconds> DelayOfRestart();
  // Waits until the restart is due. False if the job was ended meanwhile.
  bool AwaitRestart(milliseconds delay);
  void AddCheckpoints(JobSnapshot& snapshot) const WEIR_REQUIRES(mutex_);
  void Finish(JobState state);
  // Whether the running execution has nothing to do. Its sources are first told, once per
  // execution, to look for more; `refreshed` is the attempt for which that was done.
  bool IsIdle(uint64_t& refreshed) WEIR_REQUIRES(mutex_);
  void NoteRates(JobSnapshot& snapshot) const WEIR_REQUIRES(mutex_);

  const graph::JobGraph graph_;
  JobOptions options_;
  Thread supervisor_;
  uint64_t attempt_ = 0;  // used by Start, then by the supervisor, as restart_ is
  std::unique_ptr<RestartPolicy> restart_;

  mutable Mutex losses_mutex_;
  mutable LossWatch losses_ WEIR_GUARDED_BY(losses_mutex_);

  mutable Mutex mutex_;
  mutable ConditionVariable changed_;
  JobState state_ WEIR_GUARDED_BY(mutex_) = JobState::kCreated;
  // How the current execution ended; the first report counts.
  Ending ending_ WEIR_GUARDED_BY(mutex_) = Ending::kNone;
  bool cancel_ WEIR_GUARDED_BY(mutex_) = false;
  bool suspend_ WEIR_GUARDED_BY(mutex_) = false;
  // cancel_ or suspend_, as a flag that a long start reads without the mutex (InterruptedBy).
  // Changed under the mutex.
  std::atomic<bool> no_start_{false};
  Status failure_ WEIR_GUARDED_BY(mutex_);
  uint32_t restarts_ WEIR_GUARDED_BY(mutex_) = 0;
  int64_t restart_nanos_ WEIR_GUARDED_BY(mutex_) = 0;  // kRestarting: when the next attempt is due
  // Checkpoints whose output is committed, over all executions.
  uint64_t committed_ WEIR_GUARDED_BY(mutex_) = 0;
  // Checkpoints that failed since the last complete one, over all executions.
  uint32_t failed_in_a_row_ WEIR_GUARDED_BY(mutex_) = 0;
  // The statistics of executions that ended.
  checkpoint::CheckpointStatistics before_ WEIR_GUARDED_BY(mutex_);
  int64_t started_millis_ WEIR_GUARDED_BY(mutex_) = 0;
  int64_t ended_millis_ WEIR_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<Execution> execution_ WEIR_GUARDED_BY(mutex_);
  std::shared_ptr<const CheckpointMetadata> last_ WEIR_GUARDED_BY(mutex_);
  // The figures of the last execution that ended.
  JobSnapshot figures_ WEIR_GUARDED_BY(mutex_);
  // By operator: its rows at rate_nanos_, and its rate.
  mutable std::vector<uint64_t> rate_rows_ WEIR_GUARDED_BY(mutex_);
  mutable std::vector<double> rates_ WEIR_GUARDED_BY(mutex_);
  mutable int64_t rate_nanos_ WEIR_GUARDED_BY(mutex_) = 0;
};

// --- starting and ending -------------------------------------------------------------------------

Status Job::Impl::Start() {
  RETURN_IF_ERROR(checkpoint::ValidateConfig(options_.checkpointing));
  RETURN_IF_ERROR(ValidateRestart(options_.restart));
  const WithNiceThreads nice(options_.nice);
  Execution* const execution = TRY(MakeExecution());
  JobSnapshot restored;
  execution->Fill(restored);
  {
    const MutexLock lock(losses_mutex_);
    losses_.Begin(restored);
  }
  {
    const MutexLock lock(mutex_);
    started_millis_ = options_.clock->Now().millis;
    state_ = JobState::kRunning;
    rate_nanos_ = options_.clock->MonotonicNanos();
  }
  RETURN_IF_ERROR(execution->Start());
  supervisor_ = TRY(Thread::Start("job", [this] { Supervise(); }));
  return {};
}

// Attempts are numbered so that the files of different starts never have the same name, even in
// different processes.
Result<Execution*> Job::Impl::MakeExecution() {
  const uint64_t first = options_.start_number > 0
                             ? options_.start_number * kRestartsAStart
                             : static_cast<uint64_t>(options_.clock->Now().millis);
  attempt_ = std::max(attempt_ + 1, first);
  auto from = TRY(CheckpointToContinue());
  auto execution = std::make_unique<Execution>(ExecutionSetup{.graph = &graph_,
                                                              .options = &options_,
                                                              .from = from.get(),
                                                              .attempt = attempt_,
                                                              .listener = this});
  RETURN_IF_ERROR(execution->Build());
  const MutexLock lock(mutex_);
  execution_ = std::move(execution);
  return execution_.get();
}

// The checkpoint that a restart continues from; null for none. The storage is asked instead of
// taking last_: a checkpoint that failed with an uncertain publication may exist after all.
Result<std::shared_ptr<const CheckpointMetadata>> Job::Impl::CheckpointToContinue() {
  const auto last = LastCheckpoint();
  {
    const MutexLock lock(mutex_);
    if (restarts_ == 0 || options_.storage == nullptr) return last;
  }
  const std::vector<CheckpointInfo> all = TRY(options_.storage->List());
  if (all.empty()) return last;
  Result<CheckpointMetadata> newest = options_.storage->Load(all.back().path);
  if (newest.status().code() == StatusCode::kCorruption && options_.fall_back) {
    auto older = std::make_shared<const CheckpointMetadata>(
        TRY(options_.fall_back(all.back().path, newest.status())));
    const MutexLock lock(mutex_);
    last_ = older;  // the one in memory is the damaged one
    return older;
  }
  if (!newest.ok()) return std::move(newest).status();
  if (last != nullptr && last->checkpoint_id > newest->checkpoint_id) return last;
  return std::make_shared<const CheckpointMetadata>(*std::move(newest));
}

void Job::Impl::End(Ending ending, Status failure) {
  {
    const MutexLock lock(mutex_);
    if (ending_ != Ending::kNone) return;
    ending_ = ending;
    if (!failure.ok()) failure_ = std::move(failure);
  }
  changed_.notify_all();
}

void Job::Impl::Cancel() {
  MutexLock lock(mutex_);
  cancel_ = true;
  no_start_.store(true);
  changed_.notify_all();
  if (!supervisor_.joinable()) return;
  changed_.wait(lock, [this]() WEIR_REQUIRES(mutex_) { return IsTerminal(state_); });
}

bool Job::Impl::Suspend() {
  MutexLock lock(mutex_);
  if (state_ != JobState::kRestarting) return false;
  suspend_ = true;
  no_start_.store(true);
  changed_.notify_all();
  changed_.wait(lock, [this]() WEIR_REQUIRES(mutex_) {
    return IsTerminal(state_) || state_ == JobState::kRunning;
  });
  return state_ == JobState::kSuspended;
}

Ending Job::Impl::AwaitEnding() {
  MutexLock lock(mutex_);
  const auto over = [this]() WEIR_REQUIRES(mutex_) { return cancel_ || ending_ != Ending::kNone; };
  while (!changed_.wait_for(lock, kNoticeInterval, over)) {
    lock.unlock();
    ReportNotices();
    lock.lock();
  }
  return ending_ == Ending::kNone ? Ending::kCanceled : ending_;
}

void Job::Impl::ReportNotices() {
  if (options_.notices == nullptr) return;
  JobSnapshot now;
  {
    const MutexLock lock(mutex_);
    if (execution_ == nullptr) {
      now = figures_;
    } else {
      execution_->Fill(now);
    }
  }
  NoteLosses(now);
  options_.notices->Tick();
}

void Job::Impl::NoteLosses(const JobSnapshot& now) const {
  const MutexLock lock(losses_mutex_);
  losses_.Update(now, *options_.notices);
}

void Job::Impl::Supervise() {
  while (true) {
    const Ending ending = AwaitEnding();
    Dismantle();
    switch (ending) {
      case Ending::kFinished:
        return Finish(JobState::kFinished);
      case Ending::kStopped:
        return Finish(JobState::kSuspended);
      case Ending::kCanceled:
        return Finish(JobState::kCanceled);
      case Ending::kFailed:
      case Ending::kNone:
        break;
    }
    if (!StartAgain()) return;
  }
}

void Job::Impl::Dismantle() {
  Execution* running = nullptr;
  {
    const MutexLock lock(mutex_);
    running = execution_.get();
  }
  // Only this thread destroys the execution. Others use it under the lock, also while it stops.
  running->Stop();
  std::unique_ptr<Execution> ended;  // its state is freed after the lock
  {
    const MutexLock lock(mutex_);
    running->Fill(figures_);
    AddCheckpoints(figures_);
    before_ = figures_.checkpoints;
    ended = std::move(execution_);
  }
  ReportNotices();
}

std::optional<milliseconds> Job::Impl::DelayOfRestart() {
  MutexLock lock(mutex_);
  const Status failure = failure_;
  const RestartVerdict verdict = cancel_ ? RestartVerdict::kCancel : DecideRestart(failure);
  std::optional<int64_t> delay;
  if (verdict == RestartVerdict::kRestart)
    delay = restart_->OnFailure(options_.clock->MonotonicNanos() / kNanosPerMilli);
  if (!delay) {
    lock.unlock();
    Finish(verdict == RestartVerdict::kCancel    ? JobState::kCanceled
           : verdict == RestartVerdict::kSuspend ? JobState::kSuspended
                                                 : JobState::kFailed);
    return std::nullopt;
  }
  state_ = JobState::kRestarting;
  ++restarts_;
  restart_nanos_ = options_.clock->MonotonicNanos() + PauseNanos(*delay);
  lock.unlock();
  if (options_.notices != nullptr) {
    options_.notices->Report(NoticeKind::kRestart, 1,
                             fmt::format("in {} ms, because: {}", *delay, failure.message()));
  }
  return milliseconds(*delay);
}

bool Job::Impl::AwaitRestart(milliseconds delay) {
  MutexLock lock(mutex_);
  const std::chrono::nanoseconds pause(PauseNanos(delay.count()));
  changed_.wait_for(lock, pause, [this]() WEIR_REQUIRES(mutex_) { return cancel_ || suspend_; });
  if (!cancel_ && !suspend_) {
    ending_ = Ending::kNone;
    restart_->OnRestart();
    return true;
  }
  const JobState ended = cancel_ ? JobState::kCanceled : JobState::kSuspended;
  lock.unlock();
  Finish(ended);
  return false;
}

bool Job::Impl::StartAgain() {
  while (true) {
    const std::optional<milliseconds> delay = DelayOfRestart();
    if (!delay || !AwaitRestart(*delay)) return false;
    Status started = Fenced([this] {
      const InterruptedBy end(no_start_);
      return MakeExecution().status();
    });
    std::unique_ptr<Execution> failed;  // freed after the lock, which its tasks may be waiting for
    MutexLock lock(mutex_);
    if (started.ok()) started = execution_->Start();
    if (started.ok()) {
      state_ = JobState::kRunning;
      suspend_ = false;  // the request came too late
      no_start_.store(cancel_);
      changed_.notify_all();
      return true;
    }
    failed = std::move(execution_);
    if (no_start_.load()) {
      lock.unlock();
      failed.reset();
      return AwaitRestart(milliseconds(0));  // ends the job
    }
    failure_ = std::move(started);
  }
}

void Job::Impl::Finish(JobState state) {
  // Before anyone can see that the job has ended and reports it.
  if (options_.ended) options_.ended();
  if (options_.notices != nullptr) options_.notices->Flush();
  {
    const MutexLock lock(mutex_);
    state_ = state;
    ended_millis_ = options_.clock->Now().millis;
  }
  changed_.notify_all();
}

// --- requests and watching -----------------------------------------------------------------------

void Job::Impl::OnCompleted(const CheckpointMetadata& metadata) {
  {
    const MutexLock lock(mutex_);
    last_ = std::make_shared<const CheckpointMetadata>(metadata);
    failed_in_a_row_ = 0;
  }
  changed_.notify_all();
}

void Job::Impl::OnCommitted(uint64_t) {
  {
    const MutexLock lock(mutex_);
    ++committed_;
  }
  changed_.notify_all();
}

void Job::Impl::OnCheckpointFailed(const std::string& reason) {
  {
    const MutexLock lock(mutex_);
    ++failed_in_a_row_;
  }
  if (options_.notices != nullptr && !DefectPlanted("failed-checkpoints-unsaid"))
    options_.notices->Report(NoticeKind::kFailedCheckpoint, 1, reason);
}

// Sends a request to the coordinator of the running execution and has `wait` wait for its answer.
template <typename Ask, typename Waiting>
Result<uint64_t> Job::Impl::AskCoordinator(Ask&& ask, Waiting&& wait) {
  std::future<Result<uint64_t>> answer;
  {
    const MutexLock lock(mutex_);
    if (state_ != JobState::kRunning || execution_ == nullptr) {
      const bool ending = state_ == JobState::kRunning;
      return Status::InvalidArgument(ending ? "the job is just ending"
                                            : "the job is not running, it is " +
                                                  std::string(JobStateName(state_)))
          .WithId("E5002");
    }
    answer = ask(execution_->coordinator());
  }
  wait(answer);
  Result<uint64_t> id = answer.get();
  if (!id.ok() && id.status().code() == StatusCode::kCancelled)
    return Status::InvalidArgument(id.status().message()).WithId("E5002");
  return id;
}

Result<uint64_t> Job::Impl::Request(checkpoint::Purpose purpose, bool any_size) {
  Result<uint64_t> id =
      AskCoordinator([&](checkpoint::Coordinator& at) { return at.Request(purpose, any_size); },
                     Await<Result<uint64_t>>);
  // A stop that could not commit its output ends the job all the same.
  const auto stops = [this] {
    const MutexLock lock(mutex_);
    return ending_ == Ending::kStopped;
  };
  if (purpose == checkpoint::Purpose::kStop && (id.ok() || stops())) WaitForEnd();
  return id;
}

Result<uint64_t> Job::Impl::Drain() {
  Result<uint64_t> id = AskCoordinator(
      [](checkpoint::Coordinator& at) { return at.RequestDrain(); }, Await<Result<uint64_t>>);
  if (id.ok()) WaitForEnd();
  return id;
}

Result<uint64_t> Job::Impl::TakeSavepoint(checkpoint::SavepointCapture capture) {
  const auto unwanted = std::make_shared<std::atomic<bool>>(false);
  capture.unwanted = unwanted;
  try {
    return AskCoordinator(
        [&](checkpoint::Coordinator& at) { return at.RequestSavepoint(std::move(capture)); },
        AwaitOrBeInterrupted);
  } catch (const Interrupted&) {
    // Sources that paused for it go on now, and not when its barrier has come through.
    unwanted->store(true);
    const MutexLock lock(mutex_);
    if (execution_ != nullptr) execution_->coordinator().LookAgain();
    throw;
  }
}

bool Job::Impl::IsIdle(uint64_t& refreshed) {
  // An execution that has failed or ended still exists while it stops, and no longer while its
  // state is freed. Neither says anything about the input.
  const bool runs =
      execution_ != nullptr && ending_ == Ending::kNone && state_ == JobState::kRunning;
  if (!runs && !DefectPlanted("idle-asks-what-is-gone")) return false;
  if (execution_->attempt() != refreshed) {
    refreshed = execution_->attempt();
    execution_->Refresh();
  }
  return execution_->Idle();
}

bool Job::Impl::Wait(WaitTarget target, std::optional<milliseconds> timeout,
                     WaitProgress& progress) {
  const int64_t start = options_.clock->MonotonicNanos();
  const auto over = [&] {
    return timeout && options_.clock->MonotonicNanos() - start >= PauseNanos(timeout->count());
  };
  MutexLock lock(mutex_);
  if (!progress.committed) progress.committed = committed_;
  while (!IsTerminal(state_)) {
    if (target == WaitTarget::kCheckpoint && committed_ > *progress.committed) return true;
    if (target == WaitTarget::kIdle) {
      progress.idle_polls = IsIdle(progress.refreshed) ? progress.idle_polls + 1 : 0;
      if (progress.idle_polls == kIdlePolls) return true;
    }
    if (over()) return false;
    changed_.wait_for(lock, kPollInterval);
  }
  return target != WaitTarget::kCheckpoint || committed_ > *progress.committed;
}

void Job::Impl::NoteRates(JobSnapshot& snapshot) const {
  const int64_t now = options_.clock->MonotonicNanos();
  const double seconds = static_cast<double>(now - rate_nanos_) / 1e9;
  const size_t count = snapshot.operators.size();
  const bool first = rate_rows_.size() != count;
  if (first) rate_rows_.assign(count, 0);
  // Two snapshots in quick succession show the same rates.
  const bool renew = first || seconds > 0.2;
  if (renew) rates_.assign(count, 0);
  for (size_t i = 0; i < count; ++i) {
    OperatorSnapshot& op = snapshot.operators[i];
    const uint64_t rows = op.inputs.empty() ? op.rows_out : op.rows_in;
    if (renew) {
      if (seconds > 0 && rows >= rate_rows_[i]) {
        rates_[i] = static_cast<double>(rows - rate_rows_[i]) / seconds;
      }
      rate_rows_[i] = rows;
    }
    op.rows_per_second = rates_[i];
  }
  if (renew) rate_nanos_ = now;
}

// Counts of checkpoints continue those of earlier executions.
void Job::Impl::AddCheckpoints(JobSnapshot& snapshot) const {
  checkpoint::CheckpointStatistics& now = snapshot.checkpoints;
  now.completed += before_.completed;
  now.failed += before_.failed;
  now.new_bytes += before_.new_bytes;
  now.longest_duration_millis =
      std::max(now.longest_duration_millis, before_.longest_duration_millis);
  if (now.last_failure.empty()) now.last_failure = before_.last_failure;
  if (now.last_completed_id != 0) return;
  now.last_completed_id = before_.last_completed_id;
  now.last_duration_millis = before_.last_duration_millis;
  now.last_new_bytes = before_.last_new_bytes;
  now.last_bytes = before_.last_bytes;
}

JobSnapshot Job::Impl::Snapshot() const {
  JobSnapshot snapshot = Facts();
  if (options_.notices == nullptr) return snapshot;
  // Reported first, so that every loss in the snapshot has been reported.
  NoteLosses(snapshot);
  snapshot.notices = options_.notices->Totals();
  return snapshot;
}

JobSnapshot Job::Impl::Facts() const {
  const MutexLock lock(mutex_);
  JobSnapshot snapshot = figures_;
  if (execution_) {
    execution_->Fill(snapshot);
    AddCheckpoints(snapshot);
    NoteRates(snapshot);
  }
  snapshot.job_id = options_.job_id;
  snapshot.name = options_.name;
  snapshot.state = state_;
  snapshot.failure = state_ == JobState::kFinished ? Status() : failure_;
  snapshot.restarts = restarts_;
  if (state_ == JobState::kRestarting) {
    const int64_t left = restart_nanos_ - options_.clock->MonotonicNanos();
    snapshot.restart_in_millis = std::max<int64_t>(0, left / kNanosPerMilli);
  }
  snapshot.checkpoints_failed_in_a_row = failed_in_a_row_;
  snapshot.started_millis = started_millis_;
  snapshot.ended_millis = ended_millis_;
  return snapshot;
}

// --- the public face -----------------------------------------------------------------------------

Job::Job(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Job::~Job() = default;

Result<std::unique_ptr<Job>> Job::Start(graph::JobGraph graph, JobOptions options,
                                        std::optional<CheckpointMetadata> from) {
  auto impl = std::make_unique<Impl>(std::move(graph), std::move(options), std::move(from));
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Job>(new Job(std::move(impl)));
}

void Job::Cancel() {
  impl_->Cancel();
}
bool Job::Suspend() {
  return impl_->Suspend();
}
Result<uint64_t> Job::StopWithCheckpoint(bool any_size) {
  return impl_->Request(checkpoint::Purpose::kStop, any_size);
}
Result<uint64_t> Job::Drain() {
  return impl_->Drain();
}
Result<uint64_t> Job::TriggerCheckpoint() {
  return impl_->Request(checkpoint::Purpose::kManual, false);
}
Result<uint64_t> Job::TakeSavepoint(checkpoint::SavepointCapture capture) {
  return impl_->TakeSavepoint(std::move(capture));
}
bool Job::Wait(WaitTarget target, std::optional<milliseconds> timeout) {
  WaitProgress progress;
  return impl_->Wait(target, timeout, progress);
}
bool Job::Wait(WaitTarget target, std::optional<milliseconds> timeout, WaitProgress& progress) {
  return impl_->Wait(target, timeout, progress);
}
JobState Job::state() const {
  return impl_->state();
}
JobSnapshot Job::Snapshot() const {
  return impl_->Snapshot();
}
std::vector<TaskFigures> Job::Tasks() const {
  return impl_->Tasks();
}
std::shared_ptr<const CheckpointMetadata> Job::LastCheckpoint() const {
  return impl_->LastCheckpoint();
}

}  // namespace weir::task
