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
// shows in the result. (In Flink it does, where both rows are late.) Nor in the marks: a row that
// leaves alone has the one that it came with, even if it had to wait, and a pair has the greater
// one of its two rows. A row that comes when the time for its matches is over, and meets none that
// is left, is counted as late.
// State: "left" and "right", rows in slices of their times, each until the watermark has passed the
// last match that any row of it can have. Operator state: "slices", how long they are.
#include <algorithm>
#include <span>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/join/join_batch.h"
#include "runtime/operators/join/join_output.h"
#include "runtime/operators/join/join_side.h"
#include "runtime/operators/join/join_slices.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/time/slice_assignment.h"

namespace weir::operators {
namespace {

constexpr int64_t kNever = INT64_MAX;
// The shortest slice, in milliseconds. Rows may outlive their last match by the length of a slice;
// shorter ones would make many small tables.
constexpr int64_t kShortestRound = 1000;

int64_t Add(int64_t time, int64_t amount) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(time, amount, &sum)) return sum;
  return amount > 0 ? INT64_MAX : INT64_MIN;
}

// Version 1, then the milliseconds that a slice spans.
std::string EncodeSlices(int64_t millis) {
  std::string bytes(1, '\1');
  AppendLittle(bytes, millis);
  return bytes;
}

Result<int64_t> DecodeSlices(std::string_view bytes) {
  ByteReader in(bytes);
  const auto version = in.Little<uint8_t>();
  const auto millis = in.Little<int64_t>();
  if (in.failed() || version != 1 || millis <= 0) {
    return Status::Corruption("the slices of an interval join are malformed");
  }
  return millis;
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
  struct TimedRow {
    int64_t time;
    uint32_t index;  // among the keyed rows of the batch
  };
  using TimedRows = std::span<const TimedRow>;

  bool KeepsAlone(int port) const {
    return port == 0 ? graph::KeepsLeft(shape_.type) : graph::KeepsRight(shape_.type);
  }
  JoinSlices& side(int port) { return sides_[port]; }
  // The times [FirstMatch, LastMatch] of the rows on the other side that a row of `port` at `time`
  // can match.
  int64_t FirstMatch(int port, int64_t time) const {
    return Add(time, port == 0 ? -spec_.upper_millis : spec_.lower_millis);
  }
  int64_t LastMatch(int port, int64_t time) const {
    return Add(time, port == 0 ? -spec_.lower_millis : spec_.upper_millis);
  }
  // Whether a row of `port` at `time` has no match at `now` or later (Flink's expiration time). If
  // its last match is exactly at the watermark, a late row can still match it.
  bool IsExpired(int port, int64_t time, int64_t now) const { return LastMatch(port, time) < now; }

  // The end of the slice that contains a time.
  int64_t SliceOf(int64_t time) const;
  // How much time a slice may span: more than round_ as long as there are restored slices of other
  // lengths.
  int64_t Widest() const;
  Status FindTimes(const Batch& batch);
  void OrderByTime();
  // Whether a row of the current batch may be joined with a stored one: neither had expired when
  // the other arrived.
  bool MayMeet(uint32_t own_row, const std::byte* other_row) const;
  Status FindMatches(Output& out);
  Status ProbeSlice(int64_t end, TimedRows rows, Output& out);
  Status MatchRunOf(Output& out);
  Status LoadOthers(std::span<std::byte* const> rows);
  void FilterRun();
  void PassUnmatched();
  void CountLate() const;
  // A batch of `rows`, which are rows of `keyed`. Sets picked_ to their indices there.
  Batch Pick(const Batch& keyed, TimedRows rows);
  Status Keep();
  Batch WithFields() const;
  Status Expire(int64_t now, Output& out);
  Status EmitAlone(int port, const Batch& batch, Output& out);
  void SetMarks(Batch& result) const;
  Status Send(Output& out);

  const graph::IntervalJoinSpec& spec_;
  const graph::JoinShape& shape_;
  const bool by_clock_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  OperatorMetrics* metrics_ = nullptr;
  JoinSlices sides_[2];
  JoinOutput output_;
  int64_t round_ = kShortestRound;  // ms of time in a slice
  int64_t widest_ = kShortestRound;
  int64_t last_restored_ = INT64_MIN;  // end of the last restored slice
  int64_t delay_ = 0;
  int64_t now_ = Timestamp::Min().millis;  // watermark or clock

  // Scratch of the current batch.
  int port_ = 0;
  JoinBatch batch_;
  std::vector<int64_t> times_;   // one per physical row
  std::vector<int64_t> marks_;   // the same; empty: no row is behind
  std::vector<TimedRow> order_;  // its keyed rows by time
  std::vector<uint32_t> picked_;
  Batch probed_;
  MatchRun run_;
  Candidates candidates_;
  std::vector<int64_t> other_marks_;  // one per candidate; empty: none is behind
  std::vector<uint8_t> passes_;
  JoinedRows rows_;
  std::vector<int64_t> matches_;  // one per selected row
  std::vector<std::byte*> changed_;
};

