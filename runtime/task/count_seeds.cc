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

// Passes the output of one operator to the first operators of all its consumers.
class IntoChains final : public operators::Output {
 public:
  void Add(std::unique_ptr<OperatorChain> chain) { chains_.push_back(std::move(chain)); }
  Status Emit(Batch batch) override {
    for (const auto& chain : chains_) RETURN_IF_ERROR(chain->Deliver(0, 0, batch));
    return {};
  }
  Status EmitWatermark(Timestamp) override { return {}; }

 private:
  std::vector<std::unique_ptr<OperatorChain>> chains_;
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

  Result<std::map<std::string, uint64_t>> Run() {
    std::set<std::string> givers;
    for (const SeededWay& way : setup_.from->seeds) givers.insert(way.from);
    const uint32_t groups = setup_.from->max_parallelism;
    state_ = TRY(setup_.backend->OpenTask(KeyGroupsOfSubtask(0, 1, groups)));
    for (const std::string& giver : givers) RETURN_IF_ERROR(Count(giver));
    return std::move(rows_);
  }

 private:
  Status Count(const std::string& giver) {
    IntoChains seeded;
    for (const SeededWay& way : setup_.from->seeds) {
      if (way.from != giver) continue;
      std::vector<MemberSetup> members;
      RETURN_IF_ERROR(AddMembers(NodeOf(way.to), -1, members));
      auto chain = std::make_unique<OperatorChain>(std::move(members), nullptr);
      RETURN_IF_ERROR(chain->Open());
      seeded.Add(std::move(chain));
    }
    const graph::Node& node = NodeOf(giver);
    operators::OperatorContext context = ContextOf(node);
    operators::OperatorMetrics metrics;
    context.metrics = &metrics;
    context.restored = RestoredEntries(giver);
    const auto op = TRY(operators::MakeOperator(node, {}));
    RETURN_IF_ERROR(op->Open(context).WithContext(node.name));
    Nowhere others;
    return op->Seed(others, seeded).WithContext(node.name);
  }

  // Adds the stateless operators from here on, with counters at their ends.
  Status AddMembers(const graph::Node& node, int parent, std::vector<MemberSetup>& members) {
    MemberSetup& member = members.emplace_back();
    member.node_index = static_cast<size_t>(node.index);
    member.parent = parent;
    member.context = ContextOf(node);
    const bool reads = checkpoint::EndsSeeds(graph_, node);
    if (reads || IsLocalPhase(node.spec)) {
      member.op =
          std::make_unique<RowCounter>(rows_[reads ? node.uid : ConsumersOf(node).front()->uid]);
      return {};
    }
    member.op = TRY(operators::MakeOperator(node, {}));
    const auto place = static_cast<int>(members.size()) - 1;
    for (const graph::Node* consumer : ConsumersOf(node))
      RETURN_IF_ERROR(AddMembers(*consumer, place, members));
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
};

}  // namespace

Result<std::map<std::string, uint64_t>> CountSeeds(const SeedCountSetup& setup) {
  return SeedCounter(setup).Run();
}

}  // namespace weir::task
