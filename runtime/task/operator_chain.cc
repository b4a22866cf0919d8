#include "runtime/task/operator_chain.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/checkpoint/given_rows.h"
#include "runtime/fault_point.h"

namespace weir::task {
namespace {

constexpr uint64_t kEndedVersion = 1;
constexpr uint64_t kEndedAndLateVersion = 2;
constexpr uint64_t kWithSkippedVersion = 3;
constexpr int64_t kNanosBetweenStateMetrics = 100'000'000;
constexpr std::string_view kCommittablesEntry = "committables";

struct TaskNotes {
  bool ended = false;
  Losses losses;
};

std::string EncodeNotes(const TaskNotes& notes) {
  // The lowest version that can hold the notes.
  const uint64_t version = notes.losses.skipped_records > 0 ? kWithSkippedVersion
                           : notes.losses.late_rows > 0     ? kEndedAndLateVersion
                                                            : kEndedVersion;
  std::string bytes;
  AppendVarint(bytes, version);
  bytes.push_back(static_cast<char>(notes.ended ? 1 : 0));
  if (version >= kEndedAndLateVersion) AppendVarint(bytes, notes.losses.late_rows);
  if (version >= kWithSkippedVersion) AppendVarint(bytes, notes.losses.skipped_records);
  return bytes;
}

// nullopt if the bytes were not written by EncodeNotes.
std::optional<TaskNotes> DecodeNotes(std::string_view bytes) {
  ByteReader in(bytes);
  const uint64_t version = in.Varint();
  TaskNotes notes;
  const auto ended = in.Little<uint8_t>();
  notes.ended = ended == 1;
  if (version >= kEndedAndLateVersion) notes.losses.late_rows = in.Varint();
  if (version >= kWithSkippedVersion) notes.losses.skipped_records = in.Varint();
  if (in.failed() || !in.at_end() || ended > 1) return std::nullopt;
  if (version < kEndedVersion || version > kWithSkippedVersion) return std::nullopt;
  return notes;
}

// Adds the node to failures of `sync`, as Annotate does for others: it runs later and outside of
// the chain. The graph outlives the job's threads.
std::function<Status()> Annotated(std::function<Status()> sync, const graph::Node& node) {
  if (sync == nullptr) return nullptr;
  return
      [sync = std::move(sync), &node] { return sync().WithContext(node.name).WithSpan(node.span); };
}

}  // namespace

// While it exists, processing time is charged to the member; after that, to the caller again.
class OperatorChain::Turn {
 public:
  Turn(OperatorChain& chain, Member* member) : chain_(chain), caller_(chain.Switch(member)) {}
  ~Turn() { chain_.Switch(caller_); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  OperatorChain& chain_;
  Member* const caller_;
};

// An operator, and where its output goes.
class OperatorChain::Member final : public operators::Output {
 public:
  Member(OperatorChain& chain, MemberSetup setup) : chain_(chain), setup_(std::move(setup)) {
    setup_.context.metrics = &metrics_.counters;
    metrics_.counters.late_rows.store(setup_.before.late_rows, std::memory_order_relaxed);
    metrics_.counters.skipped_records.store(setup_.before.skipped_records,
                                            std::memory_order_relaxed);
    watermarks_ = std::holds_alternative<graph::WatermarkSpec>(node().spec);
  }

  void AddConsumer(Member& consumer) { consumers_.push_back(&consumer); }
  size_t ways() const { return consumers_.size() + setup_.exchanges.size(); }
  bool IsSeeded(size_t way) const {
    if (way < consumers_.size()) return consumers_[way]->setup().seeded;
    return std::ranges::find(setup_.seeded_exchanges, way - consumers_.size()) !=
           setup_.seeded_exchanges.end();
  }
  bool has_seeded_ways() const {
    const auto& consumers = consumers_;
    return !setup_.seeded_exchanges.empty() ||
           std::ranges::any_of(consumers, [](const Member* one) { return one->setup().seeded; });
  }
  // Whether watermarks are created from these rows, here or in a consumer.
  bool leads_to_watermarks() const {
    return watermarks_ || std::any_of(consumers_.begin(), consumers_.end(),
                                      [](const Member* m) { return m->leads_to_watermarks(); });
  }
  bool makes_watermarks() const { return watermarks_; }
  const std::vector<Member*>& consumers() const { return consumers_; }

