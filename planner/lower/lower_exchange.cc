#include <fmt/format.h>

#include <algorithm>

#include "planner/lower/check_order.h"
#include "planner/lower/lowering.h"
#include "planner/traits/rank_traits.h"
#include "runtime/graph/meaning_line.h"
#include "runtime/types/key_encoding.h"

namespace weir::lower {

using logical::Node;

void Lowering::KeepOrderBelow(const Node& node) {
  const bool is_union = std::holds_alternative<logical::Union>(node.operation);
  const bool passes = is_union || std::holds_alternative<logical::Filter>(node.operation) ||
                      std::holds_alternative<logical::Project>(node.operation) ||
                      std::holds_alternative<logical::Watermark>(node.operation) ||
                      std::holds_alternative<logical::WindowTable>(node.operation) ||
                      std::holds_alternative<logical::Replicate>(node.operation) ||
                      std::holds_alternative<logical::ToChangelog>(node.operation) ||
                      std::holds_alternative<logical::FromChangelog>(node.operation);
  if (is_union && !in_order_.insert(&node).second) return;
  if (!passes) return;
  for (const logical::NodePtr& input : node.inputs) KeepOrderBelow(*input);
}

Result<int> Lowering::LowerUnion(const Node& node) {
  std::vector<int> inputs;
  bool all_single = true;
  bool ordered = false;
  for (const logical::NodePtr& input : node.inputs) {
    inputs.push_back(TRY(Lower(input)));
    const graph::Node& branch = At(inputs.back());
    all_single = all_single && branch.parallelism == 1;
    const bool no_key = !branch.changelog.append_only() && branch.upsert_key.empty();
    ordered = ordered || (branch.parallelism != 0 && (no_key || in_order_.contains(&node)));
  }
  const uint32_t parallelism = all_single || ordered ? 1 : 0;
  std::vector<graph::Edge> edges;
  for (const int input : inputs) {
    const graph::Node& branch = At(input);
    graph::Edge edge{input, graph::ExchangeKind::kForward, {}};
    if (parallelism == 1) {
      edge = Together(input);
    } else if (branch.parallelism != 0 && branch.changelog.append_only()) {
      edge.exchange = graph::ExchangeKind::kRebalance;
    } else if (branch.parallelism != 0) {
      edge = ByKey(input, branch.upsert_key);
    }
    edges.push_back(std::move(edge));
  }
  return Add({&node, graph::UnionSpec{}, std::move(edges), parallelism, "union"});
}

namespace {

// Beyond this many ranks, rows are only sorted at the end: the cost of a ranking grows, with every
// batch, with the rows that it keeps.
constexpr int64_t kMostRanks = 10'000;

bool IsTopN(const logical::Sort& sort) {
  return sort.limit > 0 && sort.offset <= kMostRanks && sort.limit <= kMostRanks - sort.offset;
}

}  // namespace

Result<int> Lowering::LowerTimeSort(const Node& node, const logical::Sort& sort) {
  RETURN_IF_ERROR(CheckOrder(node.columns, sort.keys, node.origin.span));
  const bool by_clock = sort.time == logical::TimeAttribute::kProcessing;
  graph::TemporalSortSpec spec{sort.keys, by_clock ? -1 : sort.keys[0].column};
  const graph::Edge input = Together(TRY(Lower(node.inputs[0])));
  return Add({&node, std::move(spec), {input}, 1, ""});
}

Result<int> Lowering::LowerSort(const Node& node, const logical::Sort& sort) {
  if (sort.time != logical::TimeAttribute::kNone) return LowerTimeSort(node, sort);
  RETURN_IF_ERROR(CheckOrder(node.columns, sort.keys, node.origin.span));
  // LIMIT 0 ends what it reads at once.
  if (!TraitsOf(*node.inputs[0]).bounded && sort.limit != 0) {
    const logical::Rank rank = traits::RankOfSort(sort, Retracts(node));
    const int lowered = TRY(LowerRank(node, rank));
    if (traits::TakesNothingBack(sort, Retracts(node))) {
      graph_.nodes[static_cast<size_t>(lowered)].fingerprint +=
          graph::MeaningLine("limit", "", fmt::format("{} to {}", rank.first, rank.last));
    }
    return lowered;
  }
  int input = -1;
  const bool below_is_top = IsTopN(sort) && !Retracts(node);
  if (below_is_top) {
    // A Top-N in front keeps the rows that may be part of the result, so that the sort stores no
    // others. What it retracts is applied to the table of the sort.
    logical::Rank rank = traits::RankOfSort(sort, false);
    rank.first = 1;
    input = TRY(LowerRank(node, rank));
    graph::Node& top = graph_.nodes[static_cast<size_t>(input)];
    if (node.origin.identity) top.uid = node.origin.identity->uid + ".top";
    for (std::string& uid : top.also) uid += ".top";
    std::get<graph::RankSpec>(top.spec).emit_update_before = true;
    top.changelog = traits::GivenByRank(rank, true);
  } else {
    input = TRY(Lower(node.inputs[0]));
  }
  graph::SortLimitSpec spec{sort.keys, sort.offset, sort.limit, below_is_top};
  return Add({&node, std::move(spec), {Together(input)}, 1, ""});
}

Result<int> Lowering::LowerCollect(const Node& node) {
  const int input = TRY(Lower(node.inputs[0]));
  return Add({&node, graph::CollectSpec{}, {Together(input)}, 1, "collect"});
}

}  // namespace weir::lower
