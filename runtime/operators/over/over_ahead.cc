// OverAhead: OVER by event time with frames and functions that read rows behind the row, over
// inserts (graph/over_spec.h).
//
// A row is put into its partition's rows when it comes, and leaves, with its results, once the
// watermark says that all rows are there that its calls may read: at once with it for frames that
// end at the row, so many rows behind it for ROWS and LEAD, at its time and the frame's for RANGE,
// and at the end of the input for UNBOUNDED FOLLOWING and what counts all rows. The rows of a
// partition leave in the order of their times, those of one time in the order of arrival. A row
// behind the watermark, or that of its own partition, is late: dropped and counted. So neither the
// size of batches nor the pace of sources shows in the rows. The watermark that goes on is held
// back behind rows that wait: by the frame's length for RANGE; to the first of them for ROWS, so
// that a partition without further rows holds it for ever; and until the end where they wait for
// that.
//
// A partition is looked at when the watermark passes one of its rows (ROWS), or a row's frame
// (RANGE): it is then read from the first row that is kept, which costs as many rows as frames
// reach back and ahead. Of frames with two ends those of COUNT, SUM, AVG, MIN, MAX, FIRST_VALUE and
// LAST_VALUE, but for floats, cost three steps a row however long they are, and others as many as
// they have rows (RecomputedCalls). Frames without a beginning go on from accumulators. Where these
// are DISTINCT, and for NTH_VALUE, all rows are kept, and read each time.
// State: graph::StateOfOverAhead. Rows that no frame reaches back to are dropped. Besides, memory
// for each time of which a row waits for others to come.
#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/graph/over_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_groups.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/over/ahead_rows.h"
#include "runtime/operators/over/completion.h"
#include "runtime/operators/over/frame_bounds.h"
#include "runtime/operators/over/recomputed_calls.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/operators/time/due_rows.h"
#include "runtime/operators/time/late_rows.h"
#include "runtime/operators/time/row_sequence.h"
#include "runtime/operators/time/slice_assignment.h"
#include "runtime/operators/time/window_progress.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

constexpr int64_t kEndOfTime = std::numeric_limits<int64_t>::max();
// About what an entry of a map takes.
constexpr uint64_t kBytesOfTime = 64;
// Rows that may be read before memory is given back to other tables.
constexpr size_t kRowsBetweenTidies = 1 << 16;
// Partitions that are looked at together at the end.
constexpr size_t kKeysAtOnce = 4096;
// Partitions whose accumulators are looked up together.
constexpr uint32_t kPartitionsAtOnce = 256;

int64_t After(int64_t time, int64_t millis) {
  int64_t result = 0;
  return __builtin_add_overflow(time, millis, &result) ? kEndOfTime : result;
}

// What computes the calls of a part.
struct Part {
  Part(const graph::OverAheadSpec& spec, const graph::OverAheadPart& of)
      : as_recomputed{.partition = spec.partition,
                      .order = {{.column = spec.time_column}},
                      .frame = of.frame,
                      .calls = of.calls},
        frames(as_recomputed),
        calls(as_recomputed, true) {}

  graph::OverRecomputeSpec as_recomputed;
  FrameBounds frames;
  RecomputedCalls calls;
  bool adds_up = false;
  size_t first = 0;  // field of table "begun"
};

class OverAhead final : public Operator {
 public:
  explicit OverAhead(const graph::OverAheadSpec& spec)
      : spec_(spec), reach_(ReachOf(spec)), stays_(StaysFor(spec)) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status Flush(Output& out) override;
  Status OnBarrier(uint64_t checkpoint_id, std::vector<OperatorStateEntry>& state) override;

 private:
  Status OpenParts(const Schema& input, TaskState& tasks);
  // Counts the rows that wait, as they did when the state was saved.
  Status CountWaiting();
  Result<Batch> KeysOf(std::span<const std::string_view> keys) const;
  Result<TimedRows> InTime(Batch batch);
  Status Keep(const TimedRows& rows);
  // When to look at the partitions of these rows.
  Status NoteDue(const TimedRows& rows);
  TimedRows DueOf(const Batch& keys, std::span<const uint32_t> ids) const;
  Status AddDue(TimedRows due, std::span<const int64_t> times);

