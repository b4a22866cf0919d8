// The JSON functions, whose clauses become literals of the bound calls; and OVERLAPS.
#include <fmt/format.h>

#include "planner/bind/bind_type.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/text_literal.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/json/json_options.h"

namespace weir::bind {

using expr::ExprPtr;
using expr::JsonAnswer;

namespace {

JsonAnswer AnswerOf(ast::JsonBehaviour behaviour) {
  switch (behaviour) {
    case ast::JsonBehaviour::kError:
      return JsonAnswer::kError;
    case ast::JsonBehaviour::kNull:
      return JsonAnswer::kNull;
    case ast::JsonBehaviour::kEmptyArray:
      return JsonAnswer::kEmptyArray;
    case ast::JsonBehaviour::kEmptyObject:
      return JsonAnswer::kEmptyObject;
    case ast::JsonBehaviour::kTrue:
      return JsonAnswer::kTrue;
    case ast::JsonBehaviour::kFalse:
      return JsonAnswer::kFalse;
    case ast::JsonBehaviour::kUnknown:
      return JsonAnswer::kUnknown;
    case ast::JsonBehaviour::kDefault:
      return JsonAnswer::kDefault;
  }
  return JsonAnswer::kNull;
}

// Whether a function may have this answer ON EMPTY or ON ERROR; JSON_EXISTS has no ON EMPTY.
bool Takes(ast::JsonFunction function, JsonAnswer answer, bool on_empty) {
  switch (function) {
    case ast::JsonFunction::kExists:
      return !on_empty && (answer == JsonAnswer::kTrue || answer == JsonAnswer::kFalse ||
                           answer == JsonAnswer::kUnknown || answer == JsonAnswer::kError);
    case ast::JsonFunction::kValue:
      return answer == JsonAnswer::kNull || answer == JsonAnswer::kError ||
             answer == JsonAnswer::kDefault;
    default:
      return answer == JsonAnswer::kNull || answer == JsonAnswer::kError ||
             answer == JsonAnswer::kEmptyArray || answer == JsonAnswer::kEmptyObject;
  }
}

// What RETURNING may name, by the function; nothing for other types.
std::optional<expr::JsonReturns> ReturnsOf(ast::JsonFunction function, const Type& type) {
  const bool value = function == ast::JsonFunction::kValue;
  if (type.kind() == TypeKind::kVarChar) return expr::JsonReturns::kString;
  if (value && type.kind() == TypeKind::kBoolean) return expr::JsonReturns::kBoolean;
  if (value && type.kind() == TypeKind::kInt) return expr::JsonReturns::kInteger;
  if (value && type.kind() == TypeKind::kDouble) return expr::JsonReturns::kReal;
  const bool texts = type.kind() == TypeKind::kArray && type.fields()[0].type.is_character();
  if (!value && texts) return expr::JsonReturns::kArray;
  return std::nullopt;
}

expr::JsonWrapping WrappingOf(ast::JsonWrapper wrapper) {
  switch (wrapper) {
    case ast::JsonWrapper::kUnsaid:
    case ast::JsonWrapper::kWithout:
      return expr::JsonWrapping::kWithout;
    case ast::JsonWrapper::kConditional:
      return expr::JsonWrapping::kConditional;
    case ast::JsonWrapper::kUnconditional:
      return expr::JsonWrapping::kUnconditional;
  }
  return expr::JsonWrapping::kWithout;
}

std::string_view NameOf(ast::JsonFunction function) {
  switch (function) {
    case ast::JsonFunction::kExists:
      return "JSON_EXISTS";
    case ast::JsonFunction::kValue:
      return "JSON_VALUE";
    case ast::JsonFunction::kQuery:
      return "JSON_QUERY";
    case ast::JsonFunction::kObject:
      return "JSON_OBJECT";
    case ast::JsonFunction::kArray:
      return "JSON_ARRAY";
    case ast::JsonFunction::kObjectAgg:
      return "JSON_OBJECTAGG";
    case ast::JsonFunction::kArrayAgg:
      return "JSON_ARRAYAGG";
  }
  return "";
}

// Whether the value is JSON text already: what JSON_OBJECT, JSON_ARRAY or JSON gives.
bool IsJsonText(const ast::Expr& value) {
  if (const auto* made = value.As<ast::JsonCall>()) {
    return made->function == ast::JsonFunction::kObject ||
           made->function == ast::JsonFunction::kArray;
  }
  const auto* call = value.As<ast::Call>();
  return call != nullptr && ToUpper(call->name.last().text) == "JSON";
}

}  // namespace

Result<ExprPtr> ExpressionBinder::Visit(const ast::JsonCall& call, const ast::Expr& at) {
  switch (call.function) {
    case ast::JsonFunction::kExists:
    case ast::JsonFunction::kValue:
    case ast::JsonFunction::kQuery:
      return BindJsonPath(call, at);
    case ast::JsonFunction::kObject:
    case ast::JsonFunction::kArray:
      return BindJsonText(call, at);
    case ast::JsonFunction::kObjectAgg:
    case ast::JsonFunction::kArrayAgg:
      return BindJsonAggregate(call, at);
  }
  return NotSupported(NameOf(call.function), at.span);
}

Result<ExprPtr> ExpressionBinder::BindJsonPath(const ast::JsonCall& call, const ast::Expr& at) {
  const std::string_view name = NameOf(call.function);
  const bool value = call.function == ast::JsonFunction::kValue;
  expr::JsonOptions options;
  options.wrapping = WrappingOf(call.wrapper);
  if (call.function == ast::JsonFunction::kExists) options.on_error = JsonAnswer::kFalse;
  Type returned = Type::String();
  if (call.returning) {
    returned = TRY(BindType(*call.returning));
    const auto returns = ReturnsOf(call.function, returned);
    if (!returns) {
      return NotSupported(fmt::format("{} RETURNING {}", name, returned.ToString()), at.span);
    }
    options.returns = *returns;
  }
  ExprPtr defaults[2];
  for (const ast::JsonOn& on : call.on) {
    const JsonAnswer answer = AnswerOf(on.behaviour);
    if (!Takes(call.function, answer, on.on_empty)) {
      return NotAllowed(
          fmt::format("{} does not take this ON {} clause", name, on.on_empty ? "EMPTY" : "ERROR"),
          at.span);
    }
    (on.on_empty ? options.on_empty : options.on_error) = answer;
    if (!on.value) continue;
    ExprPtr& otherwise = defaults[on.on_empty ? 0 : 1];
    otherwise = TRY(BindNode(*on.value));
    otherwise = TRY(expr::BindCast(std::move(otherwise), returned, false, At(on.value->span)));
  }
  Args args = TRY(BindAll(call.values));
  args.push_back(TextLiteral(options.ToText(), At(at.span)));
  for (ExprPtr& otherwise : defaults) {
    if (!value) break;
    args.push_back(otherwise ? std::move(otherwise) : expr::MakeLiteral(Value::Null(returned)));
  }
  return Call(name, std::move(args), at.span);
}

Result<ExprPtr> ExpressionBinder::BindJsonText(const ast::JsonCall& call, const ast::Expr& at) {
  const bool object = call.function == ast::JsonFunction::kObject;
  const std::string_view letters = inside_aggregate_ ? "VJ" : "vj";
  const bool absent =
      call.nulls == ast::JsonNulls::kAbsent || (call.nulls == ast::JsonNulls::kUnsaid && !object);
  std::string layout = absent ? "ABSENT ON NULL " : "NULL ON NULL ";
  Args args(1);
  for (size_t i = 0; i < call.values.size(); ++i) {
    if (object) args.push_back(TRY(BindNode(*call.keys[i])));
    const bool text = IsJsonText(*call.values[i]);
    inside_json_ = text;
    Result<ExprPtr> value = BindNode(*call.values[i]);
    inside_json_ = false;
    if (!value.ok()) return value;
    layout += letters[text ? 1 : 0];
    args.push_back(std::move(*value));
  }
  args[0] = TextLiteral(std::move(layout), At(at.span));
  return Call(NameOf(call.function), std::move(args), at.span);
}

// JSON text of one value; NULL, or "null" when it is kept, for NULL.
Result<ExprPtr> ExpressionBinder::BindJsonElement(const ast::Expr& value, bool keeps_null,
                                                  SourceSpan span) {
  inside_json_ = IsJsonText(value);
  const bool text = inside_json_;
  Result<ExprPtr> bound = BindNode(value);
  inside_json_ = false;
  if (!bound.ok()) return bound;
  ExprPtr element = text ? std::move(*bound) : TRY(Call("JSON_STRING", {std::move(*bound)}, span));
  if (!keeps_null) return element;
  return Call("COALESCE", {std::move(element), TextLiteral("null", At(span))}, span);
}

// --- OVERLAPS ------------------------------------------------------------------------------------

Result<std::pair<ExprPtr, ExprPtr>> ExpressionBinder::BindPeriod(const ast::Expr& period) {
  const auto* row = period.As<ast::Row>();
  if (row == nullptr || row->items.size() != 2) {
    return NotAllowed("OVERLAPS compares two periods", period.span,
                      "a period is (start, end) or (start, interval)");
  }
  ExprPtr start = TRY(BindNode(*row->items[0]));
  ExprPtr end = TRY(BindNode(*row->items[1]));
  if (end->type.is_interval()) end = TRY(Call("+", {start, std::move(end)}, period.span));
  // The ends may stand in either order.
  const ExprPtr ordered = TRY(Call("<=", {start, end}, period.span));
  ExprPtr first = TRY(Call("CASE", {ordered, start, end}, period.span));
  ExprPtr last = TRY(Call("CASE", {ordered, end, start}, period.span));
  return std::pair(std::move(first), std::move(last));
}

Result<ExprPtr> ExpressionBinder::BindOverlaps(const ast::Binary& overlaps, const ast::Expr& at) {
  auto left = TRY(BindPeriod(*overlaps.left));
  auto right = TRY(BindPeriod(*overlaps.right));
  ExprPtr reaches = TRY(Call(">=", {left.second, right.first}, at.span));
  ExprPtr reached = TRY(Call(">=", {right.second, left.first}, at.span));
  return Call("AND", {std::move(reaches), std::move(reached)}, at.span);
}

}  // namespace weir::bind
