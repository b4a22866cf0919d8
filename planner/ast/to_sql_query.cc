#include "planner/ast/sql_writer.h"
#include "runtime/base/check.h"

namespace weir::ast {
namespace {

std::string_view WordsOf(GroupingKind value) {
  switch (value) {
    case GroupingKind::kExpressions:
      return "";
    case GroupingKind::kRollup:
      return "ROLLUP ";
    case GroupingKind::kCube:
      return "CUBE ";
    case GroupingKind::kGroupingSets:
      return "GROUPING SETS ";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(SetOperator value) {
  switch (value) {
    case SetOperator::kUnion:
      return " UNION ";
    case SetOperator::kIntersect:
      return " INTERSECT ";
    case SetOperator::kExcept:
      return " EXCEPT ";
  }
  WEIR_UNREACHABLE();
}

// INTERSECT binds more tightly than the others.
int Rank(SetOperator op) {
  return op == SetOperator::kIntersect ? 2 : 1;
}

// Whether an operand of a set operation has to stand in parentheses.
bool NeedsParentheses(const Query& operand, SetOperator parent, bool right) {
  if (!operand.IsPlain()) return true;
  const auto* operation = operand.As<SetOperation>();
  if (!operation) return false;
  return Rank(operation->op) < Rank(parent) + (right ? 1 : 0);
}

}  // namespace

SqlWriter& SqlWriter::Put(const Query& node) {
  if (!node.with.empty()) {
    Put(node.recursive ? "WITH RECURSIVE " : "WITH ").PutList(node.with).Put(" ");
  }
  std::visit([this](const auto& body) { Put(body); }, node.body);
  PutPartitionOrder({}, node.order_by, " ");
  if (node.limit) Put(" LIMIT ").Put(node.limit);
  if (node.offset) Put(" OFFSET ").Put(node.offset);
  return *this;
}

void SqlWriter::Put(const CommonTable& node) {
  Put(node.name);
  if (!node.columns.empty()) Put(" ").PutParenthesised(node.columns);
  Put(" AS (").Put(node.query).Put(")");
}

void SqlWriter::Put(const SelectItem& node) {
  Put(node.expr);
  if (node.alias) Put(" AS ").Put(*node.alias);
}

void SqlWriter::Put(const GroupingElement& node) {
  if (node.kind != GroupingKind::kExpressions) {
    Put(WordsOf(node.kind)).PutParenthesised(node.parts);
  } else if (node.expressions.size() == 1) {
    Put(node.expressions[0]);
  } else {
    PutParenthesised(node.expressions);
  }
}

void SqlWriter::Put(const NamedWindow& node) {
  Put(node.name).Put(" AS ");
  Put(node.spec);
}

void SqlWriter::Put(const Select& node) {
  Put("SELECT");
  PutHints(node.hints);
  PutIf(node.stream, " STREAM").PutIf(node.quantifier == Quantifier::kAll, " ALL");
  PutIf(node.quantifier == Quantifier::kDistinct, " DISTINCT").Put(" ").PutList(node.items);
  if (!node.from.empty()) Put(" FROM ").PutList(node.from);
  if (node.where) Put(" WHERE ").Put(node.where);
  if (node.group_by) {
    Put(" GROUP BY ").PutIf(node.group_by->quantifier == Quantifier::kAll, "ALL ");
    PutIf(node.group_by->quantifier == Quantifier::kDistinct, "DISTINCT ");
    PutList(node.group_by->elements);
  }
  if (node.having) Put(" HAVING ").Put(node.having);
  if (!node.windows.empty()) Put(" WINDOW ").PutList(node.windows);
  if (node.qualify) Put(" QUALIFY ").Put(node.qualify);
}

void SqlWriter::Put(const SetOperation& node) {
  const bool left = NeedsParentheses(*node.left, node.op, false);
  const bool right = NeedsParentheses(*node.right, node.op, true);
  PutIf(left, "(").Put(node.left).PutIf(left, ")");
  Put(WordsOf(node.op)).PutIf(node.all, "ALL ");
  PutIf(right, "(").Put(node.right).PutIf(right, ")");
}

void SqlWriter::Put(const Values& node) {
  Put("VALUES ");
  for (size_t i = 0; i < node.rows.size(); ++i) {
    PutIf(i > 0, ", ").PutParenthesised(node.rows[i]);
  }
}

void SqlWriter::Put(const TableQuery& node) {
  Put("TABLE ").Put(node.name);
}
void SqlWriter::Put(const Nested& node) {
  Put("(").Put(node.query).Put(")");
}

}  // namespace weir::ast