  Status Fire(int64_t limit, Output& out);
  Status End(Output& out);
  void CountArrived(const TimedRows& due);
  // Looks at the partitions of these keys, of which all rows up to `known` are there.
  Status Look(const Batch& keys, int64_t known, Output& out);
  Result<size_t> LookAtSome(const Batch& keys, std::span<const uint32_t> ids, int64_t known,
                            Output& out);
  // `begun`: its accumulators, or null.
  Status LookAt(const Batch& batch, uint32_t row, std::byte* begun, int64_t known);
  // Rows of the input of which only the key is there, which is all that is read of them.
  Batch AsRows(const Batch& keys, std::span<const uint32_t> ids) const;
  // Finds the accumulators of the partitions of `rows`, or makes such of no rows.
  Status FindBegun(const Batch& rows, std::vector<std::byte*>& begun);
  // Gives the rows [begin, end) of the partition at `at`.
  Status Give(const KnownRows& at, std::byte* begun, uint32_t begin, uint32_t end);
  // Drops the first rows, into accumulators where these are needed.
  Status Drop(const KnownRows& at, std::byte* begun, uint32_t rows);
  RowPlace BegunOf(const Part& part, std::byte* begun) const {
    return {begun_->layout(), begun, part.first};
  }
  Status EmitGiven(Output& out);
  void ReportHeld() {
    state_->ReportMemory(uid_, due_.held_bytes() + waiting_.size() * kBytesOfTime);
  }

  const graph::OverAheadSpec& spec_;
  const Reach reach_;
  const std::optional<int64_t> stays_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  OperatorMetrics* metrics_ = nullptr;
  TaskState* state_ = nullptr;
  std::string uid_;
  size_t width_ = 0;         // of the input
  std::vector<Type> types_;  // of the input's columns
  std::vector<Type> key_types_;
  std::vector<int> key_places_;  // columns of a batch of keys alone
  std::vector<int> kept_;        // columns of the input in table "rows"
  MapTable* table_ = nullptr;
  ValueTable* begun_ = nullptr;  // null where no part adds up
  std::vector<std::unique_ptr<Part>> parts_;
  DueRows due_;
  WindowProgress progress_;
  int64_t sequence_ = 0;
  // How many rows of each time the watermark has passed, and wait for others (reach_.rows).
  std::map<int64_t, int64_t> waiting_;

  // Scratch.
  std::vector<uint64_t> hashes_;
  KeyGroups groups_;
  AheadRows rows_;
  std::vector<uint32_t> places_;
  std::vector<Batch> given_;
  size_t given_rows_ = 0;
  // Partitions to look at again, and when.
  std::vector<Batch> later_;
  std::vector<int64_t> later_times_;
};

Status OverAhead::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  metrics_ = ctx.metrics;
  state_ = ctx.state;
  uid_ = ctx.node->uid;
  const Schema& input = *ctx.inputs[0];
  width_ = input.size();
  types_ = input.types();
  for (const int key : spec_.partition) key_types_.push_back(types_[static_cast<size_t>(key)]);
  key_places_.resize(spec_.partition.size());
  std::iota(key_places_.begin(), key_places_.end(), 0);
  RETURN_IF_ERROR(OpenParts(input, *ctx.state));
  sequence_ = TRY(RestoreSequence(ctx.restored));
  const KeyGroupRange groups =
      KeyGroupsOfSubtask(ctx.subtask, ctx.parallelism, ctx.max_parallelism);
  progress_ = TRY(WindowProgress::Restore(ctx.restored, groups, ctx.max_parallelism));
  return reach_.rows ? CountWaiting() : Status();
}

