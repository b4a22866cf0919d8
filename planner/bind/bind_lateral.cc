#include "planner/bind/bind_lateral.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/function.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/bind_subquery.h"
#include "planner/bind/conjunction.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/outer_rows.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/set_shapes.h"
#include "planner/bind/user_functions.h"
#include "planner/catalog/function_definition.h"
#include "planner/logical/expression_kind.h"
#include "planner/logical/rewrite.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;
using graph::JoinType;
using logical::Column;
using logical::NodePtr;

namespace {

bool HasOuter(const Relation& relation) {
  return std::ranges::any_of(relation.inputs, &NamedInput::outer);
}

bool HasLateral(const ast::TableRef& reference) {
  if (const auto* derived = reference.As<ast::DerivedTable>()) return derived->lateral;
  if (const auto* join = reference.As<ast::Join>())
    return HasLateral(*join->left) || HasLateral(*join->right);
  return reference.As<ast::Unnest>() != nullptr || reference.As<ast::FunctionTable>() != nullptr;
}

// The inputs before a LATERAL query that its names may find besides its own. A derived table
// without LATERAL finds only those that the query around it sees as `outer`. The body of a function
// finds none of them (`called`); the arguments of its call do.
std::vector<NamedInput> SeenInputs(const Relation& left, bool lateral, bool called = false) {
  std::vector<NamedInput> seen;
  for (NamedInput input : left.inputs) {
    if (!lateral && !input.outer) continue;
    input.outer = true;
    if (called) ++input.calls;
    input.read = std::make_shared<std::vector<bool>>(input.count);
    seen.push_back(std::move(input));
  }
  return seen;
}

// The columns of `left` that were read, ascending.
std::vector<int> ReadColumns(const std::vector<NamedInput>& seen) {
  std::vector<int> columns;
  for (const NamedInput& input : seen) {
    for (size_t i = 0; i < input.count; ++i) {
      if ((*input.read)[i]) columns.push_back(static_cast<int>(input.first + i));
    }
  }
  std::ranges::sort(columns);
  return columns;
}

// The inputs `seen`, as those of a relation that has only these columns. REQUIRES: `columns`
// ascend.
std::vector<NamedInput> InputsOf(const std::vector<NamedInput>& seen,
                                 const std::vector<int>& columns) {
  const auto place = [&](size_t column) {
    return static_cast<size_t>(std::ranges::lower_bound(columns, static_cast<int>(column)) -
                               columns.begin());
  };
  std::vector<NamedInput> inputs;
  for (NamedInput input : seen) {
    const size_t first = place(input.first);
    input.count = place(input.first + input.count) - first;
    input.first = first;
    std::vector<int> merged;
    for (const int column : input.merged) {
      if (std::ranges::binary_search(columns, column))
        merged.push_back(static_cast<int>(place(static_cast<size_t>(column))));
    }
    input.merged = std::move(merged);
    input.read = std::make_shared<std::vector<bool>>(input.count);
    if (input.count > 0) inputs.push_back(std::move(input));
  }
  return inputs;
}

NodePtr DistinctRows(const QueryBinder& binder, const Relation& relation,
                     const std::vector<int>& columns, const QueryScope& scope, SourceSpan place) {
  const logical::Origin origin = scope.BeforeLateral().OriginAt(place);
  return Distinct(logical::SelectColumns(relation.node, columns, origin),
                  binder.options().state_ttl_millis, origin);
}

// What is computed for each row: a query in the statement, or the body of a function.
struct ForEachRow {
  const ast::TableRef& reference;
  const ast::Query& query;
  bool lateral = true;
  std::optional<ast::Alias> alias;
  const FunctionArguments* call = nullptr;
};

class LateralBinder {
 public:
  LateralBinder(QueryBinder& binder, const Relation& left, ForEachRow each, const ast::Join* join,
                const QueryScope& scope)
      : binder_(binder),
        left_(left),
        each_(std::move(each)),
        on_(join != nullptr && join->on ? &*join->on : nullptr),
        outer_join_(join != nullptr && join->kind == ast::JoinKind::kLeft),
        scope_(scope),
        inner_(each_.alias ? scope.Derived(each_.alias->name) : scope.Unnamed()),
        width_(left.columns().size()) {}

