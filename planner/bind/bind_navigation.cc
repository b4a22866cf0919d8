// FIRST, LAST, MATCH_ROWTIME and MATCH_PROCTIME in the conditions and measures of MATCH_RECOGNIZE.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "planner/bind/expression_binder.h"
#include "planner/bind/match_drafts.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;

namespace {

constexpr int kMostOffset = 1000;  // rows: a place is kept for each

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

// LAST(value [, offset]): the offset is a number that is written out.
Result<ExprPtr> ExpressionBinder::BindNavigation(std::string_view name, const ast::Call& call,
                                                 const ast::Expr& at) {
  static constexpr auto kMissing =
      std::to_array<std::string_view>({"PREV", "NEXT", "CLASSIFIER", "MATCH_NUMBER"});
  if (IsAmong(name, kMissing))
    return NotSupported(fmt::format("{} in MATCH_RECOGNIZE", name), at.span);
  if (inside_aggregate_) {
    return NotAllowed(fmt::format("{} cannot stand inside an aggregate or another one", name),
                      at.span);
  }
  if (name == "MATCH_PROCTIME") return Call("PROCTIME", TRY(BindArguments(call)), at.span);
  if (name == "MATCH_ROWTIME") return BindMatchTime(call, at);
  const bool plain = !call.star && !call.filter && call.quantifier == ast::Quantifier::kUnsaid &&
                     call.nulls == ast::NullTreatment::kUnsaid;
  if (!plain || call.arguments.empty() || call.arguments.size() > 2) {
    return NotAllowed(
        fmt::format("{} takes a value, and maybe how many rows to pass over: {}(A.price, 1)", name,
                    name),
        at.span);
  }
  MatchDraft draft;
  if (name == "FIRST") draft.kind = graph::MatchValueKind::kFirst;
  inside_aggregate_ = true;
  Result<Args> arguments = BindArguments(call);
  inside_aggregate_ = false;
  if (!arguments.ok()) return std::move(arguments).status();
  draft.value = TRY(expr::FoldConstants((*arguments)[0]));
  if (arguments->size() > 1) {
    const ExprPtr offset = TRY(expr::FoldConstants((*arguments)[1]));
    const bool whole = offset->kind == expr::ExprKind::kLiteral && !offset->literal.is_null() &&
                       offset->type.kind() == TypeKind::kInt;
    const int rows = whole ? offset->literal.get<int32_t>() : -1;
    if (rows < 0 || rows > kMostOffset) {
      return NotAllowed(
          fmt::format("{} passes over 0 to {} rows, written as a number", name, kMostOffset),
          call.arguments[1].value->span);
    }
    draft.offset = rows;
  }
  return surroundings_.match->Add(std::move(draft), At(at.span));
}

// The time of the row that is the last one so far.
Result<ExprPtr> ExpressionBinder::BindMatchTime(const ast::Call& call, const ast::Expr& at) {
  const ExprPtr& time = surroundings_.match->time();
  const Args arguments = TRY(BindArguments(call));
  const bool own =
      arguments.empty() || (arguments.size() == 1 && expr::Equal(*arguments[0], *time));
  if (!own) return NotAllowed("MATCH_ROWTIME takes nothing, or the column of ORDER BY", at.span);
  return surroundings_.match->Add({graph::MatchValueKind::kLast, 0, time}, At(at.span));
}

}  // namespace weir::bind
