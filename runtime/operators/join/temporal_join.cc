// TemporalJoin: each row of the left side with the version of the right side that is valid at its
// time (FOR SYSTEM_TIME AS OF an event time); inner and left (Flink: TemporalRowTimeJoinOperator).
//
// Accepts every kind of change. A row that the right side adds is valid from its time until the
// time of the next one of its key; one that it takes back ends what is valid, at its own time. Of
// one time the row counts that came last. A left row comes out once, with its own kind, when the
// watermark passes its time, in the order of times and then of arrival; before the watermark is
// forwarded, unchanged.
// A row behind the watermark of its own partition takes its turn right behind that watermark: a
// left one comes out then, with its mark, and meets the version of its time only if no other has
// followed by then; a right one is valid from then on, unless a newer one is. So neither the size
// of batches nor the pace of the inputs shows. (In Flink it does: what such rows meet depends on
// what happens to be in state yet.)
// State: graph::TemporalJoinState.
#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/graph/join_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/join/join_batch.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/row_groups.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/operators/time/due_rows.h"
#include "runtime/operators/time/row_sequence.h"
#include "runtime/operators/time/slice_assignment.h"
#include "runtime/operators/time/stored_time.h"

namespace weir::operators {
namespace {

constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();

int64_t Behind(int64_t time) {
  return time == std::numeric_limits<int64_t>::max() ? time : time + 1;
}

// The rows from `begin` up to, without it, `end`.
TimedRows Part(const TimedRows& rows, uint32_t begin, uint32_t end) {
  if (begin == 0 && end == rows.size()) return rows;
  std::vector<uint32_t> ids(end - begin);
  std::iota(ids.begin(), ids.end(), begin);
  return Pick(rows, ids);
}

class TemporalJoin final : public Operator {
 public:
  explicit TemporalJoin(const graph::TemporalJoinSpec& spec) : spec_(spec), shape_(spec.shape) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status Flush(Output& out) override;
  Status OnBarrier(uint64_t checkpoint_id, std::vector<OperatorStateEntry>& state) override;

 private:
  // The version of a key while rows are met in the order of their turns.
  struct Current {
    int64_t time = kNoTime;     // since when it is valid, or there is none
    uint32_t version = kNoRow;  // among versions_
    uint32_t row = kNoRow;      // of the right rows, the one that it is from
  };

  size_t width(int port) const { return shape_.side(port).schema.size(); }
  // The rows of the right side that can be versions, or end some.
  Batch VersionsIn(const Batch& batch);
  // The rows with their turns and the columns that are kept beside them.
  Result<TimedRows> InTurn(int port, Batch batch);
  RowKind KindOf(int port, const Batch& rows, uint32_t row) const {
    return static_cast<RowKind>(rows.columns[width(port) + 1]->ValueAt<int8_t>(row));
  }
  Status Fire(int64_t limit, Output& out);
  // Left rows with all right rows whose turn is not behind theirs.
  Status Meet(const DueRows::Portion& left, Output& out);
  Status MeetPart(const TimedRows& left, const TimedRows& right, Output& out);
  // Finds the stored versions of all keys, and creates places for those of new keys.
  Status FindVersions(const TimedRows& left, const TimedRows& right);
  Batch KeysOf(int port, const Batch& rows) const;
  // Sets versions_ to the stored ones that are valid, and behind them the right rows.
  Status LoadVersions(const TimedRows& right);
  // Sets met_ to the version that each left row meets.
  Status TakeTurns(const TimedRows& left, const TimedRows& right);
  Status FilterMet(const TimedRows& left);
  Status Give(const TimedRows& left, Output& out);
  // The columns of both sides: left rows `own`, versions `other`.
  Batch Joined(const Batch& left, const std::vector<uint32_t>& own,
               const std::vector<uint32_t>& other) const;
  void StoreVersions(const TimedRows& right);
  void ReportHeld() { state_->ReportMemory(uid_, due_[0].held_bytes() + due_[1].held_bytes()); }

