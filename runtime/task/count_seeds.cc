#include "runtime/task/count_seeds.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "runtime/checkpoint/seeding.h"
#include "runtime/operators/factory/factory.h"
#include "runtime/task/operator_chain.h"

namespace weir::task {
namespace {

// Takes the place of a new reader, or of its local phase, and only counts rows.
class RowCounter final : public operators::Operator {
 public:
  explicit RowCounter(uint64_t& rows) : rows_(rows) {}
  Status Open(operators::OperatorContext&) override { return {}; }
  Status OnBatch(int, Batch batch, operators::Output&) override {
    rows_ += batch.size();
    return {};
  }

 private:
  uint64_t& rows_;
};

class Nowhere final : public operators::Output {
 public:
  Status Emit(Batch) override { return {}; }
  Status EmitWatermark(Timestamp) override { return {}; }
};

// Whether it failed because nobody here runs the functions of users in other languages
// (expr/foreign.h). A restore is not refused for that: the job runs them.
bool IsForJobAlone(const Status& failure) {
  return failure.code() == StatusCode::kUnsupported;
}

// Passes the output of one operator along the ways to all that read it.
class IntoChains final : public operators::Output {
 public:
  // Gets the uids of readers whose rows cannot be counted.
  explicit IntoChains(std::set<std::string>& uncounted) : uncounted_(uncounted) {}
  // `reader` is at the chain's end.
  void Add(std::unique_ptr<OperatorChain> chain, std::string reader) {
    ways_.push_back({std::move(chain), std::move(reader)});
  }
  Status Emit(Batch batch) override {
    for (Way& way : ways_) {
      if (way.chain == nullptr) continue;
      Status delivered = way.chain->Deliver(0, 0, batch);
      if (IsForJobAlone(delivered)) {
        GiveUp(way);
      } else if (!delivered.ok()) {
        return delivered;
      }
    }
    return {};
  }
  Status EmitWatermark(Timestamp) override { return {}; }
  void GiveUp() {
    for (Way& way : ways_) GiveUp(way);
  }

 private:
  struct Way {
    std::unique_ptr<OperatorChain> chain;  // null: given up
    std::string reader;
  };

  void GiveUp(Way& way) {
    way.chain.reset();
    uncounted_.insert(way.reader);
  }

  std::set<std::string>& uncounted_;
  std::vector<Way> ways_;
};

bool IsLocalPhase(const graph::OperatorSpec& spec) {
  return std::visit(
      [](const auto& one) {
        if constexpr (requires { one.phase == graph::AggregatePhase::kLocal; })
          return one.phase == graph::AggregatePhase::kLocal;
        return false;
      },
      spec);
}

class SeedCounter {
 public:
  explicit SeedCounter(const SeedCountSetup& setup) : setup_(setup), graph_(*setup.graph) {}

  Result<SeedCounts> Run() {
    std::set<std::string> givers;
    for (const SeededWay& way : setup_.from->seeds) givers.insert(way.from);
    const uint32_t groups = setup_.from->max_parallelism;
    state_ = TRY(setup_.backend->OpenTask(KeyGroupsOfSubtask(0, 1, groups)));
    for (const std::string& giver : givers) RETURN_IF_ERROR(Count(giver));
    SeedCounts counts(rows_.begin(), rows_.end());
    for (const std::string& uid : uncounted_) counts[uid].reset();
    return counts;
  }

 private:
  Status Count(const std::string& giver) {
    IntoChains seeded(uncounted_);
    for (const SeededWay& way : setup_.from->seeds) {
      if (way.from != giver) continue;
      std::vector<const graph::Node*> nodes;
      RETURN_IF_ERROR(AddWays(NodeOf(way.to), nodes, seeded));
    }
    const graph::Node& node = NodeOf(giver);
    operators::OperatorContext context = ContextOf(node);
    operators::OperatorMetrics metrics;
    context.metrics = &metrics;
    context.restored = RestoredEntries(giver);
    const auto op = TRY(operators::MakeOperator(node, {}));
    RETURN_IF_ERROR(op->Open(context).WithContext(node.name));
    Nowhere others;
    Status sent = op->Seed(others, seeded);
    if (!IsForJobAlone(sent)) return std::move(sent).WithContext(node.name);
    seeded.GiveUp();
    return {};
  }

