// Frames without a beginning: every row of the partition so far is in them, so that one state a
// partition is enough. Ranks are counted beside it.
// State: "frames", and "distinct(…)" with the values that a DISTINCT call has seen.
#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/graph/over_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/over/frame_rows.h"
#include "runtime/operators/over/over_calls.h"
#include "runtime/operators/over/over_frames.h"
#include "runtime/operators/row_groups.h"

namespace weir::operators {
namespace {

// Rows of a block where a call keeps a list: each of their results is as long as the list, so that
// many at a time would fill the memory.
constexpr uint32_t kRowsWithLists = 64;

class RunningFrames final : public OverFrames {
 public:
  explicit RunningFrames(const OverPlace& place) : spec_(place.spec) {}

  Status Open(const OverPlace& place);
  Status Compute(const OverBlock& block, PoolVector<ColumnPtr>& results) override;
  uint32_t block_rows() const override { return block_rows_; }

 private:
  struct Ranks {
    int64_t newest;
    int64_t peers;
    int64_t times;
  };

  Status FindPartitions(const OverBlock& block);
  // Which rows each call takes.
  Status FindArguments(const OverBlock& block);
  // The rows that have a value and pass.
  static std::vector<uint32_t> Counted(const Column& values, const std::vector<uint8_t>& passes);
  Status FindDistinct(const OverBlock& block, size_t table, const std::vector<uint32_t>& rows,
                      int column, std::vector<uint8_t>& passes);
  Status ComputePartition(const OverBlock& block, size_t group);
  void NoteRanks(uint32_t row, int64_t time, Ranks& ranks, int64_t row_count);
  Status AppendColumns(const OverBlock& block, PoolVector<ColumnPtr>& results) const;

  const graph::OverAggregateSpec& spec_;
  uint32_t block_rows_ = 8192;
  ValueTable* frames_ = nullptr;
  std::vector<MapTable*> distinct_;
  std::vector<int> distinct_of_;  // by call of the spec
  OverCalls calls_;
  size_t newest_field_ = 0;  // "peers" and "times" follow
  FrameRows scratch_;

