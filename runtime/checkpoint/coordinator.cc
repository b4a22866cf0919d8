#include "runtime/checkpoint/coordinator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <set>

#include "runtime/base/memory_reserve.h"
#include "runtime/base/thread_role.h"
#include "runtime/checkpoint/event_loop.h"
#include "runtime/checkpoint/pending.h"
#include "runtime/fault_point.h"
#include "runtime/mutex.h"
#include "runtime/thread.h"

namespace weir::checkpoint {
namespace {

// Tasks ask only for recent checkpoints, so older ids may be forgotten.
constexpr size_t kAbortedIdsKept = 64;

// For how long the end of a job waits for a commit.
constexpr std::chrono::milliseconds kCommitPatience(1000);

// The job cannot go on running. The checkpoint is durable, and the next start commits again.
Status NotYetVisible(uint64_t id, const Status& reason) {
  return WrappedFailure(
      fmt::format("the last checkpoint is complete, but its output is not yet visible; "
                  "resuming the job commits it: {}",
                  id),
      reason);
}

}  // namespace

// Members without a note are used by the events thread.
class Coordinator::Impl {
 public:
  explicit Impl(CoordinatorOptions options)
      : options_(std::move(options)),
        commits_(options_.sinks, options_.base, patience_, options_.base.checkpoint_id),
        ended_(options_.tasks, false),
        last_started_(options_.base.checkpoint_id),
        has_history_(options_.continued && !DefectPlanted("last-commit-not-durable")),
        persist_(
            *options_.clock, "persist", {}, [this](Status status) { Fail(std::move(status)); },
            LoopThread::kWhenNeeded),
        events_(
            *options_.clock, "checkpoints", [this] { return Tick(); },
            [this](Status status) { Fail(std::move(status)); }) {}
  ~Impl() {
    const WithMemoryReserve reserve;
    Stop();
  }

  Status Start();
  void Stop();
  bool Post(std::function<void()> event) { return events_.Post(std::move(event)); }
  // If an event failed, its checkpoint may never complete, so the job restarts from the one before.
  void Fail(Status status) { options_.listener->OnFailed(std::move(status)); }
  // Makes the output of the acknowledgement durable, then takes it.
  void Acknowledge(const std::shared_ptr<TaskAck>& ack);
  void OnAck(TaskAck& ack);
  void OnOutputLost(TaskAck& ack, const Status& failure);
  void OnDecline(uint64_t id, const Status& reason) {
    thread_.AssertHeld();
    GiveUp(id, reason, false);
  }
  void OnTaskEnded(size_t task);
  void OnRequest(Queued request);
  void OnDrain(const Reply& reply);
  std::future<Result<uint64_t>> Ask(Purpose purpose,
                                    std::shared_ptr<const SavepointCapture> capture, bool any_size);
  std::future<Result<uint64_t>> Drain();
  bool IsAborted(uint64_t id) const;
  CheckpointStatistics statistics() const;

 private:
  using PendingMap = std::map<uint64_t, Pending>;

  int64_t Tick();
  // Gives up what takes too long, and what nobody wants any more.
  void ExpireOld(int64_t now) WEIR_REQUIRES(thread_);
  StartDecision Decide(int64_t now) const WEIR_REQUIRES(thread_);
  void StartOne(const StartDecision& decision, int64_t now) WEIR_REQUIRES(thread_);
  Status Begin(Pending& pending, bool durable) WEIR_REQUIRES(thread_);
  void FailToBegin(const Queued& request, const Status& reason) WEIR_REQUIRES(thread_);

  void AllAcknowledged(Pending& pending) WEIR_REQUIRES(thread_);
  void Persist(Pending& pending) WEIR_REQUIRES(thread_);
  void OnPersisted(uint64_t id, Result<std::vector<StateFile>> files);
  // The metadata of a checkpoint whose files are written; its committables are added to
  // `committables`.
  CheckpointMetadata Collected(const Pending& pending, std::vector<StateFile> files,
                               Committables& committables) WEIR_REQUIRES(thread_);
  void Publish(Pending& pending, std::vector<StateFile> files) WEIR_REQUIRES(thread_);
  void HandOut(Pending& pending, std::vector<StateFile> files) WEIR_REQUIRES(thread_);
  void Complete(const CheckpointMetadata& metadata, const Pending& pending) WEIR_REQUIRES(thread_);
  void ReportCompleted(const CheckpointMetadata& metadata, const Pending& pending) {
    options_.listener->OnEnded(
        CompletedAt(pending, options_.clock->MonotonicNanos(), metadata.files));
  }
  void CommitAndAnswer(const Pending& pending) WEIR_REQUIRES(thread_);
  void OnNotCommitted(const Pending& pending, const Status& failure) WEIR_REQUIRES(thread_);
  void Retain() WEIR_REQUIRES(thread_);