  const graph::Node& node() const { return *setup_.context.node; }
  MemberSetup& setup() { return setup_; }
  const MemberSetup& setup() const { return setup_; }
  MemberMetrics& metrics() { return metrics_; }
  const MemberMetrics& metrics() const { return metrics_; }

  Status Consume(int port, Batch batch) {
    auto& counters = metrics_.counters;
    counters.rows_in.fetch_add(batch.size(), std::memory_order_relaxed);
    counters.batches_in.fetch_add(1, std::memory_order_relaxed);
    const Turn turn(chain_, this);
    return chain_.Annotate(setup_.op->OnBatch(port, std::move(batch), *this), *this);
  }

  Status ConsumeWatermark(Timestamp watermark) {
    const Turn turn(chain_, this);
    return chain_.Annotate(setup_.op->OnWatermark(watermark, *this), *this);
  }

  Status Emit(Batch batch) override {
    metrics_.counters.rows_out.fetch_add(batch.size(), std::memory_order_relaxed);
    if (ways() == 0) return {};
    for (size_t i = 0; i + 1 < ways(); ++i) RETURN_IF_ERROR(Deliver(i, batch));
    return Deliver(ways() - 1, std::move(batch));
  }
  // Passes the batch to one of the consumers, or through one of the exchanges.
  Status Deliver(size_t way, Batch batch) {
    if (way < consumers_.size()) return consumers_[way]->Consume(0, std::move(batch));
    const Turn turn(chain_, nullptr);
    return setup_.exchanges[way - consumers_.size()]->Send(std::move(batch));
  }

  Status EmitWatermark(Timestamp watermark) override {
    if (watermark <= emitted_) return {};
    emitted_ = watermark;
    metrics_.counters.watermark.store(watermark.millis, std::memory_order_relaxed);
    for (Member* consumer : consumers_) RETURN_IF_ERROR(consumer->ConsumeWatermark(watermark));
    return Forward(Element::Watermark(watermark));
  }

  Status Forward(const Element& element) {
    if (setup_.exchanges.empty()) return {};
    const Turn turn(chain_, nullptr);
    const bool of_time = element.kind == ElementKind::kWatermark ||
                         element.kind == ElementKind::kIdle || element.kind == ElementKind::kActive;
    for (const auto& exchange : setup_.exchanges) {
      // Watermarks and idleness went into the loop earlier (ForwardIntoLoop): here they leave it.
      if (of_time && exchange->loop() == LoopPart::kBegins) continue;
      RETURN_IF_ERROR(exchange->SendToAll(element));
    }
    return {};
  }

  Status ForwardIntoLoop(const Element& element) {
    const Turn turn(chain_, nullptr);
    for (const auto& exchange : setup_.exchanges) {
      if (exchange->loop() != LoopPart::kNone) RETURN_IF_ERROR(exchange->SendToAll(element));
    }
    return {};
  }

 private:
  OperatorChain& chain_;
  MemberSetup setup_;
  MemberMetrics metrics_;
  std::vector<Member*> consumers_;
  Timestamp emitted_ = Timestamp::Min();
  bool watermarks_ = false;
};

// The ways of a member's output that lead to new readers, or all the others.
class OperatorChain::SomeWays final : public operators::Output {
 public:
  SomeWays(Member& member, bool seeded, const std::atomic<bool>& stop)
      : member_(member), seeded_(seeded), stop_(stop) {}