  Result<Relation> Bind() {
    const std::vector<NamedInput> seen = SeenInputs(left_, each_.lateral, each_.call != nullptr);
    OuterRows each{{left_.node, seen}};
    rows_ = WithTtl(TRY(BindFor(each)));
    columns_ = ReadColumns(seen);
    for (const int column : columns_) NoteRead(left_, column);
    if (columns_.empty() && each_.call != nullptr) return JoinedWithAll();
    if (!each.groups && !outer_join_) return Joined();
    if (!each.groups) {
      if (const NodePtr joined = TRY(LeftJoined())) return Named(joined);
    }
    OuterRows distinct{{DistinctRows(binder_, left_, columns_, inner_, each_.reference.span),
                        InputsOf(seen, columns_)},
                       true};
    distinct.ttl_millis = binder_.options().state_ttl_millis;
    rows_ = TRY(BindFor(distinct));
    return JoinedByKeys(distinct);
  }

 private:
  SourceSpan Place() const { return scope_.At(each_.reference.span); }

  // Binds the query over `outer`. The result has the columns of the query, then those of
  // outer.rows.
  Result<NodePtr> BindFor(OuterRows& outer) {
    QueryScope inner = inner_;
    inner.outer = &outer;
    repeated_.clear();
    inner.repeated = &repeated_;
    const NodePtr rows = TRY(BindRows(inner, outer));
    const std::vector<std::string> names = TRY(NamesByAlias(rows));
    const bool named = each_.alias && !each_.alias->columns.empty();
    if (named || each_.call != nullptr) repeated_.clear();
    return each_.alias ? Renamed(rows, names) : rows;
  }

  // The names of the columns: those that the alias lists, and behind them the columns' own. E2006
  // for more names than items.
  Result<std::vector<std::string>> NamesByAlias(const NodePtr& rows) const {
    std::vector<std::string> names = NamesOf(rows->columns);
    if (!each_.alias) return names;
    const std::vector<ast::Identifier>& columns = each_.alias->columns;
    if (columns.size() > items_) {
      return Status::InvalidSql(fmt::format("\"{}\" has {} columns, but {} names for them",
                                            each_.alias->name.text, items_, columns.size()))
          .WithId("E2006")
          .WithSpan(scope_.At(columns.back().span));
    }
    for (size_t i = 0; i < columns.size(); ++i) names[i] = columns[i].text;
    return names;
  }

  Result<NodePtr> BindRows(const QueryScope& inner, OuterRows& outer) {
    if (each_.call == nullptr) {
      NodePtr rows = TRY(binder_.Bind(each_.query, inner));
      items_ = rows->columns.size() - outer.width();
      return rows;
    }
    const catalog::FunctionDefinition& function = each_.call->function;
    UserFunctions& functions = *scope_.text.functions;
    RETURN_IF_ERROR(functions.Spend(function, Place()));
    Result<NodePtr> bound =
        binder_.Bind(each_.query, functions.BodyScope(*each_.call, inner, Place()));
    if (!bound.ok() && IsUnknownName(bound.status())) return ReadsTooDeep(bound.status());
    if (!bound.ok()) return UserFunctions::InBody(function, bound.status(), {}, Place());
    items_ = (*bound)->columns.size() - outer.width();
    NodePtr rows = TRY(functions.Returned(function, *bound, items_, Place()));
    for (size_t i = 0; i < outer.row_of_none.size(); ++i) {
      const Type type = rows->columns[i].type.WithNullable(true);
      outer.row_of_none[i] = TRY(expr::Coerce(outer.row_of_none[i], type, true));
    }
    return rows;
  }

  // The body is right by itself, so the name is one of an argument.
  Status ReadsTooDeep(const Status& unknown) const {
    return Status::Unsupported(
               fmt::format("function \"{}\" reads a parameter in a CTE, where an argument over the "
                           "rows before the call is not supported yet: {}",
                           each_.call->function.name.object, unknown.message()))
        .WithSpan(Place());
  }