  // Aborts it and those after it, and has the job fail where that was one too many.
  void GiveUp(uint64_t id, const Status& reason, bool keep_files) WEIR_REQUIRES(thread_);
  // Aborts all later ones, which build on its rows. What somebody asked for is begun once more.
  void AbortAfter(uint64_t id, const Status& failure) WEIR_REQUIRES(thread_);
  void AbortOne(PendingMap::iterator position, const Status& reason, bool keep_files)
      WEIR_REQUIRES(thread_);
  void RemoveFiles(uint64_t id) WEIR_REQUIRES(thread_);
  void HandleFailure(Purpose purpose, const Status& failure) WEIR_REQUIRES(thread_);
  void AbandonPart(std::unique_ptr<EpochPart> part) WEIR_REQUIRES(thread_);
  bool AllEnded() const WEIR_REQUIRES(thread_) {
    return std::count(ended_.begin(), ended_.end(), false) == 0;
  }
  bool IsDurable(Purpose purpose) const WEIR_REQUIRES(thread_);
  void AnswerDrain(const Result<uint64_t>& answer) WEIR_REQUIRES(thread_);
  Status CheckOpen() const WEIR_REQUIRES(thread_);
  std::vector<uint64_t> PendingIds() const WEIR_REQUIRES(thread_);
  void NoteFailure(const std::string& text, bool failed_checkpoint) WEIR_REQUIRES(thread_);
  void NotePending() WEIR_REQUIRES(thread_);
  void NoteStops() WEIR_REQUIRES(thread_);

  const CoordinatorOptions options_;
  CommitPatience patience_;
  ThreadRole thread_;  // that of events_: what Post is given runs there
  PendingMap pending_ WEIR_GUARDED_BY(thread_);
  std::deque<Queued> queue_ WEIR_GUARDED_BY(thread_);
  Commits commits_ WEIR_GUARDED_BY(thread_);
  std::vector<bool> ended_ WEIR_GUARDED_BY(thread_);
  uint64_t last_started_ WEIR_GUARDED_BY(thread_);
  uint32_t consecutive_failures_ WEIR_GUARDED_BY(thread_) = 0;
  bool has_history_ WEIR_GUARDED_BY(thread_);
  bool stopping_ WEIR_GUARDED_BY(thread_) = false;
  bool draining_ WEIR_GUARDED_BY(thread_) = false;
  Reply drain_ WEIR_GUARDED_BY(thread_);  // null: nobody waits
  bool shut_down_ WEIR_GUARDED_BY(thread_) = false;
  Status uncommitted_ WEIR_GUARDED_BY(thread_);  // why the output of the last checkpoint is
  int64_t started_nanos_ = 0;
  int64_t final_not_before_ WEIR_GUARDED_BY(thread_) = 0;
  // Why the last checkpoint was given up that was no consequence of another one.
  std::string cause_ WEIR_GUARDED_BY(thread_);
  std::optional<int64_t> last_trigger_ WEIR_GUARDED_BY(thread_);
  std::optional<int64_t> last_completion_ WEIR_GUARDED_BY(thread_);

  mutable Mutex mutex_;
  CheckpointStatistics statistics_ WEIR_GUARDED_BY(mutex_);
  std::set<uint64_t> aborted_ WEIR_GUARDED_BY(mutex_);
  uint32_t asked_stops_ WEIR_GUARDED_BY(mutex_) = 0;  // on their way to OnRequest

