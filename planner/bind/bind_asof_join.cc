// ASOF JOIN: each row of the left side with the nearest one of the right side. Of the rows that
// fulfil ON, that is the one whose value in MATCH_CONDITION is next to the left one. Without
// MATCH_CONDITION the one inequality of ON between both sides says it.
//
//   a ASOF JOIN b MATCH_CONDITION (a.t >= b.t) ON a.k = b.k, where both are event times
//     =>  a temporal join: every row of b is a version from its time on
//   any other
//     =>  a, LATERAL (SELECT * FROM b WHERE a.k = b.k AND a.x < b.y ORDER BY b.y LIMIT 1)
#include <algorithm>
#include <utility>

#include "planner/ast/mirrored.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/bind_join.h"
#include "planner/bind/bind_subquery.h"
#include "planner/bind/conjunction.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/query_binder.h"
#include "planner/logical/expression_kind.h"

namespace weir::bind {
namespace {

using ast::BinaryOperator;
using expr::ExprPtr;
using logical::Side;
using logical::SideOf;
using logical::TimeAttribute;

// A condition over both sides.
struct Condition {
  const ast::Expr* text;
  ExprPtr bound;
  Side reads;
};

// The comparison that says which row is nearest: the greatest of those that are less, or the least
// of those that are greater.
struct Nearest {
  const ast::Expr* value = nullptr;  // that of the right side
  bool before = false;               // the right value is less than the left one
  bool or_equal = false;
  ExprPtr left;
  ExprPtr right;
};

struct AsofCondition {
  Nearest nearest;
  std::vector<Condition> others;
};

Status Refused(std::string message, std::string hint, SourceSpan span) {
  return Status::InvalidSql(std::move(message))
      .WithId("E2015")
      .WithHint(std::move(hint))
      .WithSpan(span);
}

// Binds what stands in ON and MATCH_CONDITION over the columns of both sides.
class AsofBinder {
 public:
  AsofBinder(const Relation& both, size_t width, const QueryScope& scope)
      : both_(both), width_(width), scope_(scope) {}

  Result<AsofCondition> Bind(const ast::Join& join, SourceSpan place) const {
    AsofCondition condition;
    std::vector<Nearest> found;
    if (join.match) {
      std::optional<Nearest> nearest = TRY(NearestOf(*join.match, "MATCH_CONDITION"));
      if (!nearest) {
        return Refused(
            "MATCH_CONDITION compares a value of the left side with one of the right side by >=, "
            ">, <= or <",
            "conditions that do not say which row is nearest stand in ON",
            scope_.At(join.match->span));
      }
      found.push_back(*std::move(nearest));
    }
    for (const ast::Expr* part :
         join.on ? ConditionsOf(*join.on) : std::vector<const ast::Expr*>()) {
      if (!join.match) {
        if (std::optional<Nearest> nearest = TRY(NearestOf(*part, "ON"))) {
          found.push_back(*std::move(nearest));
          continue;
        }
      }
      ExprPtr bound =
          TRY(ExpressionBinder(both_, {nullptr, "ON", scope_.text}).BindCondition(*part));
      const Side reads = SideOf(*bound, width_);
      condition.others.push_back({part, std::move(bound), reads});
    }
    if (found.size() != 1) {
      return Refused(found.empty() ? "an ASOF JOIN needs one comparison of both sides by >=, >, <= "
                                     "or <, which says which row is nearest"
                                   : "the ON of this ASOF JOIN has several comparisons of both "
                                     "sides, so that it is open which row is nearest",
                     "say it behind the right side: MATCH_CONDITION (a.t >= b.t)", place);
    }
    condition.nearest = std::move(found[0]);
    return condition;
  }

