// Hot: every row of a session passes here (bench/operators, "sessions per bidder").
#include "runtime/operators/session_windows.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/slice_assignment.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::operators {
namespace {

constexpr int64_t kStretchesPerGap = 64;

}  // namespace

Status SessionWindows::Open(OperatorContext& ctx, SessionShape shape, const StateSchema& sessions,
                            const StateSchema& ends) {
  shape_ = std::move(shape);
  metrics_ = ctx.metrics;
  if (!shape_.time_zone.empty()) zone_ = TRY(TimeZone::Find(shape_.time_zone));
  for (const int key : shape_.keys) {
    key_types_.push_back(ctx.inputs[0]->fields[static_cast<size_t>(key)].type);
  }
  key_places_.resize(key_types_.size());
  std::iota(key_places_.begin(), key_places_.end(), 0);
  sessions_ = TRY(ctx.state->OpenMap(ctx.node->uid, sessions));
  SlicedTable* slices = TRY(ctx.state->OpenSliced(ctx.node->uid, ends));
  ends_.Open(*slices, key_types_, shape_.window.size / kStretchesPerGap);
  fields_ = graph::SessionFieldsOf(sessions);
  set_ = TRY(AggregateSet::Make(shape_.calls, shape_.input_retracts, sessions_->layout()));
  open_.Open(shape_.window.size);
  const KeyGroupRange groups =
      KeyGroupsOfSubtask(ctx.subtask, ctx.parallelism, ctx.max_parallelism);
  progress_ = TRY(WindowProgress::Restore(ctx.restored, groups, ctx.max_parallelism));
  return {};
}

Status SessionWindows::Fold(const Batch& batch, const uint64_t* hashes) {
  RETURN_IF_ERROR(FindTimes(batch, hashes));
  RETURN_IF_ERROR(Assign(batch, hashes));
  if (open_.used().empty()) return {};
  RETURN_IF_ERROR(FindTargets(batch, hashes));
  RETURN_IF_ERROR(FoldRows(batch));
  return NoteEnds(batch, hashes);
}

Status SessionWindows::FindTimes(const Batch& batch, const uint64_t* hashes) {
  passed_.resize(batch.row_count);
  if (shape_.window.processing_time) {
    const int64_t now = zone_.ToLocalMillis(last_now_.millis);
    times_.resize(batch.row_count);
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      // The clock of a restored job may be behind the one that fired its sessions.
      const int64_t fired = progress_.Of(hashes[row]);
      times_[row] = fired < now || fired == INT64_MAX ? now : fired + 1;
      passed_[row] = Timestamp::Min().millis;
    }
    return {};
  }
  RETURN_IF_ERROR(LocalTimes(batch, shape_.time_column, zone_, times_));
  std::vector<int64_t> marks;
  if (batch.late_marks != nullptr) LocalMarks(batch, zone_, marks);
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    passed_[row] = progress_.Of(hashes[row]);
    if (!marks.empty()) passed_[row] = std::max(passed_[row], marks[row]);
  }
  return {};
}

Status SessionWindows::Assign(const Batch& batch, const uint64_t* hashes) {
  kept_.clear();
  groups_.Collect(batch, shape_.keys, hashes);
  RETURN_IF_ERROR(LoadSessions(batch, hashes));
  uint64_t late = 0;
  for (size_t group = 0; group < groups_.size(); ++group) {
    for (const uint32_t row : groups_.RowsOf(group)) {
      if (!open_.Add(static_cast<uint32_t>(group), row, times_[row], passed_[row])) ++late;
    }
  }
  open_.Finish();
  if (metrics_ != nullptr && late > 0) metrics_->late_rows += late;
  return {};
}

Status SessionWindows::LoadSessions(const Batch& batch, const uint64_t* hashes) {
  open_.Begin(static_cast<uint32_t>(groups_.size()), batch.row_count);
  stored_.clear();
  const Batch keys = Select(batch, groups_.firsts().data(), static_cast<uint32_t>(groups_.size()));
  RETURN_IF_ERROR(sessions_->Probe({&keys, shape_.keys, hashes}));
  const RowLayout& layout = sessions_->layout();
  while (sessions_->NextMatches(run_)) {
    for (size_t i = 0; i < run_.rows.size(); ++i) {
      open_.AddStored(run_.probes[i], static_cast<uint32_t>(stored_.size()),
                      layout.Load<int64_t>(run_.rows[i], fields_.start),
                      layout.Load<int64_t>(run_.rows[i], fields_.end));
      stored_.push_back(run_.rows[i]);
    }
  }
  return {};
}

// Sessions of state that become part of others: their accumulators, and the rows of state that they
// go into by place among the used ones. They are erased.
Status SessionWindows::MergeStored(PoolVector<ColumnPtr>& partial, std::vector<uint32_t>& into) {
  std::vector<std::byte*> merged;
  for (const OpenSessions::Merged& part : open_.merged()) {
    merged.push_back(stored_[part.stored]);
    into.push_back(part.into);
  }
  if (merged.empty()) return {};
  set_.AppendFields(merged, true, partial);
  sessions_->Erase(merged);
  return {};
}

