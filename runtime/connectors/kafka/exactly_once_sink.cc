#include "runtime/connectors/kafka/exactly_once_sink.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "runtime/connectors/kafka/commit_markers.h"
#include "runtime/connectors/kafka/open_epochs.h"
#include "runtime/fault_point.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::kafka {
namespace {

using epochs::CommitMarker;
using epochs::EpochLogWriter;
using epochs::EpochPromise;
using epochs::LoggedMessage;
using epochs::Markers;
using epochs::Promised;
using epochs::PromisedEpochs;

// How many transactional ids of a subtask a start fences: as many as are in use while one epoch is
// written and two wait for their checkpoints.
constexpr uint32_t kSlotsInUse = 3;

struct Subtask {
  Subtask(const ExactlyOncePlan& plan, std::string id)
      : slots(plan.settings, std::move(id), {plan.messages.topic, plan.marker_topic}) {}
  ProducerSlots slots;
  OpenEpochs epochs;
  int64_t committed = CommitMarker::kNothing;  // by this start; of the coordinator's thread
};

// What the writers and the committer share. Thread-safe, but for what a start sets first.
class Shared {
 public:
  explicit Shared(ExactlyOncePlan plan) : promises(plan.kept), plan_(std::move(plan)) {}

  const ExactlyOncePlan& plan() const { return plan_; }
  Subtask& subtask(uint32_t number) {
    const MutexLock lock(mutex_);
    std::unique_ptr<Subtask>& subtask = subtasks_[number];
    if (subtask == nullptr)
      subtask = std::make_unique<Subtask>(plan_,
                                          TransactionalId(plan_.kept.job, plan_.kept.sink, number));
    return *subtask;
  }
  // The transactional ids of a subtask without the number of the slot. They contain the job's id,
  // so that a copy of the job does not fence the producers of the original.
  std::string TransactionalId(std::string_view job, std::string_view sink, uint32_t number) const {
    return fmt::format("{}-{}-{}-{}", plan_.id_prefix, job, sink,
                       DefectPlanted("kafka-id-shared") ? 0 : number);
  }
  OutgoingMessage Marker(const std::string& key, const std::string& value) const {
    return {plan_.marker_topic.c_str(), RD_KAFKA_PARTITION_UA, key, value};
  }
  // Sends the promised messages from a log, with the marker of `promise`, in one transaction.
  Status Resend(Producer& producer, const EpochPromise& promise, const std::string& log) const;
  // A marker of this incarnation, so that one that is missing later is known to be lost.
  Status MarkBeginning(uint32_t subtask);

  PromisedEpochs promises;
  // Set by Recover.
  Markers markers;  // by key

 private:
  const ExactlyOncePlan plan_;
  Mutex mutex_;
  std::map<uint32_t, std::unique_ptr<Subtask>> subtasks_ WEIR_GUARDED_BY(mutex_);
};

Status Shared::Resend(Producer& producer, const EpochPromise& promise,
                      const std::string& log) const {
  WEIR_FAULT_POINT("kafka.before_resend");
  SentMessages& sent = producer.Begin();
  RETURN_IF_ERROR(producer.BeginTransaction());
  RETURN_IF_ERROR(promises.Read(promise, log, [&](const LoggedMessage& message) {
    return producer.Send(
        {plan_.messages.topic.c_str(), message.partition, message.key, message.value}, sent);
  }));
  const std::string key = promise.MarkerKey();
  const std::string value = CommitMarker{promise.incarnation, promise.checkpoint}.Text();
  RETURN_IF_ERROR(producer.Send(Marker(key, value), sent));
  WEIR_FAULT_POINT("kafka.before_commit");
  RETURN_IF_ERROR(producer.CommitTransaction());
  WEIR_FAULT_POINT("kafka.after_commit");
  sent.complete.store(true);
  return {};
}

Status Shared::MarkBeginning(uint32_t number) {
  const EpochPromise none = promises.Promise(number, 0);
  const std::string key = none.MarkerKey();
  const auto known = markers.find(key);
  if (known != markers.end() && known->second.incarnation == none.incarnation) return {};
  ProducerSlots& slots = subtask(number).slots;
  SlotProducer producer = TRY(slots.Take());
  SentMessages& sent = producer.producer->Begin();
  RETURN_IF_ERROR(producer.producer->BeginTransaction());
  const std::string value = CommitMarker{none.incarnation, CommitMarker::kNothing}.Text();
  RETURN_IF_ERROR(producer.producer->Send(Marker(key, value), sent));
  WEIR_FAULT_POINT("kafka.after_first_marker");
  RETURN_IF_ERROR(producer.producer->CommitTransaction());
  sent.complete.store(true);
  slots.GiveBack(std::move(producer));
  return {};
}

class ExactlyOnceWriter final : public SinkWriter {
 public:
  ExactlyOnceWriter(Shared& shared, uint32_t number, uint64_t attempt)
      : shared_(shared), subtask_(shared.subtask(number)), number_(number), attempt_(attempt) {}