  Status Emit(Batch batch) override {
    if (stop_.load(std::memory_order_relaxed))
      return {StatusCode::kCancelled, "the job stops while new readers are seeded"};
    auto& counters = member_.metrics().counters;
    counters.rows_out.fetch_add(batch.size(), std::memory_order_relaxed);
    for (size_t way = 0; way < member_.ways(); ++way) {
      const bool wanted = member_.IsSeeded(way) == seeded_ || DefectPlanted("seeded-everyone");
      if (wanted) RETURN_IF_ERROR(member_.Deliver(way, batch));
    }
    WEIR_FAULT_POINT("seed.after_batch");
    return {};
  }
  Status EmitWatermark(Timestamp) override {
    return Status::Internal("time does not move while new readers are seeded");
  }

 private:
  Member& member_;
  const bool seeded_;
  const std::atomic<bool>& stop_;
};

OperatorChain::OperatorChain(std::vector<MemberSetup> members, TaskState* state) : state_(state) {
  for (MemberSetup& setup : members) {
    const int parent = setup.parent;
    members_.push_back(std::make_unique<Member>(*this, std::move(setup)));
    if (parent >= 0) members_[static_cast<size_t>(parent)]->AddConsumer(*members_.back());
  }
}

OperatorChain::~OperatorChain() = default;

OperatorChain::Member* OperatorChain::Switch(Member* next) {
  const int64_t now = clock_ == nullptr ? 0 : clock_->MonotonicNanos();
  Member* const before = running_.load(std::memory_order_relaxed);
  if (before != nullptr) {
    before->metrics().busy_nanos.fetch_add(static_cast<uint64_t>(now - running_since_),
                                           std::memory_order_relaxed);
  }
  running_since_ = now;
  running_.store(next, std::memory_order_relaxed);
  return before;
}

const graph::Node* OperatorChain::at() const {
  const Member* running = running_.load(std::memory_order_relaxed);
  return running == nullptr ? nullptr : &running->node();
}

void OperatorChain::NoteSourceTime(int64_t nanos) {
  members_.front()->metrics().busy_nanos.fetch_add(static_cast<uint64_t>(nanos),
                                                   std::memory_order_relaxed);
}

size_t OperatorChain::node_index(size_t member) const {
  return members_[member]->setup().node_index;
}
const graph::Node& OperatorChain::node(size_t member) const {
  return members_[member]->node();
}
const MemberMetrics& OperatorChain::metrics(size_t member) const {
  return members_[member]->metrics();
}

// The innermost operator is the first to annotate a failure; those around it only pass it on.
Status OperatorChain::Annotate(Status failure, const Member& member) {
  if (failure.ok() || annotated_ || failure.code() == StatusCode::kCancelled) return failure;
  annotated_ = true;
  return std::move(failure).WithContext(member.node().name).WithSpan(member.node().span);
}

Status OperatorChain::Open() {
  for (auto member = members_.rbegin(); member != members_.rend(); ++member) {
    MemberSetup& setup = (*member)->setup();
    clock_ = setup.context.clock;
    if (setup.op) RETURN_IF_ERROR(Annotate(setup.op->Open(setup.context), **member));
  }
  return {};
}

Status OperatorChain::Seed(const std::atomic<bool>& stop) {
  for (auto member = members_.rbegin(); member != members_.rend(); ++member) {
    if (!(*member)->has_seeded_ways()) continue;
    SomeWays others(**member, false, stop);
    SomeWays seeded(**member, true, stop);
    const Turn turn(*this, member->get());
    const int times = DefectPlanted("seeded-twice") ? 2 : 1;
    for (int i = 0; i < times; ++i) {
      operators::Operator& op = *(*member)->setup().op;
      RETURN_IF_ERROR(Annotate(op.Seed(others, seeded), **member));
    }
  }
  return {};
}

Status OperatorChain::Deliver(size_t member, int port, Batch batch) {
  return members_[member]->Consume(port, std::move(batch));
}

Status OperatorChain::OnWatermark(Timestamp watermark) {
  return members_.front()->ConsumeWatermark(watermark);
}

Status OperatorChain::EmitFromSource(Batch batch) {
  Member& source = *members_.front();
  auto& counters = source.metrics().counters;
  counters.rows_in.fetch_add(batch.row_count, std::memory_order_relaxed);
  counters.batches_in.fetch_add(1, std::memory_order_relaxed);
  const bool empty = batch.empty();
  if (source.consumers().size() == 1 && source.consumers().front()->makes_watermarks() && empty) {
    return source.consumers().front()->Consume(0, std::move(batch));
  }
  // Operators between a source and its watermarks compute only selected rows, but every row must
  // advance time. So all rows are selected here. The filter that deselected some is applied again
  // behind the watermark.
  if (!batch.selection.all() && source.leads_to_watermarks() &&
      !source.consumers().front()->makes_watermarks()) {
    batch.selection = Selection();
  }
  return batch.empty() ? Status() : source.Emit(std::move(batch));
}

Status OperatorChain::EmitSourceWatermark(Timestamp watermark) {
  Member& source = *members_.front();
  if (watermark == Timestamp::Max()) return source.EmitWatermark(watermark);
  for (const auto& member : members_) {
    if (member->makes_watermarks()) RETURN_IF_ERROR(member->ConsumeWatermark(watermark));
  }
  return {};
}

Timestamp OperatorChain::NextProcessingTime() const {
  Timestamp next = Timestamp::Max();
  for (const auto& member : members_) {
    const auto& op = member->setup().op;
    if (op) next = std::min(next, op->NextProcessingTime());
  }
  return next;
}

Status OperatorChain::OnProcessingTime(Timestamp now) {
  for (const auto& member : members_) {
    const auto& op = member->setup().op;
    if (!op || op->NextProcessingTime() > now) continue;
    const Turn turn(*this, member.get());
    RETURN_IF_ERROR(Annotate(op->OnProcessingTime(now, *member), *member));
  }
  return {};
}

bool OperatorChain::HoldsRows() const {
  return std::any_of(members_.begin(), members_.end(), [](const auto& member) {
    return member->setup().op != nullptr && member->setup().op->HoldsRows();
  });
}

Status OperatorChain::Flush() {
  for (const auto& member : members_) {
    const Turn turn(*this, member.get());
    if (member->setup().op) RETURN_IF_ERROR(Annotate(member->setup().op->Flush(*member), *member));
  }
  return {};
}

bool OperatorChain::HasRoom() const {
  for (const auto& member : members_) {
    for (const auto& exchange : member->setup().exchanges) {
      if (!exchange->HasRoom()) return false;
    }
  }
  return true;
}

Status OperatorChain::Snapshot(uint64_t checkpoint_id,
                               std::vector<checkpoint::OperatorContribution>& out) {
  for (const auto& member : members_) {
    MemberSetup& setup = member->setup();
    checkpoint::OperatorContribution& own = out.emplace_back();
    own.node = setup.node_index;
    own.subtask = setup.context.subtask;
    own.watermark_millis = member->metrics().counters.watermark.load(std::memory_order_relaxed);
    own.rows = member->metrics().state_rows.load(std::memory_order_relaxed);
    own.bytes = member->metrics().state_bytes.load(std::memory_order_relaxed);
    const auto& counters = member->metrics().counters;
    TaskNotes notes{.ended = ended_ || setup.ended_before};
    notes.losses = {.late_rows = counters.late_rows.load(std::memory_order_relaxed),
                    .skipped_records = counters.skipped_records.load(std::memory_order_relaxed)};
    if (!setup.op) notes.losses.skipped_records += source_skipped_;
    // Sources get an entry only if they have skipped records, which few have.
    if (setup.op || notes.losses.skipped_records > 0)
      own.operator_state.push_back({own.subtask, std::string(kEndedEntry), EncodeNotes(notes)});
    if (!setup.op) continue;
    if (setup.has_state && setup.given_before) {
      const uint64_t given =
          *setup.given_before + counters.rows_out.load(std::memory_order_relaxed);
      own.operator_state.push_back(
          {own.subtask, std::string(checkpoint::kGivenEntry), checkpoint::EncodeGiven(given)});
    }
    std::vector<operators::OperatorStateEntry> entries;
    RETURN_IF_ERROR(Annotate(setup.op->OnBarrier(checkpoint_id, entries), *member));
    own.sync = Annotated(setup.op->TakeSync(), member->node());
    for (auto& entry : entries) {
      if (entry.name == kCommittablesEntry) {
        own.committables.push_back(std::move(entry.bytes));
      } else {
        own.operator_state.push_back({own.subtask, std::move(entry.name), std::move(entry.bytes)});
      }
    }
  }
  return {};
}

void OperatorChain::NoteInputGoesOn(size_t member) {
  members_[member]->setup().ended_before = false;
}

Status OperatorChain::Forward(const Element& element) {
  // Time advances without an idle channel, so rows that are still buffered here would become late.
  if (element.kind == ElementKind::kIdle) RETURN_IF_ERROR(Flush());
  for (const auto& member : members_) RETURN_IF_ERROR(member->Forward(element));
  return {};
}

Status OperatorChain::ForwardIntoLoop(const Element& element) {
  RETURN_IF_ERROR(Flush());
  for (const auto& member : members_) RETURN_IF_ERROR(member->ForwardIntoLoop(element));
  return {};
}

Status OperatorChain::EndOfInput() {
  for (const auto& member : members_) {
    const MemberSetup& setup = member->setup();
    if (!setup.op || setup.ended_before) continue;
    const Turn turn(*this, member.get());
    RETURN_IF_ERROR(Annotate(setup.op->OnEndOfInput(*member), *member));
  }
  ended_ = true;
  return {};
}

void OperatorChain::PublishDueStateMetrics(int64_t now) {
  if (now - published_at_ < kNanosBetweenStateMetrics) return;
  published_at_ = now;
  PublishStateMetrics();
}

void OperatorChain::PublishStateMetrics() {
  if (state_ == nullptr) return;
  for (const auto& member : members_) {
    if (!member->setup().has_state) continue;
    const StateStatistics statistics = state_->statistics(member->node().uid);
    MemberMetrics& metrics = member->metrics();
    metrics.state_rows.store(statistics.rows, std::memory_order_relaxed);
    metrics.state_bytes.store(statistics.memory_bytes + statistics.disk_bytes,
                              std::memory_order_relaxed);
    metrics.disk_reads.store(statistics.disk_reads, std::memory_order_relaxed);
    metrics.evictions.store(statistics.evictions, std::memory_order_relaxed);
  }
}

bool IsOfTask(std::string_view entry) {
  return entry == kEndedEntry || entry == kReturnedEntry || entry == checkpoint::kGivenEntry;
}

bool EndedEverywhere(const OperatorCheckpoint& op) {
  bool any = false;
  for (const SubtaskState& entry : op.operator_state) {
    if (entry.name != kEndedEntry) continue;
    const std::optional<TaskNotes> notes = DecodeNotes(entry.bytes);
    if (!notes || !notes->ended) return false;
    any = true;
  }
  return any;
}

Losses LossesBefore(const OperatorCheckpoint& op) {
  Losses losses;
  for (const SubtaskState& entry : op.operator_state) {
    if (entry.name != kEndedEntry) continue;
    const std::optional<TaskNotes> notes = DecodeNotes(entry.bytes);
    if (!notes) continue;
    losses.late_rows += notes->losses.late_rows;
    losses.skipped_records += notes->losses.skipped_records;
  }
  return losses;
}

}  // namespace weir::task
