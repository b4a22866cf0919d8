// ORDER BY, LIMIT and OFFSET.
#include <fmt/format.h>

#include <charconv>

#include "planner/bind/expression_binder.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/query_binder.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::NodePtr;

graph::SortKey SortKeyOf(const ast::OrderItem& item, int column) {
  graph::SortKey key;
  key.column = column;
  key.descending = item.direction == ast::Direction::kDescending;
  // NULLs are smallest.
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

}  // namespace

Result<NodePtr> MakeSort(NodePtr input, std::vector<graph::SortKey> keys, const ast::Query& query,
                         const QueryScope& scope) {
  logical::Sort sort;
  sort.keys = std::move(keys);
  if (query.limit) sort.limit = TRY(BindCount(*query.limit, "LIMIT", scope));
  if (query.offset) sort.offset = TRY(BindCount(*query.offset, "OFFSET", scope));
  if (sort.keys.empty() && sort.limit < 0 && sort.offset == 0) return input;
  sort.nested = scope.nested;
  std::vector<logical::Column> columns = input->columns;
  const SourceSpan span =
      query.order_by.empty() ? SourceSpan(query.span) : SourceSpan(query.order_by[0].span);
  return logical::MakeNode(std::move(sort), {std::move(input)}, std::move(columns),
                           scope.OriginAt(span));
}

Result<NodePtr> BindOrderAndLimit(NodePtr input, const ast::Query& query, const QueryScope& scope) {
  const size_t width = input->columns.size();
  const Relation output{input, {{"", {}, 0, width}}};
  ExpressionBinder binder(output, {nullptr, "ORDER BY", scope.place});
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
  if (columns.size() > width) {
    const logical::Origin origin = input->origin;
    input = logical::MakeNode(std::move(project), {std::move(input)}, std::move(columns), origin);
  }
  return FirstColumns(TRY(MakeSort(std::move(input), std::move(keys), query, scope)), width);
}

}  // namespace weir::bind
