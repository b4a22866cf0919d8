// IntervalJoin: rows whose times differ by no more than the condition allows; inner, left, right,
// full; in event time and in processing time.
//
// Accepts inserts on both inputs and gives inserts. A pair comes out when its second row arrives. A
// row that is kept without a match comes out with NULLs when the watermark (the clock) says that
// no match can follow. The watermark that is passed on is held back by the longest time that a row
// may wait, so that nothing leaves behind it (Flink: KeyedCoProcessOperatorWithWatermarkDelay).
// A row behind the watermark still meets the rows whose time for matches is not over, and leaves
// with a mark. What is over is judged by the watermark of the late row's own partition, for both
// rows of a pair, whichever comes first: neither the size of batches nor the order of the inputs
// shows in the result. (In Flink it does, where both rows are late.)
// State: "left" and "right", rows under their times until the watermark has passed the last match
// that they can have; "times", the keys to look at when it does.
#include <algorithm>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/join_batch.h"
#include "runtime/operators/join_multiset.h"
#include "runtime/operators/join_output.h"
#include "runtime/operators/join_times.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/slice_assignment.h"

namespace weir::operators {
namespace {

constexpr int64_t kNever = INT64_MAX;
constexpr int64_t kLongestRound = 1000;  // ms by which rows may outlive their last match, at least

int64_t Add(int64_t time, int64_t amount) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(time, amount, &sum)) return sum;
  return amount > 0 ? INT64_MAX : INT64_MIN;
}

class IntervalJoin final : public Operator {
 public:
  explicit IntervalJoin(const graph::IntervalJoinSpec& spec)
      : spec_(spec), shape_(spec.shape), by_clock_(spec.left_time < 0) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status OnProcessingTime(Timestamp now, Output& out) override;
  Timestamp NextProcessingTime() const override;
  Status OnBarrier(uint64_t checkpoint_id, std::vector<OperatorStateEntry>& state) override;

 private:
  // Keys that are to be looked at again, one time a key; kNever: not.
  struct Again {
    DueKeys keys;
    std::vector<int64_t> due;
  };

  bool KeepsAlone(int port) const {
    return port == 0 ? graph::KeepsLeft(shape_.type) : graph::KeepsRight(shape_.type);
  }
  MultisetSide& side(int port) { return *sides_[static_cast<size_t>(port)]; }
  // A row of `port` at `time` can match rows of the other side at [First, Last].
  int64_t FirstMatch(int port, int64_t time) const {
    return Add(time, port == 0 ? -spec_.upper_millis : spec_.lower_millis);
  }
  int64_t LastMatch(int port, int64_t time) const {
    return Add(time, port == 0 ? -spec_.lower_millis : spec_.upper_millis);
  }
  // Whether a row of `port` at `time` has no match at `now` or later (Flink's expiration time). One
  // whose last match is just at the watermark can meet a late row yet.
  bool IsGone(int port, int64_t time, int64_t now) const { return LastMatch(port, time) < now; }

  Status FindTimes(const Batch& batch);
  // Whether two rows, one of the batch at hand, may meet: neither was gone when the other came.
  bool MayMeet(uint32_t own_row, const std::byte* other_row) const;
  Status MatchRunOf(Output& out);
  void FilterRun();
  void PassUnmatched(uint32_t place);
  Status Keep();
  Status Expire(int64_t now, Output& out);
  Status ExpireSide(int port, const DueKeys& keys, int64_t now, Output& out);
  Status EmitAlone(int port, const DueKeys& keys, Output& out);
  std::string Bounds() const;
  // When a row of `port` at `time` is to be looked at: behind its last match, rounded up.
  int64_t DueOf(int port, int64_t time) const;
  Status NoteAgain();
  Status Send(Output& out);

  const graph::IntervalJoinSpec& spec_;
  const graph::JoinShape& shape_;
  const bool by_clock_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  std::unique_ptr<MultisetSide> sides_[2];
  JoinTimes due_;
  JoinOutput output_;
  int64_t round_ = kLongestRound;
  int64_t delay_ = 0;
  int64_t now_ = Timestamp::Min().millis;  // watermark or clock
  // The state is of other bounds, so that rows may have been noted too early.
  bool other_bounds_ = false;
  std::vector<Again> again_;

  // Of the batch at hand.
  int port_ = 0;
  JoinBatch batch_;
  std::vector<int64_t> times_;  // one a physical row
  std::vector<int64_t> marks_;  // the same; empty: no row is behind
  MatchRun run_;
  Candidates candidates_;
  std::vector<uint8_t> passes_;
  JoinedRows rows_;
  std::vector<int64_t> matches_;  // one a selected row
  uint32_t passed_ = 0;
  std::vector<std::byte*> changed_;
};

