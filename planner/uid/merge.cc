#include "planner/uid/merge.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/logical/rewrite.h"
#include "planner/uid/fingerprint.h"

namespace weir::uid {
namespace {

using logical::Node;
using logical::NodePtr;

bool MayMerge(const Node& node) {
  return !std::holds_alternative<logical::Sink>(node.operation) &&
         !std::holds_alternative<logical::Collect>(node.operation) && IsDeterministic(node);
}

Claim ClaimOf(const Node& original) {
  const logical::Scan* scan = ScanUnder(original);
  return {original.origin, scan ? scan->alias : ""};
}

}  // namespace

const logical::Scan* ScanUnder(const Node& node) {
  const Node* current = &node;
  while (true) {
    if (const auto* scan = std::get_if<logical::Scan>(&current->operation)) return scan;
    const bool passes = std::holds_alternative<logical::Watermark>(current->operation) ||
                        std::holds_alternative<logical::Project>(current->operation) ||
                        std::holds_alternative<logical::Filter>(current->operation);
    if (!passes) return nullptr;
    current = current->inputs[0].get();
  }
}

MergedPlan MergeEqual(const logical::Plan& plan) {
  MergedPlan merged;
  std::unordered_map<std::string, NodePtr> known;
  std::unordered_map<const Node*, NodePtr> replaced;
  for (const NodePtr& node : logical::ProducersFirst(plan)) {
    std::vector<NodePtr> inputs;
    for (const NodePtr& input : node->inputs) inputs.push_back(replaced.at(input.get()));
    NodePtr result = logical::WithInputs(node, std::move(inputs));
    if (MayMerge(*node)) {
      std::string key = FingerprintOf(*result);
      for (const NodePtr& input : result->inputs) key += fmt::format("|{}", fmt::ptr(input.get()));
      result = known.try_emplace(std::move(key), result).first->second;
    }
    replaced[node.get()] = result;
    merged.claims[result.get()].push_back(ClaimOf(*node));
  }
  for (auto& [node, claims] : merged.claims) {
    std::stable_sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
      return a.origin.span.begin < b.origin.span.begin;
    });
  }
  for (const NodePtr& root : plan.roots) merged.plan.roots.push_back(replaced.at(root.get()));
  return merged;
}

}  // namespace weir::uid