  const graph::TemporalJoinSpec& spec_;
  const graph::JoinShape& shape_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  TaskState* state_ = nullptr;
  std::string uid_;
  const Schema* output_ = nullptr;
  std::unique_ptr<expr::Evaluator> residual_;
  graph::TemporalJoinState kept_;
  std::vector<Type> key_types_;
  std::vector<int> key_places_;  // 0, 1, …: columns of a batch of keys alone
  size_t time_field_ = 0;        // of "versions"
  DueRows due_[2];
  ValueTable* versions_table_ = nullptr;
  int64_t sequence_ = 0;
  int64_t passed_ = kNoTime;

  // Scratch of the current batch or portion.
  JoinBatch batch_;
  std::vector<uint64_t> hashes_;
  std::vector<uint8_t> created_;
  Batch keys_;                      // of the right rows, then of the left ones
  std::vector<std::byte*> places_;  // of their versions; null: a key that never had any
  RowGroups groups_;
  std::vector<Current> current_;
  Batch versions_;
  std::vector<uint32_t> met_;
  std::vector<int64_t> right_times_;
  std::vector<int64_t> left_times_;
};

Status TemporalJoin::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  state_ = ctx.state;
  uid_ = ctx.node->uid;
  output_ = &ctx.node->output;
  kept_ = graph::StateOfTemporalJoin(spec_);
  for (int port = 0; port < 2; ++port) {
    const graph::JoinSideState& side = kept_.side(port);
    const auto first = static_cast<int>(width(port));
    WaitingShape shape{side.schema, shape_.side(port).keys, side.columns, width(port) + 3, first};
    for (int column = first; column < first + 3; ++column) shape.stored.push_back(column);
    RETURN_IF_ERROR(due_[port].Open(std::move(shape), *ctx.state, uid_));
  }
  versions_table_ = TRY(ctx.state->OpenValue(uid_, kept_.versions.schema));
  for (const Field& key : kept_.versions.schema.key) key_types_.push_back(key.type);
  key_places_.resize(key_types_.size());
  std::iota(key_places_.begin(), key_places_.end(), 0);
  const auto time = std::ranges::find(kept_.versions.columns, spec_.right_time);
  time_field_ = static_cast<size_t>(time - kept_.versions.columns.begin());
  if (shape_.residual != nullptr)
    residual_ = TRY(expr::MakeEvaluator({shape_.residual}, *ctx.evaluation));
  sequence_ = TRY(RestoreSequence(ctx.restored));
  return {};
}

Batch TemporalJoin::VersionsIn(const Batch& batch) {
  batch_.Take(batch, shape_.right.keys, shape_.null_safe);
  if (batch.row_kinds == nullptr || spec_.ends_by_old_rows) return Compact(batch_.keyed);
  std::vector<uint32_t> rows;
  for (uint32_t i = 0; i < batch_.keyed.size(); ++i) {
    const uint32_t row = batch_.keyed.RowAt(i);
    if (batch.kind(row) != RowKind::kUpdateBefore) rows.push_back(row);
  }
  return GatherBatch(batch, rows.data(), static_cast<uint32_t>(rows.size()));
}

Result<TimedRows> TemporalJoin::InTurn(int port, Batch batch) {
  TimedRows rows;
  const uint32_t count = batch.row_count;
  const int time = port == 0 ? spec_.left_time : spec_.right_time;
  RETURN_IF_ERROR(LocalTimes(batch, time, TimeZone::Utc(), rows.times));
  const MutableColumnPtr due = Column::Make(Type::BigInt().WithNullable(false), count);
  const MutableColumnPtr kinds = Column::Make(Type::TinyInt().WithNullable(false), count);
  const MutableColumnPtr marks = Column::Make(Type::BigInt(), count);
  for (uint32_t row = 0; row < count; ++row) {
    const int64_t mark = batch.late_mark(row).millis;
    const int64_t turn = rows.times[row] > mark ? rows.times[row] : Behind(mark);
    rows.times[row] = std::max(turn, Behind(passed_));
    due->mutable_data<int64_t>()[row] = rows.times[row];
    kinds->mutable_data<int8_t>()[row] = static_cast<int8_t>(batch.kind(row));
    marks->mutable_data<int64_t>()[row] = mark;
    if (mark == Timestamp::Min().millis) marks->SetNull(row);
  }
  rows.rows = std::move(batch);
  rows.rows.row_kinds = nullptr;
  rows.rows.late_marks = nullptr;
  rows.rows.key_hashes = nullptr;
  rows.rows.columns.insert(rows.rows.columns.end(), {due, kinds, marks});
  rows.sequences.resize(count);
  std::iota(rows.sequences.begin(), rows.sequences.end(), sequence_);
  sequence_ += count;
  return rows;
}

Status TemporalJoin::OnBatch(int port, Batch batch, Output&) {
  batch = port == 0 ? Compact(std::move(batch)) : VersionsIn(batch);
  if (batch.row_count == 0) return {};
  RETURN_IF_ERROR(due_[port].Add(TRY(InTurn(port, std::move(batch)))));
  ReportHeld();
  return {};
}

Status TemporalJoin::OnWatermark(Timestamp watermark, Output& out) {
  passed_ = std::max(passed_, watermark.millis);
  RETURN_IF_ERROR(Fire(passed_, out));
  ReportHeld();
  return out.EmitWatermark(watermark);
}

Status TemporalJoin::Flush(Output&) {
  for (DueRows& side : due_) RETURN_IF_ERROR(side.Store());
  ReportHeld();
  return {};
}

Status TemporalJoin::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(SaveSequence(sequence_));
  return {};
}

