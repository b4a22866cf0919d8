#include <array>

#include "planner/ast/sql_writer.h"

namespace weir::ast {
namespace {

constexpr std::array<std::string_view, 15> kOperators = {
    "OR", "AND", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "OVERLAPS"};

Binding BindingOf(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kOr:
      return Binding::kOr;
    case BinaryOperator::kAnd:
      return Binding::kAnd;
    case BinaryOperator::kEqual:
    case BinaryOperator::kNotEqual:
    case BinaryOperator::kLess:
    case BinaryOperator::kLessEqual:
    case BinaryOperator::kGreater:
    case BinaryOperator::kGreaterEqual:
    case BinaryOperator::kOverlaps:
      return Binding::kPredicate;
    case BinaryOperator::kPlus:
    case BinaryOperator::kMinus:
      return Binding::kSum;
    case BinaryOperator::kMultiply:
    case BinaryOperator::kDivide:
    case BinaryOperator::kModulo:
    case BinaryOperator::kConcat:
      return Binding::kProduct;
  }
  return Binding::kOr;
}

Binding BindingOf(const Expr& expr) {
  if (const auto* binary = expr.As<Binary>()) return BindingOf(binary->op);
  if (const auto* unary = expr.As<Unary>()) {
    return unary->op == UnaryOperator::kNot ? Binding::kNot : Binding::kSign;
  }
  const bool predicate = expr.As<Is>() || expr.As<IsDistinct>() || expr.As<Between>() ||
                         expr.As<Like>() || expr.As<In>() || expr.As<Quantified>();
  return predicate ? Binding::kPredicate : Binding::kPrimary;
}

Binding Tighter(Binding binding) {
  return static_cast<Binding>(static_cast<uint8_t>(binding) + 1);
}

}  // namespace

SqlWriter& SqlWriter::Put(const Expr& node) {
  std::visit([this](const auto& alternative) { Put(alternative); }, node.node);
  return *this;
}

SqlWriter& SqlWriter::PutBound(const ExprPtr& node, Binding least) {
  if (BindingOf(*node) >= least) return Put(*node);
  return Put("(").Put(*node).Put(")");
}

void SqlWriter::Put(const Literal& node) {
  switch (node.kind) {
    case LiteralKind::kNull:
      Put("NULL");
      return;
    case LiteralKind::kTrue:
      Put("TRUE");
      return;
    case LiteralKind::kFalse:
      Put("FALSE");
      return;
    case LiteralKind::kUnknown:
      Put("UNKNOWN");
      return;
    case LiteralKind::kInteger:
    case LiteralKind::kDecimal:
    case LiteralKind::kDouble:
      Put(std::string_view(node.text));
      return;
    case LiteralKind::kString:
      break;
    case LiteralKind::kBinary:
      Put("X");
      break;
    case LiteralKind::kDate:
      Put("DATE ");
      break;
    case LiteralKind::kTime:
      Put("TIME ");
      break;
    case LiteralKind::kTimestamp:
      Put("TIMESTAMP ");
      break;
    case LiteralKind::kTimestampLtz:
      Put("TIMESTAMP WITH LOCAL TIME ZONE ");
      break;
    case LiteralKind::kInterval:
      Put("INTERVAL ").PutIf(node.negative, "-");
      PutString(node.text).Put(" ").Put(node.interval);
      return;
  }
  PutString(node.text);
}

void SqlWriter::Put(const ColumnRef& node) {
  Put(node.name);
}
void SqlWriter::Put(const Star& node) {
  Put(node.qualifier).PutIf(!node.qualifier.empty(), ".").Put("*");
}

void SqlWriter::Put(const Unary& node) {
  if (node.op == UnaryOperator::kNot) {
    Put("NOT ").PutBound(node.operand, Binding::kNot);
    return;
  }
  // A sign within a sign takes parentheses, or -- would begin a comment.
  Put(node.op == UnaryOperator::kMinus ? "-" : "+").PutBound(node.operand, Binding::kPrimary);
}

void SqlWriter::Put(const Binary& node) {
  const Binding binding = BindingOf(node.op);
  const bool chains = binding != Binding::kPredicate;
  PutBound(node.left, chains ? binding : Tighter(binding));
  Put(" ").Put(kOperators[static_cast<size_t>(node.op)]).Put(" ");
  PutBound(node.right, Tighter(binding));
}

