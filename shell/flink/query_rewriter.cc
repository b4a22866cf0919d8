#include "shell/flink/query_rewriter.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/catalog/function_definition.h"
#include "planner/parse/parse.h"
#include "planner/uid/fingerprint.h"
#include "runtime/base/names.h"
#include "shell/flink/qualify.h"
#include "shell/flink/ranks.h"
#include "shell/flink/row_patterns.h"
#include "shell/flink/sql_functions.h"
#include "shell/flink/table_options.h"

namespace weir::shell::flink {
namespace {

ast::Name NameOf(std::string text) {
  return {.parts = {{.text = std::move(text)}}};
}

ast::Expr ColumnOf(std::string name) {
  return {ast::ColumnRef{NameOf(std::move(name))}, {}};
}

// The name of a column that is asked for without a qualifier; null for any other expression.
const ast::Identifier* PlainColumn(const ast::Expr& expression) {
  const auto* column = expression.As<ast::ColumnRef>();
  return column != nullptr && column->name.parts.size() == 1 ? &column->name.last() : nullptr;
}

bool HasStar(const ast::Select& select) {
  return std::ranges::any_of(select.items, IsStar);
}

// Our names of functions that Flink has under another one.
std::string_view FlinkName(std::string_view function) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"LCASE", "LOWER"}, {"UCASE", "UPPER"}, {"LENGTH", "CHAR_LENGTH"}};
  for (const auto& [ours, theirs] : kNames) {
    if (EqualsIgnoreCase(function, ours)) return theirs;
  }
  return {};
}

constexpr std::string_view kOnlyHere[] = {"IS_VALID_UTF8", "MAKE_VALID_UTF8"};

// a IS NOT NULL AND b IS NOT NULL.
ast::ExprPtr AllNotNull(const std::vector<ast::Argument>& arguments) {
  ast::ExprPtr all;
  for (const ast::Argument& argument : arguments) {
    ast::ExprPtr one = ast::Expr{ast::Is{argument.value, ast::IsWhat::kNull, true}, {}};
    if (all) one = ast::Expr{ast::Binary{ast::BinaryOperator::kAnd, all, one, {}}, {}};
    all = std::move(one);
  }
  return all;
}

// Whether an expression names a column of one of these names.
class NamesOneOf final : public TreeVisitor {
 public:
  explicit NamesOneOf(const std::vector<std::string>& names) : names_(names) {}
  Status Visit(ast::Expr& node) override {
    const auto* column = node.As<ast::ColumnRef>();
    found_ = found_ || (column != nullptr && std::ranges::any_of(names_, [&](const auto& name) {
                          return EqualsIgnoreCase(name, column->name.last().text);
                        }));
    return Children(node);
  }
  bool found() const { return found_; }

 private:
  const std::vector<std::string>& names_;
  bool found_ = false;
};

// Whether an aggregate in an expression reads a column of one of these names.
class AggregatesOneOf final : public TreeVisitor {
 public:
  explicit AggregatesOneOf(const std::vector<std::string>& names) : names_(names) {}
  Status Visit(ast::Expr& node) override {
    if (!IsAggregate(node)) return Children(node);
    NamesOneOf names(names_);
    RETURN_IF_ERROR(names.Visit(node));
    found_ = found_ || names.found();
    return {};
  }
  bool found() const { return found_; }

 private:
  const std::vector<std::string>& names_;
  bool found_ = false;
};

// Whether what a list is ordered by means the same as a part of that list, where no name is one of
// the list: a name alone, an aggregate over names that are those of aggregates at most, or what has
// none of them.
Result<bool> HaveMeaningInside(const std::vector<ast::OrderItem>& order,
                               const ast::Select& select) {
  std::vector<std::string> aliases, of_values;
  for (const ast::SelectItem& item : select.items) {
    if (!item.alias) continue;
    ast::ExprPtr expression = item.expr;
    FindsCalls aggregates(IsAggregate);
    RETURN_IF_ERROR(aggregates.Visit(*expression));
    aliases.push_back(item.alias->text);
    if (!aggregates.found()) of_values.push_back(item.alias->text);
  }
  for (const ast::OrderItem& item : order) {
    if (PlainColumn(*item.expr) != nullptr) continue;
    ast::ExprPtr expression = item.expr;
    NamesOneOf names(IsAggregate(*expression) ? of_values : aliases);
    RETURN_IF_ERROR(names.Visit(*expression));
    if (names.found()) return false;
  }
  return true;
}

