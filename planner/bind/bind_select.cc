// SELECT: FROM, WHERE, GROUP BY, HAVING, the list, DISTINCT and the ORDER BY of its query, in the
// order in which they are computed.
#include <fmt/format.h>

#include <unordered_set>

#include "planner/bind/bind_group.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/query_binder.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::Column;
using logical::NodePtr;
using logical::TimeAttribute;

namespace {

struct BoundItem {
  ExprPtr expression;
  std::string name;
  // Whether the text is nothing but a column or PROCTIME(): those keep a time attribute.
  bool plain = false;
};

bool IsPlain(const ast::Expr& expression) {
  if (expression.As<ast::ColumnRef>() != nullptr) return true;
  const auto* call = expression.As<ast::Call>();
  return call != nullptr && EqualsIgnoreCase(call->name.last().text, "PROCTIME");
}

// The name that an item without an alias has; empty for "EXPR$n".
std::string NaturalName(const ast::Expr& expression, const ExprPtr& bound,
                        const Relation& relation) {
  if (const auto* access = expression.As<ast::FieldAccess>()) return access->field.text;
  const auto* column = expression.As<ast::ColumnRef>();
  if (column == nullptr) return "";
  const bool whole = bound->kind == expr::ExprKind::kColumn;
  return whole ? relation.columns()[static_cast<size_t>(bound->column)].name
               : column->name.last().text;
}

class SelectBinder {
 public:
  SelectBinder(QueryBinder& binder, const ast::Select& select, const ast::Query& query,
               const QueryScope& scope)
      : binder_(binder), select_(select), query_(query), scope_(scope) {}

  Result<NodePtr> Bind() {
    RETURN_IF_ERROR(CheckClauses());
    hints_ = TRY(ReadSelectHints(select_.hints));
    relation_ = TRY(binder_.BindFrom(select_.from, query_.span, scope_));
    RETURN_IF_ERROR(BindWhere());
    drafts_.emplace(relation_.columns().size());
    RETURN_IF_ERROR(BindItems());
    RETURN_IF_ERROR(BindGroupBy());
    if (select_.having) having_ = TRY(Binder("HAVING").BindCondition(*select_.having));
    RETURN_IF_ERROR(BindOrderBy());
    RETURN_IF_ERROR(Group());
    return Finish();
  }

 private:
  bool grouped() const { return select_.group_by.has_value() || !drafts_->empty(); }
  bool distinct() const { return select_.quantifier == ast::Quantifier::kDistinct; }

  Status NotSupported(std::string_view construct, SourceSpan span) const {
    return Status::Unsupported(fmt::format("{} is not supported yet", construct))
        .WithSpan(scope_.At(span));
  }

  ExpressionBinder Binder(std::string_view clause) {
    return {relation_, {&*drafts_, clause, scope_.place}};
  }

  // The origin of the stateful node of this SELECT.
  logical::Origin StatefulOrigin(SourceSpan span) const {
    logical::Origin origin = scope_.OriginAt(span);
    origin.explicit_id = hints_.state_id;
    return origin;
  }

  Status CheckClauses() const {
    if (select_.qualify) return NotSupported("QUALIFY", select_.qualify->span);
    if (!select_.windows.empty()) return NotSupported("WINDOW", select_.windows[0].name.span);
    return {};
  }

  Status BindWhere() {
    if (!select_.where) return {};
    ExpressionBinder binder(relation_, {nullptr, "WHERE", scope_.place});
    ExprPtr predicate = TRY(binder.BindCondition(*select_.where));
    std::vector<Column> columns = relation_.columns();
    relation_.node = logical::MakeNode(logical::Filter{std::move(predicate)}, {relation_.node},
                                       std::move(columns), scope_.OriginAt(select_.where->span));
    return {};
  }

  // --- The list
  // ------------------------------------------------------------------------------------

  Status BindItems() {
    for (const ast::SelectItem& item : select_.items) {
      if (const auto* star = item.expr->As<ast::Star>()) {
        RETURN_IF_ERROR(ExpandStar(*star, item));
      } else {
        RETURN_IF_ERROR(BindItem(item));
      }
    }
    NameItems();
    return {};
  }