Status TemporalJoin::Fire(int64_t limit, Output& out) {
  due_[0].Begin(limit);
  while (const auto left = TRY(due_[0].Next())) RETURN_IF_ERROR(Meet(*left, out));
  return Meet({limit, {}}, out);
}

Status TemporalJoin::Meet(const DueRows::Portion& left, Output& out) {
  const TimedRows& rows = left.rows;
  uint32_t met = 0;
  due_[1].Begin(left.bound);
  while (const auto right = TRY(due_[1].Next())) {
    uint32_t end = met;
    while (end < rows.size() && rows.times[end] <= right->bound) ++end;
    RETURN_IF_ERROR(MeetPart(Part(rows, met, end), right->rows, out));
    met = end;
  }
  return met == rows.size() ? Status() : MeetPart(Part(rows, met, rows.size()), {}, out);
}

Status TemporalJoin::MeetPart(const TimedRows& left, const TimedRows& right, Output& out) {
  RETURN_IF_ERROR(FindVersions(left, right));
  RETURN_IF_ERROR(LoadVersions(right));
  RETURN_IF_ERROR(TakeTurns(left, right));
  StoreVersions(right);
  if (left.size() > 0) {
    RETURN_IF_ERROR(FilterMet(left));
    RETURN_IF_ERROR(Give(left, out));
  }
  return state_->Tidy();
}

Batch TemporalJoin::KeysOf(int port, const Batch& rows) const {
  Batch keys;
  keys.row_count = rows.row_count;
  for (size_t i = 0; i < key_types_.size(); ++i) {
    const auto column = static_cast<size_t>(shape_.side(port).keys[i]);
    keys.columns.push_back(rows.columns[column]->WithType(key_types_[i]));
  }
  return keys;
}

Status TemporalJoin::FindVersions(const TimedRows& left, const TimedRows& right) {
  created_.assign(right.size(), 0);
  if (right.size() == 0) {
    keys_ = KeysOf(0, left.rows);
  } else {
    keys_ = KeysOf(1, right.rows);
    hashes_.resize(right.size());
    HashKeys(keys_, key_places_, hashes_.data());
    places_.resize(right.size());
    RETURN_IF_ERROR(versions_table_->FindOrCreate({&keys_, key_places_, hashes_.data()},
                                                  places_.data(), created_.data()));
    if (left.size() == 0) return {};
    keys_ = Concatenate(keys_, KeysOf(0, left.rows));
  }
  hashes_.resize(keys_.row_count);
  HashKeys(keys_, key_places_, hashes_.data());
  places_.resize(keys_.row_count);
  return versions_table_->Find({&keys_, key_places_, hashes_.data()}, places_.data());
}

