#include "planner/bind/outer_rows.h"

#include <algorithm>
#include <utility>

#include "planner/bind/conjunction.h"
#include "planner/bind/node_shapes.h"
#include "planner/logical/expression_kind.h"
#include "planner/logical/rewrite.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"

namespace weir::bind {

using expr::ExprPtr;
using graph::JoinType;
using logical::NodePtr;

namespace {

bool Reads(const expr::Expr& expression, int first, int last) {
  std::vector<int> columns;
  expr::CollectColumns(expression, columns);
  return std::ranges::any_of(columns, [&](int column) { return column >= first && column < last; });
}

// Whether equal values are the same value: 0.0 and -0.0 are not, and texts of fixed length may not
// be.
bool IsSame(const Type& a, const Type& b) {
  switch (a.kind()) {
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow:
      return false;
    case TypeKind::kVarChar:
      return b.kind() == TypeKind::kVarChar;
    default:
      return a.WithNullable(true) == b.WithNullable(true);
  }
}

// A condition as it stands in the plan (`origin`), and over the columns of the node that is looked
// at (`here`).
struct Condition {
  const expr::Expr* origin;
  ExprPtr here;
};

class Remover {
 public:
  explicit Remover(OuterRows& outer) : outer_(outer), width_(static_cast<int>(outer.width())) {}

  NodePtr Without(const NodePtr& node, std::vector<Condition> known) {
    if (const auto* filter = std::get_if<logical::Filter>(&node->operation))
      return WithoutInFilter(node, *filter, std::move(known));
    if (const auto* project = std::get_if<logical::Project>(&node->operation))
      return WithoutInProject(node, *project, known);
    if (const auto* join = std::get_if<logical::Join>(&node->operation))
      return WithoutInJoin(node, *join, std::move(known));
    if (std::holds_alternative<logical::Replicate>(node->operation))
      return Rebuilt(node, OfFirst(known, node->inputs[0]->columns.size() - 1));
    if (std::holds_alternative<logical::WindowTable>(node->operation))
      return Rebuilt(node, OfFirst(known, node->inputs[0]->columns.size()));
    return nullptr;
  }

  bool matches_null() const { return matches_null_; }

 private:
  // The conditions on the first columns only.
  static std::vector<Condition> OfFirst(const std::vector<Condition>& known, size_t width) {
    std::vector<Condition> of;
    for (const Condition& condition : known) {
      if (!Reads(*condition.here, static_cast<int>(width), INT32_MAX)) of.push_back(condition);
    }
    return of;
  }

  // `node` with the outer rows removed from its first input; null if they cannot be.
  NodePtr Rebuilt(const NodePtr& node, std::vector<Condition> known) {
    std::vector<NodePtr> inputs = node->inputs;
    inputs[0] = Without(inputs[0], std::move(known));
    if (inputs[0] == nullptr) return nullptr;
    return logical::MakeNode(node->operation, std::move(inputs), node->columns, node->origin);
  }

  NodePtr WithoutInFilter(const NodePtr& node, const logical::Filter& filter,
                          std::vector<Condition> known) {
    const std::vector<ExprPtr> parts = logical::SplitConjunction(filter.predicate);
    for (const ExprPtr& part : parts) known.push_back({part.get(), part});
    NodePtr input = Without(node->inputs[0], std::move(known));
    if (input == nullptr) return nullptr;
    return Filtered(std::move(input), parts, node->origin);
  }

  // Filters by the conditions that no value was taken from. The others hold by themselves unless
  // the value is NULL, which is checked where it must not be.
  NodePtr Filtered(NodePtr input, const std::vector<ExprPtr>& parts,
                   const logical::Origin& origin) const {
    std::vector<ExprPtr> left;
    for (const ExprPtr& part : parts) {
      const auto used =
          std::ranges::find(used_, part.get(), &std::pair<const expr::Expr*, int>::first);
      if (used == used_.end()) {
        left.push_back(part);
      } else if (used->second >= 0) {
        const ExprPtr value = logical::ColumnRef(*input, used->second);
        left.push_back(expr::BindCall("IS NOT NULL", {value}, part->span).value());
      }
    }
    if (left.empty()) return input;
    std::vector<logical::Column> columns = input->columns;
    return logical::MakeNode(logical::Filter{AllOf(std::move(left), {})}, {std::move(input)},
                             std::move(columns), origin);
  }