constexpr std::string_view kNoRanks =
    "its Top-N knows ROW_NUMBER only, and this one cannot be written as a join with the first "
    "values of the order";

// Whether the rows of a plan are the same each time that it is run.
bool AreTheSame(const logical::Node& node) {
  return uid::IsDeterministic(node) &&
         std::ranges::all_of(node.inputs, [](const auto& input) { return AreTheSame(*input); });
}

}  // namespace

Status CannotBeSaid(std::string_view what, std::string_view why, SourceSpan span) {
  return Status::Unsupported(fmt::format("{} cannot be said in Flink SQL: {}", what, why))
      .WithId("E1002")
      .WithSpan(span);
}

Result<logical::Plan> QueryRewriter::PlanOf(ast::Query query, SourceSpan span) const {
  query.with.insert(query.with.begin(), scope_.begin(), scope_.end());
  query.order_by.clear();
  query.limit = query.offset = nullptr;
  Result<logical::Plan> plan = bind::BindQuery(query, catalog_, {});
  if (plan.ok()) return plan;
  return CannotBeSaid("a query that lists its columns by what is around it",
                      "its columns must be written out, and cannot be found apart from the query "
                      "around it",
                      span);
}

Result<std::vector<std::string>> QueryRewriter::ColumnsOf(ast::Query query, SourceSpan span) const {
  const logical::Plan plan = TRY(PlanOf(std::move(query), span));
  std::vector<std::string> names;
  for (const logical::Column& column : plan.roots.front()->columns) names.push_back(column.name);
  return names;
}

bool QueryRewriter::IsOverFrom(const ast::Expr& expression, const ast::Query& query) const {
  ast::Select select;
  select.items.push_back({expression, std::nullopt, {}});
  select.from = query.As<ast::Select>()->from;
  // One group for each value: aggregates are refused, as they are in a key.
  select.group_by = ast::GroupBy{
      ast::Quantifier::kUnsaid, {{ast::GroupingKind::kExpressions, {expression}, {}, {}}}, {}};
  ast::Query asked;
  asked.with = query.with;
  asked.recursive = query.recursive;
  asked.body = std::move(select);
  asked.with.insert(asked.with.begin(), scope_.begin(), scope_.end());
  return bind::BindQuery(asked, catalog_, {}).ok();
}

void QueryRewriter::RewriteHints(std::vector<ast::Hint>& hints) {
  std::erase_if(hints, [this](const ast::Hint& hint) {
    if (!EqualsIgnoreCase(hint.name.text, "STATE_ID")) return false;
    const std::string name =
        hint.arguments.empty() ? "" : ast::QuoteString(hint.arguments.front().value.text);
    notes_.push_back(fmt::format(
        "STATE_ID({}) is left out: Flink SQL has no names for the state of operators", name));
    return true;
  });
}

// --- expressions ---------------------------------------------------------------------------------

Status QueryRewriter::Visit(ast::Expr& node) {
  RETURN_IF_ERROR(Children(node));
  auto* call = std::get_if<ast::Call>(&node.node);
  if (call == nullptr) return {};
  called_.insert(ToUpper(call->name.last().text));
  const catalog::FunctionPtr function =
      TRY(bind::FindUserFunction(catalog_, call->name, node.span));
  if (!IsOfSql(function)) return RewriteCall(*call, node.span);
  node = TRY(BodyOf(*function, *call));
  return {};
}

