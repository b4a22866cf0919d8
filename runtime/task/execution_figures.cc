// The figures of a running execution that are shown outside.
#include <algorithm>

#include "runtime/task/execution.h"

namespace weir::task {
namespace {

uint64_t Load(const std::atomic<uint64_t>& figure) {
  return figure.load(std::memory_order_relaxed);
}

// Time is the least watermark of the subtasks that have one. If there is no such subtask, it is the
// greatest one that was reached. Returns whether this task determines it.
bool FillTime(const Task& task, Timestamp watermark, OperatorSnapshot& into) {
  TimeState state = task.source() == nullptr ? TimeState::kKnown : task.source()->time_state();
  if (watermark == Timestamp::Max()) state = TimeState::kKnown;
  const bool first = task.subtask() == 0;
  const bool before = !first && into.time_state == TimeState::kKnown;
  if (state == TimeState::kKnown) {
    if (before && watermark >= into.watermark) return false;
    into.time_state = state;
    into.watermark = watermark;
    return true;
  }
  if (before) return false;
  if (first || state == TimeState::kIdle) into.time_state = state;
  into.watermark = first ? watermark : std::max(into.watermark, watermark);
  return first;
}

uint64_t RunningNanos(const TaskTimes& times, int64_t now) {
  const int64_t started = times.started.load(std::memory_order_relaxed);
  const int64_t ended = times.ended.load(std::memory_order_relaxed);
  return started == 0
             ? 0
             : static_cast<uint64_t>(std::max<int64_t>(0, (ended != 0 ? ended : now) - started));
}

void FillInput(const SourceReader& source, JobSnapshot& into) {
  const SourceMetrics& metrics = source.metrics();
  into.bytes_read += Load(metrics.bytes_read);
  into.bytes_total += Load(metrics.bytes_total);
  into.rows_read += Load(metrics.rows_read);
  into.rows_total += Load(metrics.rows_total);
}

}  // namespace

bool Execution::Idle() const {
  for (const auto& assigner : assigners_) {
    if (!assigner->settled()) return false;
  }
  std::vector<uint64_t> before;
  // Checked twice. A row that was in neither a task nor a channel when each was checked first has
  // changed the amount of work by the second time.
  for (int look = 0; look < 2; ++look) {
    std::vector<uint64_t> work;
    for (const auto& tasks : tasks_) {
      for (const auto& task : tasks) {
        work.push_back(Load(task->times().work));
        if (!task->waiting()) return false;
      }
    }
    for (const auto& channel : channels_) {
      if (!channel->empty()) return false;
    }
    if (look == 1 && work != before) return false;
    before = std::move(work);
  }
  return true;
}

std::vector<TaskFigures> Execution::Tasks() const {
  std::vector<TaskFigures> figures;
  const int64_t now = setup_.options->clock->MonotonicNanos();
  for (size_t chain = 0; chain < tasks_.size(); ++chain) {
    for (const auto& task : tasks_[chain]) {
      const TaskTimes& times = task->times();
      const graph::Node* at = task->chain().at();
      const operators::OperatorMetrics& first = task->chain().metrics(0).counters;
      const operators::OperatorMetrics& last =
          task->chain().metrics(plan_.chains[chain].members.size() - 1).counters;
      figures.push_back({.name = task->name(),
                         .at = at == nullptr ? "" : at->name,
                         .waiting = task->waiting(),
                         .blocked_nanos = Load(times.blocked_nanos),
                         .work = Load(times.work),
                         .chain = static_cast<int>(chain),
                         .subtask = task->subtask(),
                         .idle_nanos = Load(times.idle_nanos),
                         .running_nanos = RunningNanos(times, now),
                         .rows_in = Load(first.rows_in),
                         .rows_out = Load(last.rows_out),
                         .watermark = Timestamp{last.watermark.load(std::memory_order_relaxed)}});
    }
  }
  return figures;
}

void Execution::FillMember(const Task& task, size_t member, OperatorSnapshot& into) const {
  const MemberMetrics& metrics = task.chain().metrics(member);
  into.rows_in += Load(metrics.counters.rows_in);
  into.rows_out += Load(metrics.counters.rows_out);
  into.late_rows += Load(metrics.counters.late_rows);
  into.skipped_records += Load(metrics.counters.skipped_records);
  into.state_rows += Load(metrics.state_rows);
  into.state_bytes += Load(metrics.state_bytes);
  into.disk_reads += Load(metrics.disk_reads);
  into.evictions += Load(metrics.evictions);
  into.batches_in += Load(metrics.counters.batches_in);
  into.busy_nanos += Load(metrics.busy_nanos);
  const Timestamp watermark{metrics.counters.watermark.load(std::memory_order_relaxed)};
  const bool ends_it = FillTime(task, watermark, into);
  if (task.source() == nullptr) return;
  if (member == 0) into.skipped_records += Load(task.source()->metrics().records_skipped);
  into.ahead_of_group |= task.source()->is_ahead();
  const std::string holder = task.source()->holder();
  if (!holder.empty() && (ends_it || into.held_back_by.empty())) into.held_back_by = holder;
}

// Whether the node is a lookup, and the first of those that share its table: figures of the table
// are shown there only.
bool Execution::ReadsFirst(size_t index) const {
  const auto first = std::ranges::find(lookups_, lookups_[index]);
  return lookups_[index] != nullptr && first - lookups_.begin() == static_cast<ptrdiff_t>(index);
}

void Execution::Fill(JobSnapshot& snapshot) const {
  snapshot.operators.assign(setup_.graph->nodes.size(), {});
  snapshot.bytes_read = snapshot.bytes_total = snapshot.source_rows = 0;
  snapshot.rows_read = snapshot.rows_total = 0;
  snapshot.rows_in_flight = rows_in_flight_;
  bool endless = false;
  snapshot.longest_pause_nanos = 0;
  snapshot.checkpoints = coordinator_->statistics();
  const int64_t now = setup_.options->clock->MonotonicNanos();
  for (size_t chain = 0; chain < plan_.chains.size(); ++chain) {
    for (size_t member = 0; member < plan_.chains[chain].members.size(); ++member) {
      const auto index = static_cast<size_t>(plan_.chains[chain].members[member].node);
      OperatorSnapshot& op = snapshot.operators[index];
      op.uid = node(index).uid;
      op.name = node(index).name;
      op.kind = graph::OperatorKindName(node(index).spec);
      op.parallelism = plan_.chains[chain].parallelism;
      op.chain = static_cast<int>(chain);
      for (const graph::Edge& edge : node(index).inputs)
        op.inputs.push_back({static_cast<size_t>(edge.from), edge.exchange});
      if (sources_[index] != nullptr && sources_[index]->keeps_read_splits()) {
        op.finds_files = true;
        op.files = sources_[index]->figures();
      }
      if (ReadsFirst(index)) op.lookup = lookups_[index]->figures();
      op.accepted_files = sinks_[index].accepted_files;
      op.accepted_rows = sinks_[index].accepted_rows;
      op.inexact = inexact_[index];
      for (const auto& task : tasks_[chain]) {
        FillMember(*task, member, op);
        const double time =
            static_cast<double>(std::max<int64_t>(1, now - task->times().started.load()));
        const double blocked = static_cast<double>(Load(task->times().blocked_nanos)) / time;
        const double idle = static_cast<double>(Load(task->times().idle_nanos)) / time;
        op.backpressured = std::max(op.backpressured, std::min(1.0, blocked));
        snapshot.longest_pause_nanos =
            std::max(snapshot.longest_pause_nanos, Load(task->times().longest_pause_nanos));
        op.busy = std::max(op.busy, std::clamp(1.0 - blocked - idle, 0.0, 1.0));
        if (member != 0 || task->source() == nullptr) continue;
        FillInput(*task->source(), snapshot);
        endless = endless || !task->source()->bounded();
      }
      if (IsSource(index)) snapshot.source_rows += op.rows_out;
    }
  }
  if (endless) snapshot.bytes_total = snapshot.rows_total = 0;
}

}  // namespace weir::task