  bool running_ = false;  // the owner's thread
  EventLoop persist_;
  EventLoop events_;
};

Status Coordinator::Impl::Start() {
  started_nanos_ = options_.clock->MonotonicNanos();
  RETURN_IF_ERROR(persist_.Start());
  RETURN_IF_ERROR(events_.Start());
  running_ = true;
  return {};
}

void Coordinator::Impl::Stop() {
  if (!running_) return;
  running_ = false;
  std::promise<void> done;
  Post([this, &done] {
    thread_.AssertHeld();
    shut_down_ = true;
    const KeptPromise released(done);
    const Status reason = Status::Cancelled("the job has ended");
    AnswerDrain(Status::External("the job ended or failed before it was drained").WithId("E7003"));
    while (!queue_.empty()) {
      Answer(queue_.front().reply, reason);
      queue_.pop_front();
    }
    const std::vector<uint64_t> ids = PendingIds();
    for (const uint64_t id : ids) AbortOne(pending_.find(id), reason, false);
  });
  const std::future<void> over = done.get_future();
  const bool simulated = Scheduler::Current() != nullptr;
  if (!simulated && over.wait_for(kCommitPatience) != std::future_status::ready)
    patience_.given_up.store(true);
  Await(over);
  // persist_ first: its work posts results to events_.
  persist_.Stop();
  events_.Stop();
}

// --- starting ------------------------------------------------------------------------------------

int64_t Coordinator::Impl::Tick() {
  thread_.Begin();
  if (shut_down_) return kNever;
  int64_t now = options_.clock->MonotonicNanos();
  ExpireOld(now);
  StartDecision decision = Decide(now);
  // No more starts than are queued now: if all of them failed at once and were queued again, other
  // events would have to wait.
  for (size_t starts = queue_.size() + 1; decision.start && starts > 0; --starts) {
    StartOne(decision, now);
    now = options_.clock->MonotonicNanos();
    decision = Decide(now);
  }
  int64_t next_check = decision.start ? now : decision.next_check;
  for (const auto& [id, pending] : pending_) {
    if (pending.phase == Phase::kAborted) continue;
    next_check = std::min(next_check, ExpiresAt(options_.config, pending.facts()));
  }
  NotePending();
  NoteStops();
  return next_check;
}

// A stop that has failed hurries nobody any more.
void Coordinator::Impl::NoteStops() {
  const auto stops = [](Purpose purpose) { return purpose == Purpose::kStop; };
  const bool waits =
      std::ranges::any_of(queue_, stops, &Queued::purpose) ||
      std::ranges::any_of(pending_, [&](const auto& entry) { return stops(entry.second.purpose); });
  const MutexLock lock(mutex_);
  patience_.hurried.store(waits || asked_stops_ > 0);
}

void Coordinator::Impl::ExpireOld(int64_t now) {
  for (const auto& [id, pending] : pending_) {
    const Status over = ReasonToGiveUp(options_.config, pending, now);
    if (over.ok()) continue;
    GiveUp(id, over, false);
    break;  // this took all later ones with it
  }
  std::erase_if(queue_, [](const Queued& request) {
    if (request.wanted()) return false;
    Answer(request.reply, NotWanted());
    return true;
  });
}

StartDecision Coordinator::Impl::Decide(int64_t now) const {
  std::vector<Purpose> purposes;
  for (const Queued& request : queue_) purposes.push_back(request.purpose);
  return DecideStart(options_.config, {.now = now,
                                       .started = started_nanos_,
                                       .last_trigger = last_trigger_,
                                       .last_completion = last_completion_,
                                       .pending = pending_.size(),
                                       .durable = options_.storage != nullptr && !draining_,
                                       .final_not_before = final_not_before_,
                                       .stopping = stopping_,
                                       .queue = purposes});
}

bool Coordinator::Impl::IsDurable(Purpose purpose) const {
  if (options_.storage == nullptr) return false;
  if (purpose != Purpose::kFinal || draining_) return true;
  return EndsWithCheckpoint(options_.config, has_history_);
}

void Coordinator::Impl::StartOne(const StartDecision& decision, int64_t now) {
  Queued request{decision.purpose, nullptr};
  if (decision.purpose != Purpose::kPeriodic) {
    request = queue_[decision.queue_index];
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(decision.queue_index));
  } else {
    last_trigger_ = now;
  }
  Pending pending;
  pending.purpose = request.purpose;
  pending.reply = request.reply;
  pending.capture = request.capture;
  pending.any_size = request.any_size;
  pending.triggered_nanos = now;
  pending.trigger_millis = options_.clock->Now().millis;
  pending.acked.assign(options_.tasks, 0);
  const Status begun = Begin(pending, IsDurable(request.purpose));
  if (!begun.ok()) return FailToBegin(request, begun);
  const bool pauses = pending.pauses();
  pending.barrier.last = pauses;
  if (pending.barrier.durable &&
      MayOvertake(options_.config, request.purpose, request.capture != nullptr)) {
    pending.barrier.overtakes = true;
    pending.barrier.overtakes_at = now + PauseNanos(options_.config.aligned_timeout_millis);
  }
  const Barrier barrier = pending.barrier;
  last_started_ = barrier.checkpoint_id;
  stopping_ |= pauses || request.purpose == Purpose::kFinal;
  pending_.emplace(barrier.checkpoint_id, std::move(pending));
  options_.control->Trigger(barrier, pauses);
}

