#include <algorithm>

#include "planner/lower/lowering.h"
#include "planner/traits/rank_traits.h"
#include "runtime/types/key_encoding.h"

namespace weir::lower {

using logical::Node;

// On the job's subtasks, unless every branch runs on one, or a branch on one subtask yields changes
// whose order would be lost by spreading them.
Result<int> Lowering::LowerUnion(const Node& node) {
  std::vector<int> inputs;
  bool all_single = true;
  bool ordered = false;
  for (const logical::NodePtr& input : node.inputs) {
    inputs.push_back(TRY(Lower(input)));
    const graph::Node& branch = At(inputs.back());
    all_single = all_single && branch.parallelism == 1;
    ordered = ordered || (branch.parallelism == 1 && !branch.changelog.append_only() &&
                          branch.upsert_key.empty());
  }
  const uint32_t parallelism = all_single || ordered ? 1 : 0;
  std::vector<graph::Edge> edges;
  for (const int input : inputs) {
    const graph::Node& branch = At(input);
    graph::Edge edge{input, graph::ExchangeKind::kForward, {}};
    if (parallelism == 1) {
      edge = Together(input);
    } else if (branch.parallelism == 1 && branch.changelog.append_only()) {
      edge.exchange = graph::ExchangeKind::kRebalance;
    } else if (branch.parallelism == 1) {
      edge = ByKey(input, branch.upsert_key);
    }
    edges.push_back(std::move(edge));
  }
  return Add({&node, graph::UnionSpec{}, std::move(edges), parallelism, "union"});
}

Result<int> Lowering::LowerSort(const Node& node, const logical::Sort& sort) {
  for (const logical::Column& column : node.columns) {
    RETURN_IF_ERROR(CheckKeyType(column.type).WithId("E1002").WithSpan(node.origin.span));
  }
  if (!TraitsOf(*node.inputs[0]).bounded) {
    return LowerRank(node, traits::RankOfSort(sort, Retracts(node)));
  }
  const int input = TRY(Lower(node.inputs[0]));
  graph::SortLimitSpec spec{sort.keys, sort.offset, sort.limit};
  return Add({&node, std::move(spec), {Together(input)}, 1, ""});
}

Result<int> Lowering::LowerCollect(const Node& node) {
  const int input = TRY(Lower(node.inputs[0]));
  return Add({&node, graph::CollectSpec{}, {Together(input)}, 1, "collect"});
}

}  // namespace weir::lower
