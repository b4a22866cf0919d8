#include "planner/ast/sql_writer.h"
#include "runtime/base/check.h"

namespace weir::ast {
namespace {

std::string_view WordsOf(BinaryOperator value) {
  switch (value) {
    case BinaryOperator::kOr:
      return "OR";
    case BinaryOperator::kAnd:
      return "AND";
    case BinaryOperator::kEqual:
      return "=";
    case BinaryOperator::kNotEqual:
      return "<>";
    case BinaryOperator::kLess:
      return "<";
    case BinaryOperator::kLessEqual:
      return "<=";
    case BinaryOperator::kGreater:
      return ">";
    case BinaryOperator::kGreaterEqual:
      return ">=";
    case BinaryOperator::kPlus:
      return "+";
    case BinaryOperator::kMinus:
      return "-";
    case BinaryOperator::kMultiply:
      return "*";
    case BinaryOperator::kDivide:
      return "/";
    case BinaryOperator::kModulo:
      return "%";
    case BinaryOperator::kConcat:
      return "||";
    case BinaryOperator::kOverlaps:
      return "OVERLAPS";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(IsWhat value) {
  switch (value) {
    case IsWhat::kNull:
      return "NULL";
    case IsWhat::kTrue:
      return "TRUE";
    case IsWhat::kFalse:
      return "FALSE";
    case IsWhat::kUnknown:
      return "UNKNOWN";
    case IsWhat::kJson:
      return "JSON";
    case IsWhat::kJsonValue:
      return "JSON VALUE";
    case IsWhat::kJsonObject:
      return "JSON OBJECT";
    case IsWhat::kJsonArray:
      return "JSON ARRAY";
    case IsWhat::kJsonScalar:
      return "JSON SCALAR";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(LikeKind value) {
  switch (value) {
    case LikeKind::kLike:
      return "LIKE ";
    case LikeKind::kILike:
      return "ILIKE ";
    case LikeKind::kSimilarTo:
      return "SIMILAR TO ";
    case LikeKind::kRLike:
      return "RLIKE ";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(SubqueryKind value) {
  switch (value) {
    case SubqueryKind::kScalar:
      return "";
    case SubqueryKind::kExists:
      return "EXISTS ";
    case SubqueryKind::kUnique:
      return "UNIQUE ";
    case SubqueryKind::kArray:
      return "ARRAY";
    case SubqueryKind::kMultiset:
      return "MULTISET";
    case SubqueryKind::kMap:
      return "MAP";
    case SubqueryKind::kCursor:
      return "CURSOR";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(CollectionKind value) {
  switch (value) {
    case CollectionKind::kArray:
      return "ARRAY";
    case CollectionKind::kMultiset:
      return "MULTISET";
    case CollectionKind::kMap:
      return "MAP";
  }
  WEIR_UNREACHABLE();
}

// In the grammar, || binds as tightly as *.
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

// A node that is not named here is never put in parentheses: a new operator must be added.
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
  // `(a = b) = c` keeps its parentheses, although the grammar groups comparisons to the left.
  const bool chains = binding != Binding::kPredicate;
  PutBound(node.left, chains ? binding : Tighter(binding));
  Put(" ").Put(WordsOf(node.op)).Put(" ");
  PutBound(node.right, Tighter(binding));
}

void SqlWriter::Put(const Is& node) {
  PutOperand(node.operand).Put(node.negated ? " IS NOT " : " IS ");
  Put(WordsOf(node.what));
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
  PutOperand(node.operand).Put(node.negated ? " NOT " : " ");
  Put(WordsOf(node.kind)).PutOperand(node.pattern);
  if (node.escape) Put(" ESCAPE ").PutOperand(node.escape);
}

void SqlWriter::Put(const In& node) {
  PutOperand(node.operand).Put(node.negated ? " NOT IN (" : " IN (");
  if (node.query) Put(node.query);
  PutList(node.items).Put(")");
}

void SqlWriter::Put(const Quantified& node) {
  PutOperand(node.operand).Put(" ").Put(WordsOf(node.op));
  Put(node.all ? " ALL (" : " ANY (");
  if (node.query) Put(node.query);
  PutList(node.items).Put(")");
}

void SqlWriter::Put(const Subquery& node) {
  Put(WordsOf(node.kind)).Put("(").Put(node.query).Put(")");
}

void SqlWriter::Put(const Case& node) {
  Put("CASE ");
  if (node.operand) Put(node.operand).Put(" ");
  for (const When& when : node.whens) {
    Put("WHEN ").Put(when.condition);
    for (const ExprPtr& alternative : when.alternatives) Put(", ").Put(alternative);
    Put(" THEN ").Put(when.result).Put(" ");
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
  Put(WordsOf(node.kind)).Put("[").PutList(node.items).Put("]");
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