Status IntervalJoin::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  clock_ = ctx.clock;
  for (int port = 0; port < 2; ++port) {
    graph::JoinSideState state = graph::TimedStateOfSide(shape_, port, true);
    MapTable* table = TRY(ctx.state->OpenMap(ctx.node->uid, state.schema));
    sides_[port] =
        std::make_unique<MultisetSide>(std::move(state), shape_.side(port).schema, *table);
  }
  RETURN_IF_ERROR(due_.Open(shape_, *ctx.state, ctx.node->uid));
  for (const OperatorStateEntry& entry : ctx.restored) {
    other_bounds_ |= entry.name == "bounds" && entry.bytes != Bounds();
  }
  // Keys are looked at a few times an interval, not for every row.
  round_ = std::max(kLongestRound, (spec_.upper_millis - spec_.lower_millis) / 4);
  delay_ = std::max({-spec_.lower_millis, spec_.upper_millis, int64_t{0}}) + round_;
  return output_.Open(shape_, side(0).state(), side(1).state(), ctx.node->output, *ctx.evaluation);
}

// Version 1, then both bounds in milliseconds, little-endian.
std::string IntervalJoin::Bounds() const {
  std::string bytes(1, '\1');
  for (const int64_t bound : {spec_.lower_millis, spec_.upper_millis}) {
    for (int shift = 0; shift < 64; shift += 8) {
      bytes += static_cast<char>(static_cast<uint64_t>(bound) >> shift);
    }
  }
  return bytes;
}

Status IntervalJoin::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back({"bounds", Bounds()});
  return {};
}

int64_t IntervalJoin::DueOf(int port, int64_t time) const {
  const int64_t last = LastMatch(port, time);
  return Add(last, round_ - (((last % round_) + round_) % round_));
}

Status IntervalJoin::FindTimes(const Batch& batch) {
  marks_.clear();
  if (by_clock_) {
    times_.assign(batch.row_count, now_);
    return {};
  }
  const int column = port_ == 0 ? spec_.left_time : spec_.right_time;
  RETURN_IF_ERROR(LocalTimes(batch, column, TimeZone::Utc(), times_));
  if (batch.late_marks != nullptr) LocalMarks(batch, TimeZone::Utc(), marks_);
  return {};
}

Status IntervalJoin::OnBatch(int port, Batch batch, Output& out) {
  if (by_clock_) RETURN_IF_ERROR(OnProcessingTime(clock_->Now(), out));
  port_ = port;
  RETURN_IF_ERROR(FindTimes(batch));
  batch_.Take(batch, shape_.side(port).keys, shape_.null_safe);
  candidates_.batch = &batch;
  candidates_.port = port;
  matches_.assign(batch.size(), 0);
  passed_ = 0;
  rows_.Clear();
  if (!batch_.keyed.empty()) {
    RETURN_IF_ERROR(side(1 - port).Probe({&batch_.keyed, shape_.side(port).keys, batch_.hashes}));
    while (side(1 - port).Next(run_)) RETURN_IF_ERROR(MatchRunOf(out));
  }
  PassUnmatched(batch.size());
  candidates_.own.clear();
  RETURN_IF_ERROR(output_.Load(side(1 - port).layout(), {}, candidates_));
  RETURN_IF_ERROR(Send(out));
  return Keep();
}

bool IntervalJoin::MayMeet(uint32_t own_row, const std::byte* other_row) const {
  const MultisetSide& other = *sides_[static_cast<size_t>(1 - port_)];
  const int64_t own_time = times_[own_row];
  const auto time =
      other.layout().Load<int64_t>(other_row, static_cast<size_t>(other.state().time_field));
  if (time < FirstMatch(port_, own_time) || time > LastMatch(port_, own_time)) return false;
  const int64_t own_mark = marks_.empty() ? Timestamp::Min().millis : marks_[own_row];
  const auto mark =
      other.layout().Load<int64_t>(other_row, static_cast<size_t>(other.state().mark_field));
  return !IsGone(1 - port_, time, std::max(own_mark, now_)) && !IsGone(port_, own_time, mark);
}