  // `node` with the time-to-live that hints around the query say, if it is a join of the left side.
  NodePtr WithTtl(const NodePtr& node) const {
    const auto* join = std::get_if<logical::Join>(&node->operation);
    if (join != nullptr && node->inputs[0] == left_.node) {
      Relation right{node->inputs[1], {}};
      if (each_.alias) right.inputs.push_back({each_.alias->name.text, {}, 0, 0, {}});
      logical::Join hinted = *join;
      SetTtl(hinted, left_, right, scope_);
      return logical::MakeNode(std::move(hinted), node->inputs, node->columns, node->origin);
    }
    const bool passes = std::holds_alternative<logical::Filter>(node->operation) ||
                        std::holds_alternative<logical::Project>(node->operation);
    if (!passes || scope_.hints == nullptr) return node;
    return logical::MakeNode(node->operation, {WithTtl(node->inputs[0])}, node->columns,
                             node->origin);
  }

  // `node` has the columns of `left`, then those of the query.
  Result<Relation> Named(NodePtr node) const {
    NamedInput input{each_.alias ? each_.alias->name.text : "", {}, 0, items_, {}};
    input.repeated = repeated_;
    return Beside(std::move(node), left_, {std::move(input)}, Place());
  }

  ExprPtr Ref(const logical::Node& node, size_t column) const {
    return expr::MakeColumnRef(static_cast<int>(column), node.columns[column].type, Place());
  }

  // The rows of an inner join for which ON holds, which means the same as in WHERE.
  Result<Relation> Filtered(Relation joined) const {
    if (on_ == nullptr) return joined;
    return ApplyWhere(binder_, std::move(joined), *on_, scope_);
  }

  // A query that only filters and repeats rows was bound over the left side itself, so that its
  // rows are those of the join.
  Result<Relation> Joined() const {
    return Filtered(TRY(Named(
        logical::SelectColumns(rows_, RowsThenItems(), scope_.OriginAt(each_.reference.span)))));
  }

  std::vector<int> RowsThenItems() const {
    std::vector<int> columns;
    for (size_t i = 0; i < width_; ++i) columns.push_back(static_cast<int>(items_ + i));
    for (size_t i = 0; i < items_; ++i) columns.push_back(static_cast<int>(i));
    return columns;
  }

  // ON over the columns of both sides; null where there is none, or it is always TRUE.
  Result<ExprPtr> BindOn(const Relation& both) const {
    if (on_ == nullptr) return ExprPtr();
    const ExprPtr on =
        TRY(ExpressionBinder(both, {nullptr, "ON", scope_.text}).BindCondition(*on_));
    return logical::TruthOf(*on) == true ? ExprPtr() : on;
  }

  // ON over the left columns and the columns that `items` read: in place of an item stands its
  // expression.
  Result<ExprPtr> OnBeside(const logical::Project& items) const {
    const std::vector<int> columns = RowsThenItems();
    const ExprPtr on =
        TRY(BindOn(TRY(Named(logical::SelectColumns(rows_, columns, inner_.OriginAt({}))))));
    if (on == nullptr) return on;
    std::vector<ExprPtr> values = References(left_.columns());
    values.insert(values.end(), items.expressions.begin(),
                  items.expressions.begin() + static_cast<ptrdiff_t>(items_));
    return expr::Substitute(on, values);
  }

  // Where the query joins the left side with one input, filters and projects the result: a LEFT
  // JOIN of the two by the conditions of that join, its filters and ON together. Null for any other
  // query.
  Result<NodePtr> LeftJoined() const {
    const auto* items = std::get_if<logical::Project>(&rows_->operation);
    if (items == nullptr) return NodePtr();
    std::vector<ExprPtr> conditions;
    const logical::Node* at = rows_->inputs[0].get();
    while (const auto* filter = std::get_if<logical::Filter>(&at->operation)) {
      conditions.push_back(filter->predicate);
      at = at->inputs[0].get();
    }
    const auto* inner = std::get_if<logical::Join>(&at->operation);
    const bool plain = inner != nullptr && inner->type == JoinType::kInner && !inner->lookup &&
                       !inner->versions && at->inputs[0] == left_.node;
    if (!plain) return NodePtr();
    if (inner->residual) conditions.push_back(inner->residual);
    if (const ExprPtr on = TRY(OnBeside(*items))) conditions.push_back(on);

    ItemsBeside found = TRY(FindItems(*items, at->inputs[1]));
    logical::Join join = *inner;
    join.type = JoinType::kLeft;
    join.residual = AllOf(std::move(conditions), Place());
    std::vector<Column> columns = left_.columns();
    for (Column column : found.beside->columns) {
      column.type = column.type.WithNullable(true);
      columns.push_back(std::move(column));
    }
    const NodePtr joined = logical::MakeNode(std::move(join), {left_.node, found.beside},
                                             std::move(columns), at->origin);
    logical::Project project{References(left_.columns())};
    columns = left_.columns();
    for (size_t i = 0; i < items_; ++i) {
      columns.push_back({rows_->columns[i].name, found.values[i]->type});
      project.expressions.push_back(std::move(found.values[i]));
    }
    return logical::MakeNode(std::move(project), {joined}, std::move(columns),
                             scope_.OriginAt(each_.reference.span));
  }

