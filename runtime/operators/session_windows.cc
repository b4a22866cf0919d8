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

Status SessionWindows::Open(OperatorContext& ctx, SessionShape shape,
                            std::span<const StateSchema> tables) {
  shape_ = std::move(shape);
  metrics_ = ctx.metrics;
  if (!shape_.time_zone.empty()) zone_ = TRY(TimeZone::Find(shape_.time_zone));
  for (const int key : shape_.keys) {
    key_types_.push_back(ctx.inputs[0]->fields[static_cast<size_t>(key)].type);
  }
  key_places_.resize(key_types_.size());
  std::iota(key_places_.begin(), key_places_.end(), 0);
  MapTable* sessions = TRY(ctx.state->OpenMap(ctx.node->uid, tables[0]));
  SlicedTable* slices = TRY(ctx.state->OpenSliced(ctx.node->uid, tables[1]));
  ends_.Open(*slices, key_types_, shape_.window.size / kStretchesPerGap);
  ValueTable* single = nullptr;
  const auto wanted = std::ranges::find(tables, "single", &StateSchema::name);
  if (wanted != tables.end()) single = TRY(ctx.state->OpenValue(ctx.node->uid, *wanted));
  fields_ = graph::SessionFieldsOf(tables[0]);
  stored_.Open(*sessions, single, fields_);
  set_ = TRY(AggregateSet::Make(shape_.calls, shape_.input_retracts, sessions->layout()));
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
  RETURN_IF_ERROR(FindTargets(hashes));
  RETURN_IF_ERROR(FoldRows(batch));
  stored_.Erase(gone_);
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
  keys_ = Select(batch, groups_.firsts().data(), static_cast<uint32_t>(groups_.size()));
  RETURN_IF_ERROR(stored_.Load({&keys_, shape_.keys, hashes}));
  uint32_t number = 0;
  for (const StoredSession& session : stored_.loaded()) {
    open_.AddStored(session.key, number++, session.start, session.end, session.at.single);
  }
  return {};
}

// Gives every session that rows of the batch belong to its row of state: the one that it has, or a
// new one.
Status SessionWindows::FindTargets(const uint64_t* hashes) {
  const auto count = static_cast<uint32_t>(open_.used().size());
  targets_.assign(count, {});
  fresh_.clear();
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t stored = open_.used()[i].stored;
    if (stored == OpenSessions::kNone) {
      fresh_.push_back(i);
    } else {
      targets_[i] = stored_.loaded()[stored].at;
    }
  }
  stored_.MarkChanged(targets_);
  if (!fresh_.empty()) RETURN_IF_ERROR(CreateTargets(hashes));
  const RowLayout& layout = stored_.layout();
  for (uint32_t i = 0; i < count; ++i) {
    layout.Store<int64_t>(targets_[i].row, fields_.start, open_.used()[i].start);
    layout.Store<int64_t>(targets_[i].row, fields_.end, open_.used()[i].end);
  }
  return MergeStored();
}

Status SessionWindows::CreateTargets(const uint64_t* hashes) {
  std::vector<StoredSessions::Fresh> fresh;
  fresh.reserve(fresh_.size());
  for (const uint32_t i : fresh_) {
    const OpenSession& session = open_.used()[i];
    fresh.push_back({groups_.group_of()[session.first_row], session.start});
  }
  RETURN_IF_ERROR(stored_.Add({&keys_, shape_.keys, hashes}, fresh, fresh_rows_));
  std::vector<std::byte*> rows;
  rows.reserve(fresh_rows_.size());
  for (const SessionPlace& at : fresh_rows_) rows.push_back(at.row);
  set_.Initialize(rows);
  for (size_t i = 0; i < fresh_.size(); ++i) targets_[fresh_[i]] = fresh_rows_[i];
  return {};
}

// Folds sessions of state into those that they have become part of. They are erased when nothing
// needs row pointers any more.
Status SessionWindows::MergeStored() {
  gone_.clear();
  for (const OpenSessions::Merged& part : open_.merged()) {
    gone_.push_back(stored_.loaded()[part.stored].at);
  }
  if (gone_.empty()) return {};
  RETURN_IF_ERROR(MergeInto(true));
  return MergeInto(false);
}

Status SessionWindows::MergeInto(bool single) {
  std::vector<std::byte*> from;
  std::vector<std::byte*> into;
  for (const OpenSessions::Merged& part : open_.merged()) {
    if (targets_[part.into].single != single) continue;
    from.push_back(stored_.loaded()[part.stored].at.row);
    into.push_back(targets_[part.into].row);
  }
  if (into.empty()) return {};
  PoolVector<ColumnPtr> partial;
  set_.AppendFields(from, true, partial);
  return set_.Merge(partial, {static_cast<uint32_t>(into.size()), into.data(), nullptr, nullptr},
                    stored_.OwnerOf(single));
}

// The strings of a row belong to its table.
Status SessionWindows::FoldRows(const Batch& batch) {
  kept_.clear();
  const bool single = targets_.front().single;
  bool both = false;
  for (const SessionPlace& target : targets_) both |= target.single != single;
  if (both) RETURN_IF_ERROR(FoldInto(!single, batch));
  RETURN_IF_ERROR(FoldInto(single, batch));
  if (both) ListKept(batch.row_count);
  return {};
}

Status SessionWindows::FoldInto(bool single, const Batch& batch) {
  kept_.resize(batch.row_count);
  row_targets_.resize(batch.row_count);
  uint32_t count = 0;
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    const uint32_t session = open_.UsedBy(row);
    if (session == OpenSessions::kNone || targets_[session].single != single) continue;
    kept_[count] = row;
    row_targets_[count++] = targets_[session].row;
  }
  kept_.resize(count);
  const Batch part = count == batch.row_count ? batch : Select(batch, kept_.data(), count);
  const int8_t* signs = shape_.input_retracts ? SignsOf(part, sign_scratch_) : nullptr;
  return set_.Update(part, row_targets_.data(), signs, stored_.OwnerOf(single));
}

void SessionWindows::ListKept(uint32_t rows) {
  kept_.clear();
  for (uint32_t row = 0; row < rows; ++row) {
    if (open_.UsedBy(row) != OpenSessions::kNone) kept_.push_back(row);
  }
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
  RETURN_IF_ERROR(stored_.Load({&batch, key_places_, hashes.data()}));
  gone_.clear();
  std::vector<FiredSession> fired;
  fired.reserve(keys.size());
  for (const StoredSession& session : stored_.loaded()) {
    if (!window::IsComplete(session.end, watermark)) {
      next[session.key] = std::min(next[session.key], session.end);
      continue;
    }
    gone_.push_back(session.at);
    if (set_.IsAlive(session.at.row)) {
      fired.push_back({session.start, session.end, session.key, session.at.row});
    }
  }
  std::ranges::stable_sort(fired, [](const FiredSession& a, const FiredSession& b) {
    return std::pair(a.end, a.start) < std::pair(b.end, b.start);
  });
  if (!fired.empty()) RETURN_IF_ERROR(emit(batch, fired));
  stored_.Erase(gone_);
  return {};
}

}  // namespace weir::operators
