// Hot: every row of a session passes here (bench/operators, "sessions per bidder").
#include "runtime/operators/session_windows.h"

#include <algorithm>
#include <array>
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
  RETURN_IF_ERROR(FindTargets());
  RETURN_IF_ERROR(FoldRows(batch));
  sessions_->Erase(gone_);
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
  std::fill(passed_.begin(), passed_.end(), progress_.floor());
  if (progress_.uneven()) {
    for (uint32_t row = 0; row < batch.row_count; ++row) passed_[row] = progress_.Of(hashes[row]);
  }
  if (batch.late_marks == nullptr) return {};
  std::vector<int64_t> marks;
  LocalMarks(batch, zone_, marks);
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    passed_[row] = std::max(passed_[row], marks[row]);
  }
  return {};
}

Status SessionWindows::Assign(const Batch& batch, const uint64_t* hashes) {
  kept_.clear();
  groups_.Collect(batch, shape_.keys, hashes);
  RETURN_IF_ERROR(LoadSessions(batch, hashes));
  uint64_t late = 0;
  const std::span<const uint32_t> group_of = groups_.group_of();
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    if (!open_.Add(group_of[row], row, times_[row], passed_[row])) ++late;
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

// Gives every session that rows of the batch belong to its row of state: the one that it has, or a
// new one.
Status SessionWindows::FindTargets() {
  const auto count = static_cast<uint32_t>(open_.used().size());
  targets_.resize(count);
  row_targets_.clear();
  fresh_.clear();
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t stored = open_.used()[i].stored;
    if (stored == OpenSessions::kNone) {
      fresh_.push_back(i);
    } else {
      targets_[i] = stored_[stored];
      row_targets_.push_back(stored_[stored]);
    }
  }
  sessions_->MarkChanged(row_targets_);
  if (!fresh_.empty()) CreateTargets();
  const RowLayout& layout = sessions_->layout();
  for (uint32_t i = 0; i < count; ++i) {
    layout.Store<int64_t>(targets_[i], fields_.start, open_.used()[i].start);
    layout.Store<int64_t>(targets_[i], fields_.end, open_.used()[i].end);
  }
  return MergeStored();
}

void SessionWindows::CreateTargets() {
  const auto count = static_cast<uint32_t>(fresh_.size());
  const MutableColumnPtr starts = Column::Make(Type::BigInt().WithNullable(false), count);
  std::vector<uint32_t> probes;
  probes.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    const OpenSession& session = open_.used()[fresh_[i]];
    starts->mutable_data<int64_t>()[i] = session.start;
    probes.push_back(groups_.group_of()[session.first_row]);
  }
  Batch sub_keys;
  sub_keys.row_count = count;
  sub_keys.columns.push_back(starts);
  std::vector<std::byte*> rows(count);
  sessions_->Add(probes, sub_keys, std::array{0}, rows.data());
  set_.Initialize(rows);
  for (uint32_t i = 0; i < count; ++i) targets_[fresh_[i]] = rows[i];
}

// Folds sessions of state into those that they have become part of. They are erased when nothing
// needs row pointers any more.
Status SessionWindows::MergeStored() {
  gone_.clear();
  std::vector<std::byte*> into;
  for (const OpenSessions::Merged& part : open_.merged()) {
    gone_.push_back(stored_[part.stored]);
    into.push_back(targets_[part.into]);
  }
  if (gone_.empty()) return {};
  PoolVector<ColumnPtr> partial;
  set_.AppendFields(gone_, true, partial);
  return set_.Merge(partial, {static_cast<uint32_t>(into.size()), into.data(), nullptr, nullptr},
                    *sessions_);
}

Status SessionWindows::FoldRows(const Batch& batch) {
  kept_.resize(batch.row_count);
  row_targets_.resize(batch.row_count);
  uint32_t count = 0;
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    const uint32_t session = open_.UsedBy(row);
    if (session == OpenSessions::kNone) continue;
    kept_[count] = row;
    row_targets_[count++] = targets_[session];
  }
  kept_.resize(count);
  const Batch part = count == batch.row_count ? batch : Select(batch, kept_.data(), count);
  const int8_t* signs = shape_.input_retracts ? SignsOf(part, sign_scratch_) : nullptr;
  return set_.Update(part, row_targets_.data(), signs, *sessions_);
}

// A session that goes on is noted already, in a stretch that is not behind its end.
Status SessionWindows::NoteEnds(const Batch& batch, const uint64_t* hashes) {
  std::vector<uint32_t> rows;
  std::vector<int64_t> ends;
  for (const OpenSession& session : open_.used()) {
    if (session.noted) continue;
    rows.push_back(session.first_row);
    ends.push_back(session.end);
  }
  if (rows.empty()) return {};
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
  fired.reserve(keys.size());
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
  gone_.clear();
  for (const FiredSession& session : fired) gone_.push_back(session.row);
  std::erase_if(fired, [&](const FiredSession& session) { return !set_.IsAlive(session.row); });
  std::ranges::stable_sort(fired, [](const FiredSession& a, const FiredSession& b) {
    return std::pair(a.end, a.start) < std::pair(b.end, b.start);
  });
  if (!fired.empty()) RETURN_IF_ERROR(emit(batch, fired));
  sessions_->Erase(gone_);
  return {};
}

}  // namespace weir::operators
