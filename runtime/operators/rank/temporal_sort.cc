// TemporalSort: ORDER BY a time attribute, ascending, over input that never ends; by further keys
// among rows of one time, and then by arrival. The input has inserts only. Runs in one subtask.
//
// By event time (Flink: RowTimeSortOperator) a row leaves before the watermark that passes its time
// is forwarded. A row behind the watermark of its partition is late. It is dropped and counted
// unless its time is after those of all rows that have left: then nothing is out of order yet, and
// it leaves with its mark before the next watermark does. When that is, is judged by the watermarks
// of the partitions, so that neither the size of batches nor the pace of several partitions shows:
// a row with the mark m goes behind the rows that came in time for m, together with others of that
// mark, and in front of all that are due later.
// By the clock (Flink: ProcTimeSortOperator) rows leave once the millisecond in which they came is
// over, with the watermarks that came behind them; without further keys at once.
// State: "waiting", the rows in the order in which they leave, all under one key. They are read
// from the front, so that the rest can be on disk. Operator state: "sequence"; "sorted", how far
// rows have left.
#include <array>
#include <deque>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/graph/rank_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/rank/sort_order.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/operators/time/row_sequence.h"
#include "runtime/operators/time/slice_assignment.h"
#include "runtime/operators/time/stored_time.h"
#include "runtime/types/leading_key.h"

namespace weir::operators {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
constexpr int64_t kNoMark = Timestamp::Min().millis;
constexpr size_t kRowsAtOnce = 4096;

// How far rows have left.
struct Sorted {
  int64_t watermark = Timestamp::Min().millis;  // the last one that came
  int64_t last = Timestamp::Min().millis;       // the greatest time of a row that has left
};

// Version 1, then both numbers.
std::string EncodeSorted(const Sorted& sorted) {
  std::string bytes(1, '\1');
  AppendLittle(bytes, sorted.watermark);
  AppendLittle(bytes, sorted.last);
  return bytes;
}

Result<Sorted> DecodeSorted(std::string_view bytes) {
  ByteReader in(bytes);
  const auto version = in.Little<uint8_t>();
  Sorted sorted;
  sorted.watermark = in.Little<int64_t>();
  sorted.last = in.Little<int64_t>();
  if (in.failed() || version != 1) {
    return Status::Corruption("how far a sort by time has come is malformed");
  }
  return sorted;
}

// The first two columns of a row's sub-key (graph::StateOfTemporalSort).
struct Place {
  int64_t due;
  bool late;
};

Place PlaceOf(std::string_view sub_key) {
  return {LeadingBigInt(sub_key), sub_key[kBigIntKeyBytes + 1] != 0};  // behind a tag
}

class TemporalSort final : public Operator {
 public:
  explicit TemporalSort(const graph::TemporalSortSpec& spec)
      : spec_(spec), by_clock_(spec.time_column < 0) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status OnProcessingTime(Timestamp now, Output& out) override;
  Timestamp NextProcessingTime() const override;
  Status OnBarrier(uint64_t checkpoint_id, std::vector<OperatorStateEntry>& state) override;

 private:
  // A watermark that waits for rows which came before it: it is forwarded once those that are due
  // up to `due` have left.
  struct Held {
    int64_t due;
    Timestamp watermark;
  };

  // Sets due_, late_ and marks_ of every row, and kept_ to the rows that are not late for sure.
  Status FindDue(const Batch& batch);
  Status FindDueByTime(const Batch& batch);
  Status Keep(const Batch& batch);
  // Emits the rows that are due at `limit`, and late ones that are due before.
  Status Fire(int64_t limit, Output& out);
  // Emits the next rows that are due at `limit`, some thousand, and removes them from the table.
  // False when there are none.
  Result<bool> TakeDue(int64_t limit, Output& out);
  Status FindRows(int64_t limit);
  // Whether a row may still leave: it is not late, or its time is after those of all rows that had
  // left before the first row with its mark was judged. If so, it counts as one that has left.
  bool MayLeave(const Place& place, int64_t time);
  Result<Batch> Load() const;
  Status PassWatermarks(Output& out);
  void CountLate(uint64_t rows) const {
    if (metrics_ != nullptr) metrics_->late_rows += rows;
  }

  const graph::TemporalSortSpec& spec_;
  const bool by_clock_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  bool marks_out_ = false;  // somebody looks at the marks of the output
  Clock* clock_ = nullptr;
  OperatorMetrics* metrics_ = nullptr;
  TaskState* state_ = nullptr;
  size_t columns_ = 0;       // of the input
  std::vector<int> stored_;  // columns of a batch with its marks: 0, 1, …
  MapTable* waiting_ = nullptr;
  int64_t sequence_ = 0;
  Sorted sorted_;
  // A lower bound of the times at which waiting rows are due.
  int64_t next_due_ = kNever;
  // By the clock: the last instant at which a row came, whether rows of before the start wait, and
  // the watermarks that rows are in front of, in order.
  int64_t now_ = Timestamp::Min().millis;
  bool restored_ = false;
  std::deque<Held> held_;
  // The mark of the late rows that are being judged, and the time after which they may leave.
  int64_t judged_ = kNoMark;
  int64_t judged_after_ = kNoMark;