Status OverAhead::OpenParts(const Schema& input, TaskState& tasks) {
  const OperatorStateSchema state = graph::StateOfOverAhead(spec_, input);
  table_ = TRY(tasks.OpenMap(uid_, state.tables[0]));
  const auto due = static_cast<int>(key_places_.size());
  RETURN_IF_ERROR(due_.Open(
      {state.tables[1], key_places_, {due, due + 1}, key_places_.size() + 2, due}, tasks, uid_));
  if (state.tables.size() > 2) begun_ = TRY(tasks.OpenValue(uid_, state.tables[2]));
  kept_ = graph::KeptByOverAhead(spec_, input);
  std::vector<int> fields(width_, -1);
  for (size_t i = 0; i < kept_.size(); ++i)
    fields[static_cast<size_t>(kept_[i])] = static_cast<int>(i);
  rows_.Open(*table_, fields);
  const std::vector<size_t> firsts = graph::FirstFieldsOfParts(spec_);
  for (const graph::OverAheadPart& part : spec_.parts) {
    Part& made = *parts_.emplace_back(std::make_unique<Part>(spec_, part));
    made.adds_up = graph::AddsUp(part);
    made.first = firsts[parts_.size() - 1];
    RETURN_IF_ERROR(made.calls.Open());
  }
  return {};
}

Result<Batch> OverAhead::KeysOf(std::span<const std::string_view> keys) const {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(keys.size());
  if (key_types_.empty()) return batch;
  for (ColumnPtr& column : TRY(DecodeKeys(keys, key_types_)))
    batch.columns.push_back(std::move(column));
  return batch;
}

Status OverAhead::CountWaiting() {
  const size_t time_field =
      static_cast<size_t>(std::ranges::find(kept_, spec_.time_column) - kept_.begin());
  return table_->Scan([&](const ScannedRows& run) -> Status {
    const Batch keys = TRY(KeysOf(run.keys));
    std::vector<uint64_t> hashes(keys.row_count);
    HashKeys(keys, key_places_, hashes.data());
    Batch rows;
    rows.row_count = keys.row_count;
    rows.columns.push_back(TRY(LoadColumn(table_->layout(), time_field, run.rows)));
    std::vector<int64_t> times;
    RETURN_IF_ERROR(LocalTimes(rows, 0, TimeZone::Utc(), times));
    for (uint32_t row = 0; row < rows.row_count; ++row) {
      if (!rows_.IsGiven(run.rows[row]) && times[row] <= progress_.Of(hashes[row]))
        ++waiting_[times[row]];
    }
    return {};
  });
}

// --- rows that come ------------------------------------------------------------------------------

Result<TimedRows> OverAhead::InTime(Batch batch) {
  TimedRows rows;
  rows.rows = Compact(std::move(batch));
  RETURN_IF_ERROR(LocalTimes(rows.rows, spec_.time_column, TimeZone::Utc(), rows.times));
  DropLate(rows, progress_, KeyHashes(rows.rows, spec_.partition, hashes_), metrics_);
  rows.rows.late_marks = nullptr;
  rows.rows.key_hashes = nullptr;
  rows.sequences.resize(rows.size());
  std::iota(rows.sequences.begin(), rows.sequences.end(), sequence_);
  sequence_ += rows.size();
  return rows;
}

Status OverAhead::OnBatch(int, Batch batch, Output&) {
  const TimedRows rows = TRY(InTime(std::move(batch)));
  if (rows.size() == 0) return {};
  RETURN_IF_ERROR(Keep(rows));
  if (!reach_.to_end) RETURN_IF_ERROR(NoteDue(rows));
  ReportHeld();
  return {};
}

Status OverAhead::Keep(const TimedRows& rows) {
  const uint32_t count = rows.size();
  Batch part = rows.rows;
  const MutableColumnPtr times = Column::Make(Type::BigInt().WithNullable(false), count);
  const MutableColumnPtr sequences = Column::Make(Type::BigInt().WithNullable(false), count);
  std::ranges::copy(rows.times, times->mutable_data<int64_t>());
  std::ranges::copy(rows.sequences, sequences->mutable_data<int64_t>());
  const auto time = static_cast<int>(part.columns.size());
  part.columns.push_back(times);
  part.columns.push_back(sequences);
  hashes_.resize(count);
  HashKeys(part, spec_.partition, hashes_.data());
  const int sub_key[] = {time, time + 1};
  std::vector<std::byte*> stored(count);
  std::vector<uint8_t> created(count, 0);
  RETURN_IF_ERROR(table_->FindOrCreate({&part, spec_.partition, hashes_.data()}, sub_key,
                                       stored.data(), created.data()));
  std::vector<uint32_t> all(count);
  std::iota(all.begin(), all.end(), 0U);
  StoreColumns(part, kept_, table_->layout(), {stored.data(), all.data(), count}, *table_);
  return {};
}

