#include "planner/bind/group_window.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/query_binder.h"
#include "planner/logical/window_columns.h"
#include "runtime/base/names.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::TimeAttribute;
using window::WindowKind;

namespace {

struct GroupFunction {
  std::string_view name;
  WindowKind kind;
  size_t lengths;
  std::string_view signature;
};

constexpr GroupFunction kGroupFunctions[] = {
    {"TUMBLE", WindowKind::kTumble, 1, "TUMBLE(time, size)"},
    {"HOP", WindowKind::kHop, 2, "HOP(time, slide, size)"},
    {"SESSION", WindowKind::kSession, 1, "SESSION(time, gap)"},
};
constexpr std::string_view kParts[] = {"_START", "_END", "_ROWTIME", "_PROCTIME"};

const GroupFunction& FunctionNamed(std::string_view name) {
  return *std::find_if(std::begin(kGroupFunctions), std::end(kGroupFunctions),
                       [&](const GroupFunction& function) { return function.name == name; });
}

Result<int64_t> LengthOf(const ast::Expr& expression, const GroupFunction& function,
                         const TextScope& text) {
  const SourceSpan span = text.At(expression.span);
  QueryScope nowhere;
  const Relation nothing{OneRow(nowhere, {}), {}};
  const ExprPtr bound =
      TRY(ExpressionBinder(nothing, {nullptr, function.name, text}).Bind(expression));
  const bool constant = bound->kind == expr::ExprKind::kLiteral && !bound->literal.is_null();
  if (!constant || bound->type.kind() != TypeKind::kIntervalDayTime) {
    return WindowError(fmt::format("{} takes constant INTERVALs of days, hours, minutes or seconds",
                                   function.name),
                       span, std::string(function.signature));
  }
  const auto millis = bound->literal.get<int64_t>();
  if (millis > 0) return millis;
  return WindowError(fmt::format("the lengths of {} must be positive", function.name), span);
}

bool IsTimeAttribute(const Relation& relation, int column) {
  return relation.columns()[static_cast<size_t>(column)].time != TimeAttribute::kNone;
}

// A time that is computed of an attribute has no watermark: that of the attribute would close its
// windows too early or too late, as it does in Flink.
Status NotATimeAttribute(const ast::Expr& time, const expr::Expr& bound,
                         const GroupFunction& function, const Relation& relation,
                         const TextScope& text) {
  std::string message = fmt::format("{} needs a time attribute", function.name);
  std::string hint = "declare WATERMARK FOR it in CREATE TABLE, or use a column AS PROCTIME()";
  std::vector<int> columns;
  expr::CollectColumns(bound, columns);
  for (const int column : columns) {
    if (!IsTimeAttribute(relation, column)) continue;
    const std::string computed = ast::ToSql(time);
    message += fmt::format(", and {} is computed of one", computed);
    hint = fmt::format(
        "declare a column of it in CREATE TABLE, with a watermark of its own: t AS {}, WATERMARK "
        "FOR t AS …",
        computed);
    break;
  }
  return WindowError(message, text.At(time.span), hint);
}

Result<GroupWindowCall> BindCall(const ast::Call& call, SourceSpan span,
                                 const GroupFunction& function, const Relation& relation,
                                 const TextScope& text) {
  const SourceSpan at = text.At(span);
  const bool named = std::any_of(call.arguments.begin(), call.arguments.end(),
                                 [](const ast::Argument& argument) { return argument.name; });
  if (call.arguments.size() != 1 + function.lengths || named) {
    return WindowError(fmt::format("{} does not take these arguments", function.name), at,
                       std::string(function.signature));
  }
  GroupWindowCall bound;
  bound.function = function.name;
  const ast::Expr& time = *call.arguments[0].value;
  const ExprPtr column = TRY(ExpressionBinder(relation, {nullptr, "GROUP BY", text}).Bind(time));
  const bool attribute =
      column->kind == expr::ExprKind::kColumn && IsTimeAttribute(relation, column->column);
  if (!attribute) return NotATimeAttribute(time, *column, function, relation, text);
  bound.time_column = column->column;
  for (size_t i = 0; i < function.lengths; ++i) {
    bound.lengths.push_back(TRY(LengthOf(*call.arguments[i + 1].value, function, text)));
  }
  return bound;
}

// The first call of a group window function in GROUP BY, null if there is none. A second one is put
// into `second`.
const ast::Expr* FindCall(const ast::GroupBy& group_by, const ast::Expr** second) {
  const ast::Expr* found = nullptr;
  for (const ast::GroupingElement& element : group_by.elements) {
    for (const ast::ExprPtr& key : element.expressions) {
      const auto* call = key->As<ast::Call>();
      if (call == nullptr || call->over) continue;
      const auto name = GroupWindowNamed(call->name.last().text);
      if (!name || !name->part.empty()) continue;
      if (found != nullptr) *second = key.get();
      if (found == nullptr) found = key.get();
    }
  }
  return found;
}

// The columns of GROUP BY beside the window: each of their values has sessions of its own.
std::vector<int> PlainKeys(const ast::GroupBy& group_by, const Relation& relation) {
  std::vector<int> keys;
  for (const ast::GroupingElement& element : group_by.elements) {
    for (const ast::ExprPtr& key : element.expressions) {
      const auto* column = key->As<ast::ColumnRef>();
      if (column == nullptr) continue;
      const Result<ResolvedName> resolved = ResolveName(relation, column->name);
      if (!resolved.ok() || resolved->parts < column->name.parts.size()) continue;
      if (std::find(keys.begin(), keys.end(), resolved->column) == keys.end()) {
        keys.push_back(resolved->column);
      }
    }
  }
  return keys;
}

}  // namespace