Status IntervalJoin::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  clock_ = ctx.clock;
  metrics_ = ctx.metrics;
  for (int port = 0; port < 2; ++port) {
    RETURN_IF_ERROR(side(port).Open(graph::IntervalStateOfSide(shape_, port), shape_.side(port),
                                    *ctx.state, ctx.node->uid));
    const std::vector<int64_t>& ends = side(port).ends();
    if (!ends.empty()) last_restored_ = std::max(last_restored_, ends.back());
  }
  // An interval takes a few slices, so that memory of a part of it is freed at a time.
  round_ = std::max(kShortestRound, (spec_.upper_millis - spec_.lower_millis) / 4);
  widest_ = round_;
  for (const OperatorStateEntry& entry : ctx.restored) {
    // The saved query may have had another interval, and so slices of another length, which are
    // kept.
    if (entry.name == "slices") widest_ = std::max(widest_, TRY(DecodeSlices(entry.bytes)));
  }
  // How long a row may wait before it leaves: until its last match, and then for the rest of its
  // slice.
  delay_ = std::max({-spec_.lower_millis, spec_.upper_millis, int64_t{0}}) + widest_;
  return output_.Open(shape_, side(0).state(), side(1).state(), ctx.node->output, *ctx.evaluation);
}

int64_t IntervalJoin::Widest() const {
  for (const JoinSlices& slices : sides_) {
    if (!slices.ends().empty() && slices.ends().front() <= last_restored_) return widest_;
  }
  return round_;
}

Status IntervalJoin::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back({"slices", EncodeSlices(Widest())});
  return {};
}

