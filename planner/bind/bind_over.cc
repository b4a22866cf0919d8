// Calls with OVER: aggregates over frames, LAG, and the ranks, which Top-N and deduplication are
// written with.
#include <fmt/format.h>

#include "planner/bind/expression_binder.h"
#include "planner/bind/over_drafts.h"
#include "planner/bind/query_binder.h"
#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;

namespace {

constexpr int64_t kMostBack = 100'000;  // rows: each is read with every row that looks back to it

std::optional<graph::RankFunction> RankCalled(std::string_view name) {
  for (const graph::RankFunction function :
       {graph::RankFunction::kRowNumber, graph::RankFunction::kRank,
        graph::RankFunction::kDenseRank}) {
    if (EqualsIgnoreCase(graph::RankFunctionName(function), name)) return function;
  }
  return std::nullopt;
}

// The distance of n PRECEDING: a number of rows, or milliseconds.
Result<int64_t> DistanceOf(const expr::Expr& offset, bool rows) {
  const bool literal = offset.kind == expr::ExprKind::kLiteral && !offset.literal.is_null();
  int64_t distance = -1;
  if (literal && rows && offset.type.kind() == TypeKind::kInt)
    distance = offset.literal.get<int32_t>();
  if (literal && rows && offset.type.kind() == TypeKind::kBigInt)
    distance = offset.literal.get<int64_t>();
  if (literal && !rows && offset.type.kind() == TypeKind::kIntervalDayTime)
    distance = offset.literal.get<int64_t>();
  if (distance >= 0) return distance;
  return Status::InvalidSql(rows ? "ROWS takes a whole number of rows that is not negative"
                                 : "RANGE over time takes an INTERVAL of days or less that is not "
                                   "negative")
      .WithId("E2006")
      .WithHint(rows ? "write ROWS BETWEEN 2 PRECEDING AND CURRENT ROW"
                     : "write RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW")
      .WithSpan(offset.span);
}

const ast::NamedWindow* FindWindow(const std::vector<ast::NamedWindow>& windows,
                                   const ast::Identifier& name) {
  for (const ast::NamedWindow& window : windows) {
    if (EqualsIgnoreCase(window.name.text, name.text)) return &window;
  }
  return nullptr;
}

}  // namespace

// A window's own clauses, behind those of the window that it refines.
Status ExpressionBinder::AddWindow(const ast::WindowSpec& window, OverDraft& draft,
                                   std::optional<ast::Frame>& frame, int depth) {
  if (window.base) {
    const ast::NamedWindow* base = FindWindow(surroundings_.overs->windows(), *window.base);
    // Windows that refine each other in a circle are refused here, with the same error.
    if (base == nullptr || depth > 16) {
      return Status::InvalidSql(
                 fmt::format("there is no window \"{}\" in the WINDOW clause", window.base->text))
          .WithId("E2003")
          .WithSpan(At(window.base->span));
    }
    draft.window = base->name.text;
    RETURN_IF_ERROR(AddWindow(base->spec, draft, frame, depth + 1));
  }
  if (window.frame) frame = window.frame;
  for (const ast::ExprPtr& key : window.partition_by) {
    draft.partition.push_back(TRY(expr::FoldConstants(TRY(BindNode(*key)))));
  }
  for (const ast::OrderItem& item : window.order_by) {
    ExprPtr bound = TRY(expr::FoldConstants(TRY(BindNode(*item.expr))));
    draft.order.push_back({std::move(bound), SortKeyOf(item, -1)});
  }
  return {};
}

Result<std::optional<ast::Frame>> ExpressionBinder::BindWindow(std::string_view name,
                                                               const ast::Call& call,
                                                               const ast::Expr& at,
                                                               OverDraft& draft) {
  std::optional<ast::Frame> frame;
  RETURN_IF_ERROR(AddWindow(*call.over, draft, frame, 0));
  if (!draft.order.empty()) return frame;
  return NotAllowed(fmt::format("{} needs an ORDER BY in its OVER", name), at.span);
}

Result<graph::OverFrame> ExpressionBinder::FrameOf(const ast::Frame& frame) {
  using enum ast::BoundKind;
  if (frame.end && frame.end->kind != kCurrentRow) {
    return NotSupported("a frame that does not end at the CURRENT ROW", frame.span);
  }
  graph::OverFrame result{.rows = frame.rows, .preceding = std::nullopt};
  switch (frame.start.kind) {
    case kUnboundedPreceding:
      return result;
    case kCurrentRow:
      result.preceding = 0;
      return result;
    case kPreceding:
      result.preceding = TRY(
          DistanceOf(*TRY(expr::FoldConstants(TRY(BindNode(*frame.start.offset)))), frame.rows));
      return result;
    case kFollowing:
    case kUnboundedFollowing:
      break;
  }
  return NotAllowed("a frame cannot begin behind its end", frame.span);
}