std::optional<GroupWindowName> GroupWindowNamed(std::string_view name) {
  const std::string upper = ToUpper(name);
  for (const GroupFunction& function : kGroupFunctions) {
    if (upper == function.name) return GroupWindowName{upper, ""};
    for (const std::string_view part : kParts) {
      if (upper == std::string(function.name) + std::string(part)) {
        return GroupWindowName{std::string(function.name), std::string(part)};
      }
    }
  }
  return std::nullopt;
}

Result<std::optional<GroupWindow>> BindGroupWindow(const ast::GroupBy& group_by,
                                                   const QueryScope& scope, Relation& relation) {
  const ast::Expr* second = nullptr;
  const ast::Expr* text = FindCall(group_by, &second);
  if (text == nullptr) return std::optional<GroupWindow>();
  if (second != nullptr) {
    return Status::InvalidSql("GROUP BY takes one window")
        .WithId("E2015")
        .WithSpan(scope.At(second->span));
  }
  const auto& call = *text->As<ast::Call>();
  const GroupFunction& function = FunctionNamed(GroupWindowNamed(call.name.last().text)->function);
  GroupWindow window;
  window.call = TRY(BindCall(call, text->span, function, relation, scope.text));
  const logical::Column time = relation.columns()[static_cast<size_t>(window.call.time_column)];
  logical::WindowTable table;
  table.by_group = true;
  table.window.kind = function.kind;
  table.window.size = window.call.lengths.back();
  if (function.kind == WindowKind::kHop) table.window.slide = window.call.lengths[0];
  RETURN_IF_ERROR(window::CheckWindowSpec(table.window).WithSpan(scope.At(text->span)));
  table.window.processing_time = time.time == TimeAttribute::kProcessing;
  if (!table.window.processing_time) table.time_column = window.call.time_column;
  if (function.kind == WindowKind::kSession) table.keys = PlainKeys(group_by, relation);
  std::vector<logical::Column> columns = relation.columns();
  window.first_column = static_cast<int>(columns.size());
  const Type bound = Type::Timestamp(3).WithNullable(false);
  columns.push_back({"window_start", bound});
  columns.push_back({"window_end", bound});
  columns.push_back({"window_time", logical::WindowTimeType(time.type), time.time});
  relation.node = logical::MakeNode(std::move(table), {relation.node}, std::move(columns),
                                    scope.OriginAt(text->span));
  return std::optional<GroupWindow>(std::move(window));
}

std::vector<ExprPtr> KeysOfGroupWindow(const GroupWindow& window, const Relation& relation) {
  std::vector<ExprPtr> keys;
  for (int i = window.first_column; i < window.first_column + 3; ++i) {
    keys.push_back(expr::MakeColumnRef(i, relation.columns()[static_cast<size_t>(i)].type));
  }
  return keys;
}

Result<ExprPtr> BindWindowBound(const ast::Call& call, SourceSpan span, const GroupWindow* window,
                                const Relation& relation) {
  const GroupWindowName name = *GroupWindowNamed(call.name.last().text);
  const std::string upper = ToUpper(call.name.last().text);
  const auto wrong = [&](std::string message, std::string hint) {
    return Status::InvalidSql(std::move(message))
        .WithId("E2015")
        .WithHint(std::move(hint))
        .WithSpan(span);
  };
  if (window == nullptr || name.part.empty()) {
    return wrong(name.part.empty()
                     ? fmt::format("{} stands in GROUP BY, or in FROM TABLE(…)", upper)
                     : fmt::format("{} needs GROUP BY {}", upper, name.function),
                 fmt::format("GROUP BY {}", FunctionNamed(name.function).signature));
  }
  const GroupWindowCall bound =
      TRY(BindCall(call, span, FunctionNamed(name.function), relation, {}));
  if (!(bound == window->call)) {
    return wrong(fmt::format("{} is not of the window in GROUP BY", upper),
                 "give it the same function, time and lengths");
  }
  const int time = window->first_column + 2;
  const logical::Column& column = relation.columns()[static_cast<size_t>(time)];
  if (name.part == "_ROWTIME" && column.time != TimeAttribute::kEvent) {
    return wrong(fmt::format("{} needs a window over event time", upper), "");
  }
  if (name.part == "_PROCTIME" && column.time != TimeAttribute::kProcessing) {
    return wrong(fmt::format("{} needs a window over processing time", upper), "");
  }
  const int part = name.part == "_START" ? 0 : name.part == "_END" ? 1 : 2;
  const int index = window->first_column + part;
  return expr::MakeColumnRef(index, relation.columns()[static_cast<size_t>(index)].type, span);
}

}  // namespace weir::bind