int64_t IntervalJoin::SliceOf(int64_t time) const {
  const int64_t past = ((time % round_) + round_) % round_;
  return past == 0 ? time : Add(time, round_ - past);
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

void IntervalJoin::OrderByTime() {
  const Batch& keyed = batch_.keyed;
  order_.clear();
  for (uint32_t i = 0; i < keyed.size(); ++i) order_.push_back({times_[keyed.RowAt(i)], i});
  const auto earlier = [](const TimedRow& a, const TimedRow& b) { return a.time < b.time; };
  if (std::is_sorted(order_.begin(), order_.end(), earlier)) return;
  std::stable_sort(order_.begin(), order_.end(), earlier);
}

Status IntervalJoin::OnBatch(int port, Batch batch, Output& out) {
  if (by_clock_) RETURN_IF_ERROR(OnProcessingTime(clock_->Now(), out));
  port_ = port;
  RETURN_IF_ERROR(FindTimes(batch));
  batch_.Take(batch, shape_.side(port).keys, shape_.null_safe);
  candidates_.batch = &batch;
  candidates_.port = port;
  matches_.assign(batch.size(), 0);
  rows_.Clear();
  OrderByTime();
  if (!order_.empty()) RETURN_IF_ERROR(FindMatches(out));
  CountLate();
  PassUnmatched();
  candidates_.own.clear();
  RETURN_IF_ERROR(LoadOthers({}));
  RETURN_IF_ERROR(Send(out));
  return Keep();
}

// Probes the slices of the other side that can contain matches, each with those rows of the batch
// that can have matches there.
Status IntervalJoin::FindMatches(Output& out) {
  const std::vector<int64_t>& ends = side(1 - port_).ends();
  const int64_t widest = Widest();
  const int64_t first = FirstMatch(port_, order_.front().time);
  const int64_t last = LastMatch(port_, order_.back().time);
  for (auto end = std::lower_bound(ends.begin(), ends.end(), first); end != ends.end(); ++end) {
    // A slice ends at *end and spans at most `widest`, so it cannot begin before this.
    const int64_t before = Add(*end, -widest);
    if (before >= last) break;
    const auto from = std::partition_point(order_.begin(), order_.end(), [&](const TimedRow& row) {
      return LastMatch(port_, row.time) <= before;
    });
    const auto to = std::partition_point(from, order_.end(), [&](const TimedRow& row) {
      return FirstMatch(port_, row.time) <= *end;
    });
    if (from != to) RETURN_IF_ERROR(ProbeSlice(*end, {from, to}, out));
  }
  return {};
}

Batch IntervalJoin::Pick(const Batch& keyed, TimedRows rows) {
  picked_.clear();
  for (const TimedRow& row : rows) picked_.push_back(row.index);
  std::sort(picked_.begin(), picked_.end());
  Batch part = keyed;
  if (picked_.size() == keyed.size()) return part;
  const BufferPtr ids = MakeBuffer<uint32_t>(picked_.size());
  for (size_t i = 0; i < picked_.size(); ++i) ids->as<uint32_t>()[i] = keyed.RowAt(picked_[i]);
  part.selection = Selection(ids, static_cast<uint32_t>(picked_.size()));
  return part;
}

Status IntervalJoin::ProbeSlice(int64_t end, TimedRows rows, Output& out) {
  probed_ = Pick(batch_.keyed, rows);
  JoinSlices& other = side(1 - port_);
  RETURN_IF_ERROR(other.Probe(end, {&probed_, shape_.side(port_).keys, batch_.hashes}));
  while (other.Next(run_)) RETURN_IF_ERROR(MatchRunOf(out));
  return {};
}

bool IntervalJoin::MayMeet(uint32_t own_row, const std::byte* other_row) const {
  const JoinSlices& other = sides_[1 - port_];
  const int64_t own_time = times_[own_row];
  const auto time =
      other.layout().Load<int64_t>(other_row, static_cast<size_t>(other.state().time_field));
  if (time < FirstMatch(port_, own_time) || time > LastMatch(port_, own_time)) return false;
  const int64_t own_mark = marks_.empty() ? Timestamp::Min().millis : marks_[own_row];
  // Each row must still have been there by the watermark that the other's partition had when it
  // arrived. Asking both ways makes the result independent of which of the two rows came first.
  return !IsExpired(1 - port_, time, std::max(own_mark, now_)) &&
         !IsExpired(port_, own_time, other.MarkOf(other_row));
}

// Keeps the matches that are close enough in time.
void IntervalJoin::FilterRun() {
  size_t kept = 0;
  for (size_t i = 0; i < run_.rows.size(); ++i) {
    if (!MayMeet(probed_.RowAt(run_.probes[i]), run_.rows[i])) continue;
    run_.probes[kept] = run_.probes[i];
    run_.rows[kept++] = run_.rows[i];
  }
  run_.probes.resize(kept);
  run_.rows.resize(kept);
}

// Reads the stored rows that are candidates; none where rows leave alone.
Status IntervalJoin::LoadOthers(std::span<std::byte* const> rows) {
  const JoinSlices& other = sides_[1 - candidates_.port];
  other_marks_.clear();
  const bool late = std::any_of(rows.begin(), rows.end(), [&](const std::byte* row) {
    return other.MarkOf(row) != Timestamp::Min().millis;
  });
  if (late) {
    for (const std::byte* row : rows) other_marks_.push_back(other.MarkOf(row));
  }
  return output_.Load(other.layout(), rows, candidates_);
}

Status IntervalJoin::MatchRunOf(Output& out) {
  FilterRun();
  if (run_.rows.empty()) return {};
  candidates_.own.clear();
  for (const uint32_t probe : run_.probes) candidates_.own.push_back(probed_.RowAt(probe));
  JoinSlices& other = side(1 - port_);
  RETURN_IF_ERROR(LoadOthers(run_.rows));
  RETURN_IF_ERROR(output_.EvaluateResidual(candidates_, passes_));
  changed_.clear();
  const int field = other.state().matches_field;
  for (uint32_t i = 0; i < candidates_.size(); ++i) {
    if (passes_[i] == 0) continue;
    ++matches_[batch_.places[picked_[run_.probes[i]]]];
    rows_.AddPair(RowKind::kInsert, candidates_.own[i], i);
    if (field < 0) continue;
    const auto matches = other.layout().Load<int64_t>(run_.rows[i], static_cast<size_t>(field));
    // Only whether a row has matched matters, so the count stays at 1 and later matches write
    // nothing.
    if (matches > 0) continue;
    other.layout().Store<int64_t>(run_.rows[i], static_cast<size_t>(field), 1);
    changed_.push_back(run_.rows[i]);
  }
  if (!changed_.empty()) other.MarkChanged(changed_);
  return Send(out);
}

void IntervalJoin::CountLate() const {
  if (marks_.empty() || metrics_ == nullptr) return;
  uint64_t late = 0;
  for (uint32_t i = 0; i < batch_.keyed.size(); ++i) {
    const uint32_t row = batch_.keyed.RowAt(i);
    const bool over = marks_[row] != Timestamp::Min().millis &&
                      IsExpired(port_, times_[row], std::max(marks_[row], now_));
    if (over && matches_[batch_.places[i]] == 0) ++late;
  }
  metrics_->late_rows += late;
}

// Emits the rows of the batch that have found no match and can have none later.
void IntervalJoin::PassUnmatched() {
  if (!KeepsAlone(port_)) return;
  // Rows with a NULL in their key are not keyed: they never match and are not kept, so they are
  // emitted at once.
  const Batch& batch = *candidates_.batch;
  auto next_keyed = batch_.places.begin();
  for (uint32_t place = 0; place < batch.size(); ++place) {
    const uint32_t row = batch.RowAt(place);
    const bool keyed = next_keyed != batch_.places.end() && *next_keyed == place;
    if (keyed) ++next_keyed;
    if (matches_[place] > 0 || (keyed && !IsExpired(port_, times_[row], now_))) continue;
    rows_.AddOwn(RowKind::kInsert, row);
  }
}

// The keyed rows with the additional fields of their side's state.
Batch IntervalJoin::WithFields() const {
  Batch batch = WithColumn(batch_.keyed, times_.data());
  if (marks_.empty()) {
    batch.columns.push_back(Column::MakeNull(Type::BigInt(), batch.row_count));
  } else {
    const MutableColumnPtr marks = Column::Make(Type::BigInt(), batch.row_count);
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      marks->mutable_data<int64_t>()[row] = marks_[row];
      if (marks_[row] == Timestamp::Min().millis) marks->SetNull(row);
    }
    batch.columns.push_back(marks);
  }
  if (sides_[port_].state().matches_field < 0) return batch;
  std::vector<int64_t> matches(batch.row_count, 0);
  for (uint32_t i = 0; i < batch.size(); ++i) matches[batch.RowAt(i)] = matches_[batch_.places[i]];
  return WithColumn(batch, matches.data());
}