// Leaves the matches that are near enough in time.
void IntervalJoin::FilterRun() {
  size_t kept = 0;
  for (size_t i = 0; i < run_.rows.size(); ++i) {
    if (!MayMeet(batch_.keyed.RowAt(run_.probes[i]), run_.rows[i])) continue;
    run_.probes[kept] = run_.probes[i];
    run_.rows[kept++] = run_.rows[i];
  }
  run_.probes.resize(kept);
  run_.rows.resize(kept);
}

Status IntervalJoin::MatchRunOf(Output& out) {
  FilterRun();
  candidates_.own.clear();
  for (const uint32_t probe : run_.probes) candidates_.own.push_back(batch_.keyed.RowAt(probe));
  MultisetSide& other = side(1 - port_);
  RETURN_IF_ERROR(output_.Load(other.layout(), run_.rows, candidates_));
  RETURN_IF_ERROR(output_.Judge(candidates_, passes_));
  changed_.clear();
  const int field = other.state().matches_field;
  for (uint32_t i = 0; i < candidates_.size(); ++i) {
    if (passes_[i] == 0) continue;
    const uint32_t place = batch_.places[run_.probes[i]];
    PassUnmatched(place);
    passed_ = place + 1;
    const int64_t copies = other.CopiesOf(run_.rows[i]);
    matches_[place] += copies;
    for (int64_t copy = 0; copy < copies; ++copy) {
      rows_.AddPair(RowKind::kInsert, candidates_.own[i], i);
    }
    if (field < 0) continue;
    const auto matches = other.layout().Load<int64_t>(run_.rows[i], static_cast<size_t>(field));
    if (matches > 0) continue;
    other.layout().Store<int64_t>(run_.rows[i], static_cast<size_t>(field), 1);
    changed_.push_back(run_.rows[i]);
  }
  if (!changed_.empty()) other.MarkChanged(changed_);
  return Send(out);
}

// Rows of the batch before `place` without a match: those that can have none any more come out.
void IntervalJoin::PassUnmatched(uint32_t place) {
  if (!KeepsAlone(port_)) {
    passed_ = std::max(passed_, place);
    return;
  }
  const Batch& batch = *candidates_.batch;
  for (; passed_ < place; ++passed_) {
    const uint32_t row = batch.RowAt(passed_);
    const bool keyed = std::binary_search(batch_.places.begin(), batch_.places.end(), passed_);
    if (keyed && !IsGone(port_, times_[row], now_)) continue;
    rows_.AddOwn(RowKind::kInsert, row);
  }
}

// Puts the rows that can have matches yet into the table.
Status IntervalJoin::Keep() {
  const Batch& keyed = batch_.keyed;
  const BufferPtr ids = MakeBuffer<uint32_t>(keyed.size());
  std::vector<int64_t> matches;
  std::vector<int64_t> due(keyed.row_count, 0);
  uint32_t count = 0;
  for (uint32_t i = 0; i < keyed.size(); ++i) {
    const uint32_t row = keyed.RowAt(i);
    if (IsGone(port_, times_[row], now_)) continue;
    ids->as<uint32_t>()[count++] = row;
    matches.push_back(matches_[batch_.places[i]]);
    due[row] = DueOf(port_, times_[row]);
  }
  if (count == 0) return {};
  Batch kept = keyed;
  kept.selection = Selection(ids, count);
  const KeyView keys{&kept, shape_.side(port_).keys, batch_.hashes};
  RETURN_IF_ERROR(side(port_).ApplyAt({&kept, keys.columns, keys.hashes, nullptr, matches.data()},
                                      {times_.data(), marks_.empty() ? nullptr : marks_.data()}));
  return due_.Note(keys, due.data());
}

Status IntervalJoin::OnWatermark(Timestamp watermark, Output& out) {
  if (by_clock_) {
    if (watermark == Timestamp::Max()) RETURN_IF_ERROR(Expire(kNever, out));
    return out.EmitWatermark(watermark);
  }
  now_ = std::max(now_, watermark.millis);
  RETURN_IF_ERROR(Expire(now_, out));
  if (watermark == Timestamp::Max() || watermark == Timestamp::Min()) {
    return out.EmitWatermark(watermark);
  }
  return out.EmitWatermark({Add(watermark.millis, -delay_)});
}

Status IntervalJoin::OnProcessingTime(Timestamp now, Output& out) {
  if (!by_clock_) return {};
  now_ = std::max(now_, now.millis);
  return Expire(now_, out);
}

Timestamp IntervalJoin::NextProcessingTime() const {
  if (!by_clock_ || due_.Next() == INT64_MAX) return Timestamp::Max();
  return {due_.Next()};
}

