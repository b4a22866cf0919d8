#include "planner/bind/bind_unnest.h"

#include <fmt/format.h>

#include <utility>

#include "planner/bind/bind_join.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/node_shapes.h"
#include "runtime/expr/binding.h"

namespace weir::bind {
namespace {

using expr::ExprPtr;
using logical::Column;
using logical::NodePtr;

Result<ExprPtr> BindOperand(const ast::Unnest& unnest, const ast::TableRef& reference,
                            const Relation& left, const QueryScope& scope) {
  if (unnest.operands.size() != 1) {
    return Status::Unsupported("UNNEST of several collections is not supported yet")
        .WithHint("UNNEST each, WITH ORDINALITY, and join by the numbers")
        .WithSpan(scope.At(reference.span));
  }
  const ast::Expr& text = *unnest.operands[0];
  ExprPtr collection = TRY(ExpressionBinder(left, {nullptr, "UNNEST", scope.text}).Bind(text));
  const TypeKind kind = collection->type.kind();
  if (kind == TypeKind::kArray || kind == TypeKind::kMap || kind == TypeKind::kMultiset)
    return collection;
  return Status::InvalidSql(
             fmt::format("UNNEST takes an ARRAY, a MAP or a MULTISET, but this is {}",
                         collection->type.ToStringIgnoringNullability()))
      .WithId("E2006")
      .WithSpan(scope.At(text.span));
}

// The columns behind those of the input: the values of a collection, and their number.
std::vector<Column> ValueColumns(const Type& collection, bool keeps_empty) {
  const bool map = collection.kind() == TypeKind::kMap;
  std::vector<Column> columns;
  for (size_t i = 0; i < (map ? 2U : 1U); ++i) {
    const Type& type = collection.fields()[i].type;
    columns.push_back({!map     ? "EXPR$0"
                       : i == 0 ? "KEY"
                                : "VALUE",
                       keeps_empty ? type.WithNullable(true) : type});
  }
  columns.push_back({"ORDINALITY", Type::Int().WithNullable(keeps_empty)});
  return columns;
}

// The input with the collection behind its columns, then a row for each value.
NodePtr Replicated(const NodePtr& input, const ExprPtr& collection, bool keeps_empty,
                   const logical::Origin& origin) {
  logical::Project project{References(input->columns)};
  project.expressions.push_back(collection);
  std::vector<Column> columns = input->columns;
  columns.push_back({"collection", collection->type});
  const NodePtr with = logical::MakeNode(std::move(project), {input}, columns, origin);
  columns.pop_back();
  for (Column& column : ValueColumns(collection->type, keeps_empty))
    columns.push_back(std::move(column));
  return logical::MakeNode(logical::Replicate{}, {with}, std::move(columns), origin);
}

// Puts the fields of a ROW in its place.
Status AddFields(const ExprPtr& row, logical::Project& project, std::vector<Column>& columns) {
  const std::vector<TypeField>& fields = row->type.fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    Value index(Type::Int().WithNullable(false), static_cast<int32_t>(i));
    ExprPtr field =
        TRY(expr::BindCall("FIELD", {row, expr::MakeLiteral(std::move(index))}, row->span));
    columns.push_back({fields[i].name, field->type});
    project.expressions.push_back(std::move(field));
  }
  return {};
}

Status NameValues(const ast::TableRef& reference, size_t first, const QueryScope& scope,
                  std::vector<Column>& columns) {
  if (!reference.alias) return {};
  const ast::Alias& alias = *reference.alias;
  const size_t count = columns.size() - first;
  if (alias.columns.size() > count) {
    return Status::InvalidSql(fmt::format("\"{}\" has {} columns, but {} names for them",
                                          alias.name.text, count, alias.columns.size()))
        .WithId("E2006")
        .WithSpan(scope.At(alias.columns.back().span));
  }
  for (size_t i = 0; i < alias.columns.size(); ++i) columns[first + i].name = alias.columns[i].text;
  // As in PostgreSQL and Flink: FROM UNNEST(…) AS x has a column x.
  if (alias.columns.empty() && count == 1) columns[first].name = alias.name.text;
  return {};
}

}  // namespace

Result<Relation> BindUnnest(const ast::Unnest& unnest, const ast::TableRef& reference,
                            const Relation& left, bool keeps_empty, const QueryScope& scope) {
  const ExprPtr collection = TRY(BindOperand(unnest, reference, left, scope));
  const logical::Origin origin = scope.OriginAt(reference.span);
  const NodePtr each = Replicated(left.node, collection, keeps_empty, origin);
  const size_t width = left.columns().size();
  std::vector<Column> columns = left.columns();
  logical::Project project{References(columns)};
  for (size_t i = width; i < each->columns.size(); ++i) {
    const bool number = i + 1 == each->columns.size();
    if (number && !unnest.ordinality) continue;
    const Column& column = each->columns[i];
    ExprPtr value = expr::MakeColumnRef(static_cast<int>(i), column.type, origin.span);
    if (column.type.kind() == TypeKind::kRow && collection->type.kind() != TypeKind::kMap) {
      RETURN_IF_ERROR(AddFields(value, project, columns));
    } else {
      columns.push_back(column);
      project.expressions.push_back(std::move(value));
    }
  }
  RETURN_IF_ERROR(NameValues(reference, width, scope, columns));
  NamedInput input{reference.alias ? reference.alias->name.text : "", {}, 0, 0, {}};
  input.count = columns.size() - width;
  NodePtr node = logical::MakeNode(std::move(project), {each}, std::move(columns), origin);
  return Beside(std::move(node), left, {std::move(input)}, scope.At(reference.span));
}

}  // namespace weir::bind