  struct ItemsBeside {
    NodePtr beside;               // with what the items need behind its columns
    std::vector<ExprPtr> values;  // of the items, over both sides
  };

  // Items are computed below the join, on its right side, so that they are NULL where it finds no
  // row. Those that read columns of the left side cannot be: they stand above the join, and are
  // NULL where the constant column "matched" of the right side is.
  Result<ItemsBeside> FindItems(const logical::Project& items, const NodePtr& beside) const {
    logical::Project project{References(beside->columns)};
    std::vector<Column> columns = beside->columns;
    std::vector<ExprPtr> own(width_);
    for (size_t i = 0; i < beside->columns.size(); ++i) own.push_back(Ref(*beside, i));
    ExprPtr matched;
    const auto add = [&](ExprPtr value, std::string name) {
      const Type type = value->type.WithNullable(true);
      columns.push_back({std::move(name), value->type});
      project.expressions.push_back(std::move(value));
      return expr::MakeColumnRef(static_cast<int>(width_ + columns.size()) - 1, type, Place());
    };
    ItemsBeside found;
    for (size_t i = 0; i < items_; ++i) {
      const ExprPtr& item = items.expressions[i];
      std::vector<int> read;
      expr::CollectColumns(*item, read);
      const bool of_rows = std::ranges::any_of(
          read, [&](int column) { return static_cast<size_t>(column) < width_; });
      if (of_rows && matched == nullptr) {
        matched = add(expr::MakeLiteral(Value(Type::Boolean().WithNullable(false), uint8_t{1})),
                      "matched");
      }
      if (of_rows) {
        const ExprPtr any = TRY(expr::BindCall("IS NOT NULL", {matched}, Place()));
        found.values.push_back(TRY(expr::BindCall("CASE", {any, item}, Place())));
      } else if (item->kind == expr::ExprKind::kColumn) {
        found.values.push_back(
            expr::MakeColumnRef(item->column, item->type.WithNullable(true), Place()));
      } else {
        found.values.push_back(add(expr::Substitute(item, own), rows_->columns[i].name));
      }
    }
    found.beside = columns.size() == beside->columns.size()
                       ? beside
                       : logical::MakeNode(std::move(project), {beside}, std::move(columns),
                                           inner_.OriginAt(each_.reference.span));
    return found;
  }

  // A call of a table function whose body reads none of the columns of the left side: both sides
  // meet as in a plain join.
  Result<Relation> JoinedWithAll() {
    const NodePtr rows = TRY(scope_.text.functions->BindRows(*each_.call, inner_, Place()));
    Relation right{rows, {{each_.alias->name.text, {}, 0, rows->columns.size(), {}}}};
    right.node = Renamed(rows, TRY(NamesByAlias(rows)));
    JoinDraft draft{outer_join_ ? JoinType::kLeft : JoinType::kInner, nullptr,
                    each_.reference.span};
    Relation joined = TRY(JoinedRelation(left_, right, draft, scope_));
    if (outer_join_) draft.condition = TRY(BindOn(joined));
    joined.node = MakeJoin(left_, right, draft, scope_, binder_.options().state_ttl_millis);
    return outer_join_ ? joined : Filtered(std::move(joined));
  }

  // Joins the left side with the rows of the query by the columns of the left side that the query
  // reads.
  Result<Relation> JoinedByKeys(const OuterRows& outer) {
    const bool one_each = !outer.row_of_none.empty();
    Relation right{rows_, {}};
    right.inputs.push_back({each_.alias ? each_.alias->name.text : "", {}, 0, items_, {}});
    JoinDraft draft{one_each || outer_join_ ? JoinType::kLeft : JoinType::kInner, nullptr,
                    each_.reference.span};
    const Relation both = TRY(JoinedRelation(left_, right, draft, scope_));
    std::vector<ExprPtr> conditions =
        TRY(MeetByColumns({rows_, items_, columns_, outer.matches_null}, left_, Place()));
    if (outer_join_ && !one_each) {
      if (const ExprPtr on = TRY(BindOn(both))) conditions.push_back(on);
    }
    draft.condition = AllOf(std::move(conditions), Place());
    const NodePtr joined =
        MakeJoin(left_, right, draft, scope_, binder_.options().state_ttl_millis);
    const Relation named = TRY(Named(TRY(WithItems(joined, outer))));
    if (!outer_join_) return Filtered(named);
    return one_each ? OnlyWhere(named) : named;
  }

