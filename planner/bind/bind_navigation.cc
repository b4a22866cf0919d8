// FIRST, LAST, PREV, NEXT and what else conditions and measures of MATCH_RECOGNIZE read.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "planner/bind/expression_binder.h"
#include "planner/bind/match_drafts.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;

namespace {

constexpr int kMostOffset = 1000;  // rows: a place is kept for each

constexpr std::string_view kMeasures = "MEASURES";

bool IsPlain(const ast::Call& call) {
  return !call.star && !call.filter && call.quantifier == ast::Quantifier::kUnsaid &&
         call.nulls == ast::NullTreatment::kUnsaid;
}

bool IsAmong(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

bool ExpressionBinder::IsNavigation(std::string_view name) const {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"FIRST", "LAST", "PREV", "NEXT", "CLASSIFIER",
                                       "MATCH_NUMBER", "MATCH_ROWTIME", "MATCH_PROCTIME"});
  return surroundings_.match != nullptr && IsAmong(name, kNames);
}

bool ExpressionBinder::IsRunning(const ast::Call& call) const {
  return surroundings_.match != nullptr && surroundings_.match->all_rows() &&
         surroundings_.clause == kMeasures && call.semantics != ast::MatchSemantics::kFinal;
}

Result<ExprPtr> ExpressionBinder::BindNavigation(std::string_view name, const ast::Call& call,
                                                 const ast::Expr& at) {
  if (inside_aggregate_ && (name == "CLASSIFIER" || name == "MATCH_NUMBER")) {
    return NotSupported(
        fmt::format("{} inside of another call that reads rows of MATCH_RECOGNIZE", name), at.span);
  }
  if (inside_aggregate_) {
    return NotAllowed(fmt::format("{} cannot stand inside an aggregate or another one", name),
                      at.span);
  }
  if (name == "MATCH_PROCTIME") return Call("PROCTIME", TRY(BindArguments(call)), at.span);
  if (name == "MATCH_ROWTIME") return BindMatchTime(call, at);
  if (name == "MATCH_NUMBER") return BindMatchNumber(call, at);
  return surroundings_.match->Add(TRY(MatchDraftOf(name, call, at)), At(at.span));
}

Result<MatchDraft> ExpressionBinder::MatchDraftOf(std::string_view name, const ast::Call& call,
                                                  const ast::Expr& at) {
  if (name == "CLASSIFIER") return ClassifierDraft(call, at);
  if (!IsPlain(call) || call.arguments.empty() || call.arguments.size() > 2) {
    return NotAllowed(
        fmt::format("{} takes a value, and maybe how many rows to pass over: {}(A.price, 1)", name,
                    name),
        at.span);
  }
  const bool physical = name == "PREV" || name == "NEXT";
  if (name == "NEXT" && surroundings_.clause != kMeasures) {
    return Status::Unsupported("NEXT in DEFINE of MATCH_RECOGNIZE is not supported yet")
        .WithId("E1002")
        .WithHint("say it of the row behind with PREV, or LAST(x, 1), or take NEXT in MEASURES")
        .WithSpan(At(at.span));
  }
  MatchDraft draft = TRY(NavigatedDraft(name, *call.arguments[0].value));
  const int rows = TRY(RowsPassed(name, call, physical ? 1 : 0));
  if (!physical) {
    draft.kind = name == "FIRST" ? graph::MatchValueKind::kFirst : graph::MatchValueKind::kLast;
    draft.offset = rows;
  } else {
    if (draft.classifier && rows > 0)
      return NotSupported(fmt::format("{} of a CLASSIFIER in MATCH_RECOGNIZE", name), at.span);
    draft.shift = name == "PREV" ? -rows : rows;
  }
  // RUNNING and FINAL stand before the call inside, or before this one.
  if (call.semantics != ast::MatchSemantics::kUnsaid || !draft.said)
    draft.running = IsRunning(call);
  draft.said = draft.said || call.semantics != ast::MatchSemantics::kUnsaid;
  return draft;
}