 private:
  // Null unless `text` is an inequality of a value of each side.
  Result<std::optional<Nearest>> NearestOf(const ast::Expr& text, std::string_view clause) const {
    const auto* comparison = text.As<ast::Binary>();
    if (comparison == nullptr || !ast::Mirrored(comparison->op)) return std::optional<Nearest>();
    ExpressionBinder binder(both_, {nullptr, clause, scope_.text});
    TRY(binder.BindCondition(text));
    ExprPtr first = TRY(binder.Bind(*comparison->left));
    ExprPtr second = TRY(binder.Bind(*comparison->right));
    const bool swapped = SideOf(*first, width_) == Side::kRight;
    if (swapped) std::swap(first, second);
    if (SideOf(*first, width_) != Side::kLeft || SideOf(*second, width_) != Side::kRight)
      return std::optional<Nearest>();
    const BinaryOperator op = swapped ? *ast::Mirrored(comparison->op) : comparison->op;
    Nearest nearest{swapped ? comparison->left.get() : comparison->right.get()};
    nearest.before = op == BinaryOperator::kGreater || op == BinaryOperator::kGreaterEqual;
    nearest.or_equal = op == BinaryOperator::kLessEqual || op == BinaryOperator::kGreaterEqual;
    nearest.left = std::move(first);
    nearest.right = std::move(second);
    return std::optional<Nearest>(std::move(nearest));
  }

