// LAG: the value of the row that lies `offset` rows before, or a default if there is no such row.
// State: "kept", the last rows of each partition, as many as the greatest offset.
#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "runtime/operators/emit.h"
#include "runtime/operators/key_groups.h"
#include "runtime/operators/over/kept_rows.h"
#include "runtime/operators/over/over_frames.h"
#include "runtime/operators/stored_rows.h"

namespace weir::operators {
namespace {

class LookingBack final : public OverFrames {
 public:
  explicit LookingBack(const OverPlace& place) : spec_(place.spec) {}

  Status Open(const OverPlace& place);
  Status Compute(const OverBlock& block, PoolVector<ColumnPtr>& results) override;

 private:
  // The i-th row of a partition, counting its kept rows first and then those of the block; as a
  // position among all kept rows followed by the block's rows.
  uint32_t RowAt(size_t group, size_t i) const {
    const size_t kept = found_.begins[group + 1] - found_.begins[group];
    if (i < kept) return static_cast<uint32_t>(found_.begins[group] + i);
    return static_cast<uint32_t>(found_.rows.size()) + rows_[begins_[group] + i - kept];
  }
  size_t RowsOf(size_t group) const {
    return found_.begins[group + 1] - found_.begins[group] + begins_[group + 1] - begins_[group];
  }

  Status FindPartitions(const OverBlock& block);
  Result<ColumnPtr> ValuesOf(const OverBlock& block, size_t call,
                             const std::vector<ColumnPtr>& kept,
                             const std::vector<ColumnPtr>& added) const;
  Status KeepLast(const OverBlock& block);

  const graph::OverAggregateSpec& spec_;
  KeptRows kept_;

  // Scratch that belongs to the current block.
  KeyGroups groups_;
  std::vector<size_t> begins_;  // of each group in rows_, and one more
  std::vector<uint32_t> rows_;  // of the block, by group
  KeptRows::Partitions found_;
};

Status LookingBack::Open(const OverPlace& place) {
  const OperatorStateSchema schema = graph::StateOfOver(spec_, place.input);
  return kept_.Open(place, schema.tables.back());
}

Status LookingBack::FindPartitions(const OverBlock& block) {
  const Batch& batch = block.rows.rows;
  groups_.Collect(batch, spec_.partition, block.hashes);
  begins_.assign(groups_.size() + 1, 0);
  for (const uint32_t group : groups_.group_of().first(batch.row_count)) ++begins_[group + 1];
  std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
  rows_.resize(batch.row_count);
  std::vector<size_t> next(begins_.begin(), begins_.end() - 1);
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    rows_[next[groups_.group_of()[row]]++] = row;
  }
  const Batch keys = Select(batch, groups_.firsts().data(), static_cast<uint32_t>(groups_.size()));
  found_ = TRY(kept_.ReadAll({&keys, spec_.partition, block.hashes}));
  return {};
}

Result<ColumnPtr> LookingBack::ValuesOf(const OverBlock& block, size_t call,
                                        const std::vector<ColumnPtr>& kept,
                                        const std::vector<ColumnPtr>& added) const {
  const graph::OverCall& lag = spec_.calls[call];
  const auto column = static_cast<size_t>(kept_.ColumnOf(call));
  const auto old_rows = static_cast<uint32_t>(found_.rows.size());
  const uint32_t rows = block.rows.size();
  std::vector<Batch> sources(1);
  sources[0].row_count = rows;
  sources[0].columns.push_back(added[column]);
  if (old_rows > 0) {
    Batch old;
    old.row_count = old_rows;
    old.columns.push_back(kept[column]);
    sources.insert(sources.begin(), std::move(old));
  }
  if (lag.default_column >= 0) {
    Batch defaults;
    defaults.row_count = rows;
    defaults.columns.push_back(
        Flatten(block.rows.rows.columns[static_cast<size_t>(lag.default_column)]));
    sources.push_back(std::move(defaults));
  }
  const Batch all = ConcatenateAll(std::move(sources));
  std::vector<uint32_t> ids(rows);
  const auto offset = static_cast<size_t>(lag.offset);
  for (size_t group = 0; group < groups_.size(); ++group) {
    const size_t kept_rows = found_.begins[group + 1] - found_.begins[group];
    for (size_t i = begins_[group]; i < begins_[group + 1]; ++i) {
      const size_t place = kept_rows + i - begins_[group];
      const uint32_t missing = lag.default_column < 0 ? kNoRow : old_rows + rows + rows_[i];
      ids[rows_[i]] = place < offset ? missing : RowAt(group, place - offset);
    }
  }
  return GatherOrNull(*all.columns[0], ids.data(), rows, lag.call.result_type);
}

Status LookingBack::KeepLast(const OverBlock& block) {
  const auto most = static_cast<size_t>(*spec_.frame.preceding);
  std::vector<std::byte*> left;
  std::vector<uint32_t> stay;
  for (size_t group = 0; group < groups_.size(); ++group) {
    const size_t rows = RowsOf(group);
    const size_t first = rows - std::min(rows, most);
    const size_t kept = found_.begins[group + 1] - found_.begins[group];
    for (size_t i = 0; i < std::min(first, kept); ++i) {
      left.push_back(found_.rows[found_.begins[group] + i]);
    }
    for (size_t i = std::max(first, kept); i < rows; ++i) {
      stay.push_back(rows_[begins_[group] + i - kept]);
    }
  }
  if (!left.empty()) kept_.Erase(left);
  if (!stay.empty()) RETURN_IF_ERROR(kept_.Add(block, stay).status());
  return {};
}

Status LookingBack::Compute(const OverBlock& block, PoolVector<ColumnPtr>& results) {
  RETURN_IF_ERROR(FindPartitions(block));
  const std::vector<ColumnPtr> kept = TRY(kept_.ColumnsOf(found_.rows));
  const std::vector<ColumnPtr> added = kept_.ColumnsOf(block.rows.rows);
  for (size_t call = 0; call < spec_.calls.size(); ++call) {
    results.push_back(TRY(ValuesOf(block, call, kept, added)));
  }
  return KeepLast(block);
}

}  // namespace

Result<std::unique_ptr<OverFrames>> MakeLookingBack(const OverPlace& place) {
  auto frames = std::make_unique<LookingBack>(place);
  RETURN_IF_ERROR(frames->Open(place));
  return std::unique_ptr<OverFrames>(std::move(frames));
}

}  // namespace weir::operators