TimedRows OverAhead::DueOf(const Batch& keys, std::span<const uint32_t> ids) const {
  TimedRows due;
  due.rows.row_count = static_cast<uint32_t>(ids.size());
  for (const ColumnPtr& column : keys.columns)
    due.rows.columns.push_back(Flatten(GatherColumn(*column, ids.data(), due.rows.row_count)));
  return due;
}

// `times`: of the rows, for which the partition is looked at at due.times.
Status OverAhead::AddDue(TimedRows due, std::span<const int64_t> times) {
  const uint32_t count = due.rows.row_count;
  const Type type = Type::BigInt().WithNullable(false);
  const MutableColumnPtr when = Column::Make(type, count);
  const MutableColumnPtr of_rows = Column::Make(type, count);
  std::ranges::copy(due.times, when->mutable_data<int64_t>());
  std::ranges::copy(times, of_rows->mutable_data<int64_t>());
  due.rows.columns.push_back(when);
  due.rows.columns.push_back(of_rows);
  for (uint32_t i = 0; i < count; ++i) due.sequences.push_back(sequence_++);
  return due_.Add(std::move(due));
}

Status OverAhead::NoteDue(const TimedRows& rows) {
  Batch keys;
  keys.row_count = rows.size();
  for (const int key : spec_.partition)
    keys.columns.push_back(rows.rows.columns[static_cast<size_t>(key)]);
  std::vector<uint32_t> all(rows.size());
  std::iota(all.begin(), all.end(), 0U);
  if (reach_.rows) {
    TimedRows due = DueOf(keys, all);
    due.times = rows.times;
    RETURN_IF_ERROR(AddDue(std::move(due), rows.times));
  }
  if (reach_.rows && reach_.millis == 0) return {};
  TimedRows due = DueOf(keys, all);
  for (const int64_t time : rows.times) due.times.push_back(After(time, reach_.millis));
  return AddDue(std::move(due), rows.times);
}

// --- rows that leave -----------------------------------------------------------------------------

void OverAhead::CountArrived(const TimedRows& due) {
  if (!reach_.rows) return;
  const Column& times = *due.rows.columns.back();
  for (uint32_t row = 0; row < due.size(); ++row) {
    const auto time = times.ValueAt<int64_t>(row);
    if (time != due.times[row]) continue;
    if (++waiting_[time] == 0) waiting_.erase(time);
  }
}

Status OverAhead::Fire(int64_t limit, Output& out) {
  due_.Begin(limit);
  while (const auto portion = TRY(due_.Next())) {
    ReportHeld();
    CountArrived(portion->rows);
    Batch keys = portion->rows.rows;
    keys.columns.resize(key_places_.size());
    RETURN_IF_ERROR(Look(keys, limit, out));
    RETURN_IF_ERROR(state_->Tidy());
  }
  if (later_.empty()) return {};
  TimedRows due;
  due.rows = ConcatenateAll(std::exchange(later_, {}));
  due.times = std::exchange(later_times_, {});
  // No row's own time.
  const std::vector<int64_t> times(due.times.size(), std::numeric_limits<int64_t>::min());
  return AddDue(std::move(due), times);
}

