#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"

namespace weir::parse {

using ast::ExprPtr;

namespace {

// A call with commas for one that was written with words between its arguments.
ast::Call PlainCall(std::string name, ast::Span span, std::vector<ExprPtr> arguments) {
  ast::Call call;
  call.name.parts.push_back({std::move(name), false, span});
  call.name.span = span;
  for (ExprPtr& argument : arguments) call.arguments.push_back({std::nullopt, std::move(argument)});
  return call;
}

// PARTITION BY (a, b) means two columns, not a row.
void FlattenRow(std::vector<ExprPtr>* expressions) {
  if (expressions->size() != 1) return;
  auto* row = std::get_if<ast::Row>(&(*expressions)[0]->node);
  if (row == nullptr || row->items.empty()) return;
  std::vector<ExprPtr> items = std::move(row->items);
  *expressions = std::move(items);
}

}  // namespace

ExprPtr Builder::Build(P::ExtractContext* context) {
  ast::UnitCall call;
  call.kind = ast::UnitCallKind::kExtract;
  call.unit = Build(context->timeUnit());
  call.first = Build(context->expression());
  return MakeExpr(std::move(call), SpanOf(context));
}

ExprPtr Builder::Build(P::TimestampArithmeticContext* context) {
  ast::UnitCall call;
  call.kind = context->K_TIMESTAMPADD() ? ast::UnitCallKind::kTimestampAdd
                                        : ast::UnitCallKind::kTimestampDiff;
  call.unit = Build(context->timeUnit());
  call.first = Build(context->expression(0));
  call.second = Build(context->expression(1));
  return MakeExpr(std::move(call), SpanOf(context));
}

ExprPtr Builder::Build(P::RoundToContext* context) {
  ast::UnitCall call;
  call.kind = context->K_FLOOR() ? ast::UnitCallKind::kFloor : ast::UnitCallKind::kCeil;
  call.unit = Build(context->timeUnit());
  call.first = Build(context->expression());
  return MakeExpr(std::move(call), SpanOf(context));
}

ExprPtr Builder::Build(P::SubstringContext* context) {
  const ast::Span word = SpanOf(context->K_SUBSTRING());
  return MakeExpr(PlainCall(std::string(TextOf(word)), word, BuildAll(context->expression())),
                  SpanOf(context));
}

ExprPtr Builder::Build(P::OverlayContext* context) {
  const ast::Span word = SpanOf(context->K_OVERLAY());
  return MakeExpr(PlainCall(std::string(TextOf(word)), word, BuildAll(context->expression())),
                  SpanOf(context));
}

ExprPtr Builder::Build(P::PositionContext* context) {
  ast::Position position;
  position.needle = Build(context->operand());
  position.haystack = Build(context->expression(0));
  if (context->K_FROM()) position.start = Build(context->expression(1));
  return MakeExpr(std::move(position), SpanOf(context));
}

ExprPtr Builder::Build(P::TrimContext* context) {
  ast::Trim trim;
  if (auto* side = context->trimSide()) {
    if (side->K_LEADING()) trim.side = ast::TrimSide::kLeading;
    if (side->K_TRAILING()) trim.side = ast::TrimSide::kTrailing;
  }
  if (context->characters) trim.characters = Build(context->characters);
  trim.operand = Build(context->base);
  return MakeExpr(std::move(trim), SpanOf(context));
}

ExprPtr Builder::Build(P::FunctionContext* context) {
  return MakeExpr(Build(context->functionCall()), SpanOf(context));
}

ExprPtr Builder::Build(P::BareCallContext* context) {
  const ast::Span word = SpanOf(context->bareFunction());
  ast::Call call = PlainCall(std::string(TextOf(word)), word, {});
  call.bare = true;
  if (context->INTEGER()) {
    const ast::Span span = SpanOf(context->INTEGER());
    ast::Literal digits;
    digits.kind = ast::LiteralKind::kInteger;
    digits.text = std::string(TextOf(span));
    call.arguments.push_back({std::nullopt, MakeExpr(std::move(digits), span)});
  }
  return MakeExpr(std::move(call), SpanOf(context));
}

ast::Call Builder::Build(P::FunctionCallContext* context) {
  ast::Call call;
  if (context->functionName()->name()) {
    call.name = Build(context->functionName()->name());
  } else {
    const ast::Span span = SpanOf(context->functionName());
    call.name.parts.push_back({std::string(TextOf(span)), false, span});
    call.name.span = span;
  }
  if (context->K_RUNNING()) call.semantics = ast::MatchSemantics::kRunning;
  if (context->K_FINAL()) call.semantics = ast::MatchSemantics::kFinal;
  call.star = context->ASTERISK() != nullptr;
  if (context->K_ALL()) call.quantifier = ast::Quantifier::kAll;
  if (context->K_DISTINCT()) call.quantifier = ast::Quantifier::kDistinct;
  for (auto* argument : context->argument()) call.arguments.push_back(Build(argument));
  call.order_by = BuildAll(context->orderItem());
  for (auto* item : context->withinGroup()) call.within_group.push_back(Build(item->orderItem()));
  // f(x IGNORE NULLS) and f(x) IGNORE NULLS mean the same.
  if (context->inside && context->behind) {
    Fail(SpanOf(context->behind), "IGNORE NULLS or RESPECT NULLS is said twice");
  }
  if (auto* nulls = context->inside ? context->inside : context->behind) {
    call.nulls = nulls->K_IGNORE() ? ast::NullTreatment::kIgnore : ast::NullTreatment::kRespect;
  }
  if (context->filter()) call.filter = Build(context->filter()->expression());
  if (context->over()) call.over = Build(context->over());
  return call;
}

ast::Argument Builder::Build(P::ArgumentContext* context) {
  ast::Argument argument;
  if (context->identifier()) argument.name = Build(context->identifier());
  argument.value =
      Dispatch<ExprPtr, P::TableArgumentContext, P::QueryArgumentContext, P::ModelArgumentContext,
               P::DescriptorContext, P::DefaultArgumentContext, P::PlainArgumentContext>(
          this, context->argumentValue());
  return argument;
}

ExprPtr Builder::Build(P::TableArgumentContext* context) {
  ast::TableArgument argument;
  if (context->query()) {
    argument.query = Build(context->query());
  } else {
    ast::Query query;
    query.body = ast::TableQuery{Build(context->name())};
    query.span = SpanOf(context->name());
    argument.query = std::move(query);
  }
  P::TableOrderContext* order = context->tableOrder();
  if (order->expression()) argument.partition_by.push_back(Build(order->expression()));
  FlattenRow(&argument.partition_by);
  if (order->orderItem()) argument.order_by.push_back(Build(order->orderItem()));
  return MakeExpr(std::move(argument), SpanOf(context));
}

ExprPtr Builder::Build(P::QueryArgumentContext* context) {
  ast::TableArgument argument;
  argument.query = Build(context->query());
  P::TablePartitionContext* order = context->tablePartition();
  argument.partition_by.push_back(Build(order->expression()));
  FlattenRow(&argument.partition_by);
  if (order->orderItem()) argument.order_by.push_back(Build(order->orderItem()));
  return MakeExpr(std::move(argument), SpanOf(context));
}

ExprPtr Builder::Build(P::ModelArgumentContext* context) {
  return MakeExpr(ast::ModelArgument{Build(context->name())}, SpanOf(context));
}

ExprPtr Builder::Build(P::DescriptorContext* context) {
  return MakeExpr(ast::Descriptor{Build(context->names())}, SpanOf(context));
}

ExprPtr Builder::Build(P::DefaultArgumentContext* context) {
  return MakeExpr(ast::DefaultValue{}, SpanOf(context));
}

ExprPtr Builder::Build(P::PlainArgumentContext* context) {
  return Build(context->expression());
}

ast::OrderItem Builder::Build(P::OrderItemContext* context) {
  ast::OrderItem item;
  item.expr = Build(context->expression());
  if (context->K_ASC()) item.direction = ast::Direction::kAscending;
  if (context->K_DESC()) item.direction = ast::Direction::kDescending;
  if (context->K_FIRST()) item.nulls = ast::NullOrder::kFirst;
  if (context->K_LAST()) item.nulls = ast::NullOrder::kLast;
  item.span = SpanOf(context);
  return item;
}

std::vector<ast::OrderItem> Builder::BuildAll(const std::vector<P::OrderItemContext*>& contexts) {
  std::vector<ast::OrderItem> items;
  for (auto* context : contexts) items.push_back(Build(context));
  return items;
}

ast::WindowSpec Builder::Build(P::WindowSpecContext* context) {
  ast::WindowSpec window;
  if (context->identifier()) window.base = Build(context->identifier());
  window.partition_by = BuildAll(context->expression());
  window.order_by = BuildAll(context->orderItem());
  if (auto* written = context->frame()) {
    ast::Frame frame;
    frame.rows = written->K_ROWS() != nullptr;
    frame.start = Build(written->frameBound(0));
    if (written->K_BETWEEN()) frame.end = Build(written->frameBound(1));
    frame.span = SpanOf(written);
    window.frame = std::move(frame);
  }
  window.span = SpanOf(context);
  return window;
}

ast::WindowSpec Builder::Build(P::OverContext* context) {
  if (context->windowSpec()) return Build(context->windowSpec());
  ast::WindowSpec window;
  window.base = Build(context->identifier());
  window.bare = true;
  window.span = SpanOf(context->identifier());
  return window;
}

ast::FrameBound Builder::Build(P::FrameBoundContext* context) {
  const bool preceding = context->K_PRECEDING() != nullptr;
  ast::FrameBound bound;
  if (context->K_UNBOUNDED()) {
    bound.kind =
        preceding ? ast::BoundKind::kUnboundedPreceding : ast::BoundKind::kUnboundedFollowing;
  } else if (context->operand()) {
    bound.kind = preceding ? ast::BoundKind::kPreceding : ast::BoundKind::kFollowing;
    bound.offset = Build(context->operand());
  }
  return bound;
}

}  // namespace weir::parse