// Stores the rows that can still have matches in their slices.
Status IntervalJoin::Keep() {
  auto from = std::partition_point(order_.begin(), order_.end(), [&](const TimedRow& row) {
    return IsExpired(port_, row.time, now_);
  });
  if (from == order_.end()) return {};
  const Batch batch = WithFields();
  while (from != order_.end()) {
    const int64_t end = SliceOf(from->time);
    const auto to = std::partition_point(from, order_.end(),
                                         [&](const TimedRow& row) { return row.time <= end; });
    RETURN_IF_ERROR(side(port_).Append(end, Pick(batch, {from, to}), batch_.hashes));
    from = to;
  }
  return {};
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
  // Rows that wait are emitted later with times of up to delay_ before this watermark.
  return out.EmitWatermark({Add(watermark.millis, -delay_)});
}

Status IntervalJoin::OnProcessingTime(Timestamp now, Output& out) {
  if (!by_clock_) return {};
  now_ = std::max(now_, now.millis);
  return Expire(now_, out);
}

Timestamp IntervalJoin::NextProcessingTime() const {
  if (!by_clock_) return Timestamp::Max();
  int64_t next = kNever;
  for (int port = 0; port < 2; ++port) {
    const std::vector<int64_t>& ends = sides_[port].ends();
    // One millisecond after the last match of the slice's last row: IsExpired is strict.
    if (!ends.empty()) next = std::min(next, Add(LastMatch(port, ends.front()), 1));
  }
  return next == kNever ? Timestamp::Max() : Timestamp{next};
}

