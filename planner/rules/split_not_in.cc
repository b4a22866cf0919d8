// The part of join-conditions that finds rows of NOT IN by keys where values may be NULL. A value
// is then in the list for as much as is known, unless the comparison is FALSE, which no key finds.
// But that is so if an equal value is there, or a NULL on either side:
//
//   SELECT * FROM a WHERE x NOT IN (SELECT y FROM b)
//   Join(anti; where: NOT (x = y) IS FALSE) over a, and b
//     =>  Join(anti; where: is_null OR x IS NULL)
//         over Join(anti; keys: x = y) over a, and b,
//         and  Aggregate(is_null) over Project(y IS NULL AS is_null) over b
//
// The aggregate has two rows at most, and gives a change only when the first value or the first
// NULL comes, or the last one goes. What else has to be equal (a correlated subquery, the other
// columns of a row) makes groups, of which each has such rows. Of one side's NULLs nobody asks if
// it has none.
#include <algorithm>
#include <utility>

#include "planner/logical/expression_kind.h"
#include "planner/logical/rewrite.h"
#include "planner/logical/window_columns.h"
#include "planner/rules/join_conditions.h"
#include "planner/rules/predicates.h"
#include "runtime/expr/binding.h"

namespace weir::rules {
namespace {

using expr::ExprPtr;
using logical::Node;
using logical::NodePtr;

// Of the scope of what NOT IN keeps beside its join.
constexpr std::string_view kStep = "/not_in";

// x = y of NOT (x = y) IS FALSE, as the binder writes what NOT IN asks; null for other conditions.
ExprPtr ComparedByNotIn(const ExprPtr& condition) {
  if (!logical::IsCallOf(*condition, "NOT")) return nullptr;
  const ExprPtr& test = condition->args[0];
  if (!logical::IsCallOf(*test, "IS FALSE") || !logical::IsCallOf(*test->args[0], "="))
    return nullptr;
  return test->args[0];
}

// The condition of a NOT IN of one pair of values that may be NULL.
struct NotIn {
  KeyPair values;
  ExprPtr equal;  // values.left = values.right
  std::vector<KeyPair> groups;
  std::vector<ExprPtr> of_left;  // conditions that the subquery has on the query around it
};

// Nothing where the condition is another one, or one with parts that make no groups.
std::optional<NotIn> TakeNotIn(const Node& node, const std::vector<ExprPtr>& conditions) {
  NotIn found;
  const size_t width = node.inputs[0]->columns.size();
  for (const ExprPtr& condition : conditions) {
    if (const ExprPtr equal = ComparedByNotIn(condition)) {
      const std::optional<KeyPair> pair = KeyPairOf(equal, node);
      // Within a nested value a NULL may make a comparison unknown.
      if (found.equal || !pair || pair->left->type.is_nested()) return std::nullopt;
      found.values = *pair;
      found.equal = equal;
    } else if (const std::optional<KeyPair> pair = KeyPairOf(condition, node)) {
      found.groups.push_back(*pair);
    } else if (logical::SideOf(*condition, width) == logical::Side::kLeft &&
               expr::IsDeterministic(*condition)) {
      found.of_left.push_back(condition);
    } else {
      return std::nullopt;
    }
  }
  if (!found.equal) return std::nullopt;
  return found;
}

class NotInSplitter {
 public:
  NotInSplitter(const Node& node, NotIn parts)
      : node_(node),
        join_(std::get<logical::Join>(node.operation)),
        parts_(std::move(parts)),
        width_(static_cast<int>(node.inputs[0]->columns.size())) {}

  Result<NodePtr> Split() const {
    logical::Join unequal = join_;
    std::vector<ExprPtr> conditions = parts_.of_left;
    for (const KeyPair& group : parts_.groups)
      conditions.push_back(TRY(Equality(group, group.right)));
    conditions.push_back(parts_.equal);
    unequal.residual = MakeConjunction(conditions);
    const NodePtr rows = TRY(ResolveJoin(
        logical::MakeNode(std::move(unequal), node_.inputs, node_.columns, node_.origin)));
    const NodePtr kinds = TRY(Kinds());
    logical::Join unknown = join_;
    unknown.hints.clear();
    unknown.residual = MakeConjunction(TRY(Unknown()));
    return ResolveJoin(
        logical::MakeNode(std::move(unknown), {rows, kinds}, node_.columns, OwnOrigin()));
  }

 private:
  static Result<ExprPtr> Call(std::string_view name, std::vector<ExprPtr> args) {
    return expr::BindCall(name, std::move(args), {});
  }
  static Result<ExprPtr> Equality(const KeyPair& pair, const ExprPtr& right) {
    return Call(pair.null_safe ? "IS NOT DISTINCT FROM" : "=", {pair.left, right});
  }
  bool left_nullable() const { return parts_.values.left->type.nullable(); }
  bool right_nullable() const { return parts_.values.right->type.nullable(); }

