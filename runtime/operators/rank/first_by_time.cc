// Deduplicate that keeps the first row of a key by event time. The input has inserts only.
//
// Gives +I for each key once, when the watermark passes the earliest row that it has by then (the
// first to come, of equal times), in order of their times, before the watermark is forwarded. A row
// before its partition's watermark, or that of this operator, comes too late to be first: dropped
// and counted. One that is just at the watermark is kept, as in Flink, and comes with the next.
// State: "pending", one row per key until it is sent; "seen", one row per key afterwards. Operator
// state: "progress", so that a restored job knows what came too late.
#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "runtime/graph/rank_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/row_groups.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/operators/time/session_ends.h"
#include "runtime/operators/time/slice_assignment.h"
#include "runtime/operators/time/stored_time.h"
#include "runtime/operators/time/window_progress.h"

namespace weir::operators {
namespace {

constexpr int64_t kStretchMillis = 1000;  // length of the stretches in which due times are noted
constexpr size_t kKeysAtOnce = 4096;

class FirstByTime final : public Operator {
 public:
  explicit FirstByTime(const graph::DeduplicateSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status OnBarrier(uint64_t id, std::vector<OperatorStateEntry>& state) override;

 private:
  Status FindDue();
  void DropLate(const Batch& batch, const uint64_t* hashes);
  Status DropSeen(const Batch& batch, const uint64_t* hashes);
  Status Keep(const Batch& batch, const uint64_t* hashes);
  void Await(int64_t time, std::string_view key);
  Status Send(Output& out);
  Result<Batch> RowsOf(const Batch& keys, const std::vector<std::byte*>& rows,
                       const std::vector<uint32_t>& ids) const;
  int64_t TimeOf(const std::byte* row) const;

  const graph::DeduplicateSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  OperatorMetrics* metrics_ = nullptr;
  ValueTable* seen_ = nullptr;
  ValueTable* pending_ = nullptr;
  std::vector<int> kept_;
  std::vector<int> key_places_;  // 0, 1, …: columns of a batch of keys alone
  std::vector<Type> key_types_;
  std::vector<Type> types_;
  size_t time_field_ = 0;
  WindowProgress progress_;
  TaskState* state_ = nullptr;
  std::string uid_;
  // Keys by the time when their rows are due. A key whose row was replaced by an earlier one occurs
  // twice.
  SessionEnds due_times_;
  std::vector<std::string_view> due_;

  // Scratch of the current batch.
  std::vector<uint64_t> hashes_;
  std::vector<int64_t> times_;
  std::vector<uint32_t> ids_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  RowGroups groups_;
};

Status FirstByTime::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  metrics_ = ctx.metrics;
  state_ = ctx.state;
  uid_ = ctx.node->uid;
  due_times_.Open(kStretchMillis);
  const Schema& input = *ctx.inputs[0];
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, input);
  seen_ = TRY(ctx.state->OpenValue(ctx.node->uid, schema.tables[0]));
  pending_ = TRY(ctx.state->OpenValue(ctx.node->uid, schema.tables[1]));
  types_ = input.types();
  kept_ = graph::KeptColumns(spec_, input);
  for (const int key : spec_.keys) key_types_.push_back(types_[static_cast<size_t>(key)]);
  key_places_.resize(spec_.keys.size());
  std::iota(key_places_.begin(), key_places_.end(), 0);
  const auto time = std::find(kept_.begin(), kept_.end(), spec_.time_column);
  time_field_ = static_cast<size_t>(time - kept_.begin());
  const KeyGroupRange groups =
      KeyGroupsOfSubtask(ctx.subtask, ctx.parallelism, ctx.max_parallelism);
  progress_ = TRY(WindowProgress::Restore(ctx.restored, groups, ctx.max_parallelism));
  return FindDue();
}

// Finds what was waiting when the checkpoint was taken.
Status FirstByTime::FindDue() {
  RETURN_IF_ERROR(pending_->Scan([&](const ScannedRows& run) -> Status {
    for (size_t i = 0; i < run.rows.size(); ++i) Await(TimeOf(run.rows[i]), run.keys[i]);
    return {};
  }));
  state_->ReportMemory(uid_, due_times_.bytes());
  return {};
}

int64_t FirstByTime::TimeOf(const std::byte* row) const {
  return StoredMillis(pending_->layout(), time_field_, row);
}

void FirstByTime::Await(int64_t time, std::string_view key) {
  due_times_.Note(key, time == INT64_MAX ? time : time + 1);
}

Status FirstByTime::OnBatch(int, Batch batch, Output&) {
  batch = Compact(std::move(batch));
  const uint64_t* hashes = KeyHashes(batch, spec_.keys, hashes_);
  RETURN_IF_ERROR(LocalTimes(batch, spec_.time_column, TimeZone(), times_));
  DropLate(batch, hashes);
  if (!ids_.empty()) RETURN_IF_ERROR(DropSeen(batch, hashes));
  return ids_.empty() ? Status() : Keep(batch, hashes);
}

void FirstByTime::DropLate(const Batch& batch, const uint64_t* hashes) {
  ids_.clear();
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    const int64_t passed = std::max(progress_.Of(hashes[row]), batch.late_mark(row).millis);
    if (times_[row] >= passed) ids_.push_back(row);
  }
  if (metrics_ != nullptr) metrics_->late_rows += batch.row_count - ids_.size();
}

Status FirstByTime::DropSeen(const Batch& batch, const uint64_t* hashes) {
  const Batch part = Select(batch, ids_.data(), static_cast<uint32_t>(ids_.size()));
  rows_.resize(ids_.size());
  RETURN_IF_ERROR(seen_->Find({&part, spec_.keys, hashes}, rows_.data()));
  size_t left = 0;
  for (size_t i = 0; i < ids_.size(); ++i) {
    if (rows_[i] == nullptr) ids_[left++] = ids_[i];
  }
  ids_.resize(left);
  return {};
}