// A slice as a whole has expired when its last moment has.
Status IntervalJoin::Expire(int64_t now, Output& out) {
  for (int port = 0; port < 2; ++port) {
    JoinSlices& own = side(port);
    while (!own.ends().empty() && IsExpired(port, own.ends().front(), now)) {
      const int64_t end = own.ends().front();
      if (KeepsAlone(port)) {
        const auto field = static_cast<size_t>(own.state().matches_field);
        RETURN_IF_ERROR(own.Scan(
            end, [&](const std::byte* row) { return own.layout().Load<int64_t>(row, field) == 0; },
            [&](const Batch& rows) { return EmitAlone(port, rows, out); }));
      }
      RETURN_IF_ERROR(own.Drop(end));
    }
  }
  return {};
}

// Emits rows of one side without a match, with the marks that they came with.
Status IntervalJoin::EmitAlone(int port, const Batch& batch, Output& out) {
  candidates_.batch = &batch;
  candidates_.port = port;
  candidates_.own.clear();
  RETURN_IF_ERROR(LoadOthers({}));
  rows_.Clear();
  marks_.clear();
  if (batch.late_marks != nullptr) LocalMarks(batch, TimeZone::Utc(), marks_);
  for (uint32_t row = 0; row < batch.row_count; ++row) rows_.AddOwn(RowKind::kInsert, row);
  return Send(out);
}

// Which row of a pair came first depends on how fast the inputs are read, so the pair takes the
// greater mark, that of the watermark that had gone further.
void IntervalJoin::SetMarks(Batch& result) const {
  if (marks_.empty() && other_marks_.empty()) return;
  const int64_t none = Timestamp::Min().millis;
  result.late_marks = MakeBuffer<int64_t>(result.row_count);
  for (uint32_t i = 0; i < result.row_count; ++i) {
    int64_t mark = marks_.empty() ? none : marks_[rows_.own[i]];
    const uint32_t other = rows_.other[i];
    if (other != kNoRow && !other_marks_.empty()) mark = std::max(mark, other_marks_[other]);
    // Measured against the watermark that this operator emits.
    result.late_marks->as<int64_t>()[i] = mark == none ? none : Add(mark, -delay_);
  }
}

Status IntervalJoin::Send(Output& out) {
  if (rows_.size() == 0) return {};
  Batch result = output_.Build(candidates_, rows_);
  SetMarks(result);
  rows_.Clear();
  return EmitInPieces(std::move(result), batch_rows_, out);
}

}  // namespace

Result<OperatorPtr> MakeIntervalJoin(const graph::Node& node) {
  return OperatorPtr(std::make_unique<IntervalJoin>(std::get<graph::IntervalJoinSpec>(node.spec)));
}

}  // namespace weir::operators
