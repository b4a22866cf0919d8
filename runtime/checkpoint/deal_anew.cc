#include "runtime/checkpoint/deal_anew.h"

#include <utility>

#include "runtime/window/group_progress.h"

namespace weir::checkpoint {
namespace {

// From then on the bytes say which number of groups they are of.
Status DealEntries(OperatorCheckpoint& op, uint32_t from, uint32_t to) {
  for (SubtaskState& entry : op.operator_state) {
    if (entry.name != window::kProgressEntry) continue;
    const Result<std::vector<window::GroupProgress>> progress =
        window::DecodeGroupProgress(entry.bytes, from);
    if (!progress.ok()) return Status(progress.status()).WithContext(op.uid).WithId("E7001");
    entry.bytes = window::EncodeGroupProgress(*progress, to);
  }
  return {};
}

}  // namespace

Result<CheckpointMetadata> DealAnew(CheckpointMetadata saved, uint32_t max_parallelism) {
  if (saved.max_parallelism == max_parallelism) return saved;
  KeyGroupDeal deal;
  deal.from = saved.max_parallelism;
  for (OperatorCheckpoint& op : saved.operators) {
    RETURN_IF_ERROR(DealEntries(op, deal.from, max_parallelism));
    for (const StateSchema& table : op.schema.tables)
      deal.tables[op.uid + "/" + table.name] = {table.layout, table.sliced};
  }
  saved.deal = std::move(deal);
  saved.max_parallelism = max_parallelism;
  return saved;
}

uint64_t RowsToDeal(const CheckpointMetadata& saved) {
  uint64_t rows = 0;
  for (const OperatorCheckpoint& op : saved.operators) rows += op.rows;
  return rows;
}

}  // namespace weir::checkpoint
