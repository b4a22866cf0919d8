// WindowAggregate: GROUP BY a TUMBLE, HOP or CUMULATE window and keys; phases kSingle and kGlobal.
//
// Accepts every kind of change when the spec says that the input retracts, else inserts. Gives
// inserts: each window and key once, in order of the windows' ends, before the watermark that
// completes the window is forwarded; nothing for windows without rows. A row counts for the windows
// that were not complete at its partition's watermark (its late mark) and have not fired; one that
// is left with none is late: dropped and counted. Over processing time windows fire by the clock,
// all at the end of the input. State: "slices", "windows" or both, dropped when the last window
// over them fires (graph/aggregate_state.h says which are kept); "values(…)" as in GroupAggregate,
// dropped with their window. Operator state: "progress", per key group, so that a restored or
// rescaled job neither fires twice nor forgets; "slices" and "windows", for people, how many rows
// each holds.
#include <algorithm>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/operators/aggregate/aggregate_set.h"
#include "runtime/operators/aggregate/partial_table.h"
#include "runtime/operators/aggregate/value_map.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/time/slice_assignment.h"
#include "runtime/operators/time/window_progress.h"
#include "runtime/operators/window/window_result.h"
#include "runtime/window/open_windows.h"
#include "runtime/window/slice_rows.h"

namespace weir::operators {
namespace {

constexpr int64_t kNever = INT64_MAX;

Status NoteRows(std::string_view entry, SlicedTable& tables,
                std::vector<OperatorStateEntry>& state) {
  std::vector<window::SliceRows> rows;
  for (const Timestamp end : tables.Slices()) {
    const ValueTable* table = TRY(tables.FindSlice(end));
    if (table != nullptr) rows.push_back({end.millis, table->row_count()});
  }
  if (!rows.empty()) state.push_back({std::string(entry), window::EncodeSliceRows(rows)});
  return {};
}

class WindowAggregate final : public Operator {
 public:
  explicit WindowAggregate(const graph::WindowAggregateSpec& spec)
      : spec_(spec), assignment_(spec.window, graph::KeepsWholeWindows(spec)) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status OnProcessingTime(Timestamp now, Output& out) override;
  Timestamp NextProcessingTime() const override;
  Status OnBarrier(uint64_t id, std::vector<OperatorStateEntry>& state) override;
  Status OnEndOfInput(Output& out) override;

 private:
  Status OpenTables(OperatorContext& ctx);

  // --- Rows in ---
  Status AssignByTime(const Batch& batch);
  void AssignByClock(const Batch& batch);
  // Assigns rows that carry the end of their window.
  Status AssignByEnd(const Batch& batch);
  int64_t SliceOfTime(int64_t time);
  void AssignBySlice(const Batch& batch);
  Status FoldPiece(const Batch& batch, const SliceAssignment::Piece& piece);
  // Whether a group's changes may be in a slice and in a window: a row in one, and what takes it
  // back in the other.
  bool InParts() {
    return spec_.input_retracts && slices_ != nullptr && windows_ != nullptr &&
           !slices_->Slices().empty() && !windows_->Slices().empty();
  }
  void Expect(int64_t id);

  // --- Windows out ---
  // Fires all windows complete at `watermark` (local milliseconds).
  Status FireThrough(int64_t watermark, Output& out);
  Status Fire(int64_t window_end, Output& out);
  Status FindTables(int64_t window_end);
  Status EmitRows(int64_t window_end, const ScannedRows& run, StringOwner& strings, Output& out);
  Status CombineRows(int64_t window_end, const ScannedRows& run);
  Status EmitCombined(int64_t window_end, Output& out);
  Status CloseMaps(int64_t window_end, StringOwner& strings);
  // Puts those rows of a run whose key group has not fired the window yet into keys_ and
  // group_rows_.
  void SelectUnfired(int64_t window_end, const ScannedRows& run);
  void KeepAlive();
  Status DropTables(int64_t window_end);
  // The end of the earliest window that has a table and is not complete at `watermark`; kNever if
  // there is none.
  int64_t NextToFire(int64_t watermark);
  int64_t LocalNow() const { return window::LocalWatermark(zone_, last_now_.millis - 1); }

