// The first half of join-conditions: conditions go into joins and through them. A condition that
// may fail stays where it stands: below, it would see rows that have no match.
#include <algorithm>
#include <unordered_set>

#include "planner/logical/expression_kind.h"
#include "planner/logical/rewrite.h"
#include "planner/rules/join_conditions.h"
#include "planner/rules/large_conditions.h"
#include "planner/rules/predicates.h"
#include "runtime/expr/function.h"
#include "runtime/fault_point.h"

namespace weir::rules {
namespace {

using expr::ExprPtr;
using graph::JoinType;
using logical::Node;
using logical::NodePtr;
using Conditions = std::vector<ExprPtr>;

// Whether the expression is NULL when all columns of [first, end) are.
bool IsNullOn(const expr::Expr& expression, size_t first, size_t end) {
  if (expression.kind == expr::ExprKind::kColumn) {
    const auto column = static_cast<size_t>(expression.column);
    return column >= first && column < end;
  }
  if (expression.kind == expr::ExprKind::kCast) return IsNullOn(*expression.args[0], first, end);
  if (expression.kind != expr::ExprKind::kCall) return false;
  static constexpr std::string_view kStrict[] = {"=", "<>", "<", "<=", ">",    ">=",    "+",
                                                 "-", "*",  "/", "%",  "LIKE", "FIELD", "NOT"};
  const std::string_view name = expression.function->name;
  if (std::find(std::begin(kStrict), std::end(kStrict), name) == std::end(kStrict)) return false;
  return std::any_of(expression.args.begin(), expression.args.end(),
                     [&](const ExprPtr& argument) { return IsNullOn(*argument, first, end); });
}

// Whether a condition rejects every row whose columns of [first, end) are all NULL. FALSE instead
// of NULL is good enough only for the condition itself, not inside of it: (x IS NOT NULL) = FALSE
// is TRUE for such rows.
bool PassesNoNulls(const expr::Expr& condition, size_t first, size_t end) {
  if (condition.kind == expr::ExprKind::kCall) {
    const std::string_view name = condition.function->name;
    if (name == "IS NOT NULL") return IsNullOn(*condition.args[0], first, end);
    if (name == "IS TRUE") return PassesNoNulls(*condition.args[0], first, end);
  }
  return IsNullOn(condition, first, end);
}

class Sinker {
 public:
  explicit Sinker(std::unordered_set<const Node*>& shared) : shared_(shared) {}

  // The rows of `input` for which all conditions hold; those that may be are decided in or below
  // joins.
  NodePtr Sink(const NodePtr& input, const Conditions& conditions, const logical::Origin& origin) {
    if (conditions.empty()) return input;
    if (!LeadsToJoin(*input)) return MakeFilter(input, conditions, origin);
    if (std::holds_alternative<logical::Join>(input->operation)) {
      return IntoJoin(input, conditions, origin);
    }
    if (const auto* filter = std::get_if<logical::Filter>(&input->operation)) {
      Conditions all = SplitConjunction(filter->predicate);
      all.insert(all.end(), conditions.begin(), conditions.end());
      return Sink(input->inputs[0], all, origin);
    }
    return ThroughProject(input, conditions, origin);
  }

  // The join, with its own conditions and those in `above` taken to where each is decided.
  NodePtr IntoJoin(const NodePtr& node, const Conditions& above, const logical::Origin& origin) {
    Parts parts{std::get<logical::Join>(node->operation), {}, {}, {}, {}};
    width_ = node->inputs[0]->columns.size();
    for (const ExprPtr& condition : above) Weaken(parts.join, *condition, node->inputs[1]->columns);
    for (const ExprPtr& condition : above) PartAbove(parts, condition, *node);
    Conditions own;
    if (parts.join.residual) own = SplitConjunction(parts.join.residual);
    for (const ExprPtr& condition : own) PartOwn(parts, condition);
    parts.join.residual = MakeConjunction(parts.inside);
    Conditions right;
    for (const ExprPtr& condition : parts.right) right.push_back(OnRight(condition, *node));
    const NodePtr left_input = Sink(node->inputs[0], parts.left, node->origin);
    const NodePtr right_input = Sink(node->inputs[1], right, node->origin);
    const NodePtr joined = logical::MakeNode(std::move(parts.join), {left_input, right_input},
                                             node->columns, node->origin);
    return MakeFilter(joined, parts.above, origin);
  }

 private:
  struct Parts {
    logical::Join join;
    Conditions left;
    Conditions right;
    Conditions inside;
    Conditions above;
  };

  bool LeadsToJoin(const Node& node) const {
    const Node* at = &node;
    while (shared_.count(at) == 0) {
      if (std::holds_alternative<logical::Join>(at->operation)) return true;
      const bool passes = std::holds_alternative<logical::Filter>(at->operation) ||
                          std::holds_alternative<logical::Project>(at->operation);
      if (!passes) return false;
      at = at->inputs[0].get();
    }
    return false;
  }

