#include "runtime/checkpoint/commits.h"

#include <utility>

#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/fault_point.h"

namespace weir::checkpoint {

Commits::Commits(const std::vector<SinkCommit>& sinks, const CheckpointMetadata& base,
                 const CommitPatience& patience, uint64_t last)
    : sinks_(sinks), base_(base), patience_(patience) {
  // The first checkpoint commits a restored savepoint's rows, as if another had pre-committed.
  for (const SinkCommit& sink : sinks_) {
    if (!sink.committables.empty()) carried_[last][sink.node] = sink.committables;
  }
}

Committables Commits::UpTo(uint64_t id) const {
  Committables all;
  for (auto at = carried_.begin(); at != carried_.upper_bound(id); ++at) {
    for (const auto& [node, committables] : at->second) {
      all[node].insert(all[node].end(), committables.begin(), committables.end());
    }
  }
  return all;
}

void Commits::Carry(uint64_t id, Committables committables) {
  carried_.erase(carried_.begin(), carried_.upper_bound(id));
  carried_[id] = std::move(committables);
}

Status Commits::CommitOne(const SinkCommit& sink, uint64_t id, bool durable,
                          const std::vector<std::string>& committables) const {
  Status committed = durable ? sink.committer->Announce(id) : Status();
  if (committed.ok()) {
    committed = Fenced([&] {
      const InterruptedBy end(patience_.given_up);
      const HurriedBy hurry(patience_.hurried);
      return sink.committer->Commit(committables);
    });
  }
  return std::move(committed).WithContext(base_.operators.at(sink.node).uid +
                                          ": committing failed");
}

Status Commits::Commit(uint64_t id, bool durable) {
  const Committables all = UpTo(id);
  for (const SinkCommit& sink : sinks_) {
    const auto found = all.find(sink.node);
    if (found == all.end() || found->second.empty()) continue;
    Status committed = CommitOne(sink, id, durable, found->second);
    if (!DefectPlanted("commit-error-swallowed")) RETURN_IF_ERROR(std::move(committed));
    for (auto at = carried_.begin(); at != carried_.upper_bound(id); ++at)
      at->second.erase(sink.node);
  }
  carried_.erase(carried_.begin(), carried_.upper_bound(id));
  return {};
}

Status Commits::Detach(CheckpointMetadata& metadata) const {
  for (const SinkCommit& sink : sinks_) {
    OperatorCheckpoint& op = metadata.operators.at(sink.node);
    Result<std::vector<OutputRows>> rows = sink.committer->Detach(op.committables);
    if (!rows.ok()) return std::move(rows).status().WithContext(op.uid);
    op.output = *std::move(rows);
    op.committables.clear();
  }
  return {};
}

}  // namespace weir::checkpoint