  const graph::WindowAggregateSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  OperatorMetrics* metrics_ = nullptr;
  TimeZone zone_;
  RowLayout layout_;
  AggregateSet set_;
  std::vector<ValueMap> maps_;
  SlicedTable* slices_ = nullptr;   // null when only windows are kept
  SlicedTable* windows_ = nullptr;  // null when only slices are kept
  std::unique_ptr<PartialTable> combined_;
  std::unique_ptr<WindowResult> result_;
  WindowProgress progress_;
  int64_t next_to_fire_ = kNever;
  Timestamp last_now_ = Timestamp::Min();  // processing time never goes back here

  // The time that was looked up last, and its slice.
  int64_t row_slice_time_ = kNever;
  int64_t row_slice_ = kNever;

  // Scratch of the current batch.
  SliceAssignment assignment_;
  std::vector<uint64_t> hash_scratch_;
  const uint64_t* hashes_ = nullptr;
  std::vector<int64_t> times_;
  std::vector<int64_t> slice_ends_;
  std::vector<int64_t> marks_;
  std::vector<int8_t> sign_scratch_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  // Scratch of the window that is fired.
  std::vector<int64_t> ends_;
  std::vector<ValueTable*> tables_;
  std::vector<std::string_view> keys_;
  std::vector<std::byte*> group_rows_;
};

Status WindowAggregate::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  clock_ = ctx.clock;
  metrics_ = ctx.metrics;
  if (!spec_.time_zone.empty()) zone_ = TRY(TimeZone::Find(spec_.time_zone));
  RETURN_IF_ERROR(OpenTables(ctx));
  maps_ = TRY(OpenValueMaps(*ctx.node, spec_.calls, set_,
                            {*ctx.inputs[0], *ctx.state, static_cast<int>(ctx.inputs[0]->size())}));
  combined_ = std::make_unique<PartialTable>(layout_);
  result_ = std::make_unique<WindowResult>(spec_, *ctx.inputs[0], ctx.node->output, zone_);
  const KeyGroupRange groups =
      KeyGroupsOfSubtask(ctx.subtask, ctx.parallelism, ctx.max_parallelism);
  progress_ = TRY(WindowProgress::Restore(ctx.restored, groups, ctx.max_parallelism));
  next_to_fire_ = NextToFire(progress_.floor());
  return {};
}

Status WindowAggregate::OpenTables(OperatorContext& ctx) {
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, *ctx.inputs[0]);
  for (const StateSchema& table : schema.tables) {
    if (!table.sliced) continue;
    SlicedTable*& place = table.name == "slices" ? slices_ : windows_;
    place = TRY(ctx.state->OpenSliced(ctx.node->uid, table));
  }
  layout_ = RowLayout(Schema{schema.tables[0].value}.types());
  set_ = TRY(AggregateSet::Make(spec_.calls, spec_.input_retracts, layout_));
  return {};
}

Status WindowAggregate::OnBatch(int, Batch batch, Output& out) {
  if (spec_.window.processing_time) {
    RETURN_IF_ERROR(OnProcessingTime(clock_->Now(), out));
  }
  hashes_ = KeyHashes(batch, spec_.keys, hash_scratch_);
  assignment_.Clear();
  if (spec_.phase == graph::AggregatePhase::kGlobal) {
    AssignBySlice(batch);
  } else if (spec_.end_column >= 0) {
    RETURN_IF_ERROR(AssignByEnd(batch));
  } else if (spec_.window.processing_time) {
    AssignByClock(batch);
  } else {
    RETURN_IF_ERROR(AssignByTime(batch));
  }
  for (const SliceAssignment::Piece& piece : assignment_.Pieces()) {
    RETURN_IF_ERROR(FoldPiece(batch, piece));
    Expect(piece.id);
  }
  if (metrics_ != nullptr && assignment_.late_rows() > 0) {
    metrics_->late_rows += assignment_.late_rows();
  }
  return {};
}

Status WindowAggregate::AssignByTime(const Batch& batch) {
  const bool marked = batch.late_marks != nullptr;
  const int64_t floor = progress_.floor();
  const bool even = !marked && !progress_.uneven();
  if (even && assignment_.AddWhole(batch, spec_.time_column, zone_, floor)) return {};
  RETURN_IF_ERROR(LocalTimes(batch, spec_.time_column, zone_, times_));
  slice_ends_.resize(batch.row_count);
  window::SliceEnds(spec_.window, times_, slice_ends_.data());
  if (marked) LocalMarks(batch, zone_, marks_);
  if (even) {
    ForEachRow(batch, [&](uint32_t row) { assignment_.Add(row, slice_ends_[row], floor); });
    return {};
  }
  ForEachRow(batch, [&](uint32_t row) {
    const int64_t fired = progress_.Of(hashes_[row]);
    assignment_.Add(row, slice_ends_[row], marked ? std::max(fired, marks_[row]) : fired);
  });
  return {};
}

