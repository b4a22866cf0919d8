#include "planner/bind/expression_binder.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/bind_literal.h"
#include "planner/bind/bind_type.h"
#include "runtime/base/interruption.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;

Status Relocated(const Status& failure, SourceSpan place) {
  return Status(failure.code(), failure.message())
      .WithId(failure.id())
      .WithHint(failure.hint())
      .WithSpan(place);
}

Result<ExprPtr> ExpressionBinder::Bind(const ast::Expr& expression) {
  Result<ExprPtr> bound = BindNode(expression);
  if (bound.ok()) {
    Result<ExprPtr> folded = expr::FoldConstants(*bound);
    if (folded.ok() || !surroundings_.guarded) bound = std::move(folded);
  }
  if (bound.ok()) return bound;
  if (surroundings_.text.place) return Relocated(bound.status(), *surroundings_.text.place);
  return std::move(bound).status().WithSpan(expression.span);
}

Result<ExprPtr> ExpressionBinder::BindCondition(const ast::Expr& expression) {
  only_truth_ = true;
  Result<ExprPtr> condition = Bind(expression);
  only_truth_ = false;
  ExprPtr bound = TRY(std::move(condition));
  const TypeKind kind = bound->type.kind();
  if (kind == TypeKind::kBoolean) return bound;
  if (kind == TypeKind::kNull) return expr::Coerce(std::move(bound), Type::Boolean(), false);
  return Status::InvalidSql(fmt::format("{} takes a BOOLEAN condition, not {}",
                                        surroundings_.clause,
                                        bound->type.ToStringIgnoringNullability()))
      .WithId("E2006")
      .WithSpan(At(expression.span));
}

Result<ExprPtr> ExpressionBinder::BindNode(const ast::Expr& expression) {
  CheckInterrupted();
  // only_truth_ is passed on by AND and OR, and used by subqueries. The operands of anything else
  // need their whole value, where NULL is not FALSE.
  const bool asks = expression.As<ast::Binary>() || expression.As<ast::In>() ||
                    expression.As<ast::Quantified>() || expression.As<ast::Subquery>();
  if (!asks) only_truth_ = false;
  Result<ExprPtr> bound =
      std::visit([&](const auto& node) { return Visit(node, expression); }, expression.node);
  only_truth_ = false;
  return bound;
}

Result<ExprPtr> ExpressionBinder::BindForTruth(const ast::Expr& condition) {
  only_truth_ = true;
  return BindNode(condition);
}

Result<ExpressionBinder::Args> ExpressionBinder::BindAll(
    const std::vector<ast::ExprPtr>& expressions) {
  Args args;
  for (const ast::ExprPtr& expression : expressions) args.push_back(TRY(BindNode(*expression)));
  return args;
}

Result<ExprPtr> ExpressionBinder::Call(std::string_view name, Args args, SourceSpan span,
                                       bool negated) {
  ExprPtr call = TRY(expr::BindCall(name, std::move(args), At(span)));
  if (!negated) return call;
  return expr::BindCall("NOT", {std::move(call)}, At(span));
}

Status ExpressionBinder::NotSupported(std::string_view construct, SourceSpan span) const {
  return Status::Unsupported(fmt::format("{} is not supported yet", construct)).WithSpan(At(span));
}

Status ExpressionBinder::NotAllowed(std::string message, SourceSpan span, std::string hint) const {
  return Status::InvalidSql(std::move(message))
      .WithId("E2015")
      .WithHint(std::move(hint))
      .WithSpan(At(span));
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Literal& literal, const ast::Expr& at) {
  Result<Value> value = BindLiteral(literal, false);
  if (!value.ok()) return std::move(value).status().WithSpan(At(at.span));
  return expr::MakeLiteral(std::move(*value), At(at.span));
}

Result<ExprPtr> ExpressionBinder::BindField(ExprPtr row, const ast::Identifier& field,
                                            SourceSpan span) {
  if (row->type.kind() != TypeKind::kRow) {
    return Status::InvalidSql(fmt::format("{} has no fields: there is no \"{}\" in it",
                                          row->type.ToStringIgnoringNullability(), field.text))
        .WithId("E2003")
        .WithSpan(At(field.span));
  }
  Schema fields;
  std::vector<std::string> names;
  for (const TypeField& known : row->type.fields()) {
    fields.fields.push_back({known.name, known.type});
    names.push_back(known.name);
  }
  const std::optional<size_t> found = fields.Find(field.text);
  if (!found) {
    return Status::InvalidSql(fmt::format("the row has no field \"{}\"", field.text))
        .WithId("E2003")
        .WithHint(DidYouMean(field.text, names))
        .WithSpan(At(field.span));
  }
  Value index(Type::Int().WithNullable(false), static_cast<int32_t>(*found));
  return Call("FIELD", {std::move(row), expr::MakeLiteral(std::move(index), At(field.span))}, span);
}