  Status Open() {
    RETURN_IF_ERROR(shared_.plan().kept.files->CreateDirectories(shared_.promises.directory()));
    SlotProducer first = TRY(subtask_.slots.Take());
    messages_ = TRY(RowMessages::Make(shared_.plan().messages, *first.producer, number_));
    subtask_.slots.GiveBack(std::move(first));
    shared_.promises.NoteWriter(number_);
    return shared_.MarkBeginning(number_);
  }

  Status Write(const Batch& batch) override {
    RETURN_IF_ERROR(messages_->Encode(batch));
    if (messages_->size() == 0) return {};
    if (epoch_ == nullptr) RETURN_IF_ERROR(BeginEpoch());
    for (size_t i = 0; i < messages_->size(); ++i) RETURN_IF_ERROR(epoch_->Add(messages_->Take(i)));
    WEIR_FAULT_POINT("kafka.after_write");
    return {};
  }

  Result<PreCommitted> PreCommit(uint64_t checkpoint_id) override {
    const auto checkpoint = static_cast<int64_t>(checkpoint_id);
    EpochPromise promise = shared_.promises.Promise(number_, checkpoint);
    PreCommitted handed;
    if (number_ == 0) handed.committables = shared_.promises.PromisesOfFormer(checkpoint);
    if (epoch_ != nullptr) {
      EpochLogWriter& log = epoch_->log();
      RETURN_IF_ERROR(log.End());
      promise.slot = epoch_->producer().slot;
      promise.records = log.records();
      promise.bytes = log.bytes();
      promise.log = name_;
      subtask_.epochs.Seal(*epoch_, checkpoint);
      handed.sync = [epoch = std::exchange(epoch_, nullptr), &promises = shared_.promises] {
        WEIR_FAULT_POINT("kafka.before_sync");
        RETURN_IF_ERROR(promises.Sync(epoch->log()));
        WEIR_FAULT_POINT("kafka.after_log_sync");
        RETURN_IF_ERROR(epoch->WaitUntilSent());
        WEIR_FAULT_POINT("kafka.after_sync");
        return Status();
      };
    }
    handed.committables.push_back(promise.Text());
    return handed;
  }

 private:
  Status BeginEpoch() {
    name_ = fmt::format("{}-{}-{}", attempt_, number_, next_++);
    auto epoch = std::make_shared<Epoch>(TRY(shared_.promises.NewLog(name_)));
    subtask_.epochs.Add(epoch);
    // Readers see messages in the order in which they were sent, so all of the epoch before must
    // have reached the brokers. If that one is to be sent again, this one must be as well.
    if (const std::shared_ptr<Epoch> before = subtask_.epochs.BeforeNewest(); before != nullptr) {
      RETURN_IF_ERROR(before->WaitUntilSent());
      if (before->lost()) epoch->Lose();
    }
    if (!epoch->lost()) RETURN_IF_ERROR(epoch->Begin(TRY(subtask_.slots.Take())));
    WEIR_FAULT_POINT("kafka.after_begin");
    epoch_ = std::move(epoch);
    return {};
  }

  Shared& shared_;
  Subtask& subtask_;
  const uint32_t number_;
  const uint64_t attempt_;
  std::unique_ptr<RowMessages> messages_;
  std::shared_ptr<Epoch> epoch_;  // since the last barrier; null: no rows yet
  std::string name_;              // of its log
  uint64_t next_ = 0;
};

// A sink of some job, and the subtasks that it has had.
struct Sender {
  std::string job, sink;
  std::set<uint32_t> subtasks;
};

class ExactlyOnceCommitter final : public SinkCommitter {
 public:
  explicit ExactlyOnceCommitter(Shared& shared)
      : shared_(shared), plan_(shared.plan()), promises_(shared.promises) {}

  Status Commit(std::span<const std::string> committables) override {
    for (const std::string& text : committables) {
      const EpochPromise promise = TRY(epochs::ParsePromise(text, plan_.kept.job));
      if (promise.records > 0) RETURN_IF_ERROR(CommitEpoch(promise));
    }
    return {};
  }