Status Coordinator::Impl::Begin(Pending& pending, bool durable) {
  pending.barrier = {.checkpoint_id = last_started_ + 1, .durable = durable};
  if (!durable) return {};
  pending.barrier.checkpoint_id = TRY(options_.storage->NextCheckpointId());
  WEIR_CHECK_LT(last_started_, pending.barrier.checkpoint_id);
  return options_.storage->Prepare(pending.barrier.checkpoint_id);
}

void Coordinator::Impl::FailToBegin(const Queued& request, const Status& reason) {
  const Status failure = WrappedFailure("a checkpoint could not start", reason);
  NoteFailure(FailureInWords(failure), true);
  options_.listener->OnEnded({.purpose = request.purpose,
                              .savepoint = request.capture != nullptr,
                              .trigger_millis = options_.clock->Now().millis,
                              .failure = FailureInWords(failure)});
  Answer(request.reply, failure);
  HandleFailure(request.purpose, failure);
}

// A failure if no checkpoint or savepoint can be requested any more, or if there is no storage.
Status Coordinator::Impl::CheckOpen() const {
  if (shut_down_) return Status::Cancelled("the job has ended");
  if (options_.storage == nullptr)
    return Status::Unsupported("this job has no place for checkpoints");
  if (!stopping_ && !draining_ && !AllEnded()) return {};
  return Status::InvalidArgument(
             "the job has reached its end, so no further checkpoint can be taken")
      .WithId("E5002");
}

void Coordinator::Impl::OnRequest(Queued request) {
  thread_.AssertHeld();
  if (request.purpose == Purpose::kStop) {
    const MutexLock lock(mutex_);
    --asked_stops_;
  }
  const Status open = uncommitted_.ok() ? CheckOpen() : uncommitted_;
  if (!open.ok()) return Answer(request.reply, open);
  queue_.push_back(std::move(request));
}

void Coordinator::Impl::OnDrain(const Reply& reply) {
  thread_.AssertHeld();
  const Status open = CheckOpen();
  if (!open.ok()) return Answer(reply, open);
  draining_ = true;
  drain_ = reply;
  options_.control->Drain();
}

void Coordinator::Impl::AnswerDrain(const Result<uint64_t>& answer) {
  Answer(std::exchange(drain_, nullptr), answer);
}

void Coordinator::Impl::OnTaskEnded(size_t task) {
  thread_.AssertHeld();
  if (ended_[task]) return;
  ended_[task] = true;
  if (AllEnded() && !shut_down_) queue_.push_back({Purpose::kFinal, nullptr});
}

// --- collecting ----------------------------------------------------------------------------------

// All acknowledgements take this way, even without output, so that those of a task stay in order.
void Coordinator::Impl::Acknowledge(const std::shared_ptr<TaskAck>& ack) {
  persist_.Post([this, ack] {
    const Status synced = SyncOutput(*ack);
    Post([this, ack, synced] { synced.ok() ? OnAck(*ack) : OnOutputLost(*ack, synced); });
  });
}

// The sources have read on, and only a restart brings the lost rows back, so no later checkpoint
// may complete either. None has yet, because the task's later acknowledgements are handled after
// this one.
void Coordinator::Impl::OnOutputLost(TaskAck& ack, const Status& failure) {
  thread_.AssertHeld();
  AbandonPart(std::move(ack.part));
  if (shut_down_) return;
  options_.listener->OnFailed(failure);
  const auto first =
      std::find_if(pending_.lower_bound(ack.checkpoint_id), pending_.end(),
                   [](const auto& entry) { return entry.second.phase != Phase::kAborted; });
  if (first != pending_.end()) GiveUp(first->first, failure, false);
  AnswerDrain(failure);
  stopping_ = true;  // nothing more is started while the job comes down
}

