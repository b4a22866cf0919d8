#include "planner/traits/late_marks.h"

#include <algorithm>

#include "planner/logical/expression_kind.h"

namespace weir::traits {
namespace {

using graph::LateMarks;

// How an operator treats the rows of its input.
struct Role {
  bool tells_late = false;  // watermarks end its windows or matches
  bool hands_on = false;    // its output is those rows, as they come
  bool replaces = false;    // its output is those rows, until others take their place
};

struct RoleOf {
  Role operator()(const logical::Filter&) const { return {.hands_on = true}; }
  Role operator()(const logical::Project&) const { return {.hands_on = true}; }
  Role operator()(const logical::Union&) const { return {.hands_on = true}; }
  Role operator()(const logical::WindowTable& table) const {
    return {.tells_late = table.window.kind == window::WindowKind::kSession, .hands_on = true};
  }
  Role operator()(const logical::WindowAggregate&) const { return {.tells_late = true}; }
  Role operator()(const logical::WindowRank&) const { return {.tells_late = true}; }
  Role operator()(const logical::Join& join) const {
    return {.tells_late = join.interval || join.window || join.versions,
            .hands_on = join.interval || join.lookup || join.versions};
  }
  Role operator()(const logical::Deduplicate& deduplicate) const {
    if (deduplicate.keep_last) return {.replaces = true};
    return {.tells_late = deduplicate.time_column >= 0, .hands_on = true};
  }
  Role operator()(const logical::OverAggregate& over) const {
    if (over.recomputed) return {.replaces = true};
    return {.tells_late = !over.by_clock};
  }
  Role operator()(const logical::Replicate&) const { return {.hands_on = true}; }
  Role operator()(const logical::ToChangelog&) const { return {.hands_on = true}; }
  Role operator()(const logical::FromChangelog&) const { return {.hands_on = true}; }
  Role operator()(const logical::Match&) const { return {.tells_late = true}; }
  Role operator()(const logical::Rank&) const { return {.replaces = true}; }
  Role operator()(const logical::Normalize&) const { return {.replaces = true}; }
  Role operator()(const logical::Sort& sort) const {
    if (sort.time == logical::TimeAttribute::kNone) return {.replaces = true};
    return {.tells_late = sort.time == logical::TimeAttribute::kEvent, .hands_on = true};
  }
  template <typename Other>
  Role operator()(const Other&) const {
    return {};
  }
};

// The CURRENT_WATERMARK that an expression calls; null if it calls none, or is null.
const expr::Expr* WatermarkRead(const expr::ExprPtr& expression) {
  if (!expression) return nullptr;
  if (logical::IsCallOf(*expression, "CURRENT_WATERMARK")) return expression.get();
  for (const expr::ExprPtr& argument : expression->args) {
    if (const expr::Expr* read = WatermarkRead(argument)) return read;
  }
  return nullptr;
}

const expr::Expr* WatermarkRead(const logical::Node& node) {
  if (const auto* filter = std::get_if<logical::Filter>(&node.operation))
    return WatermarkRead(filter->predicate);
  if (const auto* join = std::get_if<logical::Join>(&node.operation))
    return WatermarkRead(join->residual);
  const auto* project = std::get_if<logical::Project>(&node.operation);
  if (project == nullptr) return nullptr;
  for (const expr::ExprPtr& expression : project->expressions) {
    if (const expr::Expr* read = WatermarkRead(expression)) return read;
  }
  return nullptr;
}

// Whether no operator between `node` and the watermark puts out rows at other moments than those of
// the rows that it is given, or rows without marks.
bool HasMarks(const logical::Node& node) {
  if (std::holds_alternative<logical::Watermark>(node.operation)) return true;
  const Role role = std::visit(RoleOf{}, node.operation);
  if (!role.replaces && (!role.hands_on || role.tells_late)) return false;
  if (std::holds_alternative<logical::Join>(node.operation)) return HasMarks(*node.inputs[0]);
  return std::ranges::all_of(node.inputs, [](const auto& input) { return HasMarks(*input); });
}

}  // namespace

Status CheckWatermarkReads(const logical::Node& node) {
  const expr::Expr* read = WatermarkRead(node);
  if (read == nullptr) return {};
  if (std::holds_alternative<logical::Join>(node.operation)) {
    return Status::Unsupported("CURRENT_WATERMARK in ON is not supported yet")
        .WithId("E1002")
        .WithHint("compute it in a subquery below the join")
        .WithSpan(read->span);
  }
  if (HasMarks(*node.inputs[0])) return {};
  return Status::Unsupported(
             "CURRENT_WATERMARK of rows that waited (in a window, join, OVER or ORDER BY) is not "
             "supported yet")
      .WithId("E1002")
      .WithHint("compute it in a subquery of the table that has the WATERMARK")
      .WithSpan(read->span);
}

LateMarks LateMarksNeeded(const logical::Node& consumer, LateMarks own) {
  if (WatermarkRead(consumer) != nullptr) return LateMarks::kEveryRow;
  const Role role = std::visit(RoleOf{}, consumer.operation);
  if (role.replaces) return own == LateMarks::kUnused ? own : LateMarks::kEveryRow;
  const LateMarks needed = role.tells_late ? LateMarks::kLateRows : LateMarks::kUnused;
  return role.hands_on ? std::max(needed, own) : needed;
}

}  // namespace weir::traits