  // Scratch of the current batch, or of the rows that leave.
  std::vector<uint64_t> hashes_;
  std::vector<int64_t> due_;
  std::vector<uint8_t> late_;
  std::vector<int64_t> marks_;
  std::vector<uint32_t> kept_;
  SortOrder order_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  std::vector<Place> places_;
  std::vector<std::byte*> leaving_;
};

Status TemporalSort::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  marks_out_ = ctx.node->late_marks != graph::LateMarks::kUnused;
  clock_ = ctx.clock;
  metrics_ = ctx.metrics;
  state_ = ctx.state;
  columns_ = ctx.inputs[0]->size();
  stored_.resize(columns_ + 1);
  std::iota(stored_.begin(), stored_.end(), 0);
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, *ctx.inputs[0]);
  waiting_ = TRY(ctx.state->OpenMap(ctx.node->uid, schema.tables[0]));
  sequence_ = TRY(RestoreSequence(ctx.restored));
  for (const OperatorStateEntry& entry : ctx.restored) {
    if (entry.name == "sorted") sorted_ = TRY(DecodeSorted(entry.bytes));
  }
  restored_ = waiting_->row_count() > 0;
  if (restored_) next_due_ = Timestamp::Min().millis;
  return {};
}

Status TemporalSort::OnBatch(int, Batch batch, Output& out) {
  if (by_clock_) {
    RETURN_IF_ERROR(OnProcessingTime(clock_->Now(), out));
    if (spec_.keys.size() == 1) return out.Emit(std::move(batch));
  }
  batch = Compact(std::move(batch));
  RETURN_IF_ERROR(FindDue(batch));
  return kept_.empty() ? Status() : Keep(batch);
}

Status TemporalSort::FindDue(const Batch& batch) {
  kept_.clear();
  late_.assign(batch.row_count, 0);
  marks_.assign(batch.row_count, kNoMark);
  if (batch.late_marks != nullptr) LocalMarks(batch, TimeZone::Utc(), marks_);
  if (!by_clock_) return FindDueByTime(batch);
  due_.assign(batch.row_count, now_);
  kept_.resize(batch.row_count);
  std::iota(kept_.begin(), kept_.end(), 0U);
  return {};
}

Status TemporalSort::FindDueByTime(const Batch& batch) {
  RETURN_IF_ERROR(LocalTimes(batch, spec_.time_column, TimeZone::Utc(), due_));
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    if (due_[row] <= sorted_.last) continue;
    const int64_t passed = std::max(marks_[row], sorted_.watermark);
    if (due_[row] <= passed) {
      late_[row] = 1;
      due_[row] = marks_[row] = passed;
    }
    kept_.push_back(row);
  }
  CountLate(batch.row_count - kept_.size());
  return {};
}

Status TemporalSort::Keep(const Batch& batch) {
  const auto count = static_cast<uint32_t>(kept_.size());
  Batch part = GatherBatch(batch, kept_.data(), count);
  part.key_hashes = nullptr;  // the table has no key columns, so these are hashes of other keys
  std::vector<ColumnPtr> keys;
  for (const graph::SortKey& key : spec_.keys) {
    keys.push_back(part.columns[static_cast<size_t>(key.column)]);
  }
  order_.Encode(keys, spec_.keys, count);
  const MutableColumnPtr mark = Column::Make(Type::BigInt(), count);
  const MutableColumnPtr due = Column::Make(Type::BigInt().WithNullable(false), count);
  const MutableColumnPtr late = Column::Make(Type::Boolean().WithNullable(false), count);
  const MutableColumnPtr order = Column::Make(Type::Bytes().WithNullable(false), count);
  const MutableColumnPtr sequence = Column::Make(Type::BigInt().WithNullable(false), count);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t row = kept_[i];
    mark->mutable_data<int64_t>()[i] = marks_[row];
    if (marks_[row] == kNoMark) mark->SetNull(i);
    due->mutable_data<int64_t>()[i] = due_[row];
    late->mutable_data<uint8_t>()[i] = late_[row];
    order->mutable_data<StringRef>()[i] = StringRef(order_[i]);
    sequence->mutable_data<int64_t>()[i] = sequence_++;
    next_due_ = std::min(next_due_, due_[row]);
  }
  for (const MutableColumnPtr& column : {mark, due, late, order, sequence}) {
    part.columns.push_back(column);
  }
  const auto first = static_cast<int>(columns_) + 1;
  hashes_.resize(count);
  HashKeys(part, {}, hashes_.data());
  rows_.resize(count);
  created_.assign(count, 0);
  RETURN_IF_ERROR(waiting_->FindOrCreate({&part, {}, hashes_.data()},
                                         std::array{first, first + 1, first + 2, first + 3},
                                         rows_.data(), created_.data()));
  kept_.resize(count);
  std::iota(kept_.begin(), kept_.end(), 0U);
  StoreColumns(part, stored_, waiting_->layout(), {rows_.data(), kept_.data(), count}, *waiting_);
  return {};
}