void Coordinator::Impl::OnAck(TaskAck& ack) {
  thread_.AssertHeld();
  const auto position = pending_.find(ack.checkpoint_id);
  const bool found = position != pending_.end() && position->second.phase != Phase::kAborted;
  std::optional<PendingFacts> facts;
  if (found) facts = position->second.facts();
  const AckVerdict verdict =
      DecideAck(facts ? &*facts : nullptr, ack.checkpoint_id, ack.task, last_started_);
  switch (verdict) {
    case AckVerdict::kUnknown:
    case AckVerdict::kDuplicate:
      return AbandonPart(std::move(ack.part));
    case AckVerdict::kLate: {
      // The sinks have pre-committed output, which the next checkpoint must commit.
      CollectCommittables(ack.operators, commits_.Of(ack.checkpoint_id));
      if (ack.part == nullptr) return;
      AbandonPart(std::move(ack.part));
      // The rows of the part count as changed again and will be in the task's next epoch. A later
      // checkpoint whose barrier the task has passed already lacks them, so it cannot be used. That
      // is no failure of its own: the one whose part comes late was judged when it was given up.
      const auto later = pending_.upper_bound(ack.checkpoint_id);
      if (later == pending_.end()) return;
      const Status reason = Status::External(
          fmt::format("it builds on state of checkpoint {}, which was given up: {}",
                      ack.checkpoint_id, cause_));
      return AbortAfter(ack.checkpoint_id, CheckpointFailed(later->first, reason));
    }
    case AckVerdict::kTaken:
    case AckVerdict::kCompletes:
      break;
  }
  Pending& pending = position->second;
  pending.acked[ack.task] = 1;
  pending.NoteTimes(ack);
  if (ack.part) pending.parts.push_back(std::move(ack.part));
  std::move(ack.operators.begin(), ack.operators.end(), std::back_inserter(pending.contributions));
  std::ranges::move(ack.in_flight, std::back_inserter(pending.in_flight));
  NotePending();
  if (verdict == AckVerdict::kCompletes) AllAcknowledged(pending);
}

void Coordinator::Impl::AllAcknowledged(Pending& pending) {
  const Status fits = CheckStateBytes(options_.config, options_.base, pending);
  if (!fits.ok()) return GiveUp(pending.barrier.checkpoint_id, fits, false);
  if (pending.barrier.durable) return Persist(pending);
  CollectCommittables(pending.contributions, commits_.Of(pending.barrier.checkpoint_id));
  Pending finished = std::move(pending);
  pending_.erase(finished.barrier.checkpoint_id);
  CommitAndAnswer(finished);
}

void Coordinator::Impl::Persist(Pending& pending) {
  pending.phase = Phase::kPersisting;
  const uint64_t id = pending.barrier.checkpoint_id;
  auto parts =
      std::make_shared<std::vector<std::unique_ptr<EpochPart>>>(std::exchange(pending.parts, {}));
  auto in_flight = std::make_shared<std::vector<ChannelRows>>(std::exchange(pending.in_flight, {}));
  persist_.Post([this, id, parts, in_flight] {
    WEIR_FAULT_POINT("checkpoint.before_persist");
    Result<std::vector<StateFile>> files = std::vector<StateFile>();
    if (options_.backend != nullptr) files = options_.backend->Persist(id, std::move(*parts));
    if (files.ok() && !in_flight->empty()) {
      const Status written =
          AddChannelFile(id, std::move(*in_flight), options_.write_channels, *files);
      if (!written.ok()) files = written;
    }
    auto result = std::make_shared<Result<std::vector<StateFile>>>(std::move(files));
    Post([this, id, result] { OnPersisted(id, std::move(*result)); });
  });
}

void Coordinator::Impl::OnPersisted(uint64_t id, Result<std::vector<StateFile>> files) {
  thread_.AssertHeld();
  const auto position = pending_.find(id);
  WEIR_CHECK(position != pending_.end());
  Pending& pending = position->second;
  if (pending.phase == Phase::kAborted) {
    pending_.erase(position);
    // The checkpoint was aborted while its files were being written. They are not needed any more.
    return RemoveFiles(id);
  }
  // The backend has the parts now, so after a failure only files have to be removed.
  pending.phase = Phase::kCollecting;
  if (!files.ok()) return GiveUp(id, files.status(), false);
  if (pending.capture != nullptr) return HandOut(pending, std::move(*files));
  Publish(pending, std::move(*files));
}

CheckpointMetadata Coordinator::Impl::Collected(const Pending& pending,
                                                std::vector<StateFile> files,
                                                Committables& committables) {
  std::vector<OperatorContribution> own = pending.contributions;
  CollectCommittables(own, committables);
  CheckpointMetadata metadata =
      MakeMetadata(options_.base, pending, committables, std::move(files));
  metadata.complete_millis = options_.clock->Now().millis;
  return metadata;
}

