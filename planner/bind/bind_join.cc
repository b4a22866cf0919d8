#include "planner/bind/bind_join.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/bind_hints.h"
#include "planner/bind/bind_lateral.h"
#include "planner/bind/bind_subquery.h"
#include "planner/bind/bind_unnest.h"
#include "planner/bind/conjunction.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/listed_columns.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/scalar_drafts.h"
#include "planner/logical/expression_kind.h"
#include "planner/logical/rewrite.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"
#include "runtime/fault_point.h"

namespace weir::bind {

using expr::ExprPtr;
using graph::JoinType;
using logical::Column;
using logical::NodePtr;

namespace {

std::string AliasesOf(const Relation& relation) {
  std::vector<std::string> aliases;
  for (const NamedInput& input : relation.inputs) {
    if (!input.alias.empty()) aliases.push_back(ToLower(input.alias));
  }
  return fmt::format("{}", fmt::join(aliases, "+"));
}

// The time-to-live of one side of a join: from the hint for its alias, else from one that names no
// input, else `otherwise`. `own` is set to the place of a hint for the alias.
int64_t TtlOf(const Relation& side, const QueryScope& scope, int64_t otherwise, SourceSpan& own) {
  if (scope.hints == nullptr) return otherwise;
  int64_t ttl = otherwise;
  for (const SelectHints::Ttl& hint : scope.hints->ttls) {
    if (hint.input.empty()) ttl = hint.millis;
  }
  for (const SelectHints::Ttl& hint : scope.hints->ttls) {
    if (!IsCalled(side, hint.input)) continue;
    ttl = hint.millis;
    own = scope.At(hint.span);
  }
  return ttl;
}

std::vector<Column> JoinedColumns(const Relation& left, const Relation& right, JoinType type) {
  std::vector<Column> columns;
  const auto add = [&](const Relation& side, bool optional) {
    for (Column column : side.columns()) {
      if (optional) column.type = column.type.WithNullable(true);
      columns.push_back(std::move(column));
    }
  };
  add(left, graph::KeepsRight(type));
  if (!graph::GivesLeftOnly(type)) add(right, graph::KeepsLeft(type));
  return columns;
}

JoinType TypeOf(ast::JoinKind kind) {
  switch (kind) {
    case ast::JoinKind::kInner:
    case ast::JoinKind::kCross:
      return JoinType::kInner;
    case ast::JoinKind::kLeft:
      return JoinType::kLeft;
    case ast::JoinKind::kRight:
      return JoinType::kRight;
    case ast::JoinKind::kFull:
      return JoinType::kFull;
  }
  return JoinType::kInner;
}

// A column that USING or NATURAL makes one of both sides: columns of the joined relation.
struct MergedColumn {
  std::string name;
  int left = -1;
  int right = -1;
};

// Columns that an unqualified name reaches.
std::vector<int> VisibleColumns(const Relation& relation) {
  std::vector<int> columns;
  for (const NamedInput& input : relation.inputs) {
    if (input.outer) continue;
    for (size_t i = input.first; i < input.first + input.count; ++i) {
      const int column = static_cast<int>(i);
      if (std::ranges::find(input.merged, column) == input.merged.end()) columns.push_back(column);
    }
  }
  return columns;
}

std::vector<MergedColumn> NaturalColumns(const Relation& left, const Relation& right) {
  std::vector<MergedColumn> merged;
  const auto width = static_cast<int>(left.columns().size());
  for (const int a : VisibleColumns(left)) {
    const std::string& name = left.columns()[static_cast<size_t>(a)].name;
    for (const int b : VisibleColumns(right)) {
      if (right.columns()[static_cast<size_t>(b)].name == name) {
        merged.push_back({name, a, width + b});
      }
    }
  }
  return merged;
}

// The condition that NATURAL stands for.
std::string ConditionOf(const std::vector<MergedColumn>& merged) {
  std::string names;
  for (const MergedColumn& column : merged) {
    names += names.empty() ? "" : ", ";
    names += ast::ToSql(ast::Identifier{column.name, false, {}});
  }
  return names.empty() ? " ON TRUE" : fmt::format(" USING ({})", names);
}

Result<std::vector<MergedColumn>> UsingColumns(const std::vector<ast::Identifier>& names,
                                               const Relation& left, const Relation& right,
                                               const QueryScope& scope) {
  std::vector<MergedColumn> merged;
  const auto width = static_cast<int>(left.columns().size());
  for (const ast::Identifier& identifier : names) {
    const ast::Name name{{identifier}, identifier.span};
    Result<ResolvedName> a = ResolveName(left, name);
    Result<ResolvedName> b = a.ok() ? ResolveName(right, name) : a;
    if (!b.ok()) return scope.text.place ? Relocated(b.status(), *scope.text.place) : b.status();
    merged.push_back(
        {left.columns()[static_cast<size_t>(a->column)].name, a->column, width + b->column});
  }
  return merged;
}

ExprPtr Reference(const Relation& relation, int column, SourceSpan span) {
  return expr::MakeColumnRef(column, relation.columns()[static_cast<size_t>(column)].type, span);
}

Result<ExprPtr> MergedCondition(const Relation& joined, const std::vector<MergedColumn>& merged,
                                SourceSpan span) {
  std::vector<ExprPtr> conditions;
  for (const MergedColumn& column : merged) {
    conditions.push_back(TRY(expr::BindCall(
        "=", {Reference(joined, column.left, span), Reference(joined, column.right, span)}, span)));
  }
  return AllOf(std::move(conditions), span);
}

bool ReadsOnly(const expr::Expr& expression, size_t width) {
  std::vector<int> columns;
  expr::CollectColumns(expression, columns);
  return std::ranges::all_of(columns,
                             [&](int column) { return static_cast<size_t>(column) < width; });
}

// `condition` over a relation in which the `added` columns of subqueries stand behind the first
// `width` columns of `joined` and before its others.
ExprPtr WithColumnsBehind(const ExprPtr& condition, const Relation& joined, size_t width,
                          const std::vector<Column>& added) {
  std::vector<ExprPtr> moved;
  const std::vector<Column>& columns = joined.columns();
  for (size_t i = 0; i < columns.size(); ++i) {
    const size_t place = i < width ? i : i + added.size();
    moved.push_back(expr::MakeColumnRef(static_cast<int>(place), columns[i].type));
  }
  for (size_t i = 0; i < added.size(); ++i) {
    moved.push_back(expr::MakeColumnRef(static_cast<int>(width + i), added[i].type));
  }
  return expr::Substitute(WithScalars(condition, columns.size()), moved);
}

// The relation with the merged columns put behind all others and named first: SELECT * starts with
// them, and only a qualifier reaches what they were made from.
Result<Relation> WithMerged(Relation joined, const std::vector<MergedColumn>& merged, JoinType type,
                            const logical::Origin& origin) {
  logical::Project project{References(joined.columns())};
  std::vector<Column> columns = joined.columns();
  NamedInput front{"", {}, columns.size(), merged.size(), {}};
  for (const MergedColumn& column : merged) {
    ExprPtr value =
        Reference(joined, type == JoinType::kRight ? column.right : column.left, origin.span);
    if (type == JoinType::kFull) {
      value = TRY(expr::BindCall("COALESCE", {value, Reference(joined, column.right, origin.span)},
                                 origin.span));
    }
    columns.push_back({column.name, value->type});
    project.expressions.push_back(std::move(value));
    for (NamedInput& input : joined.inputs) {
      for (const int side : {column.left, column.right}) {
        const auto at = static_cast<size_t>(side);
        if (at >= input.first && at < input.first + input.count) input.merged.push_back(side);
      }
    }
  }
  joined.inputs.insert(joined.inputs.begin(), std::move(front));
  joined.node = logical::MakeNode(std::move(project), {joined.node}, std::move(columns), origin);
  return joined;
}

}  // namespace

void SetTtl(logical::Join& join, const Relation& left, const Relation& right,
            const QueryScope& scope) {
  join.left_ttl_millis = TtlOf(left, scope, join.left_ttl_millis, join.ttl_hint);
  join.right_ttl_millis = TtlOf(right, scope, join.right_ttl_millis, join.ttl_hint);
}

NodePtr MakeJoin(const Relation& left, const Relation& right, const JoinDraft& draft,
                 const QueryScope& scope, int64_t ttl_millis) {
  logical::Join join;
  join.type = draft.type;
  join.residual = draft.condition;
  join.lookup = draft.lookup;
  join.versions = draft.versions;
  join.left_ttl_millis = ttl_millis;
  join.right_ttl_millis = ttl_millis;
  SetTtl(join, left, right, scope);
  if (scope.hints != nullptr) SetHints(join, left, right, scope.hints->joins);
  logical::Origin origin = scope.OriginAt(draft.span);
  const std::string left_aliases = AliasesOf(left);
  const std::string right_aliases = AliasesOf(right);
  if (!left_aliases.empty() && !right_aliases.empty()) {
    origin.discriminator = left_aliases + "+" + right_aliases;
  }
  std::vector<Column> columns = JoinedColumns(left, right, draft.type);
  if (draft.versions) {
    // The rows come in the order of the left side's time.
    for (size_t i = left.columns().size(); i < columns.size(); ++i)
      columns[i].time = logical::TimeAttribute::kNone;
  }
  return logical::MakeNode(std::move(join), {left.node, right.node}, std::move(columns), origin);
}

Result<Relation> Beside(NodePtr node, const Relation& left, std::vector<NamedInput> right,
                        SourceSpan place) {
  Relation joined{std::move(node), left.inputs};
  for (NamedInput& input : right) {
    for (const NamedInput& other : left.inputs) {
      if (input.alias.empty() || other.outer || !EqualsIgnoreCase(input.alias, other.alias))
        continue;
      return Status::InvalidSql(fmt::format("two tables in FROM are called \"{}\"", input.alias))
          .WithId("E2004")
          .WithHint("give one of them an alias")
          .WithSpan(place);
    }
    input.first += left.columns().size();
    for (int& column : input.merged) column += static_cast<int>(left.columns().size());
    joined.inputs.push_back(std::move(input));
  }
  return joined;
}

Result<Relation> JoinedRelation(const Relation& left, const Relation& right, const JoinDraft& draft,
                                const QueryScope& scope) {
  return Beside(MakeJoin(left, right, draft, scope, 0), left, right.inputs, scope.At(draft.span));
}

Result<Relation> QueryBinder::BindJoin(const ast::Join& join, const ast::TableRef& reference,
                                       const QueryScope& scope) {
  return BindJoinTo(TRY(BindTableRef(*join.left, scope)), join, reference, scope);
}

Result<Relation> QueryBinder::BindJoinTo(const Relation& left, const ast::Join& join,
                                         const ast::TableRef& reference, const QueryScope& scope) {
  if (join.asof) return BindAsofJoin(left, join, reference, scope);
  if (const auto* unnest = join.right->As<ast::Unnest>())
    return BindJoinedUnnest(*unnest, join, left, scope);
  const auto* table = join.right->As<ast::NamedTable>();
  JoinDraft draft{TypeOf(join.kind), nullptr, reference.span};
  Result<Relation> bound = table != nullptr && table->system_time
                               ? BindAsOf(join, left, scope, draft)
                               : BindTableRef(*join.right, scope);
  if (!bound.ok() && IsUnknownName(bound.status()) && MayReadBefore(*join.right, left))
    return BindLateral(left, *join.right, &join, scope);
  const Relation right = TRY(std::move(bound));
  Relation joined = TRY(JoinedRelation(left, right, draft, scope));
  const bool cross = join.kind == ast::JoinKind::kCross;
  if (!cross && !join.natural && !join.on && join.using_columns.empty()) {
    return Status::InvalidSql("a join needs a condition")
        .WithId("E2015")
        .WithHint("add ON or USING, or write CROSS JOIN")
        .WithSpan(scope.At(reference.span));
  }
  std::vector<MergedColumn> merged;
  if (join.natural) {
    merged = NaturalColumns(left, right);
    if (options_.unlisted != nullptr && !scope.text.place) {
      options_.unlisted->push_back(
          {UnlistedKind::kNatural, reference.span, join.right->span.begin, ConditionOf(merged)});
    }
  }
  if (!join.using_columns.empty()) {
    merged = TRY(UsingColumns(join.using_columns, left, right, scope));
  }
  if (join.on) return BindOn(*join.on, {left, right, std::move(joined)}, draft, scope);
  draft.condition = TRY(MergedCondition(joined, merged, scope.At(reference.span)));
  joined.node = MakeJoin(left, right, draft, scope, options_.state_ttl_millis);
  if (merged.empty()) return joined;
  return WithMerged(std::move(joined), merged, draft.type, scope.OriginAt(reference.span));
}

namespace {

// LATERAL (SELECT * FROM …) for an UNNEST, with its alias.
ast::TableRef AsQuery(const ast::TableRef& unnest) {
  ast::Select select;
  select.items.push_back({ast::Expr{ast::Star{}, unnest.span}, std::nullopt, unnest.span});
  select.from.push_back(unnest);
  ast::Query query;
  query.body = std::move(select);
  query.span = unnest.span;
  ast::TableRef derived{ast::DerivedTable{true, std::move(query)}, {}, std::nullopt, unnest.span};
  if (unnest.alias) derived.alias = ast::Alias{unnest.alias->name, {}};
  return derived;
}

}  // namespace

// Each row of the left side meets the values of a collection of its own.
Result<Relation> QueryBinder::BindJoinedUnnest(const ast::Unnest& unnest, const ast::Join& join,
                                               const Relation& left, const QueryScope& scope) {
  const bool left_join = join.kind == ast::JoinKind::kLeft;
  RETURN_IF_ERROR(CheckJoinForEach(join, "UNNEST", "", scope.At(join.right->span)));
  Relation joined = TRY(BindUnnest(unnest, *join.right, left, left_join, scope));
  if (!join.on) return joined;
  if (!left_join) return ApplyWhere(*this, std::move(joined), *join.on, scope);
  const ExprPtr on =
      TRY(ExpressionBinder(joined, {nullptr, "ON", scope.text}).BindCondition(*join.on));
  if (logical::TruthOf(*on) == true) return joined;
  const ast::TableRef values = AsQuery(*join.right);
  return BindLateral(left, values, &join, scope);
}

Result<Relation> QueryBinder::BindOn(const ast::Expr& on, JoinedSides sides, JoinDraft draft,
                                     const QueryScope& scope) {
  ScalarDrafts scalars(*this, scope);
  ExpressionBinder::Surroundings surroundings{nullptr, "ON", scope.text};
  surroundings.scalars = &scalars;
  Result<ExprPtr> bound = ExpressionBinder(sides.joined, surroundings).BindCondition(on);
  const auto join = [&] {
    sides.joined.node = MakeJoin(sides.left, sides.right, draft, scope, options_.state_ttl_millis);
    return std::move(sides.joined);
  };
  // In an inner join ON means the same as WHERE, where subqueries may stand that are E1002 here.
  const bool as_of = draft.lookup || draft.versions;
  const bool inner = draft.type == JoinType::kInner && !as_of;
  if (inner && (bound.ok() ? !scalars.empty() : bound.status().id() == "E1002"))
    return ApplyWhere(*this, join(), on, scope);
  draft.condition = TRY(std::move(bound));
  return scalars.empty() ? join() : BindOuterOn(scalars, std::move(sides), draft, scope);
}

// What the subqueries give are columns of the left input, which go again above the join.
Result<Relation> QueryBinder::BindOuterOn(ScalarDrafts& scalars, JoinedSides sides, JoinDraft draft,
                                          const QueryScope& scope) {
  const size_t width = sides.left.columns().size();
  const bool of_left = std::ranges::all_of(
      scalars.operands(), [&](const ExprPtr* operand) { return ReadsOnly(**operand, width); });
  if (draft.lookup || draft.versions || !of_left) {
    return Status::Unsupported(
               "a subquery in the ON of an outer join is supported where it is found by columns of "
               "the left side only, and no table is looked up")
        .WithSpan(scope.At(draft.span));
  }
  Relation wide = sides.left;
  wide.node = scalars.Join(sides.left);
  const std::vector<Column> added(wide.columns().begin() + static_cast<int64_t>(width),
                                  wide.columns().end());
  draft.condition = WithColumnsBehind(draft.condition, sides.joined, width, added);
  std::vector<int> places;
  for (size_t i = 0; i < sides.joined.columns().size(); ++i) {
    places.push_back(static_cast<int>(i < width ? i : i + added.size()));
  }
  const NodePtr node = MakeJoin(wide, sides.right, draft, scope, options_.state_ttl_millis);
  sides.joined.node = logical::SelectColumns(node, places, scope.OriginAt(draft.span));
  return std::move(sides.joined);
}

Result<Relation> QueryBinder::BindCommaJoin(const std::vector<ast::TableRefPtr>& from,
                                            const QueryScope& scope) {
  Relation joined = TRY(BindTableRef(*from[0], scope));
  for (size_t i = 1; i < from.size(); ++i) joined = TRY(BindBeside(joined, *from[i], scope));
  return joined;
}

Result<Relation> QueryBinder::CrossJoin(const Relation& left, const Relation& right,
                                        SourceSpan place, const QueryScope& scope) const {
  const JoinDraft draft{JoinType::kInner, nullptr, place};
  Relation joined = TRY(JoinedRelation(left, right, draft, scope));
  joined.node = MakeJoin(left, right, draft, scope, options_.state_ttl_millis);
  return joined;
}

Result<Relation> QueryBinder::BindBeside(const Relation& left, const ast::TableRef& reference,
                                         const QueryScope& scope) {
  if (const auto* unnest = reference.As<ast::Unnest>())
    return BindUnnest(*unnest, reference, left, false, scope);
  const Result<Relation> right = BindTableRef(reference, scope);
  if (right.ok()) return CrossJoin(left, *right, reference.span, scope);
  if (!IsUnknownName(right.status()) || !MayReadBefore(reference, left)) return right.status();
  const auto* join = reference.As<ast::Join>();
  if (join == nullptr) return BindLateral(left, reference, nullptr, scope);
  const Relation wider = TRY(BindBeside(left, *join->left, scope));
  return BindJoinTo(wider, *join, reference, scope);
}

NodePtr WithJoinHints(const NodePtr& node, const std::string& id, SourceSpan ttl_hint) {
  if (const auto* join = std::get_if<logical::Join>(&node->operation)) {
    logical::Join hinted = *join;
    if (hinted.ttl_hint.empty()) hinted.ttl_hint = ttl_hint;
    logical::Origin origin = node->origin;
    if (!id.empty()) origin.explicit_id = id;
    return logical::MakeNode(std::move(hinted), node->inputs, node->columns, std::move(origin));
  }
  const bool passes = std::holds_alternative<logical::Filter>(node->operation) ||
                      std::holds_alternative<logical::Project>(node->operation);
  if (!passes) return node;
  const NodePtr input = WithJoinHints(node->inputs[0], id, ttl_hint);
  if (input == node->inputs[0]) return node;
  return logical::MakeNode(node->operation, {input}, node->columns, node->origin);
}

NodePtr WithOwnJoin(const NodePtr& node) {
  return DefectPlanted("joins-of-all-readers") ? node : WithJoinHints(node, "", {});
}

}  // namespace weir::bind