Status IntervalJoin::Expire(int64_t now, Output& out) {
  RETURN_IF_ERROR(due_.Take(now, [&](int64_t, const DueKeys& keys) -> Status {
    again_.push_back({keys, {}});
    again_.back().due.assign(keys.batch.row_count, kNever);
    RETURN_IF_ERROR(ExpireSide(0, keys, now, out));
    RETURN_IF_ERROR(ExpireSide(1, keys, now, out));
    if (!other_bounds_) again_.clear();
    return {};
  }));
  return NoteAgain();
}

Status IntervalJoin::NoteAgain() {
  for (Again& again : again_) {
    const uint32_t count = again.keys.batch.row_count;
    const BufferPtr ids = MakeBuffer<uint32_t>(count);
    uint32_t kept = 0;
    for (uint32_t row = 0; row < count; ++row) {
      if (again.due[row] != kNever) ids->as<uint32_t>()[kept++] = row;
    }
    if (kept == 0) continue;
    again.keys.batch.selection = Selection(ids, kept);
    RETURN_IF_ERROR(due_.Note(again.keys.view(), again.due.data()));
  }
  again_.clear();
  return {};
}

Status IntervalJoin::ExpireSide(int port, const DueKeys& keys, int64_t now, Output& out) {
  MultisetSide& own = side(port);
  const auto time_field = static_cast<size_t>(own.state().time_field);
  RETURN_IF_ERROR(own.Probe(keys.view()));
  std::vector<std::byte*> over;
  while (own.Next(run_)) {
    MatchRun alone;
    for (size_t i = 0; i < run_.rows.size(); ++i) {
      std::byte* row = run_.rows[i];
      const auto time = own.layout().Load<int64_t>(row, time_field);
      if (!IsGone(port, time, now)) {
        int64_t& due = again_.back().due[run_.probes[i]];
        due = std::min(due, DueOf(port, time));
        continue;
      }
      over.push_back(row);
      if (!KeepsAlone(port)) continue;
      const auto field = static_cast<size_t>(own.state().matches_field);
      if (own.layout().Load<int64_t>(row, field) > 0) continue;
      alone.probes.push_back(run_.probes[i]);
      alone.rows.push_back(row);
    }
    run_ = std::move(alone);
    RETURN_IF_ERROR(EmitAlone(port, keys, out));
  }
  if (!over.empty()) own.Erase(over);
  return {};
}

// The rows of run_ without a match, their keys those of `keys`.
Status IntervalJoin::EmitAlone(int port, const DueKeys& keys, Output& out) {
  if (run_.rows.empty()) return {};
  // The keys stand in for a batch of the other side.
  Batch carrier;
  carrier.row_count = keys.batch.row_count;
  const graph::JoinInput& other = shape_.side(1 - port);
  for (const Field& field : other.schema.fields) {
    carrier.columns.push_back(Column::MakeNull(field.type.WithNullable(true), carrier.row_count));
  }
  for (size_t i = 0; i < other.keys.size(); ++i) {
    carrier.columns[static_cast<size_t>(other.keys[i])] = keys.batch.columns[i];
  }
  candidates_.batch = &carrier;
  candidates_.port = 1 - port;
  candidates_.own = run_.probes;
  RETURN_IF_ERROR(output_.Load(side(port).layout(), run_.rows, candidates_));
  rows_.Clear();
  marks_.clear();
  for (uint32_t i = 0; i < run_.rows.size(); ++i) {
    const int64_t copies = side(port).CopiesOf(run_.rows[i]);
    for (int64_t copy = 0; copy < copies; ++copy) {
      rows_.AddOther(RowKind::kInsert, run_.probes[i], i);
    }
  }
  return Send(out);
}

Status IntervalJoin::Send(Output& out) {
  if (rows_.size() == 0) return {};
  Batch result = output_.Build(candidates_, rows_);
  if (!marks_.empty()) {
    result.late_marks = MakeBuffer<int64_t>(result.row_count);
    for (uint32_t i = 0; i < result.row_count; ++i) {
      const int64_t mark = marks_[rows_.own[i]];
      const bool late = mark != Timestamp::Min().millis;
      result.late_marks->as<int64_t>()[i] = late ? Add(mark, -delay_) : mark;
    }
  }
  rows_.Clear();
  return EmitInPieces(std::move(result), batch_rows_, out);
}

}  // namespace

Result<OperatorPtr> MakeIntervalJoin(const graph::Node& node) {
  return OperatorPtr(std::make_unique<IntervalJoin>(std::get<graph::IntervalJoinSpec>(node.spec)));
}

}  // namespace weir::operators