  // A step of their own keeps these states apart from those of the clause around: its DISTINCT, its
  // joins.
  logical::Origin OwnOrigin() const {
    logical::Origin origin = node_.origin;
    origin.scope += origin.scope.empty() ? kStep.substr(1) : kStep;
    if (!origin.explicit_id.empty()) origin.explicit_id += kStep;
    std::vector<std::string> names = logical::NamesOf(node_.inputs[0]->columns);
    for (std::string& name : logical::NamesOf(node_.inputs[1]->columns))
      names.push_back(std::move(name));
    const auto text = [&](const ExprPtr& value) { return expr::ToString(*value, names); };
    origin.discriminator = text(parts_.values.left) + "+" + text(parts_.values.right);
    return origin;
  }

  // Whether there are values in a group, and NULLs among them: a row for each kind that matters,
  // the columns of the group and then `is_null`.
  Result<NodePtr> Kinds() const {
    const NodePtr& values = node_.inputs[1];
    const ExprPtr value = OnRight(parts_.values.right, node_);
    const ExprPtr is_null = TRY(Call("IS NULL", {value}));
    const std::vector<std::string> names = logical::NamesOf(values->columns);
    logical::Project project;
    std::vector<logical::Column> columns;
    for (const KeyPair& group : parts_.groups) {
      project.expressions.push_back(OnRight(group.right, node_));
      const ExprPtr& made = project.expressions.back();
      columns.push_back({expr::ToString(*made, names), made->type});
    }
    project.expressions.push_back(is_null);
    columns.push_back({"is_null", is_null->type});
    NodePtr read = values;
    if (!left_nullable()) read = MakeFilter(read, {is_null}, node_.origin);
    const NodePtr kinds = logical::MakeNode(std::move(project), {read}, columns, node_.origin);
    logical::Aggregate distinct;
    for (size_t i = 0; i < columns.size(); ++i) distinct.keys.push_back(static_cast<int>(i));
    logical::Origin origin = OwnOrigin();
    if (!origin.explicit_id.empty()) origin.explicit_id += "/distinct";
    return logical::MakeNode(std::move(distinct), {kinds}, columns, origin);
  }

  // When a row's comparison with one of the `Kinds` of its group is unknown.
  Result<std::vector<ExprPtr>> Unknown() const {
    std::vector<ExprPtr> conditions = parts_.of_left;
    int column = width_;
    for (const KeyPair& group : parts_.groups)
      conditions.push_back(TRY(Equality(group, expr::MakeColumnRef(column++, group.right->type))));
    const ExprPtr is_null = expr::MakeColumnRef(column, Type::Boolean().WithNullable(false));
    const ExprPtr& own = parts_.values.left;
    if (left_nullable() && right_nullable()) {
      const ExprPtr own_null = TRY(Call("IS NULL", {own}));
      conditions.push_back(TRY(Call("OR", {is_null, own_null})));
    } else if (left_nullable()) {
      // A key that is FALSE, as `is_null` always is here, or NULL: a join keeps no row for that.
      const ExprPtr truth = expr::MakeLiteral(Value(is_null->type, uint8_t{1}));
      const ExprPtr known = TRY(Call("IS NOT NULL", {own}));
      const ExprPtr key = TRY(Call("NULLIF", {known, truth}));
      conditions.push_back(TRY(Call("=", {key, is_null})));
    }
    return conditions;
  }

  const Node& node_;
  const logical::Join& join_;
  const NotIn parts_;
  const int width_;
};

// Whether an aggregate by the groups might be one by windows, which tells of its rows when a window
// ends.
bool GroupsByWindow(const Node& node, const NotIn& parts) {
  return std::ranges::any_of(parts.groups, [&](const KeyPair& group) {
    std::vector<int> columns;
    expr::CollectColumns(*OnRight(group.right, node), columns);
    return std::ranges::any_of(columns, [&](int column) {
      return logical::TraceWindowColumn(*node.inputs[1], column).has_value();
    });
  });
}

}  // namespace

bool AsksForNulls(const Node& join) {
  const std::string& scope = join.origin.scope;
  return scope == kStep.substr(1) || scope.ends_with(kStep);
}

Result<NodePtr> SplitNotIn(const NodePtr& node) {
  const auto& join = std::get<logical::Join>(node->operation);
  // A NULL that expires would have to be forgotten, of which an aggregate tells nobody.
  if (join.type != graph::JoinType::kAnti || !join.residual || join.right_ttl_millis > 0)
    return node;
  std::vector<ExprPtr> conditions = SplitConjunction(join.residual);
  if (TakeWindow(*node, conditions)) return node;
  std::optional<NotIn> parts = TakeNotIn(*node, conditions);
  if (!parts || GroupsByWindow(*node, *parts)) return node;
  return NotInSplitter(*node, *std::move(parts)).Split();
}

}  // namespace weir::rules
