// WindowRank: Top-N and deduplication within windows. The input has inserts only.
//
// Gives inserts: of each window and partition the rows of ranks first..last, in order of rank,
// before the watermark that completes the window is forwarded; windows in order of their ends. A
// row whose window was complete at its partition's watermark (its late mark) or has fired is late:
// dropped and counted. State: "top", the rows of ranks up to `last`, and "bounds", one row per
// partition; both are dropped when their window fires. Operator state: "progress", per key group,
// so that a restored or rescaled job neither fires twice nor forgets; "sequence".
#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "runtime/graph/rank_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/rank/top_rows.h"
#include "runtime/operators/time/row_sequence.h"
#include "runtime/operators/time/slice_assignment.h"
#include "runtime/operators/time/window_progress.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::operators {
namespace {

class WindowRank final : public Operator {
 public:
  explicit WindowRank(const graph::WindowRankSpec& spec)
      : spec_(spec), keys_(graph::WindowRankKeys(spec)) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status OnBarrier(uint64_t id, std::vector<OperatorStateEntry>& state) override;

 private:
  // Groups the rows of the batch by the ends of their windows, without late ones.
  Status PartByWindow(const Batch& batch);
  Status FoldWindow(const Batch& batch, int64_t end, const std::vector<uint32_t>& rows);
  Status FireThrough(int64_t watermark, Output& out);
  Status Fire(int64_t end, Output& out);
  Status FireKeys(std::span<const std::string_view> keys, Output& out);
  Status ListRanks(const std::vector<uint32_t>& key_of_row);

  const graph::WindowRankSpec& spec_;
  const std::vector<int> keys_;  // window and partition, columns of the input
  uint32_t batch_rows_ = kDefaultBatchRows;
  OperatorMetrics* metrics_ = nullptr;
  TimeZone zone_;
  std::vector<Type> types_;
  std::vector<Type> key_types_;
  MapTable* top_ = nullptr;
  SlicedTable* bounds_ = nullptr;
  TopRows rows_;
  RankedRows fired_;
  WindowProgress progress_;

  std::vector<uint64_t> hash_scratch_;
  const uint64_t* hashes_ = nullptr;
  std::vector<int64_t> ends_;
  std::vector<int64_t> marks_;
  std::map<int64_t, std::vector<uint32_t>> windows_;
  MatchRun run_;
  SortOrder order_;
  std::vector<RankChange> changes_;
};

Status WindowRank::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  metrics_ = ctx.metrics;
  if (!spec_.time_zone.empty()) zone_ = TRY(TimeZone::Find(spec_.time_zone));
  const Schema& input = *ctx.inputs[0];
  types_ = input.types();
  for (const int key : keys_) key_types_.push_back(types_[static_cast<size_t>(key)]);
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, input);
  top_ = TRY(ctx.state->OpenMap(ctx.node->uid, schema.tables[0]));
  bounds_ = TRY(ctx.state->OpenSliced(ctx.node->uid, schema.tables[1]));
  RETURN_IF_ERROR(rows_.Open({.function = spec_.function,
                              .keys = keys_,
                              .order = spec_.order,
                              .last = spec_.last,
                              .last_of_equal = spec_.last_of_equal,
                              .ranks_are_equal = true,  // until the window ends
                              .input_key = {},
                              .expires = false},
                             *top_, input));
  rows_.set_sequence(TRY(RestoreSequence(ctx.restored)));
  fired_.Open({keys_, graph::KeptColumns(keys_, input), types_}, top_->layout());
  const KeyGroupRange groups =
      KeyGroupsOfSubtask(ctx.subtask, ctx.parallelism, ctx.max_parallelism);
  progress_ = TRY(WindowProgress::Restore(ctx.restored, groups, ctx.max_parallelism));
  return {};
}

Status WindowRank::OnBatch(int, Batch batch, Output&) {
  batch = Compact(std::move(batch));
  hashes_ = KeyHashes(batch, keys_, hash_scratch_);
  RETURN_IF_ERROR(PartByWindow(batch));
  for (const auto& [end, rows] : windows_) RETURN_IF_ERROR(FoldWindow(batch, end, rows));
  return {};
}

Status WindowRank::PartByWindow(const Batch& batch) {
  windows_.clear();
  RETURN_IF_ERROR(LocalTimes(batch, spec_.end_column, zone_, ends_));
  if (batch.late_marks != nullptr) LocalMarks(batch, zone_, marks_);
  std::vector<uint32_t>* rows = nullptr;
  int64_t last_end = 0;
  uint64_t late = 0;
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    int64_t passed = progress_.Of(hashes_[row]);
    if (batch.late_marks != nullptr) passed = std::max(passed, marks_[row]);
    if (window::IsComplete(ends_[row], passed)) {
      ++late;
      continue;
    }
    if (rows == nullptr || ends_[row] != last_end) {
      last_end = ends_[row];
      rows = &windows_[last_end];
    }
    rows->push_back(row);
  }
  if (metrics_ != nullptr && late > 0) metrics_->late_rows += late;
  return {};
}

