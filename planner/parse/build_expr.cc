#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"
#include "planner/parse/parse.h"

namespace weir::parse {
namespace {

using ast::BinaryOperator;
using ast::ExprPtr;

BinaryOperator Comparison(P::ComparisonContext* context) {
  switch (context->start->getType()) {
    case P::EQUAL:
      return BinaryOperator::kEqual;
    case P::LESS:
      return BinaryOperator::kLess;
    case P::LESS_EQUAL:
      return BinaryOperator::kLessEqual;
    case P::GREATER:
      return BinaryOperator::kGreater;
    case P::GREATER_EQUAL:
      return BinaryOperator::kGreaterEqual;
    default:
      return BinaryOperator::kNotEqual;
  }
}

BinaryOperator Arithmetic(size_t token) {
  switch (token) {
    case P::PLUS:
      return BinaryOperator::kPlus;
    case P::MINUS_SIGN:
      return BinaryOperator::kMinus;
    case P::ASTERISK:
      return BinaryOperator::kMultiply;
    case P::SLASH:
      return BinaryOperator::kDivide;
    case P::PERCENT:
      return BinaryOperator::kModulo;
    default:
      return BinaryOperator::kConcat;
  }
}

// Left, operator token, right: the three children of a binary context.
template <typename Operand>
ExprPtr BuildBinary(Builder* builder, BinaryOperator op, const std::vector<Operand*>& operands,
                    Rule* context) {
  ast::Binary binary;
  binary.op = op;
  binary.left = builder->Build(operands[0]);
  binary.right = builder->Build(operands[1]);
  if (auto* token = dynamic_cast<TerminalNode*>(context->children[1])) {
    binary.op_span = builder->SpanOf(token);
  } else {
    binary.op_span = builder->SpanOf(static_cast<Rule*>(context->children[1]));
  }
  return MakeExpr(std::move(binary), builder->SpanOf(context));
}

}  // namespace

ExprPtr Builder::Build(P::ExpressionContext* context) {
  if (depth_ >= kMaxTreeDepth) {
    Fail(Status::InvalidSql("the expression is too deep a tree")
             .WithId("E1004")
             .WithHint("break a long chain of operators with parentheses, or use IN")
             .WithSpan(SpanOf(context)));
    return MakeExpr(ast::Literal{}, SpanOf(context));
  }
  ++depth_;
  ExprPtr expr =
      Dispatch<ExprPtr, P::OperandOnlyContext, P::BetweenContext, P::InListContext, P::LikeContext,
               P::QuantifiedContext, P::CompareContext, P::IsDistinctContext, P::IsTestContext,
               P::NegationContext, P::ConjunctionContext, P::DisjunctionContext>(this, context);
  --depth_;
  return expr;
}

ExprPtr Builder::Build(P::OperandContext* context) {
  if (depth_ >= kMaxTreeDepth) {
    Fail(Status::InvalidSql("the expression is too deep a tree")
             .WithId("E1004")
             .WithHint("break a long chain of operators with parentheses")
             .WithSpan(SpanOf(context)));
    return MakeExpr(ast::Literal{}, SpanOf(context));
  }
  ++depth_;
  ExprPtr expr = Dispatch<ExprPtr, P::PrimaryOnlyContext, P::ElementContext, P::FieldContext,
                          P::AtTimeZoneContext, P::SignContext, P::ProductContext, P::SumContext>(
      this, context);
  --depth_;
  return expr;
}

ExprPtr Builder::Build(P::PrimaryContext* context) {
  return Dispatch<ExprPtr, P::LiteralOnlyContext, P::CaseOfContext, P::CastContext,
                  P::ExtractContext, P::TimestampArithmeticContext, P::RoundToContext,
                  P::SubstringContext, P::OverlayContext, P::PositionContext, P::TrimContext,
                  P::JsonContext, P::ExistsContext, P::CollectionQueryContext, P::CollectionContext,
                  P::RowContext, P::ScalarQueryContext, P::RowInParenthesesContext,
                  P::ParenthesisedContext, P::FunctionContext, P::BareCallContext,
                  P::ColumnRefContext>(this, context);
}

std::vector<ExprPtr> Builder::BuildAll(const std::vector<P::ExpressionContext*>& contexts) {
  std::vector<ExprPtr> expressions;
  expressions.reserve(contexts.size());
  for (auto* context : contexts) expressions.push_back(Build(context));
  return expressions;
}

ExprPtr Builder::Build(P::OperandOnlyContext* context) {
  return Build(context->operand());
}
ExprPtr Builder::Build(P::PrimaryOnlyContext* context) {
  return Build(context->primary());
}

ExprPtr Builder::Build(P::BetweenContext* context) {
  ast::Between between;
  between.operand = Build(context->expression());
  between.low = Build(context->operand(0));
  between.high = Build(context->operand(1));
  between.symmetric = context->K_SYMMETRIC() != nullptr;
  between.negated = context->K_NOT() != nullptr;
  return MakeExpr(std::move(between), SpanOf(context));
}

ExprPtr Builder::Build(P::InListContext* context) {
  ast::In in;
  in.items = BuildAll(context->expression());
  in.operand = std::move(in.items[0]);
  in.items.erase(in.items.begin());
  if (context->query()) in.query = Build(context->query());
  in.negated = context->K_NOT() != nullptr;
  return MakeExpr(std::move(in), SpanOf(context));
}

ExprPtr Builder::Build(P::LikeContext* context) {
  ast::Like like;
  if (context->K_ILIKE()) like.kind = ast::LikeKind::kILike;
  if (context->K_RLIKE()) like.kind = ast::LikeKind::kRLike;
  if (context->K_SIMILAR()) like.kind = ast::LikeKind::kSimilarTo;
  like.operand = Build(context->expression());
  like.pattern = Build(context->operand(0));
  if (context->K_ESCAPE()) like.escape = Build(context->operand(1));
  like.negated = context->K_NOT() != nullptr;
  return MakeExpr(std::move(like), SpanOf(context));
}

ExprPtr Builder::Build(P::QuantifiedContext* context) {
  ast::Quantified quantified;
  quantified.op = Comparison(context->comparison());
  quantified.all = context->K_ALL() != nullptr;
  quantified.items = BuildAll(context->expression());
  quantified.operand = std::move(quantified.items[0]);
  quantified.items.erase(quantified.items.begin());
  if (context->query()) quantified.query = Build(context->query());
  return MakeExpr(std::move(quantified), SpanOf(context));
}

ExprPtr Builder::Build(P::CompareContext* context) {
  const BinaryOperator op =
      context->comparison() ? Comparison(context->comparison()) : BinaryOperator::kOverlaps;
  return BuildBinary(this, op, context->expression(), context);
}

ExprPtr Builder::Build(P::IsDistinctContext* context) {
  ast::IsDistinct distinct;
  distinct.left = Build(context->expression());
  distinct.right = Build(context->operand());
  distinct.negated = context->K_NOT() != nullptr;
  return MakeExpr(std::move(distinct), SpanOf(context));
}

ExprPtr Builder::Build(P::IsTestContext* context) {
  ast::Is is;
  is.operand = Build(context->expression());
  is.negated = context->K_NOT() != nullptr;
  auto* what = context->isWhat();
  if (what->K_TRUE()) is.what = ast::IsWhat::kTrue;
  if (what->K_FALSE()) is.what = ast::IsWhat::kFalse;
  if (what->K_UNKNOWN()) is.what = ast::IsWhat::kUnknown;
  if (what->K_JSON()) is.what = ast::IsWhat::kJson;
  if (what->K_VALUE()) is.what = ast::IsWhat::kJsonValue;
  if (what->K_OBJECT()) is.what = ast::IsWhat::kJsonObject;
  if (what->K_ARRAY()) is.what = ast::IsWhat::kJsonArray;
  if (what->K_SCALAR()) is.what = ast::IsWhat::kJsonScalar;
  return MakeExpr(std::move(is), SpanOf(context));
}

ExprPtr Builder::Build(P::NegationContext* context) {
  return MakeExpr(ast::Unary{ast::UnaryOperator::kNot, Build(context->expression())},
                  SpanOf(context));
}

ExprPtr Builder::Build(P::ConjunctionContext* context) {
  return BuildBinary(this, BinaryOperator::kAnd, context->expression(), context);
}

ExprPtr Builder::Build(P::DisjunctionContext* context) {
  return BuildBinary(this, BinaryOperator::kOr, context->expression(), context);
}

ExprPtr Builder::Build(P::ElementContext* context) {
  ast::Element element;
  element.operand = Build(context->operand());
  element.index = Build(context->expression());
  return MakeExpr(std::move(element), SpanOf(context));
}

ExprPtr Builder::Build(P::FieldContext* context) {
  ast::FieldAccess access;
  access.operand = Build(context->operand());
  access.field = Build(context->identifier());
  return MakeExpr(std::move(access), SpanOf(context));
}

ExprPtr Builder::Build(P::AtTimeZoneContext* context) {
  Fail(Status::Unsupported("AT TIME ZONE is not supported: Flink SQL has none")
           .WithId("E1002")
           .WithHint("use CONVERT_TZ, or CAST to TIMESTAMP_LTZ under the session's time zone")
           .WithSpan(SpanOf(context->K_AT())));
  return Build(context->operand());
}

ExprPtr Builder::Build(P::SignContext* context) {
  const auto op = context->MINUS_SIGN() ? ast::UnaryOperator::kMinus : ast::UnaryOperator::kPlus;
  return MakeExpr(ast::Unary{op, Build(context->operand())}, SpanOf(context));
}

ExprPtr Builder::Build(P::ProductContext* context) {
  const size_t token = static_cast<TerminalNode*>(context->children[1])->getSymbol()->getType();
  return BuildBinary(this, Arithmetic(token), context->operand(), context);
}

ExprPtr Builder::Build(P::SumContext* context) {
  const size_t token = static_cast<TerminalNode*>(context->children[1])->getSymbol()->getType();
  return BuildBinary(this, Arithmetic(token), context->operand(), context);
}

}  // namespace weir::parse
