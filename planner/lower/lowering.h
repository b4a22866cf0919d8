// The graph under construction. lower_<what>.cc each have one method for lowering a kind of node;
// lower.cc dispatches.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "planner/lower/lower.h"

namespace weir::lower {

// Lives for one plan; Run is called once. Graph nodes have the columns of their logical nodes,
// except local aggregates (graph::PartialSchema).
class Lowering {
 public:
  Lowering(const logical::Plan& plan, const traits::TraitMap& traits, const LowerOptions& options);

  // Lowers every root, then prunes fields that nobody reads (prune_fields.h).
  Result<graph::JobGraph> Run();

  // The graph node that yields the rows of `node`, created by the first call. A node with several
  // consumers is lowered once.
  Result<int> Lower(const logical::NodePtr& node);

  // lower_scan.cc: of a scan whose bad records are read, too, the filter of its rows.
  Result<int> LowerScan(const logical::Node& node, const logical::Scan& scan);
  Result<int> LowerBadRecords(const logical::Node& node);
  // lower_calc.cc: a Project with the filters under it, or filters alone.
  Result<int> LowerCalc(const logical::NodePtr& node);
  // Placed on one subtask, since every subtask would yield all rows.
  Result<int> LowerValues(const logical::Node& node, const logical::Values& values);
  // lower_aggregate.cc: both fail with E1002 if a key's type has no canonical bytes (MAP,
  // MULTISET).
  Result<int> LowerAggregate(const logical::Node& node, const logical::Aggregate& aggregate);
  Result<int> LowerWindowAggregate(const logical::Node& node,
                                   const logical::WindowAggregate& aggregate);
  // lower_join.cc
  Result<int> LowerJoin(const logical::Node& node, const logical::Join& join);
  // lower_lookup.cc
  Result<int> LowerLookup(const logical::Node& node, const logical::Join& join);
  // lower_rank.cc
  Result<int> LowerRank(const logical::Node& node, const logical::Rank& rank);
  Result<int> LowerOver(const logical::Node& node, const logical::OverAggregate& over);
  Result<int> LowerRecomputedOver(const logical::Node& node, const logical::OverAggregate& over);
  Result<int> LowerOverAhead(const logical::Node& node, const logical::OverAggregate& over);
  Result<int> LowerMatch(const logical::Node& node, const logical::Match& match);
  Result<int> LowerDeduplicate(const logical::Node& node, const logical::Deduplicate& deduplicate);
  Result<int> LowerWindowRank(const logical::Node& node, const logical::WindowRank& rank);
  Result<int> LowerWindowTable(const logical::Node& node, const logical::WindowTable& table);
  // lower_upsert.cc
  Result<int> LowerNormalize(const logical::Node& node, const logical::Normalize& normalize);
  Result<int> LowerSink(const logical::Node& node, const logical::Sink& given);
  // lower_exchange.cc: operators whose inputs decide how rows are distributed. A union runs on the
  // job's subtasks; on a single one if all branches do, or if a branch whose number of subtasks is
  // fixed yields changes without a key to distribute them by, or rows that become changes.
  Result<int> LowerUnion(const logical::Node& node);
  // Notes the unions at and below `node` whose rows no other exchange parts.
  void KeepOrderBelow(const logical::Node& node);
  // lower_recursion.cc: the rows that a recursion starts from, and where its rows come back to. Its
  // step is lowered last (LowerSteps), when what it reads is there.
  Result<int> LowerRecursion(const logical::NodePtr& pointer, const logical::Recursion& recursion);
  Result<int> LowerRecursiveScan(const logical::RecursiveScan& scan) const;
  Status LowerSteps();
  // Over unbounded input it becomes a Rank, or sorts by time. E1002 if a column cannot be a key; by
  // time only the columns that are sorted by need to be.
  Result<int> LowerSort(const logical::Node& node, const logical::Sort& sort);
  Result<int> LowerTimeSort(const logical::Node& node, const logical::Sort& sort);
  // The rows of a SELECT, collected on one subtask.
  Result<int> LowerCollect(const logical::Node& node);

 private:
  struct Switch;

  // An operator about to be added.
  struct Draft {
    const logical::Node* node;  // origin and traits
    graph::OperatorSpec spec;
    std::vector<graph::Edge> inputs;
    uint32_t parallelism = 0;
    std::string_view role;  // of stateless operators in their uid: "calc"
  };
  // Adds an operator with its uid, name, traits and parallelism from the logical node.
  int Add(Draft draft);
  // Adds an operator that follows `input` on the same subtasks.
  int AddBehind(const logical::Node& node, graph::OperatorSpec spec, int input,
                std::string_view role);
  // Adds an operator whose subtasks each get the rows of `input` with some keys; without keys, one
  // that gets all rows.
  int AddByKey(const logical::Node& node, graph::OperatorSpec spec, const std::vector<int>& keys,
               int input);
  // "<scope>/<role>", followed by "#2", "#3", … if a scope has several.
  std::string StatelessUid(const logical::Origin& origin, std::string_view role);

  // Adds an aggregate behind `input`, in two phases if that is worth it. `spec` is a
  // GroupAggregateSpec or a WindowAggregateSpec of phase kSingle.
  template <typename Spec>
  Result<int> AddAggregate(const logical::Node& node, Spec spec, int input);
  bool TwoPhases(const logical::Node& node, const std::vector<expr::AggregateCall>& calls,
                 bool retracts, int input) const;
  // An edge that brings rows of one key to one subtask; without keys, all rows.
  graph::Edge ByKey(int from, const std::vector<int>& keys) const;
  // Whether all changes of one upsert key of `index` come from one subtask, in order.
  bool SpreadByKey(int index) const;
  // The sink's input, behind an UpsertMaterialize or UpsertCompact if the traits ask for it.
  Result<int> AddMaterialize(const logical::Node& node, const logical::Sink& sink, int input);
  // The sink on as many subtasks as its options say, else on those of `input`.
  Result<int> AddSink(const logical::Node& node, const logical::Sink& sink, int input);
  // An edge that brings all rows to one subtask.
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
  // The scans whose bad records are read, and the graph nodes that give rows and bad records; -1:
  // not lowered yet.
  std::unordered_map<const logical::Node*, int> reporting_scans_;
  std::unordered_set<std::string> uids_;
  // Unions whose rows must come in the order of each branch, as they say which changes they are.
  std::unordered_set<const logical::Node*> in_order_;
  struct OpenRecursion {
    logical::NodePtr node;
    int index = -1;
  };
  std::vector<OpenRecursion> open_recursions_;   // whose steps are to be lowered
  std::unordered_map<int, int> recursive_rows_;  // by Recursion::id, the node that gives its rows
  graph::JobGraph graph_;
};

}  // namespace weir::lower