  Status Fence(const SavedOutput* saved) override;
  Result<Recovered> Recover(const SavedOutput* saved, uint64_t attempt) override;
  Result<std::vector<OutputRows>> Detach(std::span<const std::string> committables) override {
    return promises_.Detach(committables);
  }

 private:
  Status CommitEpoch(const EpochPromise& promise);
  // Whether the rows of an epoch have to be sent: not if the marker of this incarnation says that
  // they were committed. Without such a marker the option 'sink.in-doubt' decides.
  Result<bool> IsToBeSent(const Promised& promised, const Markers& markers) const;
  // That what was committed before a promise without rows is there.
  Status CheckEmpty(const EpochPromise& promise) const {
    const auto found = shared_.markers.find(promise.MarkerKey());
    return found == shared_.markers.end() ? Status() : promises_.CheckPlace(promise, found->second);
  }
  // For an epoch whose transaction is lost, or perhaps committed: fences the old producer of its
  // slot, asks the marker whether the rows are there, and sends them again if they are not.
  Status Settle(const EpochPromise& promise);
  // The sinks whose open transactions are to be ended, since no start of them is running any more.
  Result<std::vector<Sender>> EndedSenders(const std::vector<Promised>& promises) const;

  Shared& shared_;
  const ExactlyOncePlan& plan_;
  PromisedEpochs& promises_;
};

Status ExactlyOnceCommitter::CommitEpoch(const EpochPromise& promise) {
  Subtask& subtask = shared_.subtask(promise.subtask);
  if (promise.checkpoint <= subtask.committed) return {};
  const std::shared_ptr<Epoch> epoch = subtask.epochs.Find(promise.checkpoint);
  bool done = false;
  if (epoch != nullptr && !epoch->lost()) {
    const std::string key = promise.MarkerKey();
    const std::string value = CommitMarker{promise.incarnation, promise.checkpoint}.Text();
    WEIR_FAULT_POINT("kafka.before_commit");
    done = epoch->Commit(shared_.Marker(key, value)).ok();  // if not, Settle finds out
    WEIR_FAULT_POINT("kafka.after_commit");
    if (done) subtask.slots.GiveBack(epoch->producer());
  }
  if (!done) RETURN_IF_ERROR(Settle(promise));
  if (epoch != nullptr) subtask.epochs.Remove(*epoch);
  subtask.committed = promise.checkpoint;
  promises_.NoteCommitted(promise);
  RETURN_IF_ERROR(plan_.kept.files->Remove(promises_.LogOf(promise)));
  WEIR_FAULT_POINT("kafka.after_remove_log");
  return {};
}

Status ExactlyOnceCommitter::Settle(const EpochPromise& promise) {
  Subtask& subtask = shared_.subtask(promise.subtask);
  // Later epochs whose messages are with the brokers already would be read before those that are
  // sent again now.
  subtask.epochs.LoseBehind(promise.checkpoint);
  SlotProducer producer = TRY(subtask.slots.Renew(promise.slot));
  const auto markers = TRY(ReadMarkers(plan_.settings, plan_.marker_topic, {promise.MarkerKey()}));
  if (TRY(IsToBeSent({promise, "", false}, markers)))
    RETURN_IF_ERROR(shared_.Resend(*producer.producer, promise, promises_.LogOf(promise)));
  subtask.slots.GiveBack(std::move(producer));
  return {};
}

Result<bool> ExactlyOnceCommitter::IsToBeSent(const Promised& promised,
                                              const Markers& markers) const {
  if (DefectPlanted("kafka-no-log")) return false;
  const auto found = markers.find(promised.promise.MarkerKey());
  const bool there = found != markers.end();
  return promises_.IsToBeSent(promised, there ? std::optional(found->second) : std::nullopt);
}

// The senders that have ended are earlier starts of this sink, and the sink of another job if this
// job continues from its checkpoint. The job of a savepoint is not among them, as it may still be
// running.
Result<std::vector<Sender>> ExactlyOnceCommitter::EndedSenders(
    const std::vector<Promised>& promises) const {
  std::map<std::string, Sender> ended;  // by the prefix of their markers
  const EpochPromise own = promises_.Promise(0, 0);
  ended[own.MarkerPrefix()] = {own.job, own.sink, {}};
  for (const auto& [promise, log, carried] : promises) {
    if (carried && !promises_.IsOwn(promise)) continue;
    Sender& sender = ended[promise.MarkerPrefix()];
    sender.job = promise.job;
    sender.sink = promise.sink;
    sender.subtasks.insert(promise.subtask);
  }
  for (const std::string& key : TRY(ReadMarkerKeys(plan_.settings, plan_.marker_topic))) {
    for (auto& [prefix, sender] : ended) {
      if (!key.starts_with(prefix)) continue;
      const int64_t number = TRY(graph::ParseInteger(key.substr(prefix.size())));
      sender.subtasks.insert(static_cast<uint32_t>(number));
    }
  }
  std::vector<Sender> senders;
  for (auto& [prefix, sender] : ended) senders.push_back(std::move(sender));
  return senders;
}

// Committed markers can only be read up to the first transaction that is open, of whatever sink. So
// the transactions that earlier starts left open are ended here, by producers with the same
// transactional ids. Those whose rows are promised are kept, to send the rows again.
Status ExactlyOnceCommitter::Fence(const SavedOutput* saved) {
  RETURN_IF_ERROR(MakeMarkerTopic(plan_.settings, plan_.marker_topic));
  std::vector<Promised> promises;
  if (saved != nullptr) promises = TRY(promises_.PromisesOf(*saved));
  // All together, as each waits for the brokers.
  std::map<std::pair<uint32_t, uint32_t>, SlotProducer> promised;  // by subtask and slot
  for (const auto& [promise, log, carried] : promises) {
    if (promise.records == 0 || !promises_.IsOwn(promise)) continue;
    SlotProducer& producer = promised[{promise.subtask, promise.slot}];
    if (producer.producer == nullptr)
      producer = TRY(shared_.subtask(promise.subtask).slots.StartRenew(promise.slot));
  }
  std::vector<SlotProducer> others;
  for (const Sender& sender : TRY(EndedSenders(promises))) {
    const bool own = sender.job == plan_.kept.job && sender.sink == plan_.kept.sink;
    for (const uint32_t number : sender.subtasks) {
      ProducerSlots old(plan_.settings, shared_.TransactionalId(sender.job, sender.sink, number),
                        {});
      for (uint32_t slot = 0; slot < kSlotsInUse; ++slot) {
        if (!own || !promised.contains({number, slot})) others.push_back(TRY(old.StartRenew(slot)));
      }
    }
  }
  for (const SlotProducer& old : others) RETURN_IF_ERROR(old.producer->InitTransactions());
  for (auto& [place, producer] : promised) {
    ProducerSlots& slots = shared_.subtask(place.first).slots;
    RETURN_IF_ERROR(slots.FinishRenew(producer));
    slots.GiveBack(std::move(producer));
  }
  return {};
}

Result<Recovered> ExactlyOnceCommitter::Recover(const SavedOutput* saved, uint64_t attempt) {
  const std::vector<Promised> promises = TRY(promises_.Adopt(saved));
  std::set<std::string> prefixes{promises_.Promise(0, 0).MarkerPrefix()};
  for (const auto& [promise, log, carried] : promises) prefixes.insert(promise.MarkerPrefix());
  shared_.markers = TRY(ReadMarkers(plan_.settings, plan_.marker_topic, prefixes));
  RETURN_IF_ERROR(promises_.CheckHistory(saved, shared_.markers));
  std::vector<Promised> foreign;
  for (const Promised& promised : promises) {
    const EpochPromise& promise = promised.promise;
    if (promise.records == 0) RETURN_IF_ERROR(CheckEmpty(promise));
    if (promise.records == 0 || !TRY(IsToBeSent(promised, shared_.markers))) continue;
    if (!promises_.IsOwn(promise)) {
      foreign.push_back(promised);
      continue;
    }
    ProducerSlots& slots = shared_.subtask(promise.subtask).slots;
    SlotProducer producer = TRY(slots.Take());
    RETURN_IF_ERROR(shared_.Resend(*producer.producer, promise, promised.log));
    promises_.NoteCommitted(promise);
    slots.GiveBack(std::move(producer));
  }
  return promises_.TakeOver(foreign, attempt,
                            [this](uint32_t number) { return shared_.MarkBeginning(number); });
}

class ExactlyOnceSink final : public Sink {
 public:
  explicit ExactlyOnceSink(ExactlyOncePlan plan) : shared_(std::move(plan)) {}

  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t attempt) override {
    auto writer = std::make_unique<ExactlyOnceWriter>(shared_, subtask, attempt);
    RETURN_IF_ERROR(writer->Open());
    return std::unique_ptr<SinkWriter>(std::move(writer));
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    return std::unique_ptr<SinkCommitter>(std::make_unique<ExactlyOnceCommitter>(shared_));
  }

 private:
  Shared shared_;
};

}  // namespace

std::unique_ptr<Sink> MakeExactlyOnceSink(ExactlyOncePlan plan) {
  return std::make_unique<ExactlyOnceSink>(std::move(plan));
}

}  // namespace weir::connectors::kafka