// The column with the ends is in local time already, even over a TIMESTAMP_LTZ, so no zone is
// applied to it.
Status WindowAggregate::AssignByEnd(const Batch& batch) {
  RETURN_IF_ERROR(LocalTimes(batch, spec_.end_column, TimeZone(), times_));
  const bool marked = batch.late_marks != nullptr;
  if (marked) LocalMarks(batch, zone_, marks_);
  ForEachRow(batch, [&](uint32_t row) {
    const int64_t fired = progress_.Of(hashes_[row]);
    assignment_.AddId(row, graph::WindowId(times_[row]),
                      marked ? std::max(fired, marks_[row]) : fired);
  });
  return {};
}

void WindowAggregate::AssignByClock(const Batch& batch) {
  const int64_t now = zone_.ToLocalMillis(last_now_.millis);
  ForEachRow(batch, [&](uint32_t row) {
    // After a restore the clock may be behind the one that fired windows before.
    const int64_t fired = progress_.Of(hashes_[row]);
    const int64_t time = fired < now || fired == kNever ? now : fired + 1;
    const int64_t slice = row_slice_time_ == time ? row_slice_ : SliceOfTime(time);
    assignment_.Add(row, slice, Timestamp::Min().millis);
  });
}

int64_t WindowAggregate::SliceOfTime(int64_t time) {
  row_slice_time_ = time;
  row_slice_ = window::SliceEnd(spec_.window, time);
  return row_slice_;
}

void WindowAggregate::AssignBySlice(const Batch& batch) {
  const ColumnPtr ids = Flatten(batch.columns.back());
  const auto* values = ids->data<int64_t>();
  const ColumnPtr counts = Flatten(batch.columns[spec_.keys.size()]);  // the field of every group
  const auto* rows = counts->data<int64_t>();
  ForEachRow(batch, [&](uint32_t row) {
    const auto stands_for = static_cast<uint64_t>(std::max<int64_t>(1, std::abs(rows[row])));
    assignment_.AddId(row, values[row], progress_.Of(hashes_[row]), stands_for);
  });
}

Status WindowAggregate::FoldPiece(const Batch& batch, const SliceAssignment::Piece& piece) {
  const auto count = static_cast<uint32_t>(piece.rows.size());
  Batch part = count == batch.size() ? batch : Select(batch, piece.rows.data(), count);
  const Timestamp end{graph::EndOfId(piece.id)};
  SlicedTable& tables = graph::IsWindowId(piece.id) ? *windows_ : *slices_;
  ValueTable* table = TRY(tables.Slice(end));
  rows_.resize(count);
  created_.assign(count, 0);
  RETURN_IF_ERROR(table->FindOrCreate({&part, spec_.keys, hashes_}, rows_.data(), created_.data()));
  set_.InitializeCreated(rows_.data(), created_.data(), count);
  if (spec_.phase == graph::AggregatePhase::kGlobal) {
    const auto fields = std::span(part.columns).subspan(spec_.keys.size(), set_.field_count());
    const uint32_t* ids = part.selection.all() ? nullptr : part.selection.ids();
    return set_.Merge(fields, {count, rows_.data(), ids, nullptr}, *table);
  }
  const int8_t* signs = spec_.input_retracts ? SignsOf(part, sign_scratch_) : nullptr;
  RETURN_IF_ERROR(set_.Update(part, rows_.data(), signs, *table, InParts()));
  if (maps_.empty()) return {};
  const MutableColumnPtr window =
      Column::Make(Type::BigInt().WithNullable(false), part.row_count, true);
  window->mutable_data<int64_t>()[0] = end.millis;
  part.columns.push_back(window);
  return ValueMap::Apply(maps_, {&part, spec_.keys, hashes_, &set_.filtered(), signs != nullptr},
                         *table);
}

