// VALUES, and the row that SELECT without FROM reads.
#include <fmt/format.h>

#include "planner/bind/expression_binder.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/outer_rows.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/set_shapes.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::NodePtr;

logical::NodePtr OneRow(const QueryScope& scope, SourceSpan span) {
  const Type type = Type::Int().WithNullable(false);
  logical::Values values;
  values.rows.push_back({expr::MakeLiteral(Value(type, int32_t{0}))});
  return logical::MakeNode(std::move(values), {}, {{"ZERO", type}}, scope.OriginAt(span));
}

namespace {

Result<std::vector<std::vector<ExprPtr>>> BindRows(const ast::Values& values,
                                                   const QueryScope& scope) {
  const Relation read =
      scope.outer != nullptr ? scope.outer->rows : Relation{OneRow(scope, {}), {}};
  ExpressionBinder binder(read, {nullptr, "VALUES", scope.text});
  std::vector<std::vector<ExprPtr>> rows;
  for (const auto& row : values.rows) {
    std::vector<ExprPtr> cells;
    for (const ast::ExprPtr& cell : row) cells.push_back(TRY(binder.Bind(*cell)));
    if (!rows.empty() && cells.size() != rows[0].size()) {
      return Status::InvalidSql(fmt::format("the rows of VALUES have {} and {} columns",
                                            rows[0].size(), cells.size()))
          .WithId("E2006")
          .WithSpan(scope.At(Cover(row.front()->span, row.back()->span)));
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

Result<Type> ColumnType(const std::vector<std::vector<ExprPtr>>& rows, size_t column,
                        const QueryScope& scope) {
  std::vector<Type> types;
  for (const auto& row : rows) types.push_back(row[column]->type);
  Result<Type> common = expr::CommonType(types);
  const SourceSpan span = rows.back()[column]->span;
  if (!common.ok()) {
    return Status::InvalidSql(
               fmt::format("column {} of VALUES: {}", column + 1, common.status().message()))
        .WithId("E2006")
        .WithSpan(scope.At(span));
  }
  if (common->kind() != TypeKind::kNull || scope.untyped_nulls) return common;
  return Status::InvalidSql(
             fmt::format("column {} of VALUES is a bare NULL, which has no type", column + 1))
      .WithId("E2006")
      .WithHint("write CAST(NULL AS INT)")
      .WithSpan(scope.At(span));
}

// VALUES inside of a LATERAL query: for each of its rows a projection of the outer rows, and a
// union of these.
NodePtr ForOuterRows(const logical::Values& values, const std::vector<logical::Column>& columns,
                     const logical::Origin& origin, OuterRows& outer) {
  outer.matches_null = true;
  std::vector<NodePtr> rows;
  for (const std::vector<ExprPtr>& row : values.rows) {
    logical::Project project{row};
    std::vector<logical::Column> both = columns;
    for (ExprPtr& column : References(outer.rows.columns())) {
      both.push_back(outer.rows.columns()[static_cast<size_t>(column->column)]);
      project.expressions.push_back(std::move(column));
    }
    rows.push_back(
        logical::MakeNode(std::move(project), {outer.rows.node}, std::move(both), origin));
  }
  return rows.size() == 1 ? rows[0] : United(std::move(rows), origin);
}

}  // namespace

Result<NodePtr> BindValues(const ast::Values& values, const ast::Query& query,
                           const QueryScope& scope) {
  logical::Values bound{TRY(BindRows(values, scope))};
  std::vector<logical::Column> columns;
  for (size_t i = 0; i < bound.rows[0].size(); ++i) {
    const Type type = TRY(ColumnType(bound.rows, i, scope));
    bool nullable = false;
    for (auto& row : bound.rows) {
      nullable = nullable || row[i]->type.nullable();
      if (type.kind() == TypeKind::kNull) continue;
      row[i] = TRY(expr::Coerce(row[i], type.WithNullable(row[i]->type.nullable()), false));
      row[i] = TRY(expr::FoldConstants(row[i]));
    }
    columns.push_back({fmt::format("EXPR${}", i), type.WithNullable(nullable)});
  }
  const logical::Origin origin = scope.OriginAt(query.span);
  if (scope.outer != nullptr) return ForOuterRows(bound, columns, origin, *scope.outer);
  return logical::MakeNode(std::move(bound), {}, std::move(columns), origin);
}

}  // namespace weir::bind
