// Calls with OVER: aggregates over frames, functions that pick a value of another row or count
// rows, and the ranks, which Top-N and deduplication are written with.
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

// The functions that are neither aggregates nor ranks.
std::optional<graph::OverFunction> OtherCalled(std::string_view name) {
  using enum graph::OverFunction;
  if (name == "LAG") return kLag;
  if (name == "LEAD") return kLead;
  if (name == "NTH_VALUE") return kNthValue;
  if (name == "PERCENT_RANK") return kPercentRank;
  if (name == "CUME_DIST") return kCumeDist;
  if (name == "NTILE") return kNtile;
  return std::nullopt;
}

bool OnlyCounts(graph::OverFunction function) {
  using enum graph::OverFunction;
  return function == kPercentRank || function == kCumeDist || function == kNtile;
}

// A literal that is a whole number, not negative.
std::optional<int64_t> WholeNumber(const expr::Expr& literal) {
  if (literal.kind != expr::ExprKind::kLiteral || literal.literal.is_null()) return std::nullopt;
  int64_t number = -1;
  if (literal.type.kind() == TypeKind::kInt) number = literal.literal.get<int32_t>();
  if (literal.type.kind() == TypeKind::kBigInt) number = literal.literal.get<int64_t>();
  return number >= 0 ? std::optional(number) : std::nullopt;
}

// Milliseconds of a literal INTERVAL of days or less, not negative.
std::optional<int64_t> MillisOf(const expr::Expr& literal) {
  if (literal.kind != expr::ExprKind::kLiteral || literal.literal.is_null() ||
      literal.type.kind() != TypeKind::kIntervalDayTime) {
    return std::nullopt;
  }
  const auto millis = literal.literal.get<int64_t>();
  return millis >= 0 ? std::optional(millis) : std::nullopt;
}

Result<int64_t> CountOf(const expr::Expr& number) {
  if (const auto count = WholeNumber(number)) return *count;
  return Status::InvalidSql("ROWS takes a whole number of rows that is not negative")
      .WithId("E2006")
      .WithHint("write ROWS BETWEEN 2 PRECEDING AND CURRENT ROW")
      .WithSpan(number.span);
}

bool IsTimeOfRange(const Type& type) {
  return type.is_timestamp() || type.kind() == TypeKind::kDate || type.kind() == TypeKind::kTime;
}

