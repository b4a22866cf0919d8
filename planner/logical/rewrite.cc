#include "planner/logical/rewrite.h"

#include <unordered_set>

#include "runtime/base/interruption.h"

namespace weir::logical {
namespace {

void Visit(const NodePtr& node, std::unordered_set<const Node*>& seen,
           std::vector<NodePtr>& order) {
  if (!seen.insert(node.get()).second) return;
  CheckInterrupted();
  for (const NodePtr& input : node->inputs) Visit(input, seen, order);
  order.push_back(node);
}

}  // namespace

std::vector<NodePtr> ProducersFirst(const Plan& plan) {
  std::unordered_set<const Node*> seen;
  std::vector<NodePtr> order;
  for (const NodePtr& root : plan.roots) Visit(root, seen, order);
  return order;
}

std::unordered_map<const Node*, int> CountConsumers(const Plan& plan) {
  std::unordered_map<const Node*, int> counts;
  for (const NodePtr& node : ProducersFirst(plan)) {
    for (const NodePtr& input : node->inputs) ++counts[input.get()];
  }
  for (const NodePtr& root : plan.roots) ++counts[root.get()];
  return counts;
}

NodePtr WithInputs(const NodePtr& node, std::vector<NodePtr> inputs) {
  if (inputs == node->inputs) return node;
  return MakeNode(node->operation, std::move(inputs), node->columns, node->origin);
}

Result<Plan> Rewrite(const Plan& plan, const NodeRewrite& rewrite) {
  std::unordered_map<const Node*, NodePtr> rewritten;
  for (const NodePtr& node : ProducersFirst(plan)) {
    CheckInterrupted();
    std::vector<NodePtr> inputs;
    for (const NodePtr& input : node->inputs) inputs.push_back(rewritten.at(input.get()));
    rewritten[node.get()] = TRY(rewrite(*node, WithInputs(node, std::move(inputs))));
  }
  Plan result;
  for (const NodePtr& root : plan.roots) result.roots.push_back(rewritten.at(root.get()));
  return result;
}

bool IsUnnest(const Node& replicate) {
  return replicate.inputs[0]->columns.back().type.kind() != TypeKind::kBigInt;
}

bool KeepsEmpty(const Node& unnest) {
  return unnest.columns.back().type.nullable();
}

std::vector<std::string> NamesOf(const std::vector<Column>& columns) {
  std::vector<std::string> names;
  names.reserve(columns.size());
  for (const Column& column : columns) names.push_back(column.name);
  return names;
}

expr::ExprPtr ColumnRef(const Node& node, int index) {
  return expr::MakeColumnRef(index, node.columns.at(static_cast<size_t>(index)).type);
}

NodePtr SelectColumns(const NodePtr& input, const std::vector<int>& columns, Origin origin) {
  Project project;
  std::vector<Column> output;
  for (const int column : columns) {
    project.expressions.push_back(ColumnRef(*input, column));
    output.push_back(input->columns.at(static_cast<size_t>(column)));
  }
  return MakeNode(std::move(project), {input}, std::move(output), std::move(origin));
}

}  // namespace weir::logical