  // Scratch that belongs to the current block.
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  RowGroups groups_;
  OverArguments arguments_;
  std::vector<std::byte*> states_;  // the state behind each row
  // ROW_NUMBER, RANK and DENSE_RANK of each row.
  std::vector<int64_t> row_numbers_;
  std::vector<int64_t> ranks_;
  std::vector<int64_t> dense_ranks_;
};

Status RunningFrames::Open(const OverPlace& place) {
  const OperatorStateSchema schema = graph::StateOfOver(spec_, place.input);
  size_t table = spec_.time_column >= 0 ? 1 : 0;
  const StateSchema& frames = schema.tables[table++];
  frames_ = TRY(place.tasks.OpenValue(place.uid, frames));
  newest_field_ = frames.value.size() - 3;
  RETURN_IF_ERROR(
      calls_.Open(graph::AggregatesOf(spec_.calls), std::span(frames.value).first(newest_field_)));
  scratch_.Open(calls_.layout());
  for (; table < schema.tables.size(); ++table) {
    distinct_.push_back(TRY(place.tasks.OpenMap(place.uid, schema.tables[table])));
  }
  distinct_of_ = graph::DistinctTablesOf(spec_, place.input).of_call;
  for (const expr::AggregateCall& call : graph::AggregatesOf(spec_.calls)) {
    if (expr::KeepsList(call, false)) block_rows_ = kRowsWithLists;
  }
  return {};
}

Status RunningFrames::FindPartitions(const OverBlock& block) {
  const uint32_t count = block.rows.size();
  rows_.resize(count);
  created_.assign(count, 0);
  RETURN_IF_ERROR(frames_->FindOrCreate({&block.rows.rows, spec_.partition, block.hashes},
                                        rows_.data(), created_.data()));
  groups_.Collect(rows_);
  return {};
}

Status RunningFrames::FindArguments(const OverBlock& block) {
  const Batch& batch = block.rows.rows;
  arguments_ = {};
  std::vector<std::vector<uint8_t>> first_seen(distinct_.size());
  for (size_t i = 0; i < spec_.calls.size(); ++i) {
    if (spec_.calls[i].function != graph::OverFunction::kAggregate) continue;
    const expr::AggregateCall& call = spec_.calls[i].call;
    const ColumnPtr value =
        call.arguments.empty() ? nullptr : batch.columns[static_cast<size_t>(call.arguments[0])];
    std::vector<uint8_t> passes;
    if (call.filter >= 0) {
      const Column& filter = *batch.columns[static_cast<size_t>(call.filter)];
      passes.resize(batch.row_count);
      for (uint32_t row = 0; row < batch.row_count; ++row) {
        passes[row] = !filter.IsNull(row) && filter.ValueAt<uint8_t>(row) != 0 ? 1 : 0;
      }
    }
    if (distinct_of_[i] >= 0) {
      // Calls of one table take the same rows.
      std::vector<uint8_t>& seen = first_seen[static_cast<size_t>(distinct_of_[i])];
      if (seen.empty()) {
        RETURN_IF_ERROR(FindDistinct(block, static_cast<size_t>(distinct_of_[i]),
                                     Counted(*value, passes), call.arguments[0], seen));
      }
      passes = seen;
    }
    arguments_.values.push_back(value);
    arguments_.passes.push_back(std::move(passes));
  }
  return {};
}

std::vector<uint32_t> RunningFrames::Counted(const Column& values,
                                             const std::vector<uint8_t>& passes) {
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < values.length(); ++row) {
    if (!values.IsNull(row) && (passes.empty() || passes[row] != 0)) rows.push_back(row);
  }
  return rows;
}

// Sets passes[row] for the rows whose value is new: neither in the table nor in an earlier row of
// the block.
Status RunningFrames::FindDistinct(const OverBlock& block, size_t table,
                                   const std::vector<uint32_t>& rows, int column,
                                   std::vector<uint8_t>& passes) {
  passes.assign(block.rows.size(), 0);
  if (rows.empty()) return {};
  const Batch part = Select(block.rows.rows, rows.data(), static_cast<uint32_t>(rows.size()));
  std::vector<std::byte*> found(rows.size());
  created_.assign(rows.size(), 0);
  RETURN_IF_ERROR(distinct_[table]->FindOrCreate({&part, spec_.partition, block.hashes},
                                                 std::span(&column, 1), found.data(),
                                                 created_.data()));
  for (size_t i = 0; i < rows.size(); ++i) passes[rows[i]] = created_[i];
  return {};
}

void RunningFrames::NoteRanks(uint32_t row, int64_t time, Ranks& ranks, int64_t row_count) {
  if (row_count == 1 || time != ranks.newest) {
    ranks = {time, 0, row_count == 1 ? 1 : ranks.times + 1};
  }
  ++ranks.peers;
  row_numbers_[row] = row_count;
  ranks_[row] = row_count - ranks.peers + 1;
  dense_ranks_[row] = ranks.times;
}

Status RunningFrames::ComputePartition(const OverBlock& block, size_t group) {
  std::byte* stored = rows_[groups_.firsts()[group]];
  const RowLayout& layout = frames_->layout();
  std::byte* state = scratch_.Add();
  // Without a row the partition was just created.
  if (layout.Load<int64_t>(stored, 0) == 0) {
    calls_.Initialize(state);
  } else {
    CopyFields({layout, stored, 0}, {calls_.layout(), state, 0}, calls_.fields(), scratch_);
  }
  Ranks ranks{layout.Load<int64_t>(stored, newest_field_),
              layout.Load<int64_t>(stored, newest_field_ + 1),
              layout.Load<int64_t>(stored, newest_field_ + 2)};
  const std::span<const uint32_t> rows = groups_.RowsOf(group);
  const bool together = PeersTogether(spec_);
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin;
    do {
      const uint32_t row = rows[end++];
      RETURN_IF_ERROR(calls_.Add(arguments_, row, state, scratch_));
      NoteRanks(row, block.rows.times[row], ranks, calls_.RowCount(state));
    } while (together && end < rows.size() &&
             block.rows.times[rows[end]] == block.rows.times[rows[begin]]);
    std::byte* behind = end == rows.size() ? state : scratch_.Copy(state);
    for (; begin < end; ++begin) states_[rows[begin]] = behind;
  }
  CopyFields({calls_.layout(), state, 0}, {layout, stored, 0}, calls_.fields(), *frames_);
  layout.Store(stored, newest_field_, ranks.newest);
  layout.Store(stored, newest_field_ + 1, ranks.peers);
  layout.Store(stored, newest_field_ + 2, ranks.times);
  return {};
}

Status RunningFrames::AppendColumns(const OverBlock& block, PoolVector<ColumnPtr>& results) const {
  PoolVector<ColumnPtr> aggregates;
  RETURN_IF_ERROR(calls_.AppendResults(states_, aggregates));
  size_t next = 0;
  for (const graph::OverCall& call : spec_.calls) {
    if (call.function == graph::OverFunction::kAggregate) {
      results.push_back(std::move(aggregates[next++]));
      continue;
    }
    const MutableColumnPtr column = Column::Make(call.call.result_type, block.rows.size());
    auto* values = column->mutable_data<int64_t>();
    for (uint32_t row = 0; row < block.rows.size(); ++row) {
      values[row] = call.function == graph::OverFunction::kRank        ? ranks_[row]
                    : call.function == graph::OverFunction::kDenseRank ? dense_ranks_[row]
                                                                       : row_numbers_[row];
    }
    results.push_back(column);
  }
  return {};
}

Status RunningFrames::Compute(const OverBlock& block, PoolVector<ColumnPtr>& results) {
  scratch_.Clear();
  RETURN_IF_ERROR(FindArguments(block));
  RETURN_IF_ERROR(FindPartitions(block));
  states_.resize(block.rows.size());
  ranks_.resize(block.rows.size());
  dense_ranks_.resize(block.rows.size());
  row_numbers_.resize(block.rows.size());
  for (size_t group = 0; group < groups_.size(); ++group) {
    RETURN_IF_ERROR(ComputePartition(block, group));
  }
  return AppendColumns(block, results);
}

}  // namespace

Result<std::unique_ptr<OverFrames>> MakeRunningFrames(const OverPlace& place) {
  auto frames = std::make_unique<RunningFrames>(place);
  RETURN_IF_ERROR(frames->Open(place));
  return std::unique_ptr<OverFrames>(std::move(frames));
}

}  // namespace weir::operators
