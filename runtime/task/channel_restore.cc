#include "runtime/task/channel_restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "runtime/checkpoint/channel_state.h"
#include "runtime/fault_point.h"
#include "runtime/graph/loops.h"
#include "runtime/types/key_encoding.h"

namespace weir::task {
namespace {

// The consumer of an edge, as a member of a chain.
struct Way {
  const graph::Edge* edge;
  size_t chain;
  size_t member;  // of the chain
};

Status NoSuchWay(const checkpoint::ChannelName& channel) {
  return Status::RestoreRefused(
             fmt::format("the checkpoint was unaligned and holds rows on their way from \"{}\" to "
                         "\"{}\", and the plan has no such way",
                         channel.from, channel.to))
      .WithId("E7002")
      .WithHint(
          "start it with the query, the options and the parallelism that it had; a savepoint holds "
          "no rows on their way and can be restored into others");
}

class Distribution {
 public:
  Distribution(const graph::JobGraph& graph, const ChainPlan& plan, uint32_t max_parallelism)
      : graph_(graph), plan_(plan), max_parallelism_(max_parallelism) {
    for (const Chain& chain : plan.chains) rows_.emplace_back(chain.parallelism);
  }

  Status Add(const checkpoint::SavedRows& saved) {
    const Way way = TRY(Find(saved.channel));
    const Schema& columns = graph_.nodes[static_cast<size_t>(way.edge->from)].output;
    Batch batch = TRY(checkpoint::DecodeRows(saved, columns));
    const auto name = std::make_shared<const checkpoint::ChannelName>(saved.channel);
    auto& consumers = rows_[way.chain];
    if (way.edge->exchange != graph::ExchangeKind::kHash) {
      // Any subtask may take rows that have no key.
      consumers[saved.subtask % consumers.size()].push_back({name, way.member, std::move(batch)});
      return {};
    }
    AddByKey(way, name, std::move(batch));
    return {};
  }

  // Rows for operators further down the chain come first: they were sent before anything that the
  // operators above will still emit.
  std::vector<std::vector<std::deque<RowsAhead>>> Finish() {
    for (auto& chain : rows_) {
      for (auto& subtask : chain)
        std::ranges::stable_sort(subtask, std::greater(), &RowsAhead::member);
    }
    return std::move(rows_);
  }

 private:
  Result<Way> Find(const checkpoint::ChannelName& channel) const {
    const auto& nodes = graph_.nodes;
    const auto to = std::ranges::find(nodes, channel.to, &graph::Node::uid);
    const auto port = static_cast<size_t>(channel.port);
    if (to == nodes.end() || port >= to->inputs.size()) return NoSuchWay(channel);
    const graph::Edge& edge = to->inputs[port];
    const graph::Node& from = nodes[static_cast<size_t>(edge.from)];
    // The node that leads back to a recursion may have another uid now, as operators without state
    // may.
    const bool same = from.uid == channel.from || graph::IsFeedback(*to, edge);
    if (!same || checkpoint::TypesText(from.output) != channel.types) return NoSuchWay(channel);
    return Place(edge, static_cast<int>(to - nodes.begin()));
  }

  // Each node is in exactly one chain.
  Way Place(const graph::Edge& edge, int node) const {
    for (size_t chain = 0; chain < plan_.chains.size(); ++chain) {
      const auto& members = plan_.chains[chain].members;
      const auto found = std::ranges::find(members, node, &ChainMember::node);
      if (found != members.end())
        return {&edge, chain, static_cast<size_t>(found - members.begin())};
    }
    WEIR_UNREACHABLE();
  }

  void AddByKey(const Way& way, const std::shared_ptr<const checkpoint::ChannelName>& name,
                Batch batch) {
    auto& consumers = rows_[way.chain];
    batch.key_hashes = MakeBuffer<uint64_t>(batch.row_count);
    HashKeys(batch, way.edge->keys, batch.key_hashes->as<uint64_t>());
    const auto* const hashes = batch.key_hashes->as<uint64_t>();
    const auto parallelism = static_cast<uint32_t>(consumers.size());
    std::vector<std::vector<uint32_t>> owned(parallelism);
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      const uint32_t group = KeyGroupOf(hashes[row], max_parallelism_);
      owned[SubtaskOfKeyGroup(group, parallelism, max_parallelism_)].push_back(row);
    }
    for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
      const auto count = static_cast<uint32_t>(owned[subtask].size());
      if (count == 0) continue;
      consumers[subtask].push_back(
          {name, way.member, GatherBatch(batch, owned[subtask].data(), count)});
    }
  }

  const graph::JobGraph& graph_;
  const ChainPlan& plan_;
  const uint32_t max_parallelism_;
  std::vector<std::vector<std::deque<RowsAhead>>> rows_;
};

}  // namespace

Result<std::vector<std::vector<std::deque<RowsAhead>>>> RowsInFlight(
    const std::vector<std::string_view>& files, const graph::JobGraph& graph, const ChainPlan& plan,
    uint32_t max_parallelism) {
  Distribution distribution(graph, plan, max_parallelism);
  const bool twice = DefectPlanted("channel-state-doubled");
  for (const std::string_view file : files) {
    for (const checkpoint::SavedRows& saved : TRY(checkpoint::ReadChannelState(file))) {
      RETURN_IF_ERROR(distribution.Add(saved));
      if (twice) RETURN_IF_ERROR(distribution.Add(saved));
    }
  }
  return distribution.Finish();
}

}  // namespace weir::task
