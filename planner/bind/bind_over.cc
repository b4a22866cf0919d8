// Calls with OVER: the ranks, which Top-N and deduplication are written with.
#include <fmt/format.h>

#include "planner/bind/expression_binder.h"
#include "planner/bind/over_drafts.h"
#include "planner/bind/query_binder.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;

namespace {

std::optional<graph::RankFunction> RankFunctionCalled(std::string_view name) {
  for (const graph::RankFunction function :
       {graph::RankFunction::kRowNumber, graph::RankFunction::kRank,
        graph::RankFunction::kDenseRank}) {
    if (EqualsIgnoreCase(graph::RankFunctionName(function), name)) return function;
  }
  return std::nullopt;
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
Status ExpressionBinder::AddWindow(const ast::WindowSpec& window, OverDraft& draft, int depth) {
  if (window.base) {
    const ast::NamedWindow* base = FindWindow(surroundings_.overs->windows(), *window.base);
    // A window may only refine one that is written before it, so that chains end.
    if (base == nullptr || depth > 16) {
      return Status::InvalidSql(
                 fmt::format("there is no window \"{}\" in the WINDOW clause", window.base->text))
          .WithId("E2003")
          .WithSpan(At(window.base->span));
    }
    draft.window = base->name.text;
    RETURN_IF_ERROR(AddWindow(base->spec, draft, depth + 1));
  }
  if (window.frame) {
    return NotAllowed("ROW_NUMBER, RANK and DENSE_RANK take no frame", window.frame->span,
                      "leave ROWS or RANGE out");
  }
  for (const ast::ExprPtr& key : window.partition_by) {
    draft.partition.push_back(TRY(expr::FoldConstants(TRY(BindNode(*key)))));
  }
  for (const ast::OrderItem& item : window.order_by) {
    ExprPtr bound = TRY(expr::FoldConstants(TRY(BindNode(*item.expr))));
    draft.order.push_back({std::move(bound), SortKeyOf(item, -1)});
  }
  return {};
}

Result<ExprPtr> ExpressionBinder::BindOver(const ast::Call& call, const ast::Expr& at) {
  const std::string name = ToUpper(call.name.last().text);
  const std::optional<graph::RankFunction> function = RankFunctionCalled(name);
  if (!function) {
    return Status::Unsupported(fmt::format("{} with OVER is not supported yet", name))
        .WithId("E1002")
        .WithHint("ROW_NUMBER, RANK and DENSE_RANK are, where a condition keeps the first ranks")
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
  if (!call.arguments.empty() || call.star || call.filter ||
      call.quantifier != ast::Quantifier::kUnsaid) {
    return NotAllowed(fmt::format("{} takes no arguments", name), at.span);
  }
  OverDraft draft;
  draft.function = *function;
  draft.span = At(at.span);
  inside_over_ = true;
  Status status = AddWindow(*call.over, draft, 0);
  inside_over_ = false;
  RETURN_IF_ERROR(std::move(status));
  if (draft.order.empty()) {
    return NotAllowed(fmt::format("{} needs an ORDER BY in its OVER", name), at.span);
  }
  return surroundings_.overs->Add(std::move(draft));
}

}  // namespace weir::bind