Result<ExprPtr> ExpressionBinder::BindRank(graph::RankFunction function, const ast::Call& call,
                                           const ast::Expr& at) {
  const std::string name = ToUpper(call.name.last().text);
  if (!call.arguments.empty() || call.star || call.filter ||
      call.quantifier != ast::Quantifier::kUnsaid) {
    return NotAllowed(fmt::format("{} takes no arguments", name), at.span);
  }
  OverDraft draft;
  draft.rank = function;
  draft.call.result_type = Type::BigInt().WithNullable(false);
  draft.call.span = At(at.span);
  if (const auto frame = TRY(BindWindow(name, call, at, draft))) {
    return NotAllowed("ROW_NUMBER, RANK and DENSE_RANK take no frame", frame->span,
                      "leave ROWS or RANGE out");
  }
  return surroundings_.overs->Add(std::move(draft));
}

// LAG(value [, offset [, default]]). E1002 for what the operator cannot compute.
Result<ExprPtr> ExpressionBinder::BindLag(const ast::Call& call, const ast::Expr& at) {
  if (call.star || call.filter || call.quantifier != ast::Quantifier::kUnsaid ||
      call.arguments.empty() || call.arguments.size() > 3) {
    return NotAllowed("LAG takes a value, and maybe how many rows back, and a default", at.span);
  }
  if (call.nulls == ast::NullTreatment::kIgnore)
    return NotSupported("LAG with IGNORE NULLS", at.span);
  OverDraft draft;
  draft.offset = 1;
  draft.call.span = At(at.span);
  Args arguments = TRY(BindArguments(call));
  for (ExprPtr& argument : arguments) argument = TRY(expr::FoldConstants(argument));
  if (arguments.size() > 1) {
    draft.offset = TRY(DistanceOf(*arguments[1], true));
    if (*draft.offset < 1 || *draft.offset > kMostBack) {
      return NotAllowed(fmt::format("LAG looks back by 1 to {} rows", kMostBack),
                        arguments[1]->span);
    }
  }
  draft.frame.rows = true;
  draft.call.result_type = arguments[0]->type.WithNullable(true);
  draft.call.arguments = {arguments[0]};
  if (arguments.size() > 2) {
    const Type& type = arguments[0]->type;
    draft.call.arguments.push_back(
        TRY(expr::BindCast(arguments[2], type.WithNullable(true), false, arguments[2]->span)));
    draft.call.result_type = type.WithNullable(type.nullable() || arguments[2]->type.nullable());
  }
  if (const auto frame = TRY(BindWindow("LAG", call, at, draft))) {
    return NotAllowed("LAG takes no frame", frame->span, "leave ROWS or RANGE out");
  }
  return surroundings_.overs->Add(std::move(draft));
}

// An aggregate over a frame. Without a start of the frame (UNBOUNDED PRECEDING) any aggregate goes;
// with one, only those that can be computed for a frame that moves.
Result<ExprPtr> ExpressionBinder::BindFramed(const ast::Call& call, const ast::Expr& at) {
  const std::string name = ToUpper(call.name.last().text);
  const expr::AggregateFunction function = TRY(AggregateOf(call, at));
  OverDraft draft;
  draft.call = TRY(DraftOf(function, call, at));
  const auto frame = TRY(BindWindow(name, call, at, draft));
  if (frame) draft.frame = TRY(FrameOf(*frame));
  if (!draft.frame.preceding) return surroundings_.overs->Add(std::move(draft));
  expr::AggregateCall single;
  single.function = function;
  single.distinct = draft.call.distinct;
  single.parameter = draft.call.parameter;
  for (const ExprPtr& argument : draft.call.arguments)
    single.argument_types.push_back(argument->type);
  if (expr::KeepsList(single, false) || expr::NeedsValueMap(single, false)) {
    return NotSupported(fmt::format("{}{} over a frame with a beginning", name,
                                    single.distinct ? "(DISTINCT …)" : ""),
                        at.span);
  }
  return surroundings_.overs->Add(std::move(draft));
}

Result<ExprPtr> ExpressionBinder::BindOver(const ast::Call& call, const ast::Expr& at) {
  const std::string name = ToUpper(call.name.last().text);
  const std::optional<graph::RankFunction> rank = RankCalled(name);
  if (!rank && name != "LAG" && !expr::IsAggregateFunction(name)) {
    return Status::Unsupported(fmt::format("{} with OVER is not supported yet", name))
        .WithId("E1002")
        .WithHint("aggregates, ROW_NUMBER, RANK, DENSE_RANK and LAG are")
        .WithSpan(At(at.span));
  }
  if (surroundings_.overs == nullptr) {
    return NotAllowed(fmt::format("{} cannot hold {} with OVER", surroundings_.clause, name),
                      at.span,
                      surroundings_.clause == "WHERE"
                          ? "compute it in a derived table, or write the condition in QUALIFY"
                          : "");
  }
  if (inside_over_) return NotAllowed("OVER cannot stand inside another", at.span);
  inside_over_ = true;
  Result<ExprPtr> bound = rank            ? BindRank(*rank, call, at)
                          : name == "LAG" ? BindLag(call, at)
                                          : BindFramed(call, at);
  inside_over_ = false;
  return bound;
}

}  // namespace weir::bind