// How far RANGE reaches over values of type `order`, in units of the frame.
Result<int64_t> ReachOf(const expr::Expr& offset, const Type& order) {
  const bool by_time = IsTimeOfRange(order);
  if (const auto reach = by_time ? MillisOf(offset) : WholeNumber(offset)) return *reach;
  return Status::InvalidSql(by_time ? "RANGE over time takes an INTERVAL of days or less that is "
                                      "not negative"
                                    : "RANGE over numbers takes a whole number that is not "
                                      "negative")
      .WithId("E2006")
      .WithHint(by_time ? "write RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW"
                        : "write RANGE BETWEEN 10 PRECEDING AND CURRENT ROW")
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

// `name`: that of a function that needs an order; "" where all rows may be peers.
Result<std::optional<ast::Frame>> ExpressionBinder::BindWindow(std::string_view name,
                                                               const ast::Call& call,
                                                               const ast::Expr& at,
                                                               OverDraft& draft) {
  std::optional<ast::Frame> frame;
  RETURN_IF_ERROR(AddWindow(*call.over, draft, frame, 0));
  if (!draft.order.empty() || name.empty()) return frame;
  return NotAllowed(fmt::format("{} needs an ORDER BY in its OVER", name), at.span);
}

// The type of the values that RANGE measures distances in.
Result<Type> ExpressionBinder::RangeType(const OverDraft& draft, SourceSpan span) const {
  if (draft.order.size() != 1) {
    return NotAllowed("RANGE with a distance needs exactly one ORDER BY column", span,
                      "write ROWS, or RANGE UNBOUNDED PRECEDING");
  }
  const Type& type = draft.order[0].expression->type;
  const bool exact = type.is_integer() || type.kind() == TypeKind::kDecimal;
  if (exact || IsTimeOfRange(type)) return type;
  const std::string name = type.ToStringIgnoringNullability();
  if (type.kind() == TypeKind::kDouble || type.kind() == TypeKind::kFloat)
    return NotSupported(fmt::format("RANGE with a distance over {}", name), span);
  return NotAllowed(fmt::format("RANGE with a distance cannot be over {}", name), span,
                    "write ROWS, or RANGE UNBOUNDED PRECEDING");
}

// How far in front of the row a bound lies (behind it: negative); none for an UNBOUNDED one.
Result<std::optional<int64_t>> ExpressionBinder::BoundOf(const ast::FrameBound& bound,
                                                         const ast::Frame& frame,
                                                         const OverDraft& draft) {
  using enum ast::BoundKind;
  if (bound.kind == kCurrentRow) return std::optional<int64_t>(0);
  if (bound.kind != kPreceding && bound.kind != kFollowing) return std::optional<int64_t>();
  const ExprPtr offset = TRY(expr::FoldConstants(TRY(BindNode(*bound.offset))));
  const int64_t distance =
      frame.rows ? TRY(CountOf(*offset)) : TRY(ReachOf(*offset, TRY(RangeType(draft, frame.span))));
  return std::optional<int64_t>(bound.kind == kPreceding ? distance : -distance);
}

Result<graph::OverFrame> ExpressionBinder::FrameOf(const ast::Frame& frame,
                                                   const OverDraft& draft) {
  using enum ast::BoundKind;
  const ast::FrameBound end = frame.end.value_or(ast::FrameBound{.kind = kCurrentRow});
  const auto behind = [&](ast::BoundKind kind) { return frame.start.kind == kind; };
  const bool backwards =
      behind(kUnboundedFollowing) || end.kind == kUnboundedPreceding ||
      (behind(kFollowing) && end.kind != kFollowing && end.kind != kUnboundedFollowing) ||
      (behind(kCurrentRow) && end.kind == kPreceding);
  if (backwards) return NotAllowed("a frame cannot begin behind its end", frame.span);
  graph::OverFrame result{.rows = frame.rows};
  result.preceding = TRY(BoundOf(frame.start, frame, draft));
  result.following = TRY(BoundOf(end, frame, draft));
  if (result.following) result.following = -*result.following;
  const bool reaches = result.preceding.value_or(0) != 0 || result.following.value_or(0) != 0;
  result.numbers = !frame.rows && reaches && !IsTimeOfRange(draft.order[0].expression->type);
  return result;
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

// LAG and LEAD(value [, offset [, default]]), NTH_VALUE(value, number).
Result<ExprPtr> ExpressionBinder::BindPick(graph::OverFunction function, const ast::Call& call,
                                           const ast::Expr& at) {
  const std::string name = ToUpper(call.name.last().text);
  const bool nth = function == graph::OverFunction::kNthValue;
  const size_t given = call.arguments.size();
  if (call.star || call.filter || call.quantifier != ast::Quantifier::kUnsaid ||
      given < (nth ? 2 : 1) || given > (nth ? 2 : 3)) {
    return NotAllowed(
        nth ? "NTH_VALUE takes a value and the number of a row of the frame"
            : fmt::format("{} takes a value, and maybe how many rows {}, and a default", name,
                          function == graph::OverFunction::kLag ? "back" : "ahead"),
        at.span);
  }
  OverDraft draft;
  draft.function = function;
  draft.ignore_nulls = call.nulls == ast::NullTreatment::kIgnore;
  draft.call.span = At(at.span);
  Args arguments = TRY(BindArguments(call));
  for (ExprPtr& argument : arguments) argument = TRY(expr::FoldConstants(argument));
  if (arguments.size() > 1) {
    draft.offset = TRY(CountOf(*arguments[1]));
    if (draft.offset < 1 || draft.offset > kMostBack) {
      return NotAllowed(
          nth ? fmt::format("NTH_VALUE takes a number from 1 to {}", kMostBack)
              : fmt::format("{} looks {} by 1 to {} rows", name,
                            function == graph::OverFunction::kLag ? "back" : "ahead", kMostBack),
          arguments[1]->span);
    }
  }
  draft.call.result_type = arguments[0]->type.WithNullable(true);
  draft.call.arguments = {arguments[0]};
  if (arguments.size() > 2) {
    const Type& type = arguments[0]->type;
    draft.call.arguments.push_back(
        TRY(expr::BindCast(arguments[2], type.WithNullable(true), false, arguments[2]->span)));
    draft.call.result_type = type.WithNullable(type.nullable() || arguments[2]->type.nullable());
  }
  const auto frame = TRY(BindWindow(name, call, at, draft));
  if (frame && nth) draft.frame = TRY(FrameOf(*frame, draft));
  if (function == graph::OverFunction::kLag) draft.frame.rows = true;
  if (frame && !nth) {
    return NotAllowed(fmt::format("{} takes no frame", name), frame->span,
                      "leave ROWS or RANGE out");
  }
  return surroundings_.overs->Add(std::move(draft));
}

// PERCENT_RANK(), CUME_DIST() and NTILE(parts).
Result<ExprPtr> ExpressionBinder::BindCounted(graph::OverFunction function, const ast::Call& call,
                                              const ast::Expr& at) {
  const std::string name = ToUpper(call.name.last().text);
  const bool ntile = function == graph::OverFunction::kNtile;
  if (call.arguments.size() != (ntile ? 1 : 0) || call.star || call.filter ||
      call.quantifier != ast::Quantifier::kUnsaid) {
    return NotAllowed(ntile ? "NTILE takes a number of parts" : name + " takes no arguments",
                      at.span);
  }
  OverDraft draft;
  draft.function = function;
  draft.call.span = At(at.span);
  draft.call.result_type = (ntile ? Type::BigInt() : Type::Double()).WithNullable(false);
  if (ntile) {
    const Args arguments = TRY(BindArguments(call));
    const std::optional<int64_t> parts = WholeNumber(*TRY(expr::FoldConstants(arguments[0])));
    if (parts.value_or(0) < 1)
      return NotAllowed("NTILE takes a whole number of parts, 1 or more", arguments[0]->span);
    draft.offset = *parts;
  }
  if (const auto frame = TRY(BindWindow(name, call, at, draft))) {
    return NotAllowed(fmt::format("{} takes no frame", name), frame->span,
                      "leave ROWS or RANGE out");
  }
  return surroundings_.overs->Add(std::move(draft));
}

// An aggregate over a frame.
Result<ExprPtr> ExpressionBinder::BindFramed(const ast::Call& call, const ast::Expr& at) {
  const expr::AggregateFunction function = TRY(AggregateOf(call, at));
  if (!call.order_by.empty() || !call.within_group.empty())
    return NotSupported("ORDER BY inside an aggregate with OVER", at.span);
  OverDraft draft;
  draft.call = TRY(DraftOf(function, call, at));
  const auto frame = TRY(BindWindow("", call, at, draft));
  if (frame) draft.frame = TRY(FrameOf(*frame, draft));
  return surroundings_.overs->Add(std::move(draft));
}

Result<ExprPtr> ExpressionBinder::BindOver(const ast::Call& call, const ast::Expr& at) {
  const std::string name = ToUpper(call.name.last().text);
  const std::optional<graph::RankFunction> rank = RankCalled(name);
  const std::optional<graph::OverFunction> other = OtherCalled(name);
  if (!rank && !other && !expr::IsAggregateFunction(name)) {
    return NotAllowed(fmt::format("{} cannot have an OVER clause", name), at.span,
                      "aggregates, ranks, LAG, LEAD, NTH_VALUE, PERCENT_RANK, CUME_DIST and NTILE "
                      "have one");
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
  Result<ExprPtr> bound = rank                 ? BindRank(*rank, call, at)
                          : !other             ? BindFramed(call, at)
                          : OnlyCounts(*other) ? BindCounted(*other, call, at)
                                               : BindPick(*other, call, at);
  inside_over_ = false;
  return bound;
}

}  // namespace weir::bind