Status TemporalJoin::LoadVersions(const TimedRows& right) {
  groups_.Collect(places_);
  const RowLayout& layout = versions_table_->layout();
  current_.assign(groups_.size(), {});
  std::vector<std::byte*> stored;
  std::vector<uint32_t> firsts;
  for (size_t group = 0; group < groups_.size(); ++group) {
    const uint32_t first = groups_.firsts()[group];
    const bool known = places_[first] != nullptr && !(first < right.size() && created_[first] != 0);
    if (!known) continue;
    current_[group].time = StoredMillis(layout, time_field_, places_[first]);
    if (layout.Load<uint8_t>(places_[first], static_cast<size_t>(kept_.valid_field)) == 0) continue;
    current_[group].version = static_cast<uint32_t>(stored.size());
    stored.push_back(places_[first]);
    firsts.push_back(first);
  }
  const auto count = static_cast<uint32_t>(stored.size());
  versions_ = {};
  versions_.row_count = count;
  versions_.columns.resize(width(1));
  for (size_t i = 0; i < key_types_.size(); ++i) {
    versions_.columns[static_cast<size_t>(shape_.right.keys[i])] =
        GatherColumn(*keys_.columns[i], firsts.data(), count);
  }
  for (size_t field = 0; field < kept_.versions.columns.size(); ++field) {
    versions_.columns[static_cast<size_t>(kept_.versions.columns[field])] =
        TRY(LoadColumn(layout, field, stored));
  }
  Batch added;
  added.row_count = right.size();
  for (size_t column = 0; column < width(1); ++column) {
    const Type type = shape_.right.schema.fields[column].type.WithNullable(true);
    versions_.columns[column] = versions_.columns[column]->WithType(type);
    if (right.size() > 0) added.columns.push_back(right.rows.columns[column]->WithType(type));
  }
  if (right.size() == 0) return {};
  versions_ = count == 0 ? std::move(added) : Concatenate(versions_, added);
  return {};
}

Status TemporalJoin::TakeTurns(const TimedRows& left, const TimedRows& right) {
  right_times_.clear();
  left_times_.clear();
  if (right.size() > 0) {
    RETURN_IF_ERROR(LocalTimes(right.rows, spec_.right_time, TimeZone::Utc(), right_times_));
  }
  if (left.size() > 0) {
    RETURN_IF_ERROR(LocalTimes(left.rows, spec_.left_time, TimeZone::Utc(), left_times_));
  }
  const uint32_t stored = versions_.row_count - right.size();
  const auto group_of = groups_.group_of();
  uint32_t next = 0;
  const auto follow = [&](int64_t turn) {
    for (; next < right.size() && right.times[next] <= turn; ++next) {
      Current& current = current_[group_of[next]];
      if (right_times_[next] < current.time) continue;
      const bool added = IsAddition(KindOf(1, right.rows, next));
      current = {right_times_[next], added ? stored + next : kNoRow, next};
    }
  };
  met_.assign(left.size(), kNoRow);
  for (uint32_t row = 0; row < left.size(); ++row) {
    follow(left.times[row]);
    const Current& current = current_[group_of[right.size() + row]];
    if (current.time <= left_times_[row]) met_[row] = current.version;
  }
  follow(std::numeric_limits<int64_t>::max());
  return {};
}