  Status BindItem(const ast::SelectItem& item) {
    ExprPtr bound = TRY(Binder("SELECT").Bind(*item.expr));
    if (bound->type.kind() == TypeKind::kNull && !scope_.untyped_nulls) {
      return Status::InvalidSql("a bare NULL has no type")
          .WithId("E2006")
          .WithHint("write CAST(NULL AS INT)")
          .WithSpan(scope_.At(item.expr->span));
    }
    std::string name = item.alias ? item.alias->text : NaturalName(*item.expr, bound, relation_);
    items_.push_back({std::move(bound), std::move(name), IsPlain(*item.expr)});
    return {};
  }

  Status ExpandStar(const ast::Star& star, const ast::SelectItem& item) {
    if (relation_.inputs.empty()) {
      return Status::InvalidSql("* needs a FROM").WithId("E2015").WithSpan(scope_.At(item.span));
    }
    std::vector<const NamedInput*> inputs;
    for (const NamedInput& input : relation_.inputs) inputs.push_back(&input);
    if (!star.qualifier.empty()) {
      Result<const NamedInput*> input = ResolveQualifier(relation_, star.qualifier);
      if (!input.ok()) {
        return scope_.place ? Relocated(input.status(), *scope_.place) : input.status();
      }
      inputs = {*input};
    }
    for (const NamedInput* input : inputs) {
      for (size_t i = input->first; i < input->first + input->count; ++i) {
        const Column& column = relation_.columns()[i];
        items_.push_back(
            {expr::MakeColumnRef(static_cast<int>(i), column.type, scope_.At(item.span)),
             column.name, true});
      }
    }
    return {};
  }