// Lets whoever asked for the savepoint copy it. The job's own files of it are removed in any case.
void Coordinator::Impl::HandOut(Pending& pending, std::vector<StateFile> files) {
  const uint64_t id = pending.barrier.checkpoint_id;
  Committables committables = commits_.UpTo(id);
  CheckpointMetadata metadata = Collected(pending, std::move(files), committables);
  metadata.kind = CheckpointKind::kSavepoint;
  Status taken = commits_.Detach(metadata);
  if (taken.ok()) taken = pending.capture->take(metadata);
  if (!taken.ok()) return GiveUp(id, taken, false);
  // A savepoint commits nothing, so the next checkpoint commits its output.
  commits_.Carry(id, std::move(committables));
  ReportCompleted(metadata, pending);
  const Reply reply = std::exchange(pending.reply, nullptr);
  pending_.erase(id);
  RemoveFiles(id);
  Answer(reply, id);
}

// --- completing ----------------------------------------------------------------------------------

void Coordinator::Impl::Publish(Pending& pending, std::vector<StateFile> files) {
  const uint64_t id = pending.barrier.checkpoint_id;
  Committables committables = commits_.UpTo(id);
  CheckpointMetadata metadata = Collected(pending, std::move(files), committables);
  WEIR_FAULT_POINT("checkpoint.before_publish");
  if (DefectPlanted("commit-before-published")) {
    commits_.Carry(id, committables);
    if (Status early = commits_.Commit(id, true); !early.ok()) return GiveUp(id, early, false);
  }
  // The point of no return. Before it nobody may be told and nothing committed; after it every
  // start continues from here, and commits again what was not committed.
  bool uncertain = false;
  const Status published = options_.storage->Publish(metadata, uncertain);
  // The next start may find this checkpoint, so the job counts as having one.
  has_history_ |= uncertain;
  if (!published.ok()) return GiveUp(id, published, uncertain);
  WEIR_FAULT_POINT("checkpoint.after_publish");
  commits_.Carry(id, std::move(committables));
  Pending finished = std::move(pending);
  pending_.erase(id);
  Complete(metadata, finished);
  CommitAndAnswer(finished);
  Retain();
}

void Coordinator::Impl::Complete(const CheckpointMetadata& metadata, const Pending& pending) {
  consecutive_failures_ = 0;
  has_history_ = !DefectPlanted("last-commit-not-durable");
  last_completion_ = options_.clock->MonotonicNanos();
  {
    const MutexLock lock(mutex_);
    ++statistics_.completed;
    statistics_.last_completed_id = metadata.checkpoint_id;
    statistics_.last_duration_millis = metadata.complete_millis - metadata.trigger_millis;
    statistics_.longest_duration_millis =
        std::max(statistics_.longest_duration_millis, statistics_.last_duration_millis);
    statistics_.last_bytes = statistics_.last_new_bytes = 0;
    for (const StateFile& file : metadata.files) {
      statistics_.last_bytes += file.bytes;
      statistics_.last_new_bytes += file.dirty_bytes;
    }
    statistics_.new_bytes += statistics_.last_new_bytes;
  }
  options_.listener->OnCompleted(metadata);
  options_.control->Completed(metadata);
  ReportCompleted(metadata, pending);
}

void Coordinator::Impl::CommitAndAnswer(const Pending& pending) {
  WEIR_FAULT_POINT("checkpoint.before_commit");
  const uint64_t id = pending.barrier.checkpoint_id;
  const Status committed = commits_.Commit(id, pending.barrier.durable);
  WEIR_FAULT_POINT("checkpoint.after_commit");
  if (pending.purpose == Purpose::kStop) {
    if (!committed.ok()) uncommitted_ = NotYetVisible(id, committed);
    // Before the answer, so that whoever gets it can wait for the end.
    options_.listener->OnStopped();
    return Answer(pending.reply, committed.ok() ? Result<uint64_t>(id) : uncommitted_);
  }
  if (!committed.ok()) return OnNotCommitted(pending, committed);
  if (pending.barrier.durable) options_.listener->OnCommitted(id);
  Answer(pending.reply, id);
  if (pending.purpose != Purpose::kFinal) return;
  options_.listener->OnFinished();
  AnswerDrain(id);
}

