// ORDER BY, LIMIT and OFFSET.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "planner/bind/expression_binder.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/outer_rows.h"
#include "planner/bind/query_binder.h"
#include "planner/logical/rewrite.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::NodePtr;

graph::SortKey SortKeyOf(const ast::OrderItem& item, int column) {
  graph::SortKey key;
  key.column = column;
  key.descending = item.direction == ast::Direction::kDescending;
  // Unless it is said otherwise NULL is less than every value, as in Flink.
  key.nulls_first = item.nulls == ast::NullOrder::kUnsaid ? !key.descending
                                                          : item.nulls == ast::NullOrder::kFirst;
  return key;
}

namespace {

Result<int64_t> BindCount(const ast::Expr& expression, std::string_view clause,
                          const QueryScope& scope) {
  const auto* literal = expression.As<ast::Literal>();
  if (literal != nullptr && literal->kind == ast::LiteralKind::kInteger) {
    int64_t value = 0;
    const char* end = literal->text.data() + literal->text.size();
    const auto [stop, error] = std::from_chars(literal->text.data(), end, value);
    if (error == std::errc() && stop == end) return value;
  }
  return Status::InvalidSql(fmt::format("{} takes a whole number", clause))
      .WithId("E2015")
      .WithSpan(scope.At(expression.span));
}

// The output column that an ORDER BY item names by its number; nothing when it is not a number.
Result<std::optional<int>> Ordinal(const ast::Expr& expression, size_t width,
                                   const QueryScope& scope) {
  const auto* literal = expression.As<ast::Literal>();
  if (literal == nullptr || literal->kind != ast::LiteralKind::kInteger)
    return std::optional<int>();
  const int64_t number = TRY(BindCount(expression, "ORDER BY", scope));
  if (number >= 1 && number <= static_cast<int64_t>(width)) return std::optional<int>(number - 1);
  return Status::InvalidSql(fmt::format("ORDER BY {}: the query has {} columns", number, width))
      .WithId("E2003")
      .WithSpan(scope.At(expression.span));
}

// A constant behind the columns of `input`, which orders nothing: rows come as they arrive.
NodePtr WithNoOrder(NodePtr input) {
  logical::Project project{References(input->columns)};
  std::vector<logical::Column> columns = input->columns;
  const Type type = Type::Int().WithNullable(false);
  project.expressions.push_back(expr::MakeLiteral(Value(type, int32_t{0})));
  columns.push_back({"ORDER$0", type});
  const logical::Origin origin = input->origin;
  return logical::MakeNode(std::move(project), {std::move(input)}, std::move(columns), origin);
}

// The first rows for each of those before a LATERAL query. An order alone says nothing there: its
// rows are joined.
Result<NodePtr> FirstOfEach(NodePtr input, logical::Sort sort, const ast::Query& query,
                            const QueryScope& scope, size_t items) {
  if (sort.limit < 0 && sort.offset == 0) return input;
  const SourceSpan span =
      query.order_by.empty() ? SourceSpan(query.span) : SourceSpan(query.order_by[0].span);
  if (sort.limit <= 0) {
    return Status::Unsupported(
               "LIMIT and OFFSET of a correlated LATERAL query need LIMIT 1 or more")
        .WithHint("a Top-N keeps a number of rows for each row before it: write LIMIT n")
        .WithSpan(scope.At(span));
  }
  if (sort.keys.empty()) {
    input = WithNoOrder(std::move(input));
    graph::SortKey key;
    key.column = static_cast<int>(input->columns.size()) - 1;
    sort.keys.push_back(key);
  }
  logical::Over over;
  over.order = std::move(sort.keys);
  over.ttl_millis = scope.outer->ttl_millis;
  for (size_t i = 0; i < scope.outer->width(); ++i)
    over.partition.push_back(static_cast<int>(items + i));
  std::vector<logical::Column> columns = input->columns;
  const Type rank = Type::BigInt().WithNullable(false);
  columns.push_back({"rank$0", rank});
  const logical::Origin origin = scope.OriginAt(span);
  const NodePtr ranked = logical::MakeNode(std::move(over), {std::move(input)}, columns, origin);
  const ExprPtr number = logical::ColumnRef(*ranked, static_cast<int>(columns.size()) - 1);
  const auto whole = [&](int64_t value) { return expr::MakeLiteral(Value(rank, value)); };
  ExprPtr first = TRY(expr::BindCall("<=", {number, whole(sort.offset + sort.limit)}, origin.span));
  if (sort.offset > 0) {
    const ExprPtr behind = TRY(expr::BindCall(">", {number, whole(sort.offset)}, origin.span));
    first = TRY(expr::BindCall("AND", {behind, first}, origin.span));
  }
  const NodePtr some = logical::MakeNode(logical::Filter{first}, {ranked}, columns, origin);
  return FirstColumns(some, columns.size() - 1);
}

}  // namespace

Result<NodePtr> MakeSort(NodePtr input, std::vector<graph::SortKey> keys, const ast::Query& query,
                         const QueryScope& scope, size_t items) {
  logical::Sort sort;
  sort.keys = std::move(keys);
  if (query.limit) sort.limit = TRY(BindCount(*query.limit, "LIMIT", scope));
  if (query.offset) sort.offset = TRY(BindCount(*query.offset, "OFFSET", scope));
  // So that the first and the last rank are BIGINTs. No input has as many rows.
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  sort.offset = std::min(sort.offset, kMost - 1);
  sort.limit = std::min(sort.limit, kMost - sort.offset);
  if (sort.keys.empty() && sort.limit < 0 && sort.offset == 0) return input;
  if (scope.outer != nullptr)
    return FirstOfEach(std::move(input), std::move(sort), query, scope, items);
  sort.nested = scope.nested;
  std::vector<logical::Column> columns = input->columns;
  const SourceSpan span =
      query.order_by.empty() ? SourceSpan(query.span) : SourceSpan(query.order_by[0].span);
  return logical::MakeNode(std::move(sort), {std::move(input)}, std::move(columns),
                           scope.OriginAt(span));
}

Result<NodePtr> BindOrderAndLimit(NodePtr input, const ast::Query& query, const QueryScope& scope) {
  if (scope.outer != nullptr && (query.limit || query.offset)) scope.outer->groups = true;
  const size_t outer = scope.outer != nullptr ? scope.outer->width() : 0;
  const size_t all = input->columns.size();
  const size_t width = all - outer;
  const Relation output{input, {{"", {}, 0, width}}};
  ExpressionBinder binder(output, {nullptr, "ORDER BY", scope.text});
  logical::Project project{References(input->columns)};
  std::vector<logical::Column> columns = input->columns;
  std::vector<graph::SortKey> keys;
  for (const ast::OrderItem& item : query.order_by) {
    std::optional<int> column = TRY(Ordinal(*item.expr, width, scope));
    if (!column) {
      const ExprPtr bound = TRY(binder.Bind(*item.expr));
      if (bound->kind == expr::ExprKind::kColumn) column = bound->column;
      if (!column) {
        column = static_cast<int>(columns.size());
        columns.push_back({fmt::format("ORDER${}", keys.size()), bound->type});
        project.expressions.push_back(bound);
      }
    }
    keys.push_back(SortKeyOf(item, *column));
  }
  if (columns.size() > all) {
    const logical::Origin origin = input->origin;
    input = logical::MakeNode(std::move(project), {std::move(input)}, std::move(columns), origin);
  }
  return FirstColumns(TRY(MakeSort(std::move(input), std::move(keys), query, scope, width)), all);
}

}  // namespace weir::bind
