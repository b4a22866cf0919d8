#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"

namespace weir::parse {
namespace {

ast::JsonFunction Function(P::JsonCallContext* call) {
  switch (call->start->getType()) {
    case P::K_JSON_EXISTS:
      return ast::JsonFunction::kExists;
    case P::K_JSON_QUERY:
      return ast::JsonFunction::kQuery;
    case P::K_JSON_OBJECT:
      return ast::JsonFunction::kObject;
    case P::K_JSON_ARRAY:
      return ast::JsonFunction::kArray;
    case P::K_JSON_OBJECTAGG:
      return ast::JsonFunction::kObjectAgg;
    case P::K_JSON_ARRAYAGG:
      return ast::JsonFunction::kArrayAgg;
    default:
      return ast::JsonFunction::kValue;
  }
}

ast::JsonWrapper Wrapper(P::JsonWrapperContext* context) {
  if (context->K_WITHOUT()) return ast::JsonWrapper::kWithout;
  return context->K_CONDITIONAL() ? ast::JsonWrapper::kConditional
                                  : ast::JsonWrapper::kUnconditional;
}

ast::JsonOn BuildOn(Builder& builder, P::JsonOnContext* context) {
  ast::JsonOn on;
  on.on_empty = context->K_EMPTY() != nullptr;
  auto* behaviour = context->jsonBehaviour();
  if (behaviour->K_ERROR()) on.behaviour = ast::JsonBehaviour::kError;
  if (behaviour->K_ARRAY()) on.behaviour = ast::JsonBehaviour::kEmptyArray;
  if (behaviour->K_OBJECT()) on.behaviour = ast::JsonBehaviour::kEmptyObject;
  if (behaviour->K_TRUE()) on.behaviour = ast::JsonBehaviour::kTrue;
  if (behaviour->K_FALSE()) on.behaviour = ast::JsonBehaviour::kFalse;
  if (behaviour->K_UNKNOWN()) on.behaviour = ast::JsonBehaviour::kUnknown;
  if (behaviour->K_DEFAULT()) {
    on.behaviour = ast::JsonBehaviour::kDefault;
    on.value = builder.Build(behaviour->expression());
  }
  return on;
}

}  // namespace

ast::ExprPtr Builder::Build(P::JsonContext* context) {
  auto* call = context->jsonCall();
  ast::JsonCall node;
  node.function = Function(call);
  node.values = BuildAll(call->expression());
  for (auto* pair : call->jsonPair()) {
    node.keys.push_back(Build(pair->key));
    node.values.push_back(Build(pair->expression()));
  }
  if (call->dataType()) node.returning = Build(call->dataType());
  if (call->jsonWrapper()) node.wrapper = Wrapper(call->jsonWrapper());
  for (auto* on : call->jsonOn()) node.on.push_back(BuildOn(*this, on));
  if (auto* nulls = call->jsonNulls()) {
    node.nulls = nulls->K_ABSENT() ? ast::JsonNulls::kAbsent : ast::JsonNulls::kNull;
  }
  if (call->filter()) node.filter = Build(call->filter()->expression());
  if (call->over()) node.over = Build(call->over());
  const bool one = node.function == ast::JsonFunction::kObjectAgg ||
                   node.function == ast::JsonFunction::kArrayAgg;
  if (one && node.values.size() != 1) Fail(SpanOf(call), "the function takes exactly one value");
  if (!one && (node.filter || node.over)) {
    Fail(SpanOf(call), "FILTER and OVER follow aggregate functions only");
  }
  return MakeExpr(std::move(node), SpanOf(context));
}

}  // namespace weir::parse