// The names of the body mean what they meant where the function was created.
Result<ast::Expr> QueryRewriter::BodyOf(const catalog::FunctionDefinition& function,
                                        const ast::Call& call) {
  const catalog::Catalog there =
      catalog_.WithCurrent(function.current_catalog, function.current_database);
  QueryRewriter inner(there);
  ast::Expr body = *function.text->expression;
  RETURN_IF_ERROR(inner.Visit(body));
  called_.merge(inner.called_);
  return Inlined(function, call, std::move(body));
}

Status QueryRewriter::RewriteCall(ast::Call& call, SourceSpan span) {
  if (call.name.parts.size() != 1) return {};
  std::string& name = call.name.parts.front().text;
  if (const std::string_view theirs = FlinkName(name); !theirs.empty()) {
    name = theirs;
    call.name.parts.front().quoted = false;
  }
  for (const std::string_view ours : kOnlyHere) {
    if (EqualsIgnoreCase(name, ours))
      return CannotBeSaid(ToUpper(name), "Flink has it from 2.4 on", span);
  }
  if (!call.order_by.empty() || !call.within_group.empty()) {
    if (EqualsIgnoreCase(name, "LISTAGG") || EqualsIgnoreCase(name, "ARRAY_AGG"))
      return CannotBeSaid("ORDER BY in an aggregate", "its lists are in order of arrival", span);
    call.order_by.clear();  // of the others the result is the same in any order
    call.within_group.clear();
  }
  // Of other aggregates these words say what is so without them (bind/bind_aggregate.cc), and Flink
  // takes them with OVER only.
  if (!call.over && !EqualsIgnoreCase(name, "ARRAY_AGG")) call.nulls = ast::NullTreatment::kUnsaid;
  if (call.over && EqualsIgnoreCase(name, "NTH_VALUE"))
    return CannotBeSaid("NTH_VALUE", "it has no such function", span);
  if (EqualsIgnoreCase(name, "COUNT") && call.arguments.size() > 1)
    RETURN_IF_ERROR(RewriteCountOfSeveral(call, span));
  return call.over && call.filter ? RewriteFilterOfOver(call, span) : Status();
}

// COUNT(a, b) counts the rows in which neither is NULL.
Status QueryRewriter::RewriteCountOfSeveral(ast::Call& call, SourceSpan span) {
  ast::ExprPtr present = AllNotNull(call.arguments);
  call.filter = call.filter
                    ? ast::ExprPtr(ast::Expr{
                          ast::Binary{ast::BinaryOperator::kAnd, present, call.filter, {}}, {}})
                    : std::move(present);
  if (call.quantifier == ast::Quantifier::kDistinct) {
    // It counts the values of one expression, which may not be nested: an array as text is none.
    ast::JsonCall all{.function = ast::JsonFunction::kArray};
    for (const ast::Argument& argument : call.arguments) all.values.push_back(argument.value);
    call.arguments = {{std::nullopt, ast::Expr{std::move(all), span}}};
    return {};
  }
  call.arguments.clear();
  call.star = true;
  return {};
}

// OVER takes no FILTER there, but most aggregates pass over a NULL.
Status QueryRewriter::RewriteFilterOfOver(ast::Call& call, SourceSpan span) {
  constexpr std::string_view kPassOverNull[] = {"AVG", "COUNT",    "LISTAGG",    "MAX",
                                                "MIN", "STDDEV",   "STDDEV_POP", "STDDEV_SAMP",
                                                "SUM", "VARIANCE", "VAR_POP",    "VAR_SAMP"};
  const std::string& name = call.name.last().text;
  const bool passes = std::ranges::any_of(
      kPassOverNull, [&](std::string_view one) { return EqualsIgnoreCase(one, name); });
  if (!passes)
    return CannotBeSaid(fmt::format("FILTER in {} OVER", ToUpper(name)),
                        "OVER takes no FILTER, and the function minds a NULL in the place of a row",
                        span);
  ast::ExprPtr value = call.star
                           ? ast::Expr{ast::Literal{ast::LiteralKind::kInteger, "1", {}}, span}
                           : *call.arguments.front().value;
  ast::Case present;
  present.whens.push_back({std::exchange(call.filter, nullptr), std::move(value), {}});
  if (call.star) call.arguments.emplace_back();
  call.arguments.front() = {std::nullopt, ast::Expr{std::move(present), span}};
  call.star = false;
  return {};
}

