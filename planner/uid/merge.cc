#include "planner/uid/merge.h"

#include <algorithm>
#include <unordered_set>

#include "planner/logical/rewrite.h"
#include "planner/uid/equality.h"

namespace weir::uid {
namespace {

using logical::Node;
using logical::NodePtr;

Claim ClaimOf(const Node& original) {
  const logical::Scan* scan = ScanUnder(original);
  return {original.origin, scan ? scan->alias : ""};
}

// Collects scans, watermarks, and the computed columns between them.
std::unordered_set<const Node*> SourceParts(const logical::Plan& plan) {
  std::unordered_set<const Node*> parts;
  for (const NodePtr& node : logical::ProducersFirst(plan)) {
    if (std::holds_alternative<logical::Scan>(node->operation)) parts.insert(node.get());
    if (!std::holds_alternative<logical::Watermark>(node->operation)) continue;
    for (const Node* part = node.get(); !part->inputs.empty(); part = part->inputs[0].get()) {
      parts.insert(part);
    }
  }
  return parts;
}

class Merging {
 public:
  Merging(const logical::Plan& plan, const Reuse& reuse)
      : plan_(plan), reuse_(reuse), classes_(EqualityClasses(plan)), sources_(SourceParts(plan)) {
    for (const NodePtr& node : logical::ProducersFirst(plan)) {
      const auto* recursion = std::get_if<logical::Recursion>(&node->operation);
      if (recursion != nullptr) next_number_ = std::max(next_number_, recursion->id + 1);
    }
  }

  MergedPlan Run() {
    for (const NodePtr& root : plan_.roots) merged_.plan.roots.push_back(Build(root));
    for (const NodePtr& node : logical::ProducersFirst(plan_)) {
      const auto found = shared_.find(classes_.at(node.get()));
      if (found != shared_.end()) Claimed(*found->second, *node);
    }
    for (auto& [node, claims] : merged_.claims) {
      std::stable_sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
        return a.origin.span.begin < b.origin.span.begin;
      });
    }
    return std::move(merged_);
  }

 private:
  bool MayShare(const Node& node) const {
    return reuse_.sub_plans && (reuse_.sources || !sources_.contains(&node));
  }
  void Claimed(const Node& merged, const Node& original) {
    merged_.claims[&merged].push_back(ClaimOf(original));
  }

  NodePtr Build(const NodePtr& node) {
    const bool may_share = MayShare(*node);
    const int number = classes_.at(node.get());
    if (const auto known = shared_.find(number); may_share && known != shared_.end()) {
      return known->second;
    }
    logical::Operation operation = node->operation;
    const auto* recursion = std::get_if<logical::Recursion>(&node->operation);
    std::optional<int> outer;
    if (recursion != nullptr && !may_share) {
      outer = NumberOf(recursion->id);
      numbers_[recursion->id] = next_number_++;
    }
    if (auto* own = std::get_if<logical::Recursion>(&operation)) own->id = NumberOf(own->id);
    if (auto* scan = std::get_if<logical::RecursiveScan>(&operation))
      scan->recursion = NumberOf(scan->recursion);
    std::vector<NodePtr> inputs;
    for (const NodePtr& input : node->inputs) inputs.push_back(Build(input));
    if (outer) numbers_[recursion->id] = *outer;
    NodePtr result =
        logical::MakeNode(std::move(operation), std::move(inputs), node->columns, node->origin);
    if (may_share) {
      shared_[number] = result;
    } else {
      Claimed(*result, *node);
    }
    return result;
  }

  // The number of a recursion in the result: of each copy another one, which its step reads.
  int NumberOf(int recursion) const {
    const auto found = numbers_.find(recursion);
    return found == numbers_.end() ? recursion : found->second;
  }

  const logical::Plan& plan_;
  const Reuse reuse_;
  const std::unordered_map<const Node*, int> classes_;
  const std::unordered_set<const Node*> sources_;
  std::unordered_map<int, NodePtr> shared_;  // by class
  std::unordered_map<int, int> numbers_;     // of recursions that are being built
  int next_number_ = 0;
  MergedPlan merged_;
};

}  // namespace

const logical::Scan* ScanUnder(const Node& node) {
  const Node* current = &node;
  while (true) {
    if (const auto* scan = std::get_if<logical::Scan>(&current->operation)) return scan;
    const bool passes = std::holds_alternative<logical::Watermark>(current->operation) ||
                        std::holds_alternative<logical::Normalize>(current->operation) ||
                        std::holds_alternative<logical::Project>(current->operation) ||
                        std::holds_alternative<logical::Filter>(current->operation);
    if (!passes) return nullptr;
    current = current->inputs[0].get();
  }
}

MergedPlan MergeEqual(const logical::Plan& plan, const Reuse& reuse) {
  return Merging(plan, reuse).Run();
}

}  // namespace weir::uid