Status WindowRank::FoldWindow(const Batch& batch, int64_t end, const std::vector<uint32_t>& rows) {
  ValueTable* bounds = TRY(bounds_->Slice({end}));
  const auto count = static_cast<uint32_t>(rows.size());
  Batch part = GatherBatch(batch, rows.data(), count);
  std::vector<uint64_t> hashes(count);
  for (uint32_t i = 0; i < count; ++i) hashes[i] = hashes_[rows[i]];
  RETURN_IF_ERROR(rows_.Fold(part, hashes.data(), *bounds, nullptr));
  return rows_.Store();
}

Status WindowRank::OnWatermark(Timestamp watermark, Output& out) {
  RETURN_IF_ERROR(FireThrough(window::LocalWatermark(zone_, watermark.millis), out));
  return out.EmitWatermark(watermark);
}

Status WindowRank::FireThrough(int64_t watermark, Output& out) {
  for (const Timestamp end : bounds_->Slices()) {
    if (!window::IsComplete(end.millis, watermark)) break;
    RETURN_IF_ERROR(Fire(end.millis, out));
  }
  progress_.Advance(watermark);
  return {};
}

Status WindowRank::Fire(int64_t end, Output& out) {
  ValueTable* bounds = TRY(bounds_->FindSlice({end}));
  if (bounds == nullptr) return {};
  RETURN_IF_ERROR(bounds->Scan([&](const ScannedRows& run) { return FireKeys(run.keys, out); }));
  return bounds_->Drop({end});
}

// Fires all partitions of a run at once.
Status WindowRank::FireKeys(std::span<const std::string_view> keys, Output& out) {
  const auto count = static_cast<uint32_t>(keys.size());
  std::vector<ColumnPtr> decoded = TRY(DecodeKeys(keys, key_types_));
  // The keys in their places among the input's columns.
  Batch batch;
  batch.row_count = count;
  batch.columns.assign(types_.size(), nullptr);
  for (size_t i = 0; i < keys_.size(); ++i) {
    batch.columns[static_cast<size_t>(keys_[i])] = std::move(decoded[i]);
  }
  std::vector<uint64_t> hashes(count);
  HashKeys(batch, keys_, hashes.data());
  const KeyView view{&batch, keys_, hashes.data()};
  RETURN_IF_ERROR(top_->Probe(view));
  fired_.Begin(batch);
  std::vector<uint32_t> key_of_row;
  while (top_->NextMatches(run_)) {
    for (size_t i = 0; i < run_.rows.size(); ++i) {
      fired_.AddStored(run_.rows[i], run_.probes[i]);
      key_of_row.push_back(run_.probes[i]);
    }
  }
  RETURN_IF_ERROR(ListRanks(key_of_row));
  Batch result = TRY(fired_.Gather(changes_, spec_.output_rank));
  RETURN_IF_ERROR(top_->EraseKeys(view));
  return EmitInPieces(std::move(result), batch_rows_, out);
}

// Lists the rows of fired_ with ranks first..last as changes. REQUIRES: the rows of each partition
// follow each other, in the order of their ranks.
Status WindowRank::ListRanks(const std::vector<uint32_t>& key_of_row) {
  std::vector<ColumnPtr> columns;
  for (const graph::SortKey& key : spec_.order) {
    columns.push_back(TRY(fired_.StoredColumn(key.column)));
  }
  order_.Encode(columns, spec_.order, fired_.stored_count());
  changes_.clear();
  std::vector<uint8_t> differs;
  std::vector<int64_t> ranks;
  uint32_t begin = 0;
  while (begin < key_of_row.size()) {
    uint32_t end = begin;
    differs.clear();
    for (; end < key_of_row.size() && key_of_row[end] == key_of_row[begin]; ++end) {
      differs.push_back(end == begin || order_[end] != order_[end - 1] ? 1 : 0);
    }
    RankPlaces(spec_.function, differs, ranks);
    for (uint32_t i = begin; i < end; ++i) {
      const int64_t rank = ranks[i - begin];
      if (rank < spec_.first || rank > spec_.last) continue;
      changes_.push_back({i, RowKind::kInsert, rank});
    }
    begin = end;
  }
  return {};
}

Status WindowRank::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(progress_.Save());
  state.push_back(SaveSequence(rows_.sequence()));
  return {};
}

}  // namespace

Result<OperatorPtr> MakeWindowRank(const graph::Node& node) {
  return OperatorPtr(std::make_unique<WindowRank>(std::get<graph::WindowRankSpec>(node.spec)));
}

}  // namespace weir::operators