void WindowAggregate::Expect(int64_t id) {
  const int64_t end = graph::EndOfId(id);
  int64_t next = end;
  if (!graph::IsWindowId(id)) {
    next = window::FirstWindowEnd(spec_.window, end);
    if (window::IsComplete(next, progress_.floor())) next = NextToFire(progress_.floor());
  }
  next_to_fire_ = std::min(next_to_fire_, next);
}

Status WindowAggregate::OnWatermark(Timestamp watermark, Output& out) {
  if (!spec_.window.processing_time) {
    RETURN_IF_ERROR(FireThrough(window::LocalWatermark(zone_, watermark.millis), out));
  }
  return out.EmitWatermark(watermark);
}

Status WindowAggregate::OnProcessingTime(Timestamp now, Output& out) {
  last_now_ = std::max(last_now_, now);
  return spec_.window.processing_time ? FireThrough(LocalNow(), out) : Status();
}

Timestamp WindowAggregate::NextProcessingTime() const {
  if (!spec_.window.processing_time || next_to_fire_ == kNever) return Timestamp::Max();
  return {window::TimerOf(zone_, next_to_fire_) + 1};
}

Status WindowAggregate::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(progress_.Save());
  if (slices_ != nullptr) RETURN_IF_ERROR(NoteRows(window::kSliceRowsEntry, *slices_, state));
  if (windows_ != nullptr) RETURN_IF_ERROR(NoteRows(window::kWindowRowsEntry, *windows_, state));
  return {};
}

Status WindowAggregate::OnEndOfInput(Output& out) {
  return FireThrough(kNever, out);
}

Status WindowAggregate::FireThrough(int64_t watermark, Output& out) {
  while (next_to_fire_ != kNever && window::IsComplete(next_to_fire_, watermark)) {
    const int64_t window_end = next_to_fire_;
    RETURN_IF_ERROR(Fire(window_end, out));
    progress_.Advance(window_end - 1);
    next_to_fire_ = NextToFire(window_end - 1);
  }
  progress_.Advance(watermark);
  return {};
}

Status WindowAggregate::Fire(int64_t window_end, Output& out) {
  RETURN_IF_ERROR(FindTables(window_end));
  if (tables_.size() == 1) {
    ValueTable& table = *tables_[0];
    RETURN_IF_ERROR(
        table.Scan([&](const ScannedRows& run) { return EmitRows(window_end, run, table, out); }));
  } else {
    for (ValueTable* table : tables_) {
      RETURN_IF_ERROR(
          table->Scan([&](const ScannedRows& run) { return CombineRows(window_end, run); }));
    }
    RETURN_IF_ERROR(EmitCombined(window_end, out));
  }
  return DropTables(window_end);
}

Status WindowAggregate::FindTables(int64_t window_end) {
  tables_.clear();
  if (windows_ != nullptr) {
    ValueTable* table = TRY(windows_->FindSlice({window_end}));
    if (table != nullptr) tables_.push_back(table);
  }
  ends_.clear();
  if (slices_ == nullptr) return {};
  // Only existing slices are visited, not all that the window could have.
  const int64_t start = window::WindowStart(spec_.window, window_end);
  for (const Timestamp slice : slices_->Slices()) {
    if (slice.millis <= start) continue;
    if (slice.millis > window_end) break;
    ends_.push_back(slice.millis);
    ValueTable* table = TRY(slices_->FindSlice(slice));
    if (table != nullptr) tables_.push_back(table);
  }
  return {};
}

void WindowAggregate::SelectUnfired(int64_t window_end, const ScannedRows& run) {
  keys_.clear();
  group_rows_.clear();
  for (size_t i = 0; i < run.rows.size(); ++i) {
    if (progress_.uneven()) {
      const uint64_t hash = Hash64(run.keys[i].data(), run.keys[i].size());
      if (window::IsComplete(window_end, progress_.Of(hash))) continue;
    }
    keys_.push_back(run.keys[i]);
    group_rows_.push_back(run.rows[i]);
  }
}

void WindowAggregate::KeepAlive() {
  size_t kept = 0;
  for (size_t i = 0; i < group_rows_.size(); ++i) {
    if (!set_.IsAlive(group_rows_[i])) continue;
    keys_[kept] = keys_[i];
    group_rows_[kept++] = group_rows_[i];
  }
  keys_.resize(kept);
  group_rows_.resize(kept);
}