  bool Reads(const expr::Expr& condition, bool left) const {
    std::vector<int> columns;
    expr::CollectColumns(condition, columns);
    return std::any_of(columns.begin(), columns.end(),
                       [&](int column) { return (static_cast<size_t>(column) < width_) == left; });
  }
  bool OnlyLeft(const expr::Expr& c) const { return Reads(c, true) && !Reads(c, false); }
  bool OnlyRight(const expr::Expr& c) const { return Reads(c, false) && !Reads(c, true); }

  static bool Moves(const expr::Expr& condition) {
    return expr::IsDeterministic(condition) && CannotFail(condition);
  }

  // Rows that the join keeps without a match are dropped by a condition that NULLs do not pass.
  void Weaken(logical::Join& join, const expr::Expr& condition,
              const std::vector<logical::Column>& right) const {
    const size_t end = width_ + right.size();
    if (graph::KeepsLeft(join.type) && PassesNoNulls(condition, width_, end)) {
      join.type = join.type == JoinType::kFull ? JoinType::kRight : JoinType::kInner;
    }
    if (graph::KeepsRight(join.type) && PassesNoNulls(condition, 0, width_)) {
      join.type = join.type == JoinType::kFull ? JoinType::kLeft : JoinType::kInner;
    }
  }

  // Whether a condition on the right input may be decided below: not if that takes versions away,
  // for then older ones would be valid.
  static bool SinksRight(const logical::Join& join) { return !join.versions; }

  // Whether a condition from above would become a key of the join and so say which versions follow
  // each other: those with equal values only.
  static bool ChoosesVersions(const ExprPtr& condition, const Node& node) {
    return std::get<logical::Join>(node.operation).versions && KeyPairOf(condition, node) &&
           !DefectPlanted("versions-by-filters");
  }

  void PartAbove(Parts& parts, const ExprPtr& condition, const Node& node) const {
    const JoinType type = parts.join.type;
    if (type == JoinType::kInner && expr::IsDeterministic(*condition) &&
        !ChoosesVersions(condition, node)) {
      PartOwn(parts, condition);
    } else if (OnlyLeft(*condition) && !graph::KeepsRight(type) && Moves(*condition)) {
      parts.left.push_back(condition);
    } else if (OnlyRight(*condition) && type == JoinType::kRight && Moves(*condition)) {
      parts.right.push_back(condition);
    } else {
      parts.above.push_back(condition);
    }
  }

  void PartOwn(Parts& parts, const ExprPtr& condition) const {
    const JoinType type = parts.join.type;
    const bool keeps_left = graph::KeepsLeft(type) || type == JoinType::kAnti;
    if (logical::TruthOf(*condition) == true) return;
    if (OnlyLeft(*condition) && !keeps_left && Moves(*condition)) {
      parts.left.push_back(condition);
    } else if (OnlyRight(*condition) && !graph::KeepsRight(type) && SinksRight(parts.join) &&
               Moves(*condition)) {
      parts.right.push_back(condition);
    } else {
      parts.inside.push_back(condition);
    }
  }

  static ExprPtr OnRight(const ExprPtr& condition, const Node& join) {
    std::vector<ExprPtr> columns;
    for (const NodePtr& input : join.inputs) {
      for (size_t i = 0; i < input->columns.size(); ++i) {
        columns.push_back(logical::ColumnRef(*input, static_cast<int>(i)));
      }
    }
    return expr::Substitute(condition, columns);
  }

  NodePtr ThroughProject(const NodePtr& node, const Conditions& conditions,
                         const logical::Origin& origin) {
    const auto& project = std::get<logical::Project>(node->operation);
    Conditions below;
    Conditions stay;
    for (const ExprPtr& condition : conditions) {
      std::vector<int> columns;
      expr::CollectColumns(*condition, columns);
      const bool moves = std::all_of(columns.begin(), columns.end(), [&](int column) {
        return Moves(*project.expressions[static_cast<size_t>(column)]);
      });
      if (moves && Moves(*condition) && !IsTooLargeBelow(*condition, project)) {
        below.push_back(expr::Substitute(condition, project.expressions));
      } else {
        stay.push_back(condition);
      }
    }
    const NodePtr input = Sink(node->inputs[0], below, origin);
    return MakeFilter(logical::WithInputs(node, {input}), stay, origin);
  }

  std::unordered_set<const Node*>& shared_;
  size_t width_ = 0;  // of the left input of the current join
};

}  // namespace

Result<logical::Plan> SinkIntoJoins(const logical::Plan& plan) {
  const auto consumers = logical::CountConsumers(plan);
  std::unordered_set<const Node*> shared;
  return logical::Rewrite(plan, [&](const Node& original, NodePtr node) -> Result<NodePtr> {
    if (const auto* filter = std::get_if<logical::Filter>(&node->operation)) {
      node =
          Sinker(shared).Sink(node->inputs[0], SplitConjunction(filter->predicate), node->origin);
    } else if (std::holds_alternative<logical::Join>(node->operation)) {
      node = Sinker(shared).IntoJoin(node, {}, node->origin);
    }
    if (consumers.at(&original) > 1) shared.insert(node.get());
    return node;
  });
}

}  // namespace weir::rules