void Coordinator::Impl::OnNotCommitted(const Pending& pending, const Status& failure) {
  // Whoever ends the job has not waited for it.
  if (patience_.given_up.load())
    return Answer(pending.reply, Status::Cancelled("the job has ended"));
  const bool left = patience_.hurried.load() && pending.barrier.durable;
  if (left && pending.purpose != Purpose::kFinal) {
    // The checkpoint of the stop that is to come has it as well.
    return Answer(pending.reply, failure);
  }
  stopping_ = true;
  if (!left) {
    options_.listener->OnFailed(failure);
    Answer(pending.reply, failure);
    return AnswerDrain(failure);
  }
  uncommitted_ = NotYetVisible(pending.barrier.checkpoint_id, failure);
  options_.listener->OnStopped();
  Answer(pending.reply, uncommitted_);
  AnswerDrain(uncommitted_);
}

void Coordinator::Impl::Retain() {
  const Status retained = options_.storage->Retain(options_.config.retained, PendingIds());
  if (!retained.ok())
    NoteFailure("old checkpoints could not be removed: " + FailureInWords(retained), false);
}

// --- giving up -----------------------------------------------------------------------------------

void Coordinator::Impl::GiveUp(uint64_t id, const Status& reason, bool keep_files) {
  const auto first = pending_.find(id);
  if (first == pending_.end() || first->second.phase == Phase::kAborted) return;
  cause_ = reason.message();
  const Purpose purpose = first->second.purpose;
  const Status failure = CheckpointFailed(id, reason);
  AbortOne(first, failure, keep_files);
  AbortAfter(id, failure);
  HandleFailure(purpose, failure);
}

void Coordinator::Impl::AbortAfter(uint64_t id, const Status& failure) {
  for (const uint64_t later : AbortedAfter(id, PendingIds())) {
    const auto position = pending_.find(later);
    Pending& pending = position->second;
    if (pending.phase == Phase::kAborted) continue;
    if (pending.purpose != Purpose::kPeriodic)
      queue_.push_back({pending.purpose, std::exchange(pending.reply, nullptr), pending.capture,
                        pending.any_size});
    AbortOne(position, failure, false);
  }
}

void Coordinator::Impl::AbortOne(PendingMap::iterator position, const Status& reason,
                                 bool keep_files) {
  Pending& pending = position->second;
  if (pending.phase == Phase::kAborted) return;
  const uint64_t id = position->first;
  {
    const MutexLock lock(mutex_);
    aborted_.insert(id);
    if (aborted_.size() > kAbortedIdsKept) aborted_.erase(aborted_.begin());
  }
  NoteFailure(FailureInWords(reason), !shut_down_);
  if (!shut_down_ && pending.barrier.durable) {
    options_.listener->OnEnded(
        FailedAt(pending, options_.clock->MonotonicNanos(), FailureInWords(reason)));
  }
  if (!DefectPlanted("committables-lost-on-abort"))
    CollectCommittables(pending.contributions, commits_.Of(id));
  const Reply reply = std::exchange(pending.reply, nullptr);
  if (pending.pauses() || pending.purpose == Purpose::kFinal) stopping_ = false;
  if (!shut_down_) options_.control->Abort(id);
  if (pending.phase == Phase::kPersisting) {
    pending.phase = Phase::kAborted;
    return Answer(reply, reason);
  }
  const bool forgets = DefectPlanted("abandoned-epoch-dropped");
  if (options_.backend != nullptr && !pending.parts.empty() && !forgets)
    options_.backend->Abandon(std::move(pending.parts));
  const bool durable = pending.barrier.durable;
  pending_.erase(position);
  if (durable && !keep_files) RemoveFiles(id);
  Answer(reply, reason);
}

void Coordinator::Impl::RemoveFiles(uint64_t id) {
  const Status removed = options_.storage->Abort(id);
  if (!removed.ok()) NoteFailure(FailureInWords(removed), false);
}

void Coordinator::Impl::HandleFailure(Purpose purpose, const Status& failure) {
  if (shut_down_) return;
  if (CountsAsFailure(purpose)) ++consecutive_failures_;
  switch (DecideFailure(options_.config, purpose, consecutive_failures_)) {
    case FailureVerdict::kGoOn:
      return;
    case FailureVerdict::kRetry:
      final_not_before_ = options_.clock->MonotonicNanos() + RetryPauseNanos(options_.config);
      queue_.push_back({purpose, nullptr});
      return;
    case FailureVerdict::kFailJob:
      stopping_ = true;  // nothing more is started while the job comes down
      AnswerDrain(failure);
      return options_.listener->OnFailed(failure);
  }
}