// --- elements of FROM ----------------------------------------------------------------------------

Status QueryRewriter::Visit(ast::TableRef& node) {
  RewriteHints(node.hints);
  RETURN_IF_ERROR(Children(node));
  if (node.As<ast::StateOf>() != nullptr)
    return CannotBeSaid("STATE OF", "Flink SQL reads no state of this kind", node.span);
  if (auto* function = std::get_if<ast::FunctionTable>(&node.node)) {
    const ast::Name& name = function->call.name;
    if (IsOfSql(TRY(bind::FindUserFunction(catalog_, name, function->call_span))))
      return CannotBeSaid("a function of SQL that returns a TABLE",
                          "its table functions are classes of Java, or functions of Python",
                          function->call_span);
    RETURN_IF_ERROR(RewriteCall(function->call, function->call_span));
    function->wrapped = true;
    return {};
  }
  const auto* join = node.As<ast::Join>();
  if (join != nullptr && join->asof)
    return CannotBeSaid("ASOF JOIN",
                        "it has no join with the nearest row; FOR SYSTEM_TIME AS OF, which finds "
                        "the version of a key that was valid, needs a PRIMARY KEY on the right",
                        node.span);
  if (auto* match = std::get_if<ast::MatchRecognize>(&node.node))
    return CheckRowPattern(*match, node.span);
  const auto* named = node.As<ast::NamedTable>();
  if (named != nullptr && named->name.is_file) return RewriteFile(node, *named);
  return {};
}

Status QueryRewriter::RewriteFile(ast::TableRef& node, const ast::NamedTable& file) {
  const std::string path = file.name.last().text;
  const std::string alias = bind::AliasOfFiles(path);
  auto [found, is_new] = files_.try_emplace(path, path);
  if (is_new) {
    const catalog::TablePtr table = TRY(catalog_.FindFiles(path, node.span));
    const ast::StatementPtr defined = TRY(parse::ParseStatement(table->create_text));
    const auto* create = defined->As<ast::CreateTable>();
    if (create == nullptr) return Status::Internal("a table of files is no CREATE TABLE");
    ast::CreateTable made = *create;
    made.temporary = true;
    made.name = NameOf(path);
    made.name.parts.front().quoted = true;
    // The definition's places are in a text that nobody wrote.
    if (Status said = RewriteTableOptions(made.options, notes_); !said.ok())
      return std::move(said).WithSpan(node.span);
    tables_.push_back(std::move(made));
  }
  ast::NamedTable named = file;
  named.name = NameOf(found->second);
  named.name.parts.front().quoted = true;
  node.node = std::move(named);
  if (!node.alias) node.alias = ast::Alias{.name = {.text = alias}, .columns = {}};
  return {};
}

// --- queries -------------------------------------------------------------------------------------

Status QueryRewriter::Visit(ast::Query& node) {
  if (node.recursive)
    return CannotBeSaid("WITH RECURSIVE", "its planner has no recursion", node.span);
  const ast::Query original = node;
  const size_t outside = scope_.size();
  for (size_t i = 0; i < node.with.size(); ++i) {
    RETURN_IF_ERROR(VisitHeld(node.with[i].query));
    scope_.push_back(original.with[i]);
  }
  // Children would go into WITH again, which has a scope that grows.
  std::vector<ast::CommonTable> with = std::exchange(node.with, {});
  Status status = Children(node);
  node.with = std::move(with);
  scope_.resize(outside);
  RETURN_IF_ERROR(std::move(status));
  return node.As<ast::Select>() != nullptr ? RewriteSelect(node, original) : Status();
}

