// The graph under construction. Nodes are lowered by lower_<what>.cc, one method each; lower.cc
// holds the switch.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "planner/lower/lower.h"

namespace weir::lower {

// Lives for one plan; Run is called once.
// The result's columns are those of the logical nodes, save for local aggregates
// (graph::PartialSchema).
class Lowering {
 public:
  Lowering(const logical::Plan& plan, const traits::TraitMap& traits, const LowerOptions& options);

  // Every root, then fields that nobody reads are pruned (prune_fields.h).
  Result<graph::JobGraph> Run();

  // The graph node that yields the rows of `node`, made on the first call.
  // A shared node is lowered once and has several consumers in the graph, too.
  Result<int> Lower(const logical::NodePtr& node);

  // lower_calc.cc. A Project with the filters under it, or filters alone.
  Result<int> LowerCalc(const logical::NodePtr& node);
  // On one subtask: every subtask would yield all rows.
  Result<int> LowerValues(const logical::Node& node, const logical::Values& values);
  // lower_aggregate.cc
  // Both fail E1002 where a key's type has no canonical bytes (MAP, MULTISET).
  Result<int> LowerAggregate(const logical::Node& node, const logical::Aggregate& aggregate);
  Result<int> LowerWindowAggregate(const logical::Node& node,
                                   const logical::WindowAggregate& aggregate);
  // lower_join.cc
  Result<int> LowerJoin(const logical::Node& node, const logical::Join& join);
  // lower_lookup.cc
  Result<int> LowerLookup(const logical::Node& node, const logical::Join& join);
  // lower_rank.cc
  Result<int> LowerRank(const logical::Node& node, const logical::Rank& rank);
  Result<int> LowerDeduplicate(const logical::Node& node, const logical::Deduplicate& deduplicate);
  Result<int> LowerWindowRank(const logical::Node& node, const logical::WindowRank& rank);
  Result<int> LowerWindowTable(const logical::Node& node, const logical::WindowTable& table);
  // lower_upsert.cc
  Result<int> LowerNormalize(const logical::Node& node, const logical::Normalize& normalize);
  Result<int> LowerSink(const logical::Node& node, const logical::Sink& sink);
  // lower_exchange.cc: operators whose inputs decide how rows are spread.
  // On the job's subtasks unless a branch on one subtask gives changes without a key to spread them
  // by.
  Result<int> LowerUnion(const logical::Node& node);
  // Over input that never ends: a Rank. E1002 where a column cannot be a key.
  Result<int> LowerSort(const logical::Node& node, const logical::Sort& sort);
  // On one subtask.
  Result<int> LowerCollect(const logical::Node& node);

 private:
  // An operator about to be added.
  struct Draft {
    const logical::Node* node;  // origin and traits
    graph::OperatorSpec spec;
    std::vector<graph::Edge> inputs;
    uint32_t parallelism = 0;
    std::string_view role;  // of stateless operators in their uid: "calc"
  };
  // Gives the operator its uid, name, traits and parallelism from the logical node.
  int Add(Draft draft);
  // Adds an operator that follows `input` on the same subtasks.
  int AddBehind(const logical::Node& node, graph::OperatorSpec spec, int input,
                std::string_view role);
  // "<scope>/<role>", with "#2", "#3", … where a scope has several.
  std::string StatelessUid(const logical::Origin& origin, std::string_view role);

  // Adds an aggregate behind `input`, in two phases where that is worth it. `spec` is a
  // GroupAggregateSpec or a WindowAggregateSpec of phase kSingle.
  template <typename Spec>
  Result<int> AddAggregate(const logical::Node& node, Spec spec, int input);
  bool TwoPhases(const logical::Node& node, const std::vector<expr::AggregateCall>& calls,
                 bool retracts, int input) const;
  // Rows of one key on one subtask; everything on one when there are no keys.
  graph::Edge ByKey(int from, const std::vector<int>& keys) const;
  // Whether all changes of one upsert key of `index` come from one subtask, in order.
  bool SpreadByKey(int index) const;
  // The sink's input behind an UpsertMaterialize, where traits say so.
  Result<int> AddMaterialize(const logical::Node& node, const logical::Sink& sink, int input);
  // Everything on one subtask.
  graph::Edge Together(int from) const;

  const graph::Node& At(int index) const { return graph_.nodes[static_cast<size_t>(index)]; }
  const traits::NodeTraits& TraitsOf(const logical::Node& node) const { return traits_.at(&node); }
  bool Retracts(const logical::Node& node) const {
    return !TraitsOf(*node.inputs[0]).gives.append_only();
  }

  // Borrowed for the life of this object.
  const logical::Plan& plan_;
  const traits::TraitMap& traits_;
  const LowerOptions& options_;
  std::unordered_map<const logical::Node*, int> consumers_;
  std::unordered_map<const logical::Node*, int> lowered_;
  std::unordered_set<std::string> uids_;
  graph::JobGraph graph_;
};

}  // namespace weir::lower
