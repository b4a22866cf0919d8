#include "planner/bind/set_shapes.h"

#include <numeric>
#include <utility>

namespace weir::bind {

using logical::Column;
using logical::NodePtr;

namespace {

bool Merges(const ast::Query& query, bool outer_all) {
  const auto* operation = query.As<ast::SetOperation>();
  if (operation == nullptr || !query.IsPlain()) return false;
  return operation->op == ast::SetOperator::kUnion && (operation->all || !outer_all);
}

void CollectBranches(const ast::SetOperation& operation, std::vector<const ast::Query*>& branches) {
  for (const ast::QueryPtr* side : {&operation.left, &operation.right}) {
    const ast::Query& query = **side;
    if (operation.op == ast::SetOperator::kUnion && Merges(query, operation.all)) {
      CollectBranches(*query.As<ast::SetOperation>(), branches);
    } else {
      branches.push_back(&query);
    }
  }
}

std::vector<Column> UnionColumns(const std::vector<NodePtr>& branches) {
  std::vector<Column> columns = branches[0]->columns;
  for (const NodePtr& branch : branches) {
    for (size_t i = 0; i < columns.size(); ++i) {
      const Column& other = branch->columns[i];
      if (other.type.nullable()) columns[i].type = columns[i].type.WithNullable(true);
      if (other.time != columns[i].time) columns[i].time = logical::TimeAttribute::kNone;
    }
  }
  return columns;
}

}  // namespace

std::vector<const ast::Query*> BranchesOf(const ast::SetOperation& operation) {
  std::vector<const ast::Query*> branches;
  CollectBranches(operation, branches);
  return branches;
}

std::vector<int> FirstIndexes(size_t count) {
  std::vector<int> indexes(count);
  std::iota(indexes.begin(), indexes.end(), 0);
  return indexes;
}

NodePtr United(std::vector<NodePtr> branches, const logical::Origin& origin) {
  std::vector<Column> columns = UnionColumns(branches);
  return logical::MakeNode(logical::Union{}, std::move(branches), std::move(columns), origin);
}

NodePtr Distinct(const NodePtr& input, int64_t ttl_millis, const logical::Origin& origin) {
  logical::Aggregate distinct;
  distinct.keys = FirstIndexes(input->columns.size());
  distinct.ttl_millis = ttl_millis;
  std::vector<Column> columns = input->columns;
  for (Column& column : columns) column.time = logical::TimeAttribute::kNone;
  return logical::MakeNode(std::move(distinct), {input}, std::move(columns), origin);
}

}  // namespace weir::bind