void SqlWriter::Put(const Is& node) {
  static constexpr std::array<std::string_view, 9> kWhat = {
      "NULL",       "TRUE",        "FALSE",      "UNKNOWN",    "JSON",
      "JSON VALUE", "JSON OBJECT", "JSON ARRAY", "JSON SCALAR"};
  PutOperand(node.operand).Put(node.negated ? " IS NOT " : " IS ");
  Put(kWhat[static_cast<size_t>(node.what)]);
}

void SqlWriter::Put(const IsDistinct& node) {
  PutOperand(node.left).Put(node.negated ? " IS NOT DISTINCT FROM " : " IS DISTINCT FROM ");
  PutOperand(node.right);
}

void SqlWriter::Put(const Between& node) {
  PutOperand(node.operand).Put(node.negated ? " NOT BETWEEN " : " BETWEEN ");
  PutIf(node.symmetric, "SYMMETRIC ").PutOperand(node.low).Put(" AND ").PutOperand(node.high);
}

void SqlWriter::Put(const Like& node) {
  static constexpr std::array<std::string_view, 4> kWords = {"LIKE ", "ILIKE ", "SIMILAR TO ",
                                                             "RLIKE "};
  PutOperand(node.operand).Put(node.negated ? " NOT " : " ");
  Put(kWords[static_cast<size_t>(node.kind)]).PutOperand(node.pattern);
  if (node.escape) Put(" ESCAPE ").PutOperand(node.escape);
}

void SqlWriter::Put(const In& node) {
  PutOperand(node.operand).Put(node.negated ? " NOT IN (" : " IN (");
  if (node.query) Put(node.query);
  PutList(node.items).Put(")");
}

void SqlWriter::Put(const Quantified& node) {
  PutOperand(node.operand).Put(" ").Put(kOperators[static_cast<size_t>(node.op)]);
  Put(node.all ? " ALL (" : " ANY (");
  if (node.query) Put(node.query);
  PutList(node.items).Put(")");
}

void SqlWriter::Put(const Subquery& node) {
  static constexpr std::array<std::string_view, 7> kWords = {
      "", "EXISTS ", "UNIQUE ", "ARRAY", "MULTISET", "MAP", "CURSOR"};
  Put(kWords[static_cast<size_t>(node.kind)]).Put("(").Put(node.query).Put(")");
}

void SqlWriter::Put(const Case& node) {
  Put("CASE ");
  if (node.operand) Put(node.operand).Put(" ");
  for (const When& when : node.whens) {
    Put("WHEN ").Put(when.condition).Put(" THEN ").Put(when.result).Put(" ");
  }
  if (node.otherwise) Put("ELSE ").Put(node.otherwise).Put(" ");
  Put("END");
}

void SqlWriter::Put(const Cast& node) {
  Put(node.is_try ? "TRY_CAST(" : "CAST(").Put(node.operand).Put(" AS ").Put(node.type).Put(")");
}

void SqlWriter::Put(const Row& node) {
  Put("ROW").PutParenthesised(node.items);
}

void SqlWriter::Put(const Collection& node) {
  static constexpr std::array<std::string_view, 3> kWords = {"ARRAY", "MULTISET", "MAP"};
  Put(kWords[static_cast<size_t>(node.kind)]).Put("[").PutList(node.items).Put("]");
}

void SqlWriter::Put(const Element& node) {
  PutBound(node.operand, Binding::kPrimary).Put("[").Put(node.index).Put("]");
}

void SqlWriter::Put(const FieldAccess& node) {
  // A bare name before the dot would become part of the field's name.
  const Expr& operand = *node.operand;
  const auto* call = operand.As<Call>();
  const bool plain = (call && !call->bare && !call->over && !call->filter) ||
                     operand.As<Element>() || operand.As<FieldAccess>();
  if (plain && !node.star) {
    Put(operand);
  } else {
    Put("(").Put(operand).Put(")");
  }
  Put(".");
  if (node.star) {
    Put("*");
  } else {
    Put(node.field);
  }
}

}  // namespace weir::ast