// Takes the final MIN and MAX of the groups in keys_ and group_rows_ from the value maps, and
// erases the window's values.
Status WindowAggregate::CloseMaps(int64_t window_end, StringOwner& strings) {
  for (ValueMap& map : maps_) {
    RETURN_IF_ERROR(map.CloseWindow(window_end, keys_, group_rows_, strings));
  }
  for (ValueMap& map : maps_) RETURN_IF_ERROR(map.EraseWindow(window_end, keys_));
  return {};
}

Status WindowAggregate::EmitRows(int64_t window_end, const ScannedRows& run, StringOwner& strings,
                                 Output& out) {
  SelectUnfired(window_end, run);
  RETURN_IF_ERROR(CloseMaps(window_end, strings));
  KeepAlive();
  if (keys_.empty()) return {};
  return EmitInPieces(TRY(result_->Make(set_, window_end, keys_, group_rows_)), batch_rows_, out);
}

Status WindowAggregate::CombineRows(int64_t window_end, const ScannedRows& run) {
  SelectUnfired(window_end, run);
  if (keys_.empty()) return {};
  const auto count = static_cast<uint32_t>(keys_.size());
  rows_.resize(count);
  created_.resize(count);
  hash_scratch_.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    hash_scratch_[i] = Hash64(keys_[i].data(), keys_[i].size());
  }
  combined_->Prepare(hash_scratch_, 0);
  for (uint32_t i = 0; i < count; ++i) {
    bool created = false;
    rows_[i] = combined_->FindOrCreate(keys_[i], hash_scratch_[i], 0, created);
    created_[i] = created ? 1 : 0;
  }
  set_.InitializeCreated(rows_.data(), created_.data(), count);
  PoolVector<ColumnPtr> fields;
  set_.AppendFields(group_rows_, false, fields);
  return set_.Merge(fields, {count, rows_.data(), nullptr, nullptr, true}, *combined_);
}

// Emits the groups that were combined from slices. Value maps do not belong to slices, so they are
// closed for the window as a whole.
Status WindowAggregate::EmitCombined(int64_t window_end, Output& out) {
  for (size_t begin = 0; begin < combined_->size(); begin += batch_rows_) {
    const size_t end = std::min<size_t>(begin + batch_rows_, combined_->size());
    keys_.clear();
    group_rows_.clear();
    for (size_t i = begin; i < end; ++i) {
      keys_.push_back(combined_->key(i));
      group_rows_.push_back(combined_->rows()[i]);
    }
    RETURN_IF_ERROR(CloseMaps(window_end, *combined_));
    KeepAlive();
    if (keys_.empty()) continue;
    RETURN_IF_ERROR(out.Emit(TRY(result_->Make(set_, window_end, keys_, group_rows_))));
  }
  combined_->Clear();
  return {};
}

Status WindowAggregate::DropTables(int64_t window_end) {
  if (windows_ != nullptr && TRY(windows_->FindSlice({window_end})) != nullptr) {
    RETURN_IF_ERROR(windows_->Drop({window_end}));
  }
  if (slices_ == nullptr) return {};
  for (const int64_t end : ends_) {
    if (window::LastWindowEnd(spec_.window, end) > window_end) continue;
    if (TRY(slices_->FindSlice({end})) != nullptr) RETURN_IF_ERROR(slices_->Drop({end}));
  }
  return {};
}

int64_t WindowAggregate::NextToFire(int64_t watermark) {
  int64_t next = kNever;
  if (windows_ != nullptr) {
    const std::vector<Timestamp> windows = windows_->Slices();
    if (!windows.empty()) next = windows.front().millis;
  }
  if (slices_ == nullptr) return next;
  // Later slices belong to later windows, so the first slice that has one left decides.
  for (const Timestamp slice : slices_->Slices()) {
    int64_t end = 0;
    if (window::FirstOpenWindowEnd(spec_.window, slice.millis, watermark, &end)) {
      return std::min(next, end);
    }
  }
  return next;
}

}  // namespace

Result<OperatorPtr> MakeWindowAggregate(const graph::Node& node) {
  const auto& spec = std::get<graph::WindowAggregateSpec>(node.spec);
  if (spec.end_column < 0) {
    RETURN_IF_ERROR(window::CheckAggregationSpec(spec.window).WithSpan(node.span));
  }
  return OperatorPtr(std::make_unique<WindowAggregate>(spec));
}

}  // namespace weir::operators