Status QueryRewriter::RewriteSelect(ast::Query& query, const ast::Query& original) {
  auto& select = std::get<ast::Select>(query.body);
  RewriteHints(select.hints);
  RETURN_IF_ERROR(RewriteRanks(select, original));
  RETURN_IF_ERROR(RewriteGroupBy(select, original));
  bool apart = false;
  for (ast::OrderItem& item : query.order_by) {
    const bool said = TRY(RewriteOrder(item, select));
    apart = apart || !said;
  }
  if (apart) return OrderAround(query, original);
  if (!select.qualify) return {};
  RETURN_IF_ERROR(RewriteQualify(query, original));
  return RewriteRanks(std::get<ast::Select>(query.body), original);
}

// RANK() and DENSE_RANK() in a Top-N: as a column of a query in FROM that WHERE is about.
Status QueryRewriter::RewriteRanks(ast::Select& select, const ast::Query& original) {
  for (ast::TableRefPtr& table : select.from) {
    auto* derived = std::get_if<ast::DerivedTable>(&table->node);
    auto* inner = derived != nullptr ? std::get_if<ast::Select>(&derived->query->body) : nullptr;
    if (inner == nullptr || !select.where) continue;
    for (const ast::SelectItem& item : inner->items) {
      if (!item.alias || !IsRankBeyondFlink(*item.expr)) continue;
      ast::ExprPtr where = select.where;
      const std::vector<std::string> names{item.alias->text};
      NamesOneOf found(names);
      RETURN_IF_ERROR(found.Visit(*where));
      if (!found.found()) continue;
      const RankColumn column{table->alias ? table->alias->name.text : "", item.alias->text};
      RETURN_IF_ERROR(RewriteRank(*derived->query, column, *where, original));
      break;  // a list with a second one is refused
    }
  }
  return {};
}

Status QueryRewriter::RewriteRank(ast::Query& query, const RankColumn& column,
                                  const ast::Expr& where, const ast::Query& original) {
  Status refused = CannotBeSaid("RANK or DENSE_RANK in a Top-N", kNoRanks, where.span);
  const std::optional<int64_t> most = GreatestOf(where, column);
  if (!most || !query.order_by.empty() || query.limit || query.offset || !query.with.empty())
    return refused;
  ast::Query asked = query;
  asked.with = original.with;
  const logical::Plan plan = TRY(PlanOf(asked, where.span));
  const logical::Node& root = *plan.roots.front();
  if (!AreTheSame(root)) return refused;
  std::vector<std::string> columns;
  for (const logical::Column& one : root.columns) columns.push_back(one.name);
  std::optional<ast::Query> made =
      TRY(RankByNumbers(*query.As<ast::Select>(), column.name, columns, *most));
  if (!made) return refused;
  query = std::move(*made);
  return {};
}

// --- GROUP BY: numbers and aliases ---------------------------------------------------------------

Status QueryRewriter::RewriteGroupBy(ast::Select& select, const ast::Query& original) {
  if (!select.group_by) return {};
  std::vector<ast::GroupingElement*> open;
  for (ast::GroupingElement& element : select.group_by->elements) open.push_back(&element);
  while (!open.empty()) {
    ast::GroupingElement& element = *open.back();
    open.pop_back();
    for (ast::ExprPtr& key : element.expressions)
      RETURN_IF_ERROR(RewriteKey(key, select, original));
    for (ast::GroupingElement& part : element.parts) open.push_back(&part);
  }
  return {};
}

