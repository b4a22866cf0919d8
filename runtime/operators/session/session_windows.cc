// Hot: every row of a session passes here (bench/operators, "sessions per bidder").
#include "runtime/operators/session/session_windows.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/time/slice_assignment.h"
#include "runtime/types/key_encoding.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::operators {
namespace {

constexpr int64_t kStretchesPerGap = 64;
constexpr size_t kKeysAtOnce = 2048;  // that may have ended

}  // namespace

Status SessionWindows::Open(OperatorContext& ctx, SessionShape shape,
                            std::span<const StateSchema> tables) {
  shape_ = std::move(shape);
  uid_ = ctx.node->uid;
  state_ = ctx.state;
  metrics_ = ctx.metrics;
  if (!shape_.time_zone.empty()) zone_ = TRY(TimeZone::Find(shape_.time_zone));
  for (const int key : shape_.keys) {
    key_types_.push_back(ctx.inputs[0]->fields[static_cast<size_t>(key)].type);
  }
  key_places_.resize(key_types_.size());
  std::iota(key_places_.begin(), key_places_.end(), 0);
  MapTable* sessions = TRY(ctx.state->OpenMap(ctx.node->uid, tables[0]));
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
  // Which key has a session ending when is not saved; it is rebuilt from the sessions.
  ends_.Open(shape_.window.size / kStretchesPerGap);
  RETURN_IF_ERROR(
      stored_.ForEach([&](std::string_view key, int64_t end) { ends_.Note(key, end); }));
  CountEnds();
  return {};
}

Status SessionWindows::Fold(const Batch& batch, const uint64_t* hashes) {
  RETURN_IF_ERROR(FindTimes(batch, hashes));
  RETURN_IF_ERROR(Assign(batch, hashes));
  if (open_.used().empty()) return {};
  RETURN_IF_ERROR(FindTargets(hashes));
  // Erased only now, as erasing ends row pointers that were needed until here.
  RETURN_IF_ERROR(FoldRows(batch));
  stored_.Erase(removed_);
  NoteEnds(batch);
  return {};
}

Status SessionWindows::FindTimes(const Batch& batch, const uint64_t* hashes) {
  passed_.resize(batch.row_count);
  if (shape_.window.processing_time) {
    const int64_t now = zone_.ToLocalMillis(last_now_.millis);
    times_.resize(batch.row_count);
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      // After a restore the clock may be behind the one that fired sessions before. Rows must not
      // reopen a fired session, so their times are put behind it.
      const int64_t fired = progress_.Of(hashes[row]);
      times_[row] = fired < now || fired == INT64_MAX ? now : fired + 1;
      passed_[row] = Timestamp::Min().millis;
    }
    return {};
  }
  RETURN_IF_ERROR(LocalTimes(batch, shape_.time_column, zone_, times_));
  std::fill(passed_.begin(), passed_.end(), progress_.floor());
  // After a rescaling, key groups can be ahead of each other.
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

// Gives every session that rows of the batch belong to its state row: its own, or a new one.
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

// Folds stored sessions into those that they became part of. They are erased later, when no row
// pointer is needed any more.
Status SessionWindows::MergeStored() {
  removed_.clear();
  for (const OpenSessions::Merged& part : open_.merged()) {
    removed_.push_back(stored_.loaded()[part.stored].at);
  }
  if (removed_.empty()) return {};
  RETURN_IF_ERROR(MergeInto(true));
  return MergeInto(false);
}

Status SessionWindows::MergeInto(bool single) {
  std::vector<std::byte*> from;
  std::vector<std::byte*> into;
  for (const OpenSessions::Merged& part : open_.merged()) {
    if (targets_[part.into].single != single) continue;
    // Strings belong to the table of their row, so the two tables are merged separately.
    from.push_back(stored_.loaded()[part.stored].at.row);
    into.push_back(targets_[part.into].row);
  }
  if (into.empty()) return {};
  PoolVector<ColumnPtr> partial;
  // Copied, since merging may change or free the strings of the rows they come from.
  set_.AppendFields(from, true, partial);
  return set_.Merge(partial, {static_cast<uint32_t>(into.size()), into.data(), nullptr, nullptr},
                    stored_.OwnerOf(single));
}

// Folds the batch into its sessions; in two steps where these are in both tables, since strings
// must be stored in the table of their row.
Status SessionWindows::FoldRows(const Batch& batch) {
  if (set_.only_counts() && !shape_.input_retracts) {
    CountRows();
    return {};
  }
  const bool single = targets_.front().single;
  bool both = false;
  for (const SessionPlace& target : targets_) both |= target.single != single;
  if (both) RETURN_IF_ERROR(FoldInto(!single, batch));
  return FoldInto(single, batch);
}

