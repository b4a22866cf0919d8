// SELECT: FROM, WHERE, GROUP BY, HAVING, the list, DISTINCT and the ORDER BY of its query, in the
// order in which they are computed.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind_group.h"
#include "planner/bind/bind_join.h"
#include "planner/bind/bind_subquery.h"
#include "planner/bind/conjunction.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/grouping_sets.h"
#include "planner/bind/item_names.h"
#include "planner/bind/listed_columns.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/outer_rows.h"
#include "planner/bind/over_drafts.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/scalar_drafts.h"
#include "planner/bind/set_shapes.h"
#include "planner/logical/rewrite.h"
#include "planner/logical/window_columns.h"
#include "runtime/base/names.h"
#include "runtime/expr/aggregate_function.h"
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
  bool listed = false;     // by a *
  std::string given = {};  // the name before it was made unique
};

bool IsPlain(const ast::Expr& expression) {
  if (expression.As<ast::ColumnRef>() != nullptr) return true;
  const auto* call = expression.As<ast::Call>();
  if (call == nullptr) return false;
  const std::string& name = call->name.last().text;
  return EqualsIgnoreCase(name, "PROCTIME") || GroupWindowNamed(name).has_value();
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
      : binder_(binder),
        select_(select),
        query_(query),
        scope_(scope),
        hinted_(scope),
        overs_(select.windows),
        scalars_(binder, hinted_),
        argument_scalars_(binder, hinted_) {
    hinted_.hints = &hints_;
  }

  Result<NodePtr> Bind() {
    hints_ = TRY(ReadSelectHints(select_.hints));
    relation_ = TRY(binder_.BindFrom(select_.from, query_.span, hinted_));
    RETURN_IF_ERROR(CheckTtlHints());
    RETURN_IF_ERROR(CheckJoinHints(hints_.joins, relation_, scope_.text));
    RETURN_IF_ERROR(BindWhere());
    if (select_.group_by) window_ = TRY(BindGroupWindow(*select_.group_by, scope_, relation_));
    if (select_.group_by && HasGroupingSets(*select_.group_by)) {
      relation_ = WithNullableColumns(std::move(relation_), scope_.OriginAt(query_.span));
    }
    drafts_.emplace(relation_.columns().size());
    RETURN_IF_ERROR(BindItems());
    RETURN_IF_ERROR(BindGroupBy());
    if (select_.having) {
      having_ = TRY(Binder("HAVING", &scalars_, nullptr).BindCondition(*select_.having));
      if (!select_.group_by && drafts_->empty()) RETURN_IF_ERROR(GroupByNothing());
    }
    if (select_.qualify) RETURN_IF_ERROR(BindQualify());
    RETURN_IF_ERROR(BindOrderBy());
    RETURN_IF_ERROR(ForOuterRows());
    RETURN_IF_ERROR(Group());
    RETURN_IF_ERROR(AddOverNodes());
    return Finish();
  }

 private:
  bool grouped() const { return select_.group_by || select_.having || !drafts_->empty(); }
  bool distinct() const { return select_.quantifier == ast::Quantifier::kDistinct; }
  // How many columns the rows before a LATERAL query have, which are the first of the relation and
  // the first keys of its groups; 0 in other queries.
  size_t outer_width() const { return scope_.outer != nullptr ? scope_.outer->width() : 0; }
  size_t width() const { return items_.size() + outer_width(); }

  Status NotSupported(std::string_view construct, SourceSpan span) const {
    return Status::Unsupported(fmt::format("{} is not supported yet", construct))
        .WithSpan(scope_.At(span));
  }

  ExpressionBinder Binder(std::string_view clause, ScalarDrafts* scalars = nullptr) {
    return Binder(clause, scalars, &overs_);
  }
  ExpressionBinder Binder(std::string_view clause, ScalarDrafts* scalars, OverDrafts* overs,
                          const ItemNames* items = nullptr) {
    ExpressionBinder::Surroundings surroundings{&*drafts_, clause,         scope_.text,
                                                overs,     WindowOrNull(), items};
    if (scalars != nullptr) surroundings.argument_scalars = &argument_scalars_;
    if (scope_.text.catalog != nullptr)
      surroundings.database = &scope_.text.catalog->current_database();
    surroundings.scalars = scalars;
    return {relation_, surroundings};
  }
  const GroupWindow* WindowOrNull() const { return window_ ? &*window_ : nullptr; }

  // The origin of the stateful node of this SELECT.
  logical::Origin StatefulOrigin(SourceSpan span) const {
    logical::Origin origin = scope_.OriginAt(span);
    origin.explicit_id = hints_.state_id;
    return origin;
  }

  Status BindWhere() {
    if (!select_.where) return {};
    relation_ = TRY(ApplyWhere(binder_, std::move(relation_), *select_.where, hinted_));
    return {};
  }

  // --- The list ----------------------------------------------------------------------------------

  Status BindItems() {
    std::vector<ListedStar> stars;
    for (const ast::SelectItem& item : select_.items) {
      if (const auto* star = item.expr->As<ast::Star>()) {
        stars.push_back({&item, star, items_.size(), 0});
        RETURN_IF_ERROR(ExpandStar(*star, item));
        stars.back().end = items_.size();
      } else {
        RETURN_IF_ERROR(BindItem(item));
      }
    }
    NameItems();
    if (binder_.options().unlisted != nullptr && !scope_.text.place) {
      for (const ListedStar& star : stars) NoteUnlisted(star);
    }
    return {};
  }

  // Items [begin, end) are what a star stands for.
  struct ListedStar {
    const ast::SelectItem* item;
    const ast::Star* star;
    size_t begin;
    size_t end;
  };
  void NoteUnlisted(const ListedStar& star) const {
    std::string text;
    for (size_t i = star.begin; i < star.end; ++i) {
      const ListedItem item = ItemOf(relation_, *items_[i].expression, *star.star, i - star.begin);
      if (item.text.empty()) return;
      text += (text.empty() ? "" : ", ") + item.text;
      if (items_[i].name != item.name) text += " AS " + ast::ToSql(Plain(items_[i].name));
    }
    binder_.options().unlisted->push_back(
        {UnlistedKind::kStar, star.item->span, 0, std::move(text)});
  }

  Status BindItem(const ast::SelectItem& item) {
    ExprPtr bound = TRY(Binder("SELECT", &scalars_).Bind(*item.expr));
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

  // Every expression that is computed over the relation or, once there is one, over the grouping.
  std::vector<ExprPtr*> Expressions() {
    std::vector<ExprPtr*> all;
    for (BoundItem& item : items_) all.push_back(&item.expression);
    for (BoundItem& hidden : hidden_) all.push_back(&hidden.expression);
    if (having_) all.push_back(&having_);
    if (qualify_) all.push_back(&qualify_);
    for (OverDraft& draft : overs_.drafts()) {
      for (ExprPtr& key : draft.partition) all.push_back(&key);
      for (OverDraft::Order& item : draft.order) all.push_back(&item.expression);
      for (ExprPtr& argument : draft.call.arguments) all.push_back(&argument);
      if (draft.call.filter) all.push_back(&draft.call.filter);
    }
    return all;
  }

  // Adds the columns of the subqueries to the relation, and makes the readers refer to them there.
  void JoinScalars(ScalarDrafts& scalars, const std::vector<ExprPtr*>& readers) {
    if (scalars.empty()) return;
    const size_t width = relation_.columns().size();
    relation_.node = scalars.Join(relation_);
    for (ExprPtr* reader : readers) *reader = WithScalars(*reader, width);
  }

  Status ExpandStar(const ast::Star& star, const ast::SelectItem& item) {
    std::vector<const NamedInput*> inputs;
    for (const NamedInput& input : relation_.inputs) {
      if (!input.outer) inputs.push_back(&input);
    }
    if (inputs.empty() && star.qualifier.empty()) {
      return Status::InvalidSql("* needs a FROM").WithId("E2015").WithSpan(scope_.At(item.span));
    }
    if (!star.qualifier.empty()) {
      Result<const NamedInput*> input = ResolveQualifier(relation_, star.qualifier);
      if (!input.ok() && ResolveName(relation_, star.qualifier).ok()) {
        return ExpandRow(star.qualifier, item);
      }
      if (!input.ok()) {
        return scope_.text.place ? Relocated(input.status(), *scope_.text.place) : input.status();
      }
      inputs = {*input};
    }
    for (const NamedInput* input : inputs) {
      // The text of a view (`place`) was accepted when it was created, by a version that did not
      // check this: it must stay readable.
      if (!scope_.text.place) RETURN_IF_ERROR(CheckListable(*input, item.span));
      for (size_t i = input->first; i < input->first + input->count; ++i) {
        const bool hidden =
            star.qualifier.empty() &&
            std::ranges::find(input->merged, static_cast<int>(i)) != input->merged.end();
        if (hidden) continue;
        NoteRead(relation_, static_cast<int>(i));
        const Column& column = relation_.columns()[i];
        items_.push_back(
            {expr::MakeColumnRef(static_cast<int>(i), column.type, scope_.At(item.span)),
             column.name, true, true});
      }
    }
    return {};
  }

  // t.r.*: the fields of a ROW.
  Status ExpandRow(const ast::Name& column, const ast::SelectItem& item) {
    const ExprPtr row = TRY(Binder("SELECT").Bind(ast::Expr{ast::ColumnRef{column}, column.span}));
    if (row->type.kind() != TypeKind::kRow) {
      return Status::InvalidSql(
                 fmt::format("\"{}\" has no fields that .* could list: it is of type {}",
                             column.last().text, row->type.ToStringIgnoringNullability()))
          .WithId("E2006")
          .WithSpan(scope_.At(item.span));
    }
    for (size_t i = 0; i < row->type.fields().size(); ++i) {
      Value index(Type::Int().WithNullable(false), static_cast<int32_t>(i));
      ExprPtr field = TRY(expr::BindCall("FIELD", {row, expr::MakeLiteral(std::move(index))},
                                         scope_.At(item.span)));
      items_.push_back({std::move(field), row->type.fields()[i].name, false, true});
    }
    return {};
  }

  // Unique names, as Calcite makes them: EXPR$0 for those without, a0 for a second a. A name that
  // is taken and was not given by a * is noted: it can no longer be asked for.
  void NameItems() {
    std::unordered_set<std::string> taken;
    for (size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].name.empty()) items_[i].name = fmt::format("EXPR${}", i);
      const std::string base = items_[i].name;
      if (scope_.repeated != nullptr && !items_[i].listed && taken.contains(base)) {
        scope_.repeated->push_back({base, items_[i].expression->span});
      }
      for (int number = 0; !taken.insert(items_[i].name).second; ++number) {
        items_[i].name = fmt::format("{}{}", base, number);
      }
      items_[i].given = items_[i].listed ? items_[i].name : base;
    }
  }

  // --- GROUP BY ----------------------------------------------------------------------------------

  Status BindGroupBy() {
    if (!select_.group_by) return {};
    const ast::GroupBy& group_by = *select_.group_by;
    const auto bind_keys = [this](const ast::Expr& text) { return AddKey(text); };
    sets_ = TRY(GroupingSetsOf(group_by, scope_, bind_keys));
    return {};
  }

  // The indexes of the keys that the expression is.
  Result<std::vector<int>> AddKey(const ast::Expr& text) {
    const auto* call = text.As<ast::Call>();
    std::vector<int> indexes;
    if (call != nullptr && window_ && GroupWindowNamed(call->name.last().text)) {
      for (ExprPtr& key : KeysOfGroupWindow(*window_, relation_)) {
        indexes.push_back(IndexOfKey(std::move(key)));
      }
      return indexes;
    }
    return std::vector<int>{IndexOfKey(TRY(BindKey(text)))};
  }

  int IndexOfKey(ExprPtr key) {
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (expr::Equal(*keys_[i], *key)) return static_cast<int>(i);
    }
    keys_.push_back(std::move(key));
    return static_cast<int>(keys_.size()) - 1;
  }

  Result<ExprPtr> BindKey(const ast::Expr& text) {
    const auto* literal = text.As<ast::Literal>();
    if (literal != nullptr && literal->kind == ast::LiteralKind::kInteger)
      return OrdinalKey(*literal, text);
    ExpressionBinder::Surroundings surroundings{nullptr, "GROUP BY", scope_.text};
    surroundings.scalars = &argument_scalars_;
    Result<ExprPtr> bound = ExpressionBinder(relation_, surroundings).Bind(text);
    if (bound.ok() || bound.status().id() != "E2003") return bound;
    const std::optional<size_t> item = TRY(ItemCalled(text, ItemNames::Before::kColumns));
    if (!item) return bound;
    return KeyOfItem(*item, text);
  }

  Result<ExprPtr> OrdinalKey(const ast::Literal& literal, const ast::Expr& text) {
    const size_t number = literal.text.size() < 6 ? std::stoul(literal.text) : 0;
    if (number >= 1 && number <= items_.size()) {
      // Flink always takes the number for a constant. Here it is one only where the list has
      // nothing but aggregates; otherwise it stands for an item of the list.
      return SelectsAggregatesOnly() ? Binder("GROUP BY").Bind(text) : KeyOfItem(number - 1, text);
    }
    return Status::InvalidSql(
               fmt::format("GROUP BY {}: the SELECT list has only {}", literal.text, items_.size()))
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

  // Whether no item reads a column outside of its aggregates. GROUP BY 1 is then a constant.
  bool SelectsAggregatesOnly() const {
    std::vector<int> columns;
    for (const BoundItem& item : items_) expr::CollectColumns(*item.expression, columns);
    return std::ranges::none_of(
        columns, [&](int column) { return static_cast<size_t>(column) < drafts_->width(); });
  }

  ItemNames NamesOfItems(ItemNames::Before before) const {
    ItemNames names(before, drafts_->width(), scope_.text);
    for (const BoundItem& item : items_) names.Add(item.name, item.given, item.expression);
    return names;
  }

  // The item whose name `text` is, if it is a name.
  Result<std::optional<size_t>> ItemCalled(const ast::Expr& text, ItemNames::Before before) const {
    const auto* column = text.As<ast::ColumnRef>();
    if (column == nullptr || column->name.parts.size() != 1) return std::optional<size_t>();
    const ItemNames names = NamesOfItems(before);
    const ast::Identifier& name = column->name.last();
    return before == ItemNames::Before::kItems ? names.FindBeforeColumns(name, relation_)
                                               : names.Find(name);
  }

  // --- QUALIFY: names of FROM first, then of the list --------------------------------------------

  Status BindQualify() {
    const ItemNames names = NamesOfItems(ItemNames::Before::kColumns);
    ExpressionBinder binder(relation_,
                            {&*drafts_, "QUALIFY", scope_.text, &overs_, WindowOrNull(), &names});
    qualify_ = TRY(binder.BindCondition(*select_.qualify));
    if (!overs_.empty()) return {};
    return Status::InvalidSql("QUALIFY needs a function with OVER")
        .WithId("E2015")
        .WithHint("a condition on rows belongs into WHERE, one on groups into HAVING")
        .WithSpan(scope_.At(select_.qualify->span));
  }

  // --- ORDER BY: names of the list first, then those of FROM -------------------------------------

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
    if (const auto item = TRY(ItemCalled(text, ItemNames::Before::kItems))) return *item;
    const ItemNames names = NamesOfItems(ItemNames::Before::kItems);
    const BoundItem item{TRY(Binder("ORDER BY", &scalars_, &overs_, &names).Bind(text)), "",
                         IsPlain(text)};
    for (size_t i = 0; i < items_.size(); ++i) {
      if (IsSame(items_[i], item)) return i;
    }
    if (distinct()) return OrderBehindDistinct(item.expression, text);
    for (size_t i = 0; i < hidden_.size(); ++i) {
      if (IsSame(hidden_[i], item)) return width() + i;
    }
    hidden_.push_back(item);
    return width() + hidden_.size() - 1;
  }

  // DISTINCT leaves what is selected, so that only expressions over that can be sorted by.
  Result<size_t> OrderBehindDistinct(const ExprPtr& expression, const ast::Expr& text) {
    ExprPtr over_items = OverItems(expression);
    if (over_items == nullptr) {
      return Status::InvalidSql("ORDER BY of SELECT DISTINCT takes only what is selected")
          .WithId("E2015")
          .WithSpan(scope_.At(text.span));
    }
    behind_distinct_.push_back(std::move(over_items));
    return width() + behind_distinct_.size() - 1;
  }

  // The expression over the columns of the list; null if it reads anything else.
  ExprPtr OverItems(const ExprPtr& expression) const {
    for (size_t i = 0; i < items_.size(); ++i) {
      if (!expr::Equal(*items_[i].expression, *expression)) continue;
      return expr::MakeColumnRef(static_cast<int>(i), expression->type, expression->span);
    }
    if (expression->kind == expr::ExprKind::kColumn) return nullptr;
    auto rebuilt = std::make_shared<expr::Expr>(*expression);
    for (ExprPtr& argument : rebuilt->args) {
      argument = OverItems(argument);
      if (argument == nullptr) return nullptr;
    }
    return ExprPtr(rebuilt);
  }

  // A time attribute is not the same as its value, which a cast to its own type gives.
  bool IsSame(const BoundItem& a, const BoundItem& b) const {
    return expr::Equal(*a.expression, *b.expression) && TimeOf(a) == TimeOf(b);
  }

  Result<size_t> OrderOrdinal(const ast::Literal& literal, const ast::Expr& text) const {
    const size_t number = literal.text.size() < 6 ? std::stoul(literal.text) : 0;
    if (number >= 1 && number <= items_.size()) return number - 1;
    return Status::InvalidSql(
               fmt::format("ORDER BY {}: the SELECT list has only {}", literal.text, items_.size()))
        .WithId("E2003")
        .WithSpan(scope_.At(text.span));
  }

  // --- The nodes ---------------------------------------------------------------------------------

  Status CheckTtlHints() const {
    for (const SelectHints::Ttl& hint : hints_.ttls) {
      if (hint.input.empty()) continue;
      RETURN_IF_ERROR(CheckInput("STATE_TTL", {hint.input, hint.span}, relation_, scope_.text));
    }
    return {};
  }

  Status CheckTtlOfWindows() const {
    const auto* aggregate = std::get_if<logical::Aggregate>(&relation_.node->operation);
    if (hints_.ttls.empty() || aggregate == nullptr) return {};
    if (logical::FindGroupedWindow(*relation_.node->inputs[0], aggregate->keys) == nullptr)
      return {};
    return logical::RefuseTtlOfWindow(scope_.At(hints_.ttls[0].span));
  }

  // A hint on state that the SELECT does not keep is a mistake that would go unnoticed.
  Status CheckHintsMatter() const {
    if (!hints_.of_state() || distinct() || !overs_.empty()) return {};
    // A join takes any id, so the hint has an effect on it.
    if (WithJoinHints(relation_.node, "any", {}) != relation_.node) return {};
    return Status::InvalidSql(fmt::format("the hint {} has no effect: this SELECT keeps no state",
                                          hints_.state_id.empty() ? "STATE_TTL" : "STATE_ID"))
        .WithId("E2015")
        .WithHint("it belongs to a SELECT that joins, groups, removes duplicates or ranks")
        .WithSpan(scope_.At(select_.hints[0].span));
  }

  // A HAVING without GROUP BY and aggregates makes one group of all rows, of which only constants
  // can be selected.
  Status GroupByNothing() {
    std::vector<int> columns;
    expr::CollectColumns(*having_, columns);
    const bool reads = std::ranges::any_of(
        columns, [&](int column) { return static_cast<size_t>(column) < drafts_->width(); });
    if (reads || !SelectsAggregatesOnly()) {
      return Status::InvalidSql("HAVING needs a GROUP BY or an aggregate")
          .WithId("E2015")
          .WithHint("a condition on rows belongs into WHERE")
          .WithSpan(scope_.At(select_.having->span));
    }
    AggregateDraft count;
    count.function = expr::AggregateFunction::kCount;
    count.result_type = Type::BigInt().WithNullable(false);
    count.span = scope_.At(select_.having->span);
    drafts_->Add(std::move(count));
    return {};
  }

  // The last hint on the state of the SELECT itself, for its input or for all; null when there is
  // none. Where FROM joins, a hint for an input is for its side of the join.
  const SelectHints::Ttl* TtlHint() const {
    const SelectHints::Ttl* last = nullptr;
    for (const SelectHints::Ttl& hint : hints_.ttls) {
      if (hint.input.empty() || relation_.inputs.size() == 1) last = &hint;
    }
    return last;
  }

  int64_t Ttl() const {
    const SelectHints::Ttl* const hint = TtlHint();
    return hint != nullptr ? hint->millis : binder_.options().state_ttl_millis;
  }

  // Empty when the TTL is the session's option.
  SourceSpan TtlSpan() const {
    const SelectHints::Ttl* const hint = TtlHint();
    return hint != nullptr ? scope_.At(hint->span) : SourceSpan();
  }

  SourceSpan GroupSpan() const {
    return select_.group_by ? SourceSpan(select_.group_by->span) : drafts_->drafts()[0].span;
  }

  Status Group() {
    if (!grouped()) {
      JoinScalars(scalars_, Expressions());
      if (!distinct() && overs_.empty()) {
        relation_.node = WithJoinHints(relation_.node, hints_.state_id, TtlSpan());
      }
      return CheckHintsMatter();
    }
    std::vector<ExprPtr*> below = drafts_->Inputs();
    for (ExprPtr& key : keys_) below.push_back(&key);
    JoinScalars(argument_scalars_, below);
    const Grouping grouping{keys_, &*drafts_, Ttl(), sets_};
    RETURN_IF_ERROR(CheckGroupingCalls(grouping));
    std::vector<ExprPtr*> above = Expressions();
    for (ExprPtr* operand : scalars_.operands()) above.push_back(operand);
    for (ExprPtr* expression : above) {
      Result<ExprPtr> moved = AboveGrouping(*expression, relation_, grouping);
      if (!moved.ok()) return std::move(moved).status();
      *expression = std::move(*moved);
    }
    const bool plain = sets_.size() == 1 && !HasGroupingCalls(grouping);
    relation_.node = plain ? MakeAggregate(relation_, grouping, StatefulOrigin(GroupSpan()))
                           : MakeGroupingSets(relation_, grouping, StatefulOrigin(GroupSpan()));
    RETURN_IF_ERROR(CheckTtlOfWindows());
    if (scope_.outer != nullptr && OneGroup()) RETURN_IF_ERROR(AddGroupsOfNone());
    JoinScalars(scalars_, Expressions());
    if (!having_) return {};
    std::vector<Column> columns = relation_.columns();
    relation_.node = logical::MakeNode(logical::Filter{having_}, {relation_.node},
                                       std::move(columns), scope_.OriginAt(select_.having->span));
    return {};
  }

  // --- LATERAL: what is computed for each of the rows before it ----------------------------------

  Status ForOuterRows() {
    if (scope_.outer == nullptr) return {};
    OuterRows& outer = *scope_.outer;
    if (grouped() || distinct() || !overs_.empty() || query_.limit || query_.offset)
      outer.groups = true;
    if (OneGroup()) outer.one_group = true;
    if (outer.distinct) {
      const NodePtr without =
          !OneGroup() || SaysRowOfNone() ? WithoutOuterRows(relation_.node, outer) : nullptr;
      keeps_outer_ = without == nullptr;
      if (keeps_outer_) outer.matches_null = true;
      if (!keeps_outer_) relation_.node = without;
    }
    for (OverDraft& draft : overs_.drafts()) {
      const std::vector<ExprPtr> keys = OuterColumns();
      draft.partition.insert(draft.partition.begin(), keys.begin(), keys.end());
    }
    return grouped() ? GroupByOuterRows() : Status();
  }

  std::vector<ExprPtr> OuterColumns() const {
    std::vector<ExprPtr> columns = References(relation_.columns());
    columns.resize(outer_width());
    return columns;
  }

  // Whether all rows make one group, which there is even without rows.
  bool OneGroup() const { return grouped() && !select_.group_by; }

  // Whether the list alone decides the row that the query gives where it reads none: no clause of
  // it can drop or change that row.
  bool SaysRowOfNone() const {
    return scope_.outer->whole && !query_.limit && !query_.offset && !having_ && !qualify_ &&
           !distinct() && overs_.empty() && scalars_.empty();
  }

  Status GroupByOuterRows() {
    if (sets_.size() != 1)
      return NotSupported("GROUPING SETS in a correlated LATERAL query", GroupSpan());
    const std::vector<ExprPtr> own = std::move(keys_);
    keys_ = OuterColumns();
    for (const ExprPtr& key : own) IndexOfKey(key);
    sets_ = {FirstIndexes(keys_.size())};
    return {};
  }

  // Columns of the aggregates of no rows: the keys, then their values.
  Result<std::vector<ExprPtr>> AggregatesOfNone() const {
    std::vector<ExprPtr> columns = OuterColumns();
    for (const AggregateDraft& draft : drafts_->drafts()) {
      const Type& type = draft.result_type;
      const bool counts =
          draft.function && !expr::GivesNull(*draft.function) && type.kind() == TypeKind::kBigInt;
      columns.push_back(expr::MakeLiteral(counts ? Value(type, int64_t{0})
                                                 : Value::Null(type.WithNullable(true))));
    }
    return columns;
  }

  // Aggregates without GROUP BY give a row for every row before LATERAL, also where the query finds
  // no rows for it (COUNT is then 0).
  Status AddGroupsOfNone() {
    const std::vector<ExprPtr> none = TRY(AggregatesOfNone());
    if (!keeps_outer_) {
      for (const BoundItem& item : items_) {
        scope_.outer->row_of_none.push_back(
            TRY(expr::FoldConstants(expr::Substitute(item.expression, none))));
      }
      return {};
    }
    const Relation& outer = scope_.outer->rows;
    const size_t width = outer.columns().size();
    const SourceSpan span = scope_.At(GroupSpan());
    JoinDraft draft{graph::JoinType::kLeft, nullptr, GroupSpan()};
    std::vector<ExprPtr> equal;
    for (size_t i = 0; i < width; ++i) {
      ExprPtr other = expr::MakeColumnRef(static_cast<int>(width + i), relation_.columns()[i].type);
      equal.push_back(
          TRY(expr::BindCall("IS NOT DISTINCT FROM", {OuterColumns()[i], std::move(other)}, span)));
    }
    draft.condition = AllOf(std::move(equal), span);
    const Relation groups{relation_.node, {{"", {}, 0, relation_.columns().size(), {}}}};
    const NodePtr joined =
        MakeJoin(outer, groups, draft, scope_, binder_.options().state_ttl_millis);
    logical::Project project;
    std::vector<Column> columns = relation_.columns();
    for (size_t i = 0; i < columns.size(); ++i) {
      ExprPtr value = logical::ColumnRef(*joined, static_cast<int>(i < width ? i : width + i));
      if (i >= width && none[i]->kind == expr::ExprKind::kLiteral && !none[i]->literal.is_null())
        value = TRY(expr::BindCall("COALESCE", {value, none[i]}, span));
      columns[i].type = value->type;
      project.expressions.push_back(std::move(value));
    }
    relation_.node = logical::MakeNode(std::move(project), {joined}, std::move(columns),
                                       scope_.OriginAt(GroupSpan()));
    return {};
  }

  // The nodes of OVER clauses, above the grouping, and QUALIFY.
  Status AddOverNodes() {
    if (overs_.empty()) return {};
    const OverPlace place{grouped() ? scope_.OriginAt(query_.span) : StatefulOrigin(query_.span),
                          Ttl(), TtlSpan()};
    const std::vector<int> added = TRY(AddOvers(overs_.drafts(), place, relation_));
    for (BoundItem& item : items_) item.expression = WithOvers(item.expression, added);
    for (BoundItem& item : hidden_) item.expression = WithOvers(item.expression, added);
    if (!qualify_) return {};
    std::vector<Column> columns = relation_.columns();
    relation_.node =
        logical::MakeNode(logical::Filter{WithOvers(qualify_, added)}, {relation_.node},
                          std::move(columns), scope_.OriginAt(select_.qualify->span));
    return {};
  }

  TimeAttribute TimeOf(const BoundItem& item) const {
    if (!item.plain) return TimeAttribute::kNone;
    if (item.expression->kind == expr::ExprKind::kColumn) {
      // Behind the relation's own columns are the aggregates that are not there yet.
      const auto column = static_cast<size_t>(item.expression->column);
      return column < relation_.columns().size() ? relation_.columns()[column].time
                                                 : TimeAttribute::kNone;
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
    for (ExprPtr& column : OuterColumns()) {
      columns.push_back(relation_.columns()[static_cast<size_t>(column->column)]);
      project.expressions.push_back(std::move(column));
    }
    for (size_t i = 0; i < hidden_.size(); ++i) {
      project.expressions.push_back(hidden_[i].expression);
      columns.push_back(
          {fmt::format("ORDER${}", i), hidden_[i].expression->type, TimeOf(hidden_[i])});
    }
    return logical::MakeNode(std::move(project), {relation_.node}, std::move(columns),
                             scope_.OriginAt(query_.span));
  }

  NodePtr Distinct(const NodePtr& input) const {
    // A STATE_ID is for the only aggregation: the GROUP BY if there is one, and this DISTINCT
    // otherwise.
    const logical::Origin origin =
        grouped() ? scope_.OriginAt(query_.span) : StatefulOrigin(query_.span);
    return bind::Distinct(input, Ttl(), origin);
  }

  NodePtr WithOrderBehindDistinct(NodePtr node) const {
    if (behind_distinct_.empty()) return node;
    logical::Project project{References(node->columns)};
    std::vector<Column> columns = node->columns;
    for (const ExprPtr& expression : behind_distinct_) {
      columns.push_back({fmt::format("ORDER${}", columns.size() - width()), expression->type});
      project.expressions.push_back(expression);
    }
    return logical::MakeNode(std::move(project), {std::move(node)}, std::move(columns),
                             scope_.OriginAt(query_.span));
  }

  Result<NodePtr> Finish() {
    NodePtr node = Project();
    if (distinct()) node = WithOrderBehindDistinct(Distinct(node));
    node = TRY(MakeSort(std::move(node), std::move(sort_keys_), query_, scope_, items_.size()));
    return FirstColumns(node, width());
  }

  QueryBinder& binder_;
  const ast::Select& select_;
  const ast::Query& query_;
  const QueryScope& scope_;
  QueryScope hinted_;  // scope_ with hints_: that of clauses which join
  SelectHints hints_;
  Relation relation_;
  std::optional<GroupWindow> window_;
  std::optional<AggregateDrafts> drafts_;
  std::vector<BoundItem> items_;
  std::vector<ExprPtr> keys_;
  std::vector<std::vector<int>> sets_ = {{}};  // of keys_
  bool keeps_outer_ = true;                    // reads scope_.outer->rows
  OverDrafts overs_;
  ScalarDrafts scalars_;           // of the list, HAVING and ORDER BY
  ScalarDrafts argument_scalars_;  // inside of aggregates and GROUP BY
  ExprPtr having_;
  ExprPtr qualify_;
  std::vector<graph::SortKey> sort_keys_;  // over items, then hidden ones
  std::vector<BoundItem> hidden_;          // sorted by, but not selected; without names
  std::vector<ExprPtr> behind_distinct_;   // the same of a DISTINCT, over its columns
};

}  // namespace

Result<NodePtr> BindSelect(QueryBinder& binder, const ast::Select& select, const ast::Query& query,
                           const QueryScope& scope) {
  return SelectBinder(binder, select, query, scope).Bind();
}

}  // namespace weir::bind