// Stores the versions that are valid now. One that left rows have met counts as written again, as
// its time-to-live begins anew then.
void TemporalJoin::StoreVersions(const TimedRows& right) {
  std::vector<std::byte*> rows;
  std::vector<uint32_t> ids;
  std::vector<std::byte*> used;
  for (size_t group = 0; group < groups_.size(); ++group) {
    std::byte* place = places_[groups_.firsts()[group]];
    if (current_[group].row != kNoRow) {
      rows.push_back(place);
      ids.push_back(current_[group].row);
    } else if (place != nullptr && shape_.right.ttl_millis > 0) {
      used.push_back(place);
    }
  }
  if (!used.empty()) versions_table_->MarkChanged(used);
  if (rows.empty()) return;
  const RowLayout& layout = versions_table_->layout();
  StoreColumns(right.rows, kept_.versions.columns, layout,
               {rows.data(), ids.data(), static_cast<uint32_t>(rows.size())}, *versions_table_);
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool valid = IsAddition(KindOf(1, right.rows, ids[i]));
    layout.Store<uint8_t>(rows[i], static_cast<size_t>(kept_.valid_field), valid ? 1 : 0);
  }
  versions_table_->MarkChanged(rows);
}

Batch TemporalJoin::Joined(const Batch& left, const std::vector<uint32_t>& own,
                           const std::vector<uint32_t>& other) const {
  const auto count = static_cast<uint32_t>(own.size());
  Batch joined;
  joined.row_count = count;
  for (size_t column = 0; column < width(0); ++column) {
    joined.columns.push_back(GatherColumn(*left.columns[column], own.data(), count)
                                 ->WithType(output_->fields[column].type));
  }
  for (size_t column = 0; column < width(1); ++column) {
    const Type& type = output_->fields[width(0) + column].type;
    joined.columns.push_back(
        GatherOrNull(*versions_.columns[column], other.data(), count, type)->WithType(type));
  }
  return joined;
}

// Evaluates the rest of the condition for the pairs that were found; where it is not TRUE the left
// row has no match.
Status TemporalJoin::FilterMet(const TimedRows& left) {
  if (residual_ == nullptr) return {};
  std::vector<uint32_t> own;
  std::vector<uint32_t> other;
  for (uint32_t row = 0; row < left.size(); ++row) {
    if (met_[row] == kNoRow) continue;
    own.push_back(row);
    other.push_back(met_[row]);
  }
  if (own.empty()) return {};
  const Selection passing = TRY(residual_->Filter(Joined(left.rows, own, other)));
  if (passing.all()) return {};
  std::ranges::fill(met_, kNoRow);
  for (uint32_t i = 0; i < passing.count(); ++i) {
    const uint32_t pair = passing.ids()[i];
    met_[own[pair]] = other[pair];
  }
  return {};
}

Status TemporalJoin::Give(const TimedRows& left, Output& out) {
  std::vector<uint32_t> own;
  std::vector<uint32_t> other;
  for (uint32_t row = 0; row < left.size(); ++row) {
    if (met_[row] == kNoRow && shape_.type != graph::JoinType::kLeft) continue;
    own.push_back(row);
    other.push_back(met_[row]);
  }
  if (own.empty()) return {};
  Batch result = Joined(left.rows, own, other);
  const BufferPtr kinds = MakeBuffer<uint8_t>(own.size());
  const BufferPtr marks = MakeBuffer<int64_t>(own.size());
  const Column& kept_marks = *left.rows.columns[width(0) + 2];
  bool changes = false;
  bool marked = false;
  for (size_t i = 0; i < own.size(); ++i) {
    const RowKind kind = KindOf(0, left.rows, own[i]);
    const bool has_mark = !kept_marks.IsNull(own[i]);
    kinds->as<uint8_t>()[i] = static_cast<uint8_t>(kind);
    marks->as<int64_t>()[i] =
        has_mark ? kept_marks.ValueAt<int64_t>(own[i]) : Timestamp::Min().millis;
    changes |= kind != RowKind::kInsert;
    marked |= has_mark;
  }
  if (changes) result.row_kinds = kinds;
  if (marked) result.late_marks = marks;
  return EmitInPieces(std::move(result), batch_rows_, out);
}

}  // namespace

Result<OperatorPtr> MakeTemporalJoin(const graph::Node& node) {
  return OperatorPtr(std::make_unique<TemporalJoin>(std::get<graph::TemporalJoinSpec>(node.spec)));
}

}  // namespace weir::operators