Status OverAhead::End(Output& out) {
  std::unordered_set<std::string> keys;
  RETURN_IF_ERROR(table_->Scan([&](const ScannedRows& run) -> Status {
    for (const std::string_view key : run.keys) keys.emplace(key);
    return {};
  }));
  std::vector<std::string_view> some;
  for (auto key = keys.begin(); key != keys.end();) {
    some.clear();
    for (; key != keys.end() && some.size() < kKeysAtOnce; ++key) some.emplace_back(*key);
    RETURN_IF_ERROR(Look(TRY(KeysOf(some)), kEndOfTime, out));
    RETURN_IF_ERROR(state_->Tidy());
  }
  // What would look at partitions later finds none.
  due_.Begin(kEndOfTime);
  while (TRY(due_.Next())) {
  }
  waiting_.clear();
  later_.clear();
  later_times_.clear();
  return {};
}

Status OverAhead::Look(const Batch& keys, int64_t known, Output& out) {
  std::vector<uint64_t> hashes(keys.row_count);
  HashKeys(keys, key_places_, hashes.data());
  groups_.Collect(keys, key_places_, hashes.data());
  const std::vector<uint32_t> firsts(groups_.firsts().begin(), groups_.firsts().end());
  size_t read = 0;
  for (size_t begin = 0; begin < firsts.size(); begin += kPartitionsAtOnce) {
    const auto some = std::span(firsts).subspan(
        begin, std::min<size_t>(kPartitionsAtOnce, firsts.size() - begin));
    read += TRY(LookAtSome(keys, some, known, out));
    if (read < kRowsBetweenTidies) continue;
    read = 0;
    RETURN_IF_ERROR(EmitGiven(out));
    RETURN_IF_ERROR(state_->Tidy());
  }
  return EmitGiven(out);
}

Batch OverAhead::AsRows(const Batch& keys, std::span<const uint32_t> ids) const {
  Batch rows;
  rows.row_count = static_cast<uint32_t>(ids.size());
  rows.columns.resize(width_);
  for (size_t i = 0; i < key_places_.size(); ++i)
    rows.columns[static_cast<size_t>(spec_.partition[i])] =
        GatherColumn(*keys.columns[i], ids.data(), rows.row_count);
  for (size_t i = 0; i < width_; ++i) {
    if (rows.columns[i] == nullptr) rows.columns[i] = Column::Make(types_[i], 0);
  }
  return rows;
}

Status OverAhead::FindBegun(const Batch& rows, std::vector<std::byte*>& begun) {
  begun.assign(rows.row_count, nullptr);
  if (begun_ == nullptr) return {};
  hashes_.resize(rows.row_count);
  HashKeys(rows, spec_.partition, hashes_.data());
  std::vector<uint8_t> created(rows.row_count, 0);
  RETURN_IF_ERROR(
      begun_->FindOrCreate({&rows, spec_.partition, hashes_.data()}, begun.data(), created.data()));
  for (size_t i = 0; i < begun.size(); ++i) {
    for (const auto& part : parts_) {
      if (created[i] != 0 && part->adds_up) part->calls.Clear(BegunOf(*part, begun[i]), *begun_);
    }
  }
  return {};
}

Result<size_t> OverAhead::LookAtSome(const Batch& keys, std::span<const uint32_t> ids,
                                     int64_t known, Output& out) {
  const Batch rows = AsRows(keys, ids);
  std::vector<std::byte*> begun;
  RETURN_IF_ERROR(FindBegun(rows, begun));
  size_t read = 0;
  for (uint32_t row = 0; row < rows.row_count; ++row) {
    RETURN_IF_ERROR(LookAt(rows, row, begun[row], known));
    read += rows_.size();
    if (given_rows_ >= batch_rows_) RETURN_IF_ERROR(EmitGiven(out));
  }
  return read;
}