void SessionWindows::CountRows() {
  std::vector<std::byte*> rows;
  std::vector<uint32_t> counts;
  for (uint32_t i = 0; i < targets_.size(); ++i) {
    rows.push_back(targets_[i].row);
    counts.push_back(open_.used()[i].rows);
  }
  set_.AddCounts(rows, counts);
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

const std::vector<uint32_t>& SessionWindows::ListKept(uint32_t rows) {
  kept_.clear();
  for (uint32_t row = 0; row < rows; ++row) {
    if (open_.UsedBy(row) != OpenSessions::kNone) kept_.push_back(row);
  }
  return kept_;
}

// Notes the ends of new sessions. A session that was stored before is noted already, with an end
// that may have moved since: when that has passed, FireKeys notes the session again.
void SessionWindows::NoteEnds(const Batch& batch) {
  std::vector<ColumnPtr> keys;
  for (const int key : shape_.keys) {
    keys.push_back(batch.columns[static_cast<size_t>(key)]);
  }
  for (const OpenSession& session : open_.used()) {
    if (session.noted) continue;
    key_scratch_.clear();
    AppendKey(keys, session.first_row, key_scratch_);
    ends_.Note(key_scratch_, session.end);
  }
  CountEnds();
}

Status SessionWindows::OnWatermark(Timestamp watermark, const Emit& emit) {
  if (shape_.window.processing_time) return {};
  return FireThrough(window::LocalWatermark(zone_, watermark.millis), emit);
}

Status SessionWindows::OnProcessingTime(Timestamp now, const Emit& emit) {
  last_now_ = std::max(last_now_, now);
  if (!shape_.window.processing_time) return {};
  // A row that arrives now can still have the time `now`, so the watermark is one behind it.
  return FireThrough(window::LocalWatermark(zone_, last_now_.millis - 1), emit);
}

Timestamp SessionWindows::NextProcessingTime() const {
  const int64_t next = shape_.window.processing_time ? ends_.next_end() : SessionEnds::kNever;
  if (next == SessionEnds::kNever) return Timestamp::Max();
  return {window::TimerOf(zone_, next) + 1};
}

Status SessionWindows::FireThrough(int64_t watermark, const Emit& emit) {
  bool fired = false;
  while (ends_.TakeDue(watermark, kKeysAtOnce, due_)) {
    RETURN_IF_ERROR(FireKeys(watermark, emit));
    // Millions of sessions may end at once, and their rows must not fill the memory until the next
    // batch.
    CountEnds();
    RETURN_IF_ERROR(state_->Tidy());
    fired = true;
  }
  if (fired) CountEnds();
  progress_.Advance(watermark);
  return {};
}

Result<Batch> SessionWindows::DistinctDue() {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(due_.size());
  for (ColumnPtr& column : TRY(DecodeKeys(due_, key_types_))) {
    batch.columns.push_back(std::move(column));
  }
  due_hashes_.resize(due_.size());
  HashKeys(batch, key_places_, due_hashes_.data());
  due_groups_.Collect(batch, key_places_, due_hashes_.data());
  const std::span<const uint32_t> firsts = due_groups_.firsts();
  if (firsts.size() == due_.size()) return batch;
  for (size_t i = 0; i < firsts.size(); ++i) due_hashes_[i] = due_hashes_[firsts[i]];
  return Compact(Select(batch, firsts.data(), static_cast<uint32_t>(firsts.size())));
}

Status SessionWindows::FireKeys(int64_t watermark, const Emit& emit) {
  const Batch keys = TRY(DistinctDue());
  RETURN_IF_ERROR(stored_.Load({&keys, key_places_, due_hashes_.data()}));
  removed_.clear();
  std::vector<FiredSession> fired;
  fired.reserve(keys.row_count);
  std::vector<std::pair<uint32_t, int64_t>> next;  // key, end of the earliest session it keeps
  for (const StoredSession& session : stored_.loaded()) {
    if (!window::IsComplete(session.end, watermark)) {
      const bool first = next.empty() || next.back().first != session.key;
      if (first) next.emplace_back(session.key, session.end);
      next.back().second = std::min(next.back().second, session.end);
      continue;
    }
    removed_.push_back(session.at);
    if (set_.IsAlive(session.at.row)) {
      fired.push_back({session.start, session.end, session.key, session.at.row});
    }
  }
  // Sessions that have grown since they were noted, and others of the key, are noted again.
  for (const auto& [key, end] : next) ends_.Note(due_[due_groups_.firsts()[key]], end);
  // The order of the output must not depend on how notes or tables are laid out.
  std::ranges::sort(fired, [](const FiredSession& a, const FiredSession& b) {
    return std::tuple(a.end, a.start, a.key) < std::tuple(b.end, b.start, b.key);
  });
  if (!fired.empty()) RETURN_IF_ERROR(emit(keys, fired));
  stored_.Erase(removed_);
  return {};
}

}  // namespace weir::operators