  NodePtr WithoutInProject(const NodePtr& node, const logical::Project& project,
                           const std::vector<Condition>& known) {
    for (int i = 0; i < width_; ++i) {
      const expr::Expr& value = *project.expressions[static_cast<size_t>(i)];
      if (value.kind != expr::ExprKind::kColumn || value.column != i) return nullptr;
    }
    std::vector<Condition> below;
    for (const Condition& condition : known) {
      below.push_back({condition.origin, expr::Substitute(condition.here, project.expressions)});
    }
    return Rebuilt(node, std::move(below));
  }

  NodePtr WithoutInJoin(const NodePtr& node, const logical::Join& join,
                        std::vector<Condition> known) {
    const bool plain = !join.lookup && !join.versions;
    if (node->inputs[0] == outer_.rows.node) {
      return plain && join.type == JoinType::kInner ? Replaced(node, join, std::move(known))
                                                    : nullptr;
    }
    const bool passes = join.type == JoinType::kInner || join.type == JoinType::kLeft ||
                        join.type == JoinType::kSemi || join.type == JoinType::kAnti;
    if (!plain || !passes) return nullptr;
    return Rebuilt(node, OfFirst(known, node->inputs[0]->columns.size()));
  }

  // The join of the outer rows with another input becomes that input alone, with values of it in
  // the place of the rows' columns.
  NodePtr Replaced(const NodePtr& node, const logical::Join& join, std::vector<Condition> known) {
    std::vector<ExprPtr> parts;
    if (join.residual) parts = logical::SplitConjunction(join.residual);
    for (const ExprPtr& part : parts) known.push_back({part.get(), part});
    logical::Project project;
    std::vector<logical::Column> columns = node->columns;
    for (int i = 0; i < width_; ++i) {
      ExprPtr value = ValueOf(i, known);
      if (value == nullptr) return nullptr;
      auto& column = columns[static_cast<size_t>(i)];
      column = {column.name, value->type};
      project.expressions.push_back(std::move(value));
    }
    for (ExprPtr& column : References(node->inputs[1]->columns))
      project.expressions.push_back(std::move(column));
    NodePtr beside =
        logical::MakeNode(std::move(project), {node->inputs[1]}, std::move(columns), node->origin);
    return Filtered(std::move(beside), parts, node->origin);
  }

  // The value over the columns beside the rows that their column `i` equals by one of the
  // conditions; null if there is none.
  ExprPtr ValueOf(int i, const std::vector<Condition>& known) {
    const Type& type = outer_.rows.columns()[static_cast<size_t>(i)].type;
    for (const Condition& condition : known) {
      const expr::Expr& call = *condition.here;
      if (call.kind != expr::ExprKind::kCall || call.args.size() != 2) continue;
      const bool null_safe = call.function->name == "IS NOT DISTINCT FROM";
      if (!null_safe && call.function->name != "=") continue;
      for (const size_t side : {0U, 1U}) {
        const expr::Expr& own = *call.args[side];
        const ExprPtr& value = call.args[1 - side];
        if (own.kind != expr::ExprKind::kColumn || own.column != i) continue;
        if (Reads(*value, 0, width_) || !IsSame(type, value->type)) continue;
        if (!expr::IsDeterministic(*value)) continue;
        used_.emplace_back(condition.origin, null_safe || !value->type.nullable() ? -1 : i);
        matches_null_ = matches_null_ || null_safe;
        return Shifted(value);
      }
    }
    return nullptr;
  }

  // `value`, which reads columns behind the rows' alone, for a node that no longer has the rows'
  // columns.
  ExprPtr Shifted(const ExprPtr& value) const {
    if (value->kind == expr::ExprKind::kColumn)
      return expr::MakeColumnRef(value->column - width_, value->type, value->span);
    auto rebuilt = std::make_shared<expr::Expr>(*value);
    for (ExprPtr& argument : rebuilt->args) argument = Shifted(argument);
    return ExprPtr(rebuilt);
  }

  OuterRows& outer_;
  const int width_;
  bool matches_null_ = false;
  // Conditions that values were taken from, with the column that must not be NULL; -1: it may be.
  std::vector<std::pair<const expr::Expr*, int>> used_;
};

}  // namespace

NodePtr WithoutOuterRows(const NodePtr& node, OuterRows& outer) {
  Remover remover(outer);
  NodePtr without = remover.Without(node, {});
  if (without != nullptr && remover.matches_null()) outer.matches_null = true;
  return without;
}

}  // namespace weir::bind