Status OverAhead::LookAt(const Batch& batch, uint32_t row, std::byte* begun, int64_t known) {
  std::vector<ColumnPtr> key_columns;
  for (const int column : spec_.partition)
    key_columns.push_back(batch.columns[static_cast<size_t>(column)]);
  std::string key;
  AppendKey(key_columns, row, key);
  RETURN_IF_ERROR(rows_.Read(key, row, known));
  if (rows_.size() == 0) return {};
  const KnownRows at{rows_, batch, known};
  const uint32_t first = rows_.given();
  const uint32_t complete = std::max(first, TRY(CompleteRows(spec_, at)));
  if (complete > first) RETURN_IF_ERROR(Give(at, begun, first, complete));
  const uint32_t unread = TRY(UnreadRows(spec_, at, complete));
  const auto size = static_cast<uint32_t>(rows_.size());
  if (stays_ && complete == size && unread < size && known < kEndOfTime) {
    later_times_.push_back(After(rows_.TimeAt(size - 1), *stays_));
    Batch later;
    later.row_count = 1;
    for (const ColumnPtr& column : key_columns)
      later.columns.push_back(Flatten(GatherColumn(*column, &row, 1)));
    later_.push_back(std::move(later));
  }
  rows_.Give(std::max(first, unread), complete);
  return Drop(at, begun, unread);
}

Status OverAhead::Give(const KnownRows& at, std::byte* begun, uint32_t begin, uint32_t end) {
  places_.resize(end - begin);
  std::iota(places_.begin(), places_.end(), begin);
  Batch given;
  given.row_count = end - begin;
  for (size_t column = 0; column < width_; ++column) {
    given.columns.push_back(TRY(rows_.Values(at.batch, static_cast<int>(column), begin, end))
                                ->WithType(types_[column]));
  }
  for (const auto& part : parts_) {
    RETURN_IF_ERROR(part->frames.Find(rows_, at.batch));
    const RowPlace before =
        part->adds_up ? BegunOf(*part, begun) : RowPlace{table_->layout(), nullptr, 0};
    PoolVector<ColumnPtr> results;
    RETURN_IF_ERROR(part->calls.Compute(
        {rows_, part->frames, at.batch, part->adds_up ? &before : nullptr}, places_, results));
    for (const ColumnPtr& column : results) given.columns.push_back(Flatten(column));
  }
  if (reach_.rows) {
    for (uint32_t place = begin; place < end; ++place) {
      const int64_t time = rows_.TimeAt(place);
      if (--waiting_[time] == 0) waiting_.erase(time);
    }
  }
  given_rows_ += given.row_count;
  given_.push_back(std::move(given));
  return {};
}

Status OverAhead::Drop(const KnownRows& at, std::byte* begun, uint32_t rows) {
  if (rows == 0) return {};
  for (const auto& part : parts_) {
    if (!part->adds_up || at.known == kEndOfTime) continue;
    const RowPlace before = BegunOf(*part, begun);
    RETURN_IF_ERROR(part->calls.AddUp({rows_, part->frames, at.batch, &before}, rows, *begun_));
  }
  rows_.Erase(rows);
  return {};
}

Status OverAhead::EmitGiven(Output& out) {
  if (given_.empty()) return {};
  Batch result = ConcatenateAll(std::exchange(given_, {}));
  given_rows_ = 0;
  return EmitInPieces(std::move(result), batch_rows_, out);
}

Status OverAhead::OnWatermark(Timestamp watermark, Output& out) {
  const int64_t now = watermark.millis;
  RETURN_IF_ERROR(watermark == Timestamp::Max() ? End(out)
                  : reach_.to_end               ? Status()
                                                : Fire(now, out));
  progress_.Advance(now);
  ReportHeld();
  if (watermark == Timestamp::Max()) return out.EmitWatermark(watermark);
  if (reach_.to_end) return {};
  int64_t reached = now;
  if (reach_.rows) {
    if (!waiting_.empty()) reached = std::min(reached, waiting_.begin()->first - 1);
  } else if (__builtin_sub_overflow(now, reach_.millis, &reached) ||
             reached < Timestamp::Min().millis) {
    reached = Timestamp::Min().millis;
  }
  return out.EmitWatermark({reached});
}

Status OverAhead::Flush(Output&) {
  RETURN_IF_ERROR(due_.Store());
  ReportHeld();
  return {};
}

Status OverAhead::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(SaveSequence(sequence_));
  state.push_back(progress_.Save());
  return {};
}

}  // namespace

Result<OperatorPtr> MakeOverAhead(const graph::Node& node) {
  return OperatorPtr(std::make_unique<OverAhead>(std::get<graph::OverAheadSpec>(node.spec)));
}

}  // namespace weir::operators