  // The columns of `left`, then the items. Where the query read no rows, these are the values of
  // outer.row_of_none.
  Result<NodePtr> WithItems(const NodePtr& joined, const OuterRows& outer) const {
    logical::Project project;
    std::vector<Column> columns;
    std::vector<ExprPtr> own;
    for (const int column : columns_) own.push_back(Ref(*joined, static_cast<size_t>(column)));
    for (size_t i = 0; i < width_ + items_; ++i) {
      ExprPtr value = Ref(*joined, i);
      if (i >= width_ && !outer.row_of_none.empty()) {
        const ExprPtr none = expr::Substitute(outer.row_of_none[i - width_], own);
        const bool null = none->kind == expr::ExprKind::kLiteral && none->literal.is_null();
        const ExprPtr found =
            TRY(expr::BindCall("IS NOT NULL", {Ref(*joined, width_ + items_)}, Place()));
        if (!null) value = TRY(expr::BindCall("CASE", {found, value, none}, Place()));
      }
      columns.push_back({joined->columns[i].name, value->type, joined->columns[i].time});
      project.expressions.push_back(std::move(value));
    }
    return logical::MakeNode(std::move(project), {joined}, std::move(columns),
                             scope_.OriginAt(each_.reference.span));
  }

  // For a join in which each left row has one right row: ON drops no row, but turns the columns of
  // a right row that does not fulfil it into NULLs.
  Result<Relation> OnlyWhere(Relation joined) const {
    const ExprPtr on = TRY(BindOn(joined));
    if (on == nullptr) return joined;
    logical::Project project{References(joined.columns())};
    std::vector<Column> columns = joined.columns();
    for (size_t i = width_; i < columns.size(); ++i) {
      ExprPtr& value = project.expressions[i];
      value = TRY(expr::BindCall("CASE", {on, value}, Place()));
      columns[i] = {columns[i].name, value->type};
    }
    joined.node = logical::MakeNode(std::move(project), {joined.node}, std::move(columns),
                                    scope_.OriginAt(each_.reference.span));
    return joined;
  }

  QueryBinder& binder_;
  const Relation& left_;
  const ForEachRow each_;
  const ast::Expr* on_;  // may be null
  const bool outer_join_;
  const QueryScope& scope_;
  const QueryScope inner_;
  const size_t width_;  // of `left_`
  std::vector<RepeatedName> repeated_;
  NodePtr rows_;  // the items, then columns of `left_`
  size_t items_ = 0;
  std::vector<int> columns_;  // of `left_` that the query reads
};

}  // namespace

bool MayReadBefore(const ast::TableRef& reference, const Relation& left) {
  const auto* join = reference.As<ast::Join>();
  if (join != nullptr &&
      (join->kind == ast::JoinKind::kRight || join->kind == ast::JoinKind::kFull))
    return false;
  if (join == nullptr && reference.As<ast::DerivedTable>() == nullptr &&
      reference.As<ast::FunctionTable>() == nullptr)
    return false;
  return HasLateral(reference) || HasOuter(left);
}

Status CheckJoinForEach(const ast::Join& join, std::string_view what, std::string hint,
                        SourceSpan place) {
  if (join.kind == ast::JoinKind::kRight || join.kind == ast::JoinKind::kFull) {
    return Status::InvalidSql(fmt::format("{} stands in CROSS, INNER and LEFT joins only", what))
        .WithId("E2015")
        .WithHint(std::move(hint))
        .WithSpan(place);
  }
  if (join.natural || !join.using_columns.empty())
    return NotSupported(fmt::format("{} in a join with USING or NATURAL", what), place);
  if (join.kind != ast::JoinKind::kCross && !join.on) {
    return Status::InvalidSql("a join needs a condition")
        .WithId("E2015")
        .WithHint("add ON TRUE, or write CROSS JOIN")
        .WithSpan(place);
  }
  return {};
}

