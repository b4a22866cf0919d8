#include "planner/bind/node_shapes.h"

#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::Column;
using logical::NodePtr;

std::vector<ExprPtr> References(const std::vector<Column>& columns) {
  std::vector<ExprPtr> references;
  for (size_t i = 0; i < columns.size(); ++i) {
    references.push_back(expr::MakeColumnRef(static_cast<int>(i), columns[i].type));
  }
  return references;
}

namespace {

// The projection that `node` is, if a copy of it gives the same values; null otherwise.
const logical::Project* CopyableProject(const logical::Node& node) {
  const auto* project = std::get_if<logical::Project>(&node.operation);
  if (project == nullptr) return nullptr;
  for (const ExprPtr& expression : project->expressions) {
    if (!expr::IsDeterministic(*expression)) return nullptr;
  }
  return project;
}

}  // namespace

NodePtr Renamed(const NodePtr& node, const std::vector<std::string>& names) {
  std::vector<Column> columns = node->columns;
  for (size_t i = 0; i < columns.size(); ++i) columns[i].name = names[i];
  if (names == NamesOf(node->columns)) return node;
  if (const auto* values = std::get_if<logical::Values>(&node->operation)) {
    return logical::MakeNode(*values, {}, std::move(columns), node->origin);
  }
  if (const logical::Project* project = CopyableProject(*node)) {
    return logical::MakeNode(*project, node->inputs, std::move(columns), node->origin);
  }
  return logical::MakeNode(logical::Project{References(node->columns)}, {node}, std::move(columns),
                           node->origin);
}

NodePtr FirstColumns(const NodePtr& node, size_t count) {
  if (node->columns.size() == count) return node;
  const std::vector<Column> columns(node->columns.begin(),
                                    node->columns.begin() + static_cast<std::ptrdiff_t>(count));
  return logical::MakeNode(logical::Project{References(columns)}, {node}, columns, node->origin);
}

namespace {

Result<std::vector<ExprPtr>> Coerced(std::vector<ExprPtr> expressions,
                                     const std::vector<Type>& types, bool assignment) {
  for (size_t i = 0; i < expressions.size(); ++i) {
    // What may be NULL stays so; NOT NULL columns of a sink are checked row by row.
    const bool nullable = expressions[i]->type.nullable();
    const SourceSpan span = expressions[i]->span;
    Result<ExprPtr> cast =
        expr::Coerce(expressions[i], types[i].WithNullable(nullable), assignment);
    if (!cast.ok()) return std::move(cast).status().WithSpan(span);
    expressions[i] = TRY(expr::FoldConstants(*cast));
  }
  return expressions;
}

bool SameTypes(const std::vector<Column>& columns, const std::vector<Type>& types) {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!columns[i].type.EqualsIgnoringNullability(types[i])) return false;
  }
  return true;
}

// The columns of a projection after its expressions were cast to `types`; strings of another length
// may have needed no cast. A cast ends a time attribute.
std::vector<Column> CastColumns(const std::vector<Column>& before, const std::vector<Type>& types,
                                const std::vector<ExprPtr>& after) {
  std::vector<Column> columns = before;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!columns[i].type.EqualsIgnoringNullability(types[i]))
      columns[i].time = logical::TimeAttribute::kNone;
    columns[i].type = types[i].WithNullable(after[i]->type.nullable());
  }
  return columns;
}

bool HasUntyped(const std::vector<Column>& columns) {
  for (const Column& column : columns) {
    if (column.type.kind() == TypeKind::kNull) return true;
  }
  return false;
}

Result<NodePtr> ValuesWithTypes(const NodePtr& node, const logical::Values& values,
                                const std::vector<Type>& types, bool assignment) {
  logical::Values cast;
  std::vector<Column> columns = node->columns;
  for (size_t i = 0; i < columns.size(); ++i) columns[i].type = types[i].WithNullable(false);
  for (const std::vector<ExprPtr>& row : values.rows) {
    cast.rows.push_back(TRY(Coerced(row, types, assignment)));
    for (size_t i = 0; i < columns.size(); ++i) {
      if (cast.rows.back()[i]->type.nullable())
        columns[i].type = columns[i].type.WithNullable(true);
    }
  }
  return logical::MakeNode(std::move(cast), {}, std::move(columns), node->origin);
}

}  // namespace

Result<NodePtr> WithTypes(const NodePtr& node, const std::vector<Type>& types, bool assignment) {
  if (SameTypes(node->columns, types)) return node;
  if (const auto* values = std::get_if<logical::Values>(&node->operation)) {
    return ValuesWithTypes(node, *values, types, assignment);
  }
  const logical::Project* project = CopyableProject(*node);
  // A bare NULL gets its type where it stands; no column can hold it.
  if (HasUntyped(node->columns)) project = std::get_if<logical::Project>(&node->operation);
  std::vector<ExprPtr> expressions =
      project != nullptr ? project->expressions : References(node->columns);
  expressions = TRY(Coerced(std::move(expressions), types, assignment));
  std::vector<Column> columns = CastColumns(node->columns, types, expressions);
  const NodePtr& input = project != nullptr ? node->inputs[0] : node;
  return logical::MakeNode(logical::Project{std::move(expressions)}, {input}, std::move(columns),
                           node->origin);
}

std::optional<size_t> FirstMisfit(const logical::Node& node, const std::vector<Type>& types) {
  for (size_t i = 0; i < types.size(); ++i) {
    const Type& given = node.columns[i].type;
    if (given.kind() == TypeKind::kNull) continue;
    const ExprPtr value = expr::MakeColumnRef(static_cast<int>(i), given);
    if (!expr::Coerce(value, types[i].WithNullable(true), /*assignment=*/true).ok()) return i;
  }
  return std::nullopt;
}

SourceSpan SpanOfColumn(const logical::Node& node, size_t column) {
  if (const auto* project = std::get_if<logical::Project>(&node.operation)) {
    const SourceSpan span = project->expressions[column]->span;
    if (!span.empty()) return span;
  }
  if (const auto* values = std::get_if<logical::Values>(&node.operation)) {
    if (!values->rows.empty()) return values->rows[0][column]->span;
  }
  return node.origin.span;
}

}  // namespace weir::bind