Status QueryRewriter::RewriteKey(ast::ExprPtr& key, ast::Select& select,
                                 const ast::Query& original) {
  const auto& as_written = std::get<ast::Select>(original.body);
  const auto* literal = key->As<ast::Literal>();
  if (literal != nullptr && literal->kind == ast::LiteralKind::kInteger) {
    if (HasStar(select))
      return CannotBeSaid("a number in GROUP BY beside * in the list",
                          "the columns of * are not written out", key->span);
    // The planner has taken it, so that it is the number of an item; of an aggregate it is a
    // constant, as all numbers are in Flink.
    const size_t item = std::stoul(literal->text) - 1;
    if (IsOverFrom(*as_written.items[item].expr, original)) key = select.items[item].expr;
    return {};
  }
  const ast::Identifier* name = PlainColumn(*key);
  if (name == nullptr) return {};
  for (size_t i = 0; i < select.items.size(); ++i) {
    const std::optional<ast::Identifier>& alias = select.items[i].alias;
    if (!alias || !EqualsIgnoreCase(alias->text, name->text)) continue;
    // Columns come before aliases.
    if (!IsOverFrom(*key, original)) key = select.items[i].expr;
    return {};
  }
  return {};
}

// --- ORDER BY SUM(a) where an aggregate is called a: here the column, in Flink the aggregate -----

Result<bool> QueryRewriter::RewriteOrder(ast::OrderItem& order, const ast::Select& select) const {
  std::vector<std::string> names;
  for (const ast::SelectItem& item : select.items) {
    ast::ExprPtr expression = item.expr;
    FindsCalls aggregates(IsAggregate);
    RETURN_IF_ERROR(aggregates.Visit(*expression));
    if (item.alias && aggregates.found()) names.push_back(item.alias->text);
  }
  AggregatesOneOf reads(names);
  RETURN_IF_ERROR(reads.Visit(*order.expr));
  if (!reads.found()) return true;
  for (const ast::SelectItem& item : select.items) {
    if (!item.alias || *item.expr != *order.expr) continue;
    order.expr = ast::Expr{ast::ColumnRef{{.parts = {*item.alias}}}, order.expr->span};
    return true;
  }
  return false;
}

// SELECT list, what it is ordered by AS order_1 …, inside of FROM, where no name of the list is in
// the way; ORDER BY order_1 stands around it.
Status QueryRewriter::OrderAround(ast::Query& query, const ast::Query& original) {
  auto& select = std::get<ast::Select>(query.body);
  const SourceSpan at = query.order_by.front().expr->span;
  std::vector<std::string> columns = TRY(ColumnsOf(original, at));
  ast::Alias alias{.name = {.text = "ordered"}, .columns = {}};
  ast::Select outer;
  for (const std::string& column : columns) {
    alias.columns.push_back({.text = column});
    outer.items.push_back({ColumnOf(column), std::nullopt, {}});
  }
  std::ranges::sort(columns);
  const bool twice = std::ranges::adjacent_find(columns) != columns.end();
  bool inside = TRY(HaveMeaningInside(query.order_by, select));
  inside = inside && !twice && !select.qualify;
  if (!inside || select.quantifier == ast::Quantifier::kDistinct) {
    return CannotBeSaid("ORDER BY an aggregate that reads a column of the name of an aggregate",
                        "a name of the list comes before columns there, also within aggregates",
                        at);
  }
  for (ast::OrderItem& item : query.order_by) {
    const ast::Identifier* name = PlainColumn(*item.expr);
    if (name != nullptr && std::ranges::binary_search(columns, name->text)) continue;
    const std::string made = fmt::format("order_{}", select.items.size());
    select.items.push_back({item.expr, ast::Identifier{.text = made}, {}});
    alias.columns.push_back({.text = made});
    item.expr = ColumnOf(made);
  }
  PutIntoFrom(std::move(select), std::move(alias), std::move(outer), query);
  return {};
}

// --- QUALIFY -------------------------------------------------------------------------------------

Status QueryRewriter::RewriteQualify(ast::Query& query, const ast::Query& original) {
  ast::Query listed = original;
  std::get<ast::Select>(listed.body).qualify = nullptr;
  const SourceSpan at = original.As<ast::Select>()->qualify->span;
  std::vector<std::string> columns = TRY(ColumnsOf(std::move(listed), at));
  QualifyWriter writer(std::get<ast::Select>(query.body), std::move(columns),
                       [&](const ast::Expr& name) { return IsOverFrom(name, original); });
  return writer.WriteOut(query);
}

}  // namespace weir::shell::flink