Result<RowsForEach> BindForEach(QueryBinder& binder, const ast::Query& query,
                                const Relation& relation, const QueryScope& scope) {
  const std::vector<NamedInput> seen = SeenInputs(relation, true);
  QueryScope inner = scope;
  OuterRows each{{relation.node, seen}};
  inner.outer = &each;
  TRY(binder.Bind(query, inner));
  RowsForEach rows;
  rows.columns = ReadColumns(seen);
  for (const int column : rows.columns) NoteRead(relation, column);
  OuterRows distinct{{DistinctRows(binder, relation, rows.columns, scope, query.span),
                      InputsOf(seen, rows.columns)},
                     true};
  distinct.ttl_millis = binder.options().state_ttl_millis;
  distinct.whole = false;
  inner.outer = &distinct;
  rows.node = TRY(binder.Bind(query, inner));
  rows.items = rows.node->columns.size() - rows.columns.size();
  rows.null_safe = distinct.matches_null;
  rows.one_group = distinct.one_group && query.As<ast::Select>() != nullptr;
  return rows;
}

Result<std::vector<ExprPtr>> MeetByColumns(const RowsForEach& rows, const Relation& relation,
                                           SourceSpan place) {
  const size_t width = relation.columns().size();
  std::vector<ExprPtr> conditions;
  for (size_t i = 0; i < rows.columns.size(); ++i) {
    const Type& own = relation.columns()[static_cast<size_t>(rows.columns[i])].type;
    const Type& other = rows.node->columns[rows.items + i].type;
    const bool null_safe = rows.null_safe && own.nullable() && other.nullable();
    conditions.push_back(TRY(expr::BindCall(
        null_safe ? "IS NOT DISTINCT FROM" : "=",
        {expr::MakeColumnRef(rows.columns[i], own, place),
         expr::MakeColumnRef(static_cast<int>(width + rows.items + i), other, place)},
        place)));
  }
  return conditions;
}

Result<Relation> QueryBinder::BindLateral(const Relation& left, const ast::TableRef& reference,
                                          const ast::Join* join, const QueryScope& scope) {
  if (join != nullptr) {
    RETURN_IF_ERROR(CheckJoinForEach(*join, "LATERAL",
                                     "rows before it cannot be read where they may be missing",
                                     scope.At(reference.span)));
  }
  if (const auto* derived = reference.As<ast::DerivedTable>()) {
    const ForEachRow each{reference, *derived->query, derived->lateral, reference.alias};
    return LateralBinder(*this, left, each, join, scope).Bind();
  }
  const auto& table = *reference.As<ast::FunctionTable>();
  const SourceSpan place = scope.At(table.call_span);
  const catalog::FunctionPtr function =
      TRY(functions_.FindTable(table.call.name, scope.text, place));
  if (!function) return BindTableRef(reference, scope);  // which reports the error
  const FunctionArguments call{
      *function, TRY(MatchArguments(*function, table.call, scope.text, table.call_span)),
      scope.text};
  RETURN_IF_ERROR(CheckTableArguments(call, left));
  const UserFunctions::Open open(functions_, function, place);
  RETURN_IF_ERROR(open.status());
  ForEachRow each{reference, *function->text->query, true, reference.alias, &call};
  if (!each.alias) each.alias = ast::Alias{{function->name.object, false, {}}, {}};
  Relation joined = TRY(LateralBinder(*this, left, std::move(each), join, scope).Bind());
  functions_.Use(function);
  return joined;
}

Result<Relation> QueryBinder::BindFromOfLateral(const std::vector<ast::TableRefPtr>& from,
                                                SourceSpan place, const QueryScope& scope) {
  OuterRows& outer = *scope.outer;
  if (from.empty()) return outer.rows;
  QueryScope own = scope;
  own.outer = nullptr;
  const Result<Relation> plain = BindFrom(from, place, own);
  if (plain.ok()) return CrossJoin(outer.rows, *plain, place, own);
  if (!IsUnknownName(plain.status())) return plain.status();
  Relation joined = outer.rows;
  for (const ast::TableRefPtr& reference : from) joined = TRY(BindBeside(joined, *reference, own));
  return joined;
}

}  // namespace weir::bind