Status FirstByTime::Keep(const Batch& batch, const uint64_t* hashes) {
  const Batch part = Select(batch, ids_.data(), static_cast<uint32_t>(ids_.size()));
  rows_.resize(ids_.size());
  created_.assign(ids_.size(), 0);
  RETURN_IF_ERROR(
      pending_->FindOrCreate({&part, spec_.keys, hashes}, rows_.data(), created_.data()));
  groups_.Collect(rows_);
  std::vector<std::byte*> places;
  std::vector<uint32_t> winners;
  for (size_t group = 0; group < groups_.size(); ++group) {
    const uint32_t first = groups_.firsts()[group];
    int64_t best = created_[first] != 0 ? INT64_MAX : TimeOf(rows_[first]);
    uint32_t winner = kNoRow;
    for (const uint32_t i : groups_.RowsOf(group)) {
      if (times_[ids_[i]] >= best && winner != kNoRow) continue;
      if (times_[ids_[i]] >= best && created_[first] == 0) continue;
      best = times_[ids_[i]];
      winner = ids_[i];
    }
    if (winner == kNoRow) continue;
    places.push_back(rows_[first]);
    winners.push_back(winner);
  }
  const auto count = static_cast<uint32_t>(winners.size());
  StoreColumns(batch, kept_, pending_->layout(), {places.data(), winners.data(), count}, *pending_);
  std::vector<ColumnPtr> keys;
  for (const int key : spec_.keys) keys.push_back(batch.columns[static_cast<size_t>(key)]);
  std::string bytes;
  for (const uint32_t row : winners) {
    bytes.clear();
    AppendKey(keys, row, bytes);
    Await(times_[row], bytes);
  }
  state_->ReportMemory(uid_, due_times_.bytes());
  return {};
}

Status FirstByTime::OnWatermark(Timestamp watermark, Output& out) {
  bool sent = false;
  while (due_times_.TakeDue(watermark.millis, kKeysAtOnce, due_)) {
    RETURN_IF_ERROR(Send(out));
    // All keys can be due at once, so their memory must be freed in between.
    RETURN_IF_ERROR(state_->Tidy());
    sent = true;
  }
  if (sent) state_->ReportMemory(uid_, due_times_.bytes());
  progress_.Advance(watermark.millis);
  return out.EmitWatermark(watermark);
}

// Emits the rows of due_ in the order of their times, and of their last notes for equal times.
Status FirstByTime::Send(Output& out) {
  Batch keys;
  keys.row_count = static_cast<uint32_t>(due_.size());
  for (ColumnPtr& column : TRY(DecodeKeys(due_, key_types_))) {
    keys.columns.push_back(std::move(column));
  }
  hashes_.resize(due_.size());
  HashKeys(keys, key_places_, hashes_.data());
  rows_.resize(due_.size());
  RETURN_IF_ERROR(pending_->Find({&keys, key_places_, hashes_.data()}, rows_.data()));
  std::unordered_map<const std::byte*, uint32_t> last;
  for (uint32_t i = 0; i < due_.size(); ++i) last[rows_[i]] = i;
  // A row that was noted again with an earlier time has been emitted then.
  ids_.clear();
  for (uint32_t i = 0; i < due_.size(); ++i) {
    if (rows_[i] != nullptr && last[rows_[i]] == i) ids_.push_back(i);
  }
  if (ids_.empty()) return {};
  std::vector<std::byte*> sent(ids_.size());
  created_.assign(ids_.size(), 0);
  const Batch part = Select(keys, ids_.data(), static_cast<uint32_t>(ids_.size()));
  RETURN_IF_ERROR(
      seen_->FindOrCreate({&part, key_places_, hashes_.data()}, sent.data(), created_.data()));
  for (std::byte* row : sent) seen_->layout().Store<uint8_t>(row, 0, 1);
  std::ranges::stable_sort(ids_, {}, [&](uint32_t i) { return TimeOf(rows_[i]); });
  for (size_t i = 0; i < ids_.size(); ++i) sent[i] = rows_[ids_[i]];
  Batch result = TRY(RowsOf(keys, sent, ids_));
  pending_->Erase(sent);
  return EmitInPieces(std::move(result), batch_rows_, out);
}

// Builds input rows from their keys, those with `ids` in `keys`, and the stored values.
Result<Batch> FirstByTime::RowsOf(const Batch& keys, const std::vector<std::byte*>& rows,
                                  const std::vector<uint32_t>& ids) const {
  Batch result;
  result.row_count = static_cast<uint32_t>(ids.size());
  for (int column = 0; column < static_cast<int>(types_.size()); ++column) {
    const auto field = std::find(kept_.begin(), kept_.end(), column);
    const auto key = std::find(spec_.keys.begin(), spec_.keys.end(), column);
    result.columns.push_back(
        field != kept_.end()
            ? TRY(LoadColumn(pending_->layout(), static_cast<size_t>(field - kept_.begin()), rows))
            : GatherColumn(*keys.columns[static_cast<size_t>(key - spec_.keys.begin())], ids.data(),
                           result.row_count));
  }
  return result;
}

Status FirstByTime::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(progress_.Save());
  return {};
}

}  // namespace

Result<OperatorPtr> MakeFirstByTime(const graph::Node& node) {
  const auto& spec = std::get<graph::DeduplicateSpec>(node.spec);
  return OperatorPtr(std::make_unique<FirstByTime>(spec));
}

}  // namespace weir::operators