Result<MatchDraft> ExpressionBinder::NavigatedDraft(std::string_view name, const ast::Expr& of) {
  if (const auto* call = of.As<ast::Call>(); call != nullptr && call->name.parts.size() == 1) {
    const std::string inner = ToUpper(call->name.last().text);
    const bool logical = inner == "FIRST" || inner == "LAST";
    if (inner == "CLASSIFIER" || (logical && (name == "PREV" || name == "NEXT")))
      return MatchDraftOf(inner, *call, of);
  }
  inside_aggregate_ = true;
  Result<ExprPtr> value = BindNode(of);
  inside_aggregate_ = false;
  if (!value.ok()) return std::move(value).status();
  MatchDraft draft;
  draft.value = TRY(expr::FoldConstants(*value));
  return draft;
}

// How many rows the second argument passes over: a number that is written out.
Result<int> ExpressionBinder::RowsPassed(std::string_view name, const ast::Call& call,
                                         int otherwise) {
  if (call.arguments.size() < 2) return otherwise;
  const ast::Expr& argument = *call.arguments[1].value;
  inside_aggregate_ = true;
  Result<ExprPtr> bound = BindNode(argument);
  inside_aggregate_ = false;
  if (!bound.ok()) return std::move(bound).status();
  const ExprPtr offset = TRY(expr::FoldConstants(*bound));
  const bool whole = offset->kind == expr::ExprKind::kLiteral && !offset->literal.is_null() &&
                     offset->type.kind() == TypeKind::kInt;
  const int rows = whole ? offset->literal.get<int32_t>() : -1;
  if (rows >= 0 && rows <= kMostOffset) return rows;
  return NotAllowed(
      fmt::format("{} passes over 0 to {} rows, written as a number", name, kMostOffset),
      argument.span);
}

// CLASSIFIER([variable]): the name of the variable that the last row was taken as.
Result<MatchDraft> ExpressionBinder::ClassifierDraft(const ast::Call& call, const ast::Expr& at) {
  MatchDraft draft;
  draft.classifier = true;
  draft.type = Type::String();
  draft.running = IsRunning(call);
  draft.said = call.semantics != ast::MatchSemantics::kUnsaid;
  if (IsPlain(call) && call.arguments.empty()) return draft;
  const auto* of = IsPlain(call) && call.arguments.size() == 1
                       ? call.arguments[0].value->As<ast::ColumnRef>()
                       : nullptr;
  if (of == nullptr || of->name.parts.size() != 1) {
    return NotAllowed("CLASSIFIER takes nothing, or a variable of the PATTERN or of SUBSET",
                      at.span);
  }
  draft.of = of->name.last();
  return draft;
}

Result<ExprPtr> ExpressionBinder::BindMatchNumber(const ast::Call& call, const ast::Expr& at) {
  if (!IsPlain(call) || !call.arguments.empty())
    return NotAllowed("MATCH_NUMBER takes nothing", at.span);
  // Matches are followed before it is certain which of them count.
  if (surroundings_.clause != kMeasures)
    return NotSupported("MATCH_NUMBER in DEFINE of MATCH_RECOGNIZE", at.span);
  MatchDraft draft;
  draft.kind = graph::MatchValueKind::kNumber;
  draft.type = Type::BigInt().WithNullable(false);
  return surroundings_.match->Add(std::move(draft), At(at.span));
}

// The time of the row that is the last one so far.
Result<ExprPtr> ExpressionBinder::BindMatchTime(const ast::Call& call, const ast::Expr& at) {
  const ExprPtr& time = surroundings_.match->time();
  const Args arguments = TRY(BindArguments(call));
  const bool own =
      arguments.empty() || (arguments.size() == 1 && expr::Equal(*arguments[0], *time));
  if (!own) return NotAllowed("MATCH_ROWTIME takes nothing, or the column of ORDER BY", at.span);
  MatchDraft draft;
  draft.value = time;
  draft.running = IsRunning(call);
  return surroundings_.match->Add(std::move(draft), At(at.span));
}

}  // namespace weir::bind