// Gives every session that rows of the batch belong to its row of state: the one that it has, or a
// new one into which those are merged that it is made of.
Status SessionWindows::FindTargets(const Batch& batch, const uint64_t* hashes) {
  PoolVector<ColumnPtr> partial;
  std::vector<uint32_t> merged_into;
  RETURN_IF_ERROR(MergeStored(partial, merged_into));
  const auto count = static_cast<uint32_t>(open_.used().size());
  const MutableColumnPtr starts = Column::Make(Type::BigInt().WithNullable(false), count);
  std::vector<uint32_t> firsts;
  std::vector<uint64_t> key_hashes;
  for (uint32_t i = 0; i < count; ++i) {
    const OpenSession& session = open_.used()[i];
    starts->mutable_data<int64_t>()[i] = session.start;
    firsts.push_back(session.first_row);
    key_hashes.push_back(hashes[session.first_row]);
  }
  Batch keys;
  keys.row_count = count;
  for (const int key : shape_.keys) {
    keys.columns.push_back(
        GatherColumn(*batch.columns[static_cast<size_t>(key)], firsts.data(), count));
  }
  keys.columns.push_back(starts);
  targets_.resize(count);
  created_.assign(count, 0);
  const int sub_key[] = {static_cast<int>(shape_.keys.size())};
  RETURN_IF_ERROR(sessions_->FindOrCreate({&keys, key_places_, key_hashes.data()}, sub_key,
                                          targets_.data(), created_.data()));
  set_.InitializeCreated(targets_.data(), created_.data(), count);
  const RowLayout& layout = sessions_->layout();
  for (uint32_t i = 0; i < count; ++i) {
    layout.Store<int64_t>(targets_[i], fields_.start, open_.used()[i].start);
    layout.Store<int64_t>(targets_[i], fields_.end, open_.used()[i].end);
  }
  if (merged_into.empty()) return {};
  std::vector<std::byte*> into;
  for (const uint32_t target : merged_into) into.push_back(targets_[target]);
  return set_.Merge(partial, {static_cast<uint32_t>(into.size()), into.data(), nullptr, nullptr},
                    *sessions_);
}

Status SessionWindows::FoldRows(const Batch& batch) {
  std::vector<std::byte*> rows;
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    const uint32_t session = open_.UsedBy(row);
    if (session == OpenSessions::kNone) continue;
    kept_.push_back(row);
    rows.push_back(targets_[session]);
  }
  const auto count = static_cast<uint32_t>(kept_.size());
  const Batch part = count == batch.row_count ? batch : Select(batch, kept_.data(), count);
  const int8_t* signs = shape_.input_retracts ? SignsOf(part, sign_scratch_) : nullptr;
  return set_.Update(part, rows.data(), signs, *sessions_);
}

// A session that goes on is noted already, in a stretch that is not behind its end.
Status SessionWindows::NoteEnds(const Batch& batch, const uint64_t* hashes) {
  std::vector<uint32_t> rows;
  std::vector<int64_t> ends;
  std::vector<std::pair<uint32_t, int64_t>> fresh;
  for (const OpenSession& session : open_.used()) {
    if (!session.noted) fresh.emplace_back(session.first_row, session.end);
  }
  if (fresh.empty()) return {};
  std::sort(fresh.begin(), fresh.end());
  for (const auto& [row, end] : fresh) {
    rows.push_back(row);
    ends.push_back(end);
  }
  const Batch part = Select(batch, rows.data(), static_cast<uint32_t>(rows.size()));
  return ends_.Note({&part, shape_.keys, hashes}, ends);
}

Status SessionWindows::OnWatermark(Timestamp watermark, const Emit& emit) {
  if (shape_.window.processing_time) return {};
  return FireThrough(window::LocalWatermark(zone_, watermark.millis), emit);
}

Status SessionWindows::OnProcessingTime(Timestamp now, const Emit& emit) {
  last_now_ = std::max(last_now_, now);
  if (!shape_.window.processing_time) return {};
  return FireThrough(window::LocalWatermark(zone_, last_now_.millis - 1), emit);
}

Timestamp SessionWindows::NextProcessingTime() const {
  const int64_t next = shape_.window.processing_time ? ends_.next_end() : SessionEnds::kNever;
  if (next == SessionEnds::kNever) return Timestamp::Max();
  return {window::TimerOf(zone_, next) + 1};
}

Status SessionWindows::FireThrough(int64_t watermark, const Emit& emit) {
  RETURN_IF_ERROR(ends_.Visit(
      watermark, [&](std::span<const std::string_view> keys, std::vector<int64_t>& next) {
        return FireKeys(keys, watermark, next, emit);
      }));
  progress_.Advance(watermark);
  return {};
}

Status SessionWindows::FireKeys(std::span<const std::string_view> keys, int64_t watermark,
                                std::vector<int64_t>& next, const Emit& emit) {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(keys.size());
  for (ColumnPtr& column : TRY(DecodeKeys(keys, key_types_))) {
    batch.columns.push_back(std::move(column));
  }
  std::vector<uint64_t> hashes(keys.size());
  HashKeys(batch, key_places_, hashes.data());
  RETURN_IF_ERROR(sessions_->Probe({&batch, key_places_, hashes.data()}));
  const RowLayout& layout = sessions_->layout();
  std::vector<FiredSession> fired;
  while (sessions_->NextMatches(run_)) {
    for (size_t i = 0; i < run_.rows.size(); ++i) {
      const auto end = layout.Load<int64_t>(run_.rows[i], fields_.end);
      if (!window::IsComplete(end, watermark)) {
        next[run_.probes[i]] = std::min(next[run_.probes[i]], end);
        continue;
      }
      fired.push_back(
          {layout.Load<int64_t>(run_.rows[i], fields_.start), end, run_.probes[i], run_.rows[i]});
    }
  }
  if (fired.empty()) return {};
  std::vector<std::byte*> gone;
  for (const FiredSession& session : fired) gone.push_back(session.row);
  std::erase_if(fired, [&](const FiredSession& session) { return !set_.IsAlive(session.row); });
  std::stable_sort(fired.begin(), fired.end(), [](const FiredSession& a, const FiredSession& b) {
    return std::pair(a.end, a.start) < std::pair(b.end, b.start);
  });
  if (!fired.empty()) RETURN_IF_ERROR(emit(batch, fired));
  sessions_->Erase(gone);
  return {};
}

}  // namespace weir::operators