  // Unique names, as Calcite makes them: EXPR$0 for those without, a0 for a second a.
  void NameItems() {
    std::unordered_set<std::string> taken;
    for (size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].name.empty()) items_[i].name = fmt::format("EXPR${}", i);
      const std::string base = items_[i].name;
      for (int number = 0; !taken.insert(items_[i].name).second; ++number) {
        items_[i].name = fmt::format("{}{}", base, number);
      }
    }
  }

  // --- GROUP BY
  // ------------------------------------------------------------------------------------

  Status BindGroupBy() {
    if (!select_.group_by) return {};
    const ast::GroupBy& group_by = *select_.group_by;
    if (group_by.quantifier == ast::Quantifier::kDistinct) {
      return NotSupported("GROUP BY DISTINCT", group_by.span);
    }
    for (const ast::GroupingElement& element : group_by.elements) {
      switch (element.kind) {
        case ast::GroupingKind::kExpressions:
          break;
        case ast::GroupingKind::kRollup:
          return NotSupported("ROLLUP", element.span);
        case ast::GroupingKind::kCube:
          return NotSupported("CUBE", element.span);
        case ast::GroupingKind::kGroupingSets:
          return NotSupported("GROUPING SETS", element.span);
      }
      for (const ast::ExprPtr& key : element.expressions) RETURN_IF_ERROR(AddKey(*key));
    }
    return {};
  }

  Status AddKey(const ast::Expr& text) {
    ExprPtr key = TRY(BindKey(text));
    for (const ExprPtr& known : keys_) {
      if (expr::Equal(*known, *key)) return {};
    }
    keys_.push_back(std::move(key));
    return {};
  }

  Result<ExprPtr> BindKey(const ast::Expr& text) {
    const auto* literal = text.As<ast::Literal>();
    if (literal != nullptr && literal->kind == ast::LiteralKind::kInteger)
      return OrdinalKey(*literal, text);
    Result<ExprPtr> bound =
        ExpressionBinder(relation_, {nullptr, "GROUP BY", scope_.place}).Bind(text);
    if (bound.ok() || bound.status().id() != "E2003") return bound;
    const std::optional<size_t> item = ItemCalled(text);
    if (!item) return bound;
    return KeyOfItem(*item, text);
  }

  Result<ExprPtr> OrdinalKey(const ast::Literal& literal, const ast::Expr& text) {
    const size_t number = literal.text.size() < 6 ? std::stoul(literal.text) : 0;
    if (number >= 1 && number <= items_.size()) return KeyOfItem(number - 1, text);
    return Status::InvalidSql(fmt::format("GROUP BY {}: the SELECT list has {} items", literal.text,
                                          items_.size()))
        .WithId("E2003")
        .WithSpan(scope_.At(text.span));
  }

  Result<ExprPtr> KeyOfItem(size_t item, const ast::Expr& text) {
    const ExprPtr& key = items_[item].expression;
    std::vector<int> columns;
    expr::CollectColumns(*key, columns);
    for (const int column : columns) {
      if (static_cast<size_t>(column) < drafts_->width()) continue;
      return Status::InvalidSql(
                 fmt::format("GROUP BY cannot hold the aggregate in \"{}\"", items_[item].name))
          .WithId("E2015")
          .WithSpan(scope_.At(text.span));
    }
    return key;
  }

  // The item whose name `text` is, if it is a name.
  std::optional<size_t> ItemCalled(const ast::Expr& text) const {
    const auto* column = text.As<ast::ColumnRef>();
    if (column == nullptr || column->name.parts.size() != 1) return std::nullopt;
    Schema names;
    for (const BoundItem& item : items_) names.fields.push_back({item.name, item.expression->type});
    return names.Find(column->name.last().text);
  }

  // --- ORDER BY: names of the list first, then expressions over FROM
  // ------------------------------------

  Status BindOrderBy() {
    for (const ast::OrderItem& item : query_.order_by) {
      const size_t column = TRY(OrderColumn(*item.expr));
      sort_keys_.push_back(SortKeyOf(item, static_cast<int>(column)));
    }
    return {};
  }

  Result<size_t> OrderColumn(const ast::Expr& text) {
    const auto* literal = text.As<ast::Literal>();
    if (literal != nullptr && literal->kind == ast::LiteralKind::kInteger)
      return OrderOrdinal(*literal, text);
    if (const std::optional<size_t> item = ItemCalled(text)) return *item;
    const ExprPtr bound = TRY(Binder("ORDER BY").Bind(text));
    for (size_t i = 0; i < items_.size(); ++i) {
      if (expr::Equal(*items_[i].expression, *bound)) return i;
    }
    if (distinct()) {
      return Status::InvalidSql("ORDER BY of SELECT DISTINCT takes only what is selected")
          .WithId("E2015")
          .WithSpan(scope_.At(text.span));
    }
    for (size_t i = 0; i < hidden_.size(); ++i) {
      if (expr::Equal(*hidden_[i], *bound)) return items_.size() + i;
    }
    hidden_.push_back(bound);
    return items_.size() + hidden_.size() - 1;
  }

  Result<size_t> OrderOrdinal(const ast::Literal& literal, const ast::Expr& text) const {
    const size_t number = literal.text.size() < 6 ? std::stoul(literal.text) : 0;
    if (number >= 1 && number <= items_.size()) return number - 1;
    return Status::InvalidSql(fmt::format("ORDER BY {}: the SELECT list has {} items", literal.text,
                                          items_.size()))
        .WithId("E2003")
        .WithSpan(scope_.At(text.span));
  }

  // --- The nodes
  // -----------------------------------------------------------------------------------

  // The TTL of the group's state: a hint for the input, a hint for all, the session's option.
  Result<int64_t> Ttl() const {
    int64_t ttl = binder_.options().state_ttl_millis;
    for (const SelectHints::Ttl& hint : hints_.ttls) {
      const bool known =
          hint.input.empty() ||
          (!relation_.inputs.empty() && EqualsIgnoreCase(relation_.inputs[0].alias, hint.input));
      if (!known) {
        return Status::InvalidSql(
                   fmt::format("the hint STATE_TTL names no table in FROM: \"{}\"", hint.input))
            .WithId("E2001")
            .WithSpan(scope_.At(hint.span));
      }
      ttl = hint.millis;
    }
    return ttl;
  }

  SourceSpan GroupSpan() const {
    return select_.group_by ? SourceSpan(select_.group_by->span) : drafts_->drafts()[0].span;
  }

  Status Group() {
    if (!grouped()) {
      if (!select_.having) return {};
      return Status::InvalidSql("HAVING needs a GROUP BY or an aggregate")
          .WithId("E2015")
          .WithHint("a condition on rows belongs into WHERE")
          .WithSpan(scope_.At(select_.having->span));
    }
    const Grouping grouping{keys_, &*drafts_, TRY(Ttl())};
    const auto above = [&](ExprPtr& expression) -> Status {
      Result<ExprPtr> moved = AboveGrouping(expression, relation_, grouping);
      if (!moved.ok()) return std::move(moved).status();
      expression = std::move(*moved);
      return {};
    };
    for (BoundItem& item : items_) RETURN_IF_ERROR(above(item.expression));
    for (ExprPtr& hidden : hidden_) RETURN_IF_ERROR(above(hidden));
    if (having_) RETURN_IF_ERROR(above(having_));
    relation_.node = MakeAggregate(relation_, grouping, StatefulOrigin(GroupSpan()));
    if (!having_) return {};
    std::vector<Column> columns = relation_.columns();
    relation_.node = logical::MakeNode(logical::Filter{having_}, {relation_.node},
                                       std::move(columns), scope_.OriginAt(select_.having->span));
    return {};
  }

  TimeAttribute TimeOf(const BoundItem& item) const {
    if (!item.plain) return TimeAttribute::kNone;
    if (item.expression->kind == expr::ExprKind::kColumn) {
      return relation_.columns()[static_cast<size_t>(item.expression->column)].time;
    }
    return item.expression->kind == expr::ExprKind::kCall && item.expression->args.empty()
               ? TimeAttribute::kProcessing
               : TimeAttribute::kNone;
  }

  NodePtr Project() const {
    logical::Project project;
    std::vector<Column> columns;
    for (const BoundItem& item : items_) {
      project.expressions.push_back(item.expression);
      columns.push_back({item.name, item.expression->type, TimeOf(item)});
    }
    for (size_t i = 0; i < hidden_.size(); ++i) {
      project.expressions.push_back(hidden_[i]);
      columns.push_back({fmt::format("ORDER${}", i), hidden_[i]->type});
    }
    return logical::MakeNode(std::move(project), {relation_.node}, std::move(columns),
                             scope_.OriginAt(query_.span));
  }

  Result<NodePtr> Distinct(NodePtr input) const {
    logical::Aggregate aggregate;
    aggregate.ttl_millis = TRY(Ttl());
    std::vector<Column> columns = input->columns;
    for (size_t i = 0; i < columns.size(); ++i) {
      aggregate.keys.push_back(static_cast<int>(i));
      columns[i].time = TimeAttribute::kNone;
    }
    // An explicit id goes to the one aggregation that there is.
    const logical::Origin origin =
        grouped() ? scope_.OriginAt(query_.span) : StatefulOrigin(query_.span);
    return logical::MakeNode(std::move(aggregate), {std::move(input)}, std::move(columns), origin);
  }

  Result<NodePtr> Finish() {
    NodePtr node = Project();
    if (distinct()) node = TRY(Distinct(std::move(node)));
    node = TRY(MakeSort(std::move(node), std::move(sort_keys_), query_, scope_));
    return FirstColumns(node, items_.size());
  }

  QueryBinder& binder_;
  const ast::Select& select_;
  const ast::Query& query_;
  const QueryScope& scope_;
  SelectHints hints_;
  Relation relation_;
  std::optional<AggregateDrafts> drafts_;
  std::vector<BoundItem> items_;
  std::vector<ExprPtr> keys_;
  ExprPtr having_;
  std::vector<graph::SortKey> sort_keys_;  // over items, then hidden ones
  std::vector<ExprPtr> hidden_;            // sorted by, but not selected
};

}  // namespace

Result<NodePtr> BindSelect(QueryBinder& binder, const ast::Select& select, const ast::Query& query,
                           const QueryScope& scope) {
  return SelectBinder(binder, select, query, scope).Bind();
}

}  // namespace weir::bind
