#include "runtime/checkpoint/seeding.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "runtime/checkpoint/restore_plan.h"
#include "runtime/graph/loops.h"

namespace weir::checkpoint {
namespace {

// The nodes with state behind the inputs of `reader`, and what stands in the way to one of them.
struct Below {
  std::set<int> stateful;
  std::string obstacle;
};

void FindStateBelow(const graph::JobGraph& graph, const graph::Node& reader, Below& below) {
  for (const graph::Edge& edge : reader.inputs) {
    const graph::Node& input = graph.nodes.at(static_cast<size_t>(edge.from));
    if (EndsSeeds(graph, input)) {
      below.stateful.insert(input.index);
      continue;
    }
    if (std::holds_alternative<graph::LookupSpec>(input.spec))
      below.obstacle = fmt::format("{} looks its rows up in another table", input.uid);
    FindStateBelow(graph, input, below);
  }
}

// Gives each operator that leads both to seeded readers and to other ones a twin that leads to the
// seeded ones alone, so that the others do not get the seeds.
class Splitting {
 public:
  Splitting(const RestorePlan& plan, graph::JobGraph& graph)
      : graph_(graph), leads_(graph.nodes.size()) {
    for (const RestoreRow& row : plan.rows) {
      if (row.seeded_from.empty()) continue;
      readers_.insert(row.uid);
      sources_.insert(row.seeded_from.begin(), row.seeded_from.end());
    }
  }

  std::vector<SeededWay> Run() {
    if (readers_.empty()) return {};
    for (size_t i = graph_.nodes.size(); i-- > 0;) FindWhereItLeads(i);
    std::vector<graph::Node> before = std::exchange(graph_.nodes, {});
    places_.resize(before.size());
    for (size_t i = 0; i < before.size(); ++i) {
      const bool split = leads_[i].seeded && leads_[i].elsewhere;
      if (split) {
        graph::Node twin = before[i];
        twin.uid += "/seeded";
        places_[i].own = Add(before[i], false);
        places_[i].seeded = Add(std::move(twin), true);
      } else {
        places_[i].own = places_[i].seeded = Add(before[i], leads_[i].seeded);
      }
    }
    CloseLoops();
    return std::move(ways_);
  }

 private:
  struct Leads {
    bool stateful = false;
    bool seeded = false;     // it is a reader that is seeded, or leads to one without state between
    bool elsewhere = false;  // the same of any other
  };
  struct Places {
    int own = -1;
    int seeded = -1;  // of its twin; else its own
  };

  // REQUIRES: it was called for all consumers of the node, which stand behind it in the graph.
  void FindWhereItLeads(size_t index) {
    const graph::Node& node = graph_.nodes[index];
    Leads& leads = leads_[index];
    leads.stateful = EndsSeeds(graph_, node);
    if (leads.stateful) {
      leads.seeded = readers_.contains(node.uid);
      leads.elsewhere = !leads.seeded;
    }
    for (const graph::Edge& edge : node.inputs) {
      if (graph::IsFeedback(node, edge)) continue;
      Leads& input = leads_[static_cast<size_t>(edge.from)];
      input.seeded |= leads.seeded;
      input.elsewhere |= leads.elsewhere;
    }
  }

  int Add(graph::Node node, bool seeded) {
    for (graph::Edge& edge : node.inputs) {
      if (graph::IsFeedback(node, edge)) continue;  // CloseLoops
      const auto from = static_cast<size_t>(edge.from);
      edge.from = seeded ? places_[from].seeded : places_[from].own;
      const std::string& uid = graph_.nodes[static_cast<size_t>(edge.from)].uid;
      if (seeded && sources_.contains(uid)) ways_.push_back({uid, node.uid});
    }
    node.index = static_cast<int>(graph_.nodes.size());
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.back().index;
  }

  // Edges back to recursions, once their other ends have their places.
  void CloseLoops() {
    for (graph::Node& node : graph_.nodes) {
      if (!std::holds_alternative<graph::RecursionSpec>(node.spec)) continue;
      int& from = node.inputs[graph::kFeedbackPort].from;
      from = places_[static_cast<size_t>(from)].own;
    }
  }

  graph::JobGraph& graph_;
  std::set<std::string> readers_;
  std::set<std::string> sources_;
  std::vector<Leads> leads_;
  std::vector<Places> places_;
  std::vector<SeededWay> ways_;
};

}  // namespace

bool EndsSeeds(const graph::JobGraph& graph, const graph::Node& node) {
  const OperatorStateSchema schema = graph::StateOf(node.spec, graph::InputSchema(graph, node));
  return !schema.tables.empty() || !schema.operator_state.empty();
}

SeedResult SeedsOf(const graph::JobGraph& graph, int reader,
                   const std::function<SeedState(const std::string& uid)>& state_of) {
  Below below;
  FindStateBelow(graph, graph.nodes.at(static_cast<size_t>(reader)), below);
  SeedResult result;
  result.why_not = below.obstacle;
  for (const int index : below.stateful) {
    const std::string& uid = graph.nodes[static_cast<size_t>(index)].uid;
    const SeedState state = state_of(uid);
    if (state.whole) continue;
    if (!state.why_not.empty()) result.why_not = fmt::format("{}: {}", uid, state.why_not);
    result.from.push_back(uid);
  }
  result.nothing_missed = result.from.empty() && result.why_not.empty();
  if (result.nothing_missed) result.why_not = "no state holds it";
  if (!result.why_not.empty()) result.from.clear();
  return result;
}

std::vector<SeededWay> SplitForSeeds(const RestorePlan& plan, graph::JobGraph& graph) {
  return Splitting(plan, graph).Run();
}

}  // namespace weir::checkpoint