void Coordinator::Impl::AbandonPart(std::unique_ptr<EpochPart> part) {
  if (part == nullptr || options_.backend == nullptr) return;
  std::vector<std::unique_ptr<EpochPart>> parts;
  parts.push_back(std::move(part));
  options_.backend->Abandon(std::move(parts));
}

// --- facts ---------------------------------------------------------------------------------------

std::vector<uint64_t> Coordinator::Impl::PendingIds() const {
  std::vector<uint64_t> ids;
  for (const auto& entry : pending_) ids.push_back(entry.first);
  return ids;
}

void Coordinator::Impl::NoteFailure(const std::string& text, bool failed_checkpoint) {
  {
    const MutexLock lock(mutex_);
    if (failed_checkpoint) ++statistics_.failed;
    statistics_.last_failure = text;
  }
  if (failed_checkpoint) options_.listener->OnCheckpointFailed(text);
}

void Coordinator::Impl::NotePending() {
  const MutexLock lock(mutex_);
  statistics_.in_progress = pending_.size();
  statistics_.tasks = 0;
  statistics_.tasks_passed = 0;
  if (pending_.empty()) return;
  const std::vector<uint8_t>& acked = pending_.rbegin()->second.acked;
  statistics_.tasks = acked.size();
  statistics_.tasks_passed =
      static_cast<uint64_t>(std::count_if(acked.begin(), acked.end(), [](uint8_t a) { return a; }));
}

bool Coordinator::Impl::IsAborted(uint64_t id) const {
  const MutexLock lock(mutex_);
  return aborted_.contains(id);
}

CheckpointStatistics Coordinator::Impl::statistics() const {
  const MutexLock lock(mutex_);
  return statistics_;
}

// --- the public face -----------------------------------------------------------------------------

Coordinator::Coordinator(CoordinatorOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
Coordinator::~Coordinator() = default;

Status Coordinator::Start() {
  return impl_->Start();
}
void Coordinator::Stop() {
  impl_->Stop();
}

void Coordinator::Acknowledge(TaskAck ack) {
  impl_->Acknowledge(std::make_shared<TaskAck>(std::move(ack)));
}

void Coordinator::Decline(size_t task, uint64_t checkpoint_id, Status reason) {
  auto shared = std::make_shared<Status>(
      std::move(reason).WithContext(fmt::format("task {} declined", task)));
  impl_->Post([this, checkpoint_id, shared] { impl_->OnDecline(checkpoint_id, *shared); });
}

void Coordinator::TaskEnded(size_t task) {
  impl_->Post([this, task] { impl_->OnTaskEnded(task); });
}

bool Coordinator::IsAborted(uint64_t checkpoint_id) const {
  return impl_->IsAborted(checkpoint_id);
}

std::future<Result<uint64_t>> Coordinator::Impl::Ask(
    Purpose purpose, std::shared_ptr<const SavepointCapture> capture, bool any_size) {
  auto reply = std::make_shared<std::promise<Result<uint64_t>>>();
  auto answer = reply->get_future();
  if (purpose == Purpose::kStop) {
    const MutexLock lock(mutex_);
    ++asked_stops_;
    patience_.hurried.store(true);
  }
  if (!Post([this, purpose, reply, any_size, capture = std::move(capture)] {
        OnRequest({purpose, reply, capture, any_size});
      })) {
    Answer(reply, Status::Cancelled("the job has ended"));
  }
  return answer;
}

std::future<Result<uint64_t>> Coordinator::Impl::Drain() {
  auto reply = std::make_shared<std::promise<Result<uint64_t>>>();
  auto answer = reply->get_future();
  if (!Post([this, reply] { OnDrain(reply); }))
    Answer(reply, Status::Cancelled("the job has ended"));
  return answer;
}

std::future<Result<uint64_t>> Coordinator::RequestDrain() {
  return impl_->Drain();
}

std::future<Result<uint64_t>> Coordinator::Request(Purpose purpose, bool any_size) {
  return impl_->Ask(purpose, nullptr, any_size);
}

std::future<Result<uint64_t>> Coordinator::RequestSavepoint(SavepointCapture capture) {
  return impl_->Ask(Purpose::kManual, std::make_shared<const SavepointCapture>(std::move(capture)),
                    true);
}

void Coordinator::LookAgain() {
  impl_->Post([] {});  // a tick follows
}

CheckpointStatistics Coordinator::statistics() const {
  return impl_->statistics();
}

}  // namespace weir::checkpoint