Result<ExprPtr> ExpressionBinder::FindItem(const ast::ColumnRef& column,
                                           bool behind_columns) const {
  const ItemNames* items = surroundings_.items;
  if (items == nullptr || column.name.parts.size() != 1) return ExprPtr();
  const ast::Identifier& name = column.name.last();
  const auto found = behind_columns ? items->Find(name) : items->FindBeforeColumns(name, relation_);
  const std::optional<size_t> item = TRY(found);
  if (!item) return ExprPtr();
  const ExprPtr& expression = items->expression(*item);
  // What is computed above the groups cannot be computed below them as well.
  const bool fits =
      inside_aggregate_ ? items->IsOverRows(*item) : !inside_over_ || !items->HoldsOver(*item);
  if (fits) return expression;
  if (!behind_columns) return ExprPtr();
  return NotAllowed(fmt::format("{} cannot read \"{}\", which is computed above it",
                                inside_aggregate_ ? "an aggregate" : "OVER", name.text),
                    name.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::ColumnRef& column, const ast::Expr& at) {
  if (ExprPtr item = TRY(FindItem(column, false))) return item;
  const Result<ResolvedName> known = ResolveName(relation_, column.name);
  if (!known.ok()) {
    if (ExprPtr item = TRY(FindItem(column, true))) return item;
    if (ExprPtr argument = TRY(BindParameter(column))) return argument;
    // PI is the only function that needs no parentheses though its name is not reserved.
    const bool pi = known.status().id() == "E2003" && column.name.parts.size() == 1 &&
                    !column.name.last().quoted && EqualsIgnoreCase(column.name.last().text, "PI");
    return pi ? Call("PI", {}, at.span) : known.status();
  }
  const ResolvedName resolved = *known;
  const logical::Column& found = relation_.columns()[static_cast<size_t>(resolved.column)];
  ExprPtr bound = expr::MakeColumnRef(resolved.column, found.type, At(at.span));
  for (size_t i = resolved.parts; i < column.name.parts.size(); ++i) {
    bound = TRY(BindField(std::move(bound), column.name.parts[i], at.span));
  }
  return bound;
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Star&, const ast::Expr& at) {
  return NotAllowed("* stands only in a SELECT list and in COUNT(*)", at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Unary& unary, const ast::Expr& at) {
  const auto* literal = unary.operand->As<ast::Literal>();
  const bool number = literal != nullptr && (literal->kind == ast::LiteralKind::kInteger ||
                                             literal->kind == ast::LiteralKind::kDecimal ||
                                             literal->kind == ast::LiteralKind::kDouble);
  if (number && unary.op == ast::UnaryOperator::kMinus) {
    Result<Value> value = BindLiteral(*literal, true);
    if (!value.ok()) return std::move(value).status().WithSpan(At(at.span));
    return expr::MakeLiteral(std::move(*value), At(at.span));
  }
  ExprPtr operand = TRY(BindNode(*unary.operand));
  switch (unary.op) {
    case ast::UnaryOperator::kNot:
      return Call("NOT", {std::move(operand)}, at.span);
    case ast::UnaryOperator::kMinus:
      return Call("NEGATE", {std::move(operand)}, at.span);
    case ast::UnaryOperator::kPlus:
      break;
  }
  const Type& type = operand->type;
  if (type.is_numeric() || type.is_interval()) return operand;
  return Status::InvalidSql(fmt::format("the sign + takes a number, not {}", type.ToString()))
      .WithId("E2006")
      .WithSpan(At(at.span));
}

std::string_view OperatorName(ast::BinaryOperator op) {
  switch (op) {
    case ast::BinaryOperator::kOr:
      return "OR";
    case ast::BinaryOperator::kAnd:
      return "AND";
    case ast::BinaryOperator::kEqual:
      return "=";
    case ast::BinaryOperator::kNotEqual:
      return "<>";
    case ast::BinaryOperator::kLess:
      return "<";
    case ast::BinaryOperator::kLessEqual:
      return "<=";
    case ast::BinaryOperator::kGreater:
      return ">";
    case ast::BinaryOperator::kGreaterEqual:
      return ">=";
    case ast::BinaryOperator::kPlus:
      return "+";
    case ast::BinaryOperator::kMinus:
      return "-";
    case ast::BinaryOperator::kMultiply:
      return "*";
    case ast::BinaryOperator::kDivide:
      return "/";
    case ast::BinaryOperator::kModulo:
      return "%";
    case ast::BinaryOperator::kConcat:
      return "||";
    case ast::BinaryOperator::kOverlaps:
      return "OVERLAPS";
  }
  return "";
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Binary& binary, const ast::Expr& at) {
  if (binary.op == ast::BinaryOperator::kOverlaps) return BindOverlaps(binary, at);
  // a + b + c … is a chain to the left; walking it by a loop keeps long ones off the stack.
  std::vector<const ast::Expr*> chain;
  const ast::Expr* leftmost = &at;
  for (const auto* node = &binary; node != nullptr; node = leftmost->As<ast::Binary>()) {
    if (node->op == ast::BinaryOperator::kOverlaps) break;
    chain.push_back(leftmost);
    leftmost = node->left.get();
  }
  // The outermost links that are AND or OR pass only_truth_ on to their operands; the first other
  // operator below them does not.
  const auto other = std::ranges::find_if(chain, [](const ast::Expr* link) {
    const ast::BinaryOperator op = link->As<ast::Binary>()->op;
    return op != ast::BinaryOperator::kAnd && op != ast::BinaryOperator::kOr;
  });
  const auto logical = static_cast<size_t>(only_truth_ ? other - chain.begin() : 0);
  only_truth_ = logical == chain.size();
  ExprPtr bound = TRY(BindNode(*leftmost));
  for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
    const auto& node = *(*link)->As<ast::Binary>();
    only_truth_ = static_cast<size_t>(chain.rend() - link) <= logical;
    ExprPtr right = TRY(BindNode(*node.right));
    bound = TRY(Call(OperatorName(node.op), {std::move(bound), std::move(right)}, (*link)->span));
  }
  return bound;
}

// CAST(number AS INTERVAL unit) is that number of units. Fractions of a DECIMAL count, down to
// milliseconds.
Result<ExprPtr> ExpressionBinder::UnitsOf(ExprPtr number, ast::TimeUnit unit, SourceSpan place) {
  ast::Literal one{ast::LiteralKind::kInterval, "1"};
  one.interval.from = unit;
  const Value whole = TRY(BindLiteral(one, false));
  if (number->type.is_integer()) {
    return Call("*", {std::move(number), expr::MakeLiteral(whole, place)}, place);
  }
  const bool months = whole.type().kind() == TypeKind::kIntervalYearMonth;
  const Value factor(Type::BigInt().WithNullable(false),
                     months ? int64_t{whole.get<int32_t>()} : whole.get<int64_t>());
  ExprPtr count = TRY(Call("*", {std::move(number), expr::MakeLiteral(factor, place)}, place));
  count = TRY(expr::BindCast(std::move(count), Type::BigInt(), false, place));
  one.interval.from = months ? ast::TimeUnit::kMonth : ast::TimeUnit::kMillisecond;
  const Value least = TRY(BindLiteral(one, false));
  return Call("*", {std::move(count), expr::MakeLiteral(least, place)}, place);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Cast& cast, const ast::Expr& at) {
  const Type target = TRY(BindType(cast.type));
  ExprPtr operand = TRY(BindNode(*cast.operand));
  const bool counts_units =
      target.is_interval() && !cast.type.interval.to &&
      (operand->type.is_integer() || operand->type.kind() == TypeKind::kDecimal);
  if (counts_units) return UnitsOf(std::move(operand), cast.type.interval.from, At(at.span));
  const Type type =
      target.WithNullable(target.nullable() && (operand->type.nullable() || cast.is_try));
  // Inside a view every span is that of the view's name. A cast with the span of its operand would
  // be taken for an implicit one (logical::WithoutCoercions), so this one, which was written, gets
  // none.
  const SourceSpan place = At(at.span);
  const SourceSpan own = place == operand->span ? SourceSpan{} : place;
  return expr::BindCast(std::move(operand), type, cast.is_try, own);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::FieldAccess& access, const ast::Expr& at) {
  if (access.star) return NotSupported("(row).* ", at.span);
  ExprPtr operand = TRY(BindNode(*access.operand));
  return BindField(std::move(operand), access.field, at.span);
}

}  // namespace weir::bind