Status TemporalSort::OnWatermark(Timestamp watermark, Output& out) {
  if (!by_clock_) {
    sorted_.watermark = std::max(sorted_.watermark, watermark.millis);
    RETURN_IF_ERROR(Fire(watermark.millis, out));
    return out.EmitWatermark(watermark);
  }
  if (watermark == Timestamp::Max()) RETURN_IF_ERROR(Fire(kNever, out));
  if (next_due_ == kNever) {
    held_.clear();
    return out.EmitWatermark(watermark);
  }
  if (!held_.empty() && held_.back().due == now_) held_.pop_back();
  held_.push_back({now_, watermark});
  return {};
}

Status TemporalSort::OnProcessingTime(Timestamp now, Output& out) {
  if (!by_clock_) return {};
  now_ = std::max(now_, now.millis);
  // All restored rows are due, even if the clock has been set back since they came.
  RETURN_IF_ERROR(Fire(restored_ ? kNever : now_ - 1, out));
  restored_ = false;
  return PassWatermarks(out);
}

Timestamp TemporalSort::NextProcessingTime() const {
  if (!by_clock_ || next_due_ == kNever) return Timestamp::Max();
  return restored_ ? Timestamp{0} : Timestamp{next_due_ + 1};
}

Status TemporalSort::PassWatermarks(Output& out) {
  std::optional<Timestamp> watermark;
  while (!held_.empty() && held_.front().due < next_due_) {
    watermark = held_.front().watermark;
    held_.pop_front();
  }
  return watermark ? out.EmitWatermark(*watermark) : Status();
}

Status TemporalSort::Fire(int64_t limit, Output& out) {
  while (next_due_ <= limit && next_due_ != kNever) {
    if (!TRY(TakeDue(limit, out))) return {};
    // All rows can be due at once, so their memory must be freed in between.
    RETURN_IF_ERROR(state_->Tidy());
  }
  return {};
}

Status TemporalSort::FindRows(int64_t limit) {
  rows_.clear();
  places_.clear();
  next_due_ = kNever;
  return waiting_->VisitKey("", false, [&](std::string_view sub_key, std::byte* row) {
    const Place place = PlaceOf(sub_key);
    const bool is_due = place.late ? place.due < limit : place.due <= limit;
    if (!is_due || rows_.size() == kRowsAtOnce) {
      next_due_ = place.due;
      return false;
    }
    rows_.push_back(row);
    places_.push_back(place);
    return true;
  });
}

Result<bool> TemporalSort::TakeDue(int64_t limit, Output& out) {
  RETURN_IF_ERROR(FindRows(limit));
  if (rows_.empty()) return false;
  leaving_.clear();
  for (size_t i = 0; i < rows_.size(); ++i) {
    const int64_t time = by_clock_ ? 0
                                   : StoredMillis(waiting_->layout(),
                                                  static_cast<size_t>(spec_.time_column), rows_[i]);
    if (MayLeave(places_[i], time)) leaving_.push_back(rows_[i]);
  }
  CountLate(rows_.size() - leaving_.size());
  Batch result;
  if (!leaving_.empty()) result = TRY(Load());
  waiting_->Erase(rows_);
  RETURN_IF_ERROR(EmitInPieces(std::move(result), batch_rows_, out));
  return true;
}

bool TemporalSort::MayLeave(const Place& place, int64_t time) {
  if (by_clock_) return true;
  if (place.late && place.due != judged_) {
    judged_ = place.due;
    judged_after_ = sorted_.last;
  }
  if (place.late && time <= judged_after_) return false;
  sorted_.last = std::max(sorted_.last, time);
  return true;
}

Result<Batch> TemporalSort::Load() const {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(leaving_.size());
  for (size_t column = 0; column < columns_; ++column) {
    batch.columns.push_back(TRY(LoadColumn(waiting_->layout(), column, leaving_)));
  }
  if (!marks_out_) return batch;
  bool marked = false;
  const BufferPtr marks = MakeBuffer<int64_t>(batch.row_count);
  for (uint32_t i = 0; i < batch.row_count; ++i) {
    const bool has = !waiting_->layout().IsNull(leaving_[i], columns_);
    const int64_t mark = has ? waiting_->layout().Load<int64_t>(leaving_[i], columns_) : kNoMark;
    marks->as<int64_t>()[i] = mark;
    marked |= has;
  }
  if (marked) batch.late_marks = marks;
  return batch;
}

Status TemporalSort::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(SaveSequence(sequence_));
  state.push_back({"sorted", EncodeSorted(sorted_)});
  return {};
}

}  // namespace

Result<OperatorPtr> MakeTemporalSort(const graph::Node& node) {
  return OperatorPtr(std::make_unique<TemporalSort>(std::get<graph::TemporalSortSpec>(node.spec)));
}

}  // namespace weir::operators