  // Adds a chain of its own for each reader behind `nodes`, which are stateless, and `node`: rows
  // that one of two readers of the same projection cannot be told are still counted for the other.
  Status AddWays(const graph::Node& node, std::vector<const graph::Node*>& nodes,
                 IntoChains& seeded) {
    const bool reads = checkpoint::EndsSeeds(graph_, node);
    nodes.push_back(&node);
    if (reads || IsLocalPhase(node.spec)) {
      RETURN_IF_ERROR(AddWay(nodes, reads ? node.uid : ConsumersOf(node).front()->uid, seeded));
    } else {
      for (const graph::Node* consumer : ConsumersOf(node))
        RETURN_IF_ERROR(AddWays(*consumer, nodes, seeded));
    }
    nodes.pop_back();
    return {};
  }

  // The last of `nodes` only counts.
  Status AddWay(const std::vector<const graph::Node*>& nodes, const std::string& reader,
                IntoChains& seeded) {
    std::vector<MemberSetup> members;
    for (const graph::Node* node : nodes) {
      MemberSetup& member = members.emplace_back();
      member.node_index = static_cast<size_t>(node->index);
      member.parent = static_cast<int>(members.size()) - 2;
      member.context = ContextOf(*node);
      if (node == nodes.back()) {
        member.op = std::make_unique<RowCounter>(rows_[reader]);
      } else {
        member.op = TRY(operators::MakeOperator(*node, {}));
      }
    }
    auto chain = std::make_unique<OperatorChain>(std::move(members), nullptr);
    RETURN_IF_ERROR(chain->Open());
    seeded.Add(std::move(chain), reader);
    return {};
  }

  // A consumer that reads the node twice, such as a self-join, appears twice.
  std::vector<const graph::Node*> ConsumersOf(const graph::Node& node) const {
    std::vector<const graph::Node*> consumers;
    for (const graph::Node& one : graph_.nodes) {
      for (const graph::Edge& edge : one.inputs) {
        if (edge.from == node.index) consumers.push_back(&one);
      }
    }
    return consumers;
  }
  const graph::Node& NodeOf(const std::string& uid) const {
    return *std::ranges::find(graph_.nodes, uid, &graph::Node::uid);
  }

  operators::OperatorContext ContextOf(const graph::Node& node) const {
    operators::OperatorContext context;
    context.node = &node;
    for (const graph::Edge& edge : node.inputs)
      context.inputs.push_back(&graph_.nodes[static_cast<size_t>(edge.from)].output);
    context.max_parallelism = setup_.from->max_parallelism;
    context.state = state_.get();
    context.clock = setup_.clock;
    context.evaluation = setup_.evaluation;
    return context;
  }

  std::vector<operators::OperatorStateEntry> RestoredEntries(const std::string& uid) const {
    std::vector<operators::OperatorStateEntry> entries;
    for (const OperatorCheckpoint& op : setup_.from->operators) {
      if (op.uid != uid) continue;
      for (const SubtaskState& state : op.operator_state) {
        if (!IsOfTask(state.name)) entries.push_back({state.name, state.bytes});
      }
    }
    return entries;
  }

  const SeedCountSetup& setup_;
  const graph::JobGraph& graph_;
  std::unique_ptr<TaskState> state_;
  std::map<std::string, uint64_t> rows_;
  std::set<std::string> uncounted_;
};

}  // namespace

Result<SeedCounts> CountSeeds(const SeedCountSetup& setup) {
  return SeedCounter(setup).Run();
}

}  // namespace weir::task