  const Relation& both_;
  const size_t width_;  // of the left side
  const QueryScope& scope_;
};

// Whether the operations of the node alone say that it never takes rows back.
bool OnlyAdds(const logical::Node& node) {
  if (const auto* scan = std::get_if<logical::Scan>(&node.operation))
    return scan->spec.changelog.append_only();
  const auto* join = std::get_if<logical::Join>(&node.operation);
  if (join != nullptr) return join->versions.has_value() && OnlyAdds(*node.inputs[0]);
  const bool passes = std::holds_alternative<logical::Filter>(node.operation) ||
                      std::holds_alternative<logical::Project>(node.operation) ||
                      std::holds_alternative<logical::Watermark>(node.operation) ||
                      std::holds_alternative<logical::WindowTable>(node.operation) ||
                      std::holds_alternative<logical::Replicate>(node.operation) ||
                      std::holds_alternative<logical::Match>(node.operation) ||
                      std::holds_alternative<logical::Union>(node.operation);
  return passes && std::ranges::all_of(
                       node.inputs, [](const logical::NodePtr& input) { return OnlyAdds(*input); });
}

// The column that a value is, if it is an event time of the relation.
std::optional<int> EventTime(const expr::Expr& value, const Relation& relation, size_t first) {
  if (value.kind != expr::ExprKind::kColumn) return std::nullopt;
  const int column = value.column - static_cast<int>(first);
  const logical::Column& of = relation.columns()[static_cast<size_t>(column)];
  if (of.time != TimeAttribute::kEvent) return std::nullopt;
  return column;
}

bool IsEquality(const Condition& condition) {
  const auto* comparison = condition.text->As<ast::Binary>();
  return comparison != nullptr && comparison->op == BinaryOperator::kEqual;
}

// The times of a join in which each row of the right side is a version from its time on; null where
// it is another join.
std::optional<logical::JoinVersions> VersionsOf(const AsofCondition& condition,
                                                const Relation& left, const Relation& right) {
  const Nearest& nearest = condition.nearest;
  if (!nearest.before || !nearest.or_equal || !OnlyAdds(*right.node)) return std::nullopt;
  const std::optional<int> from = EventTime(*nearest.left, left, 0);
  const std::optional<int> to = EventTime(*nearest.right, right, left.columns().size());
  if (!from || !to || nearest.left->type.kind() != nearest.right->type.kind()) return std::nullopt;
  bool keyed = false;
  for (const Condition& other : condition.others) {
    if (other.reads != Side::kBoth) continue;
    if (!IsEquality(other)) return std::nullopt;
    keyed = true;
  }
  if (!keyed) return std::nullopt;
  return logical::JoinVersions{*from, *to, true};
}

// LATERAL (SELECT * FROM … WHERE … ORDER BY … LIMIT 1), with the name of the right side.
ast::TableRef AsLateral(const ast::Join& join, const Nearest& nearest) {
  const ast::TableRef& right = *join.right;
  ast::Select select;
  select.items.push_back({ast::Expr{ast::Star{}, right.span}, std::nullopt, right.span});
  select.from.push_back(right);
  std::vector<ast::ExprPtr> conditions;
  if (join.on) conditions.push_back(join.on);
  if (join.match) conditions.push_back(join.match);
  select.where = AllOf(conditions);
  ast::Query query;
  query.body = std::move(select);
  query.span = right.span;
  const ast::Direction direction =
      nearest.before ? ast::Direction::kDescending : ast::Direction::kAscending;
  query.order_by.push_back(
      {*nearest.value, direction, ast::NullOrder::kUnsaid, nearest.value->span});
  query.limit = ast::Expr{ast::Literal{ast::LiteralKind::kInteger, "1", {}}, right.span};
  ast::TableRef lateral{ast::DerivedTable{true, std::move(query)}, {}, std::nullopt, right.span};
  if (right.alias) {
    lateral.alias = ast::Alias{right.alias->name, {}};
  } else if (const auto* table = right.As<ast::NamedTable>()) {
    lateral.alias = ast::Alias{table->name.last(), {}};
  }
  return lateral;
}

Status CheckAsof(const ast::Join& join, const QueryScope& scope, SourceSpan place) {
  if (join.natural || !join.using_columns.empty())
    return NotSupported("ASOF JOIN with USING or NATURAL", place);
  if (join.kind != ast::JoinKind::kInner && join.kind != ast::JoinKind::kLeft)
    return Refused("an ASOF JOIN is INNER or LEFT", "", place);
  const auto* table = join.right->As<ast::NamedTable>();
  if (table != nullptr && table->system_time) {
    return Refused("an ASOF JOIN has no FOR SYSTEM_TIME AS OF",
                   "MATCH_CONDITION says which row counts", scope.At(join.right->span));
  }
  if (join.right->As<ast::Join>() != nullptr || join.right->As<ast::Unnest>() != nullptr)
    return NotSupported("ASOF JOIN of a join or a collection", scope.At(join.right->span));
  return {};
}

}  // namespace

Result<Relation> QueryBinder::BindAsofJoin(const Relation& left, const ast::Join& join,
                                           const ast::TableRef& reference,
                                           const QueryScope& scope) {
  const SourceSpan place = scope.At(reference.span);
  RETURN_IF_ERROR(CheckAsof(join, scope, place));
  const Relation right = TRY(BindTableRef(*join.right, scope));
  JoinDraft draft{
      join.kind == ast::JoinKind::kLeft ? graph::JoinType::kLeft : graph::JoinType::kInner, nullptr,
      reference.span};
  Relation both = TRY(JoinedRelation(left, right, draft, scope));
  const AsofCondition condition =
      TRY(AsofBinder(both, left.columns().size(), scope).Bind(join, place));
  draft.versions = VersionsOf(condition, left, right);
  if (draft.versions) {
    Relation versions = right;
    std::vector<ExprPtr> conditions;
    for (const Condition& other : condition.others) {
      if (other.reads == Side::kRight) {
        versions = TRY(ApplyWhere(*this, std::move(versions), *other.text, scope));
      } else {
        conditions.push_back(other.bound);
      }
    }
    draft.condition = AllOf(std::move(conditions), place);
    both.node = MakeJoin(left, versions, draft, scope, options_.state_ttl_millis);
    return both;
  }
  const ast::TableRef lateral = AsLateral(join, condition.nearest);
  ast::Join with = join;
  with.on = ast::Expr{ast::Literal{ast::LiteralKind::kTrue, "", {}}, reference.span};
  return BindLateral(left, lateral, &with, scope);
}

}  // namespace weir::bind
