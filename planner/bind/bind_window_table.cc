// TABLE(TUMBLE(…)), TABLE(HOP(…)), TABLE(CUMULATE(…)), TABLE(SESSION(…)).
#include <fmt/format.h>

#include <array>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/table_argument.h"
#include "planner/logical/window_columns.h"
#include "runtime/base/names.h"
#include "runtime/expr/hints.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::bind {

using logical::NodePtr;
using window::WindowKind;

namespace {

constexpr size_t kMostParameters = 5;

// A window table function: its parameters in order, the last one (OFFSET) optional.
struct WindowFunction {
  std::string_view name;
  WindowKind kind;
  size_t count;
  std::array<std::string_view, kMostParameters> parameters;
};

constexpr WindowFunction kFunctions[] = {
    {"TUMBLE", WindowKind::kTumble, 4, {"DATA", "TIMECOL", "SIZE", "OFFSET", ""}},
    {"HOP", WindowKind::kHop, 5, {"DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"}},
    {"CUMULATE", WindowKind::kCumulate, 5, {"DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"}},
    // SESSION has no OFFSET: the fourth parameter has no name, and is never given.
    {"SESSION", WindowKind::kSession, 4, {"DATA", "TIMECOL", "GAP", "", ""}},
};

std::string Signature(const WindowFunction& function) {
  switch (function.kind) {
    case WindowKind::kTumble:
      return "TUMBLE(TABLE t, DESCRIPTOR(time), size [, offset])";
    case WindowKind::kHop:
      return "HOP(TABLE t, DESCRIPTOR(time), slide, size [, offset])";
    case WindowKind::kCumulate:
      return "CUMULATE(TABLE t, DESCRIPTOR(time), step, size [, offset])";
    case WindowKind::kSession:
      return "SESSION(TABLE t [PARTITION BY k], DESCRIPTOR(time), gap)";
  }
  return "";
}

Result<const WindowFunction*> FindWindowFunction(const ast::FunctionTable& function,
                                                 const QueryScope& scope) {
  const std::string& name = function.call.name.last().text;
  const SourceSpan span = scope.At(function.call_span);
  std::vector<std::string> names;
  for (const WindowFunction& known : kFunctions) {
    if (EqualsIgnoreCase(known.name, name)) return &known;
    names.emplace_back(known.name);
  }
  names.insert(names.end(), {"TO_CHANGELOG", "FROM_CHANGELOG"});
  std::string hint = expr::ElsewhereTableHint(name);
  if (hint.empty()) hint = DidYouMean(name, names);
  if (hint.empty())
    hint =
        "there are TUMBLE, HOP, CUMULATE, SESSION, TO_CHANGELOG and FROM_CHANGELOG; "
        "UNNEST(SPLIT(s, ',')) makes rows of a text";
  return Status::InvalidSql(fmt::format("there is no table function {}", name))
      .WithId("E2005")
      .WithHint(std::move(hint))
      .WithSpan(span);
}

// The call's arguments by parameter; null where one is left out.
using Arguments = std::array<const ast::Expr*, kMostParameters>;

class WindowTableBinder {
 public:
  WindowTableBinder(QueryBinder& binder, const ast::FunctionTable& call, const QueryScope& scope)
      : binder_(binder), call_(call), scope_(scope) {}

  Result<Relation> Bind(const QueryScope& query_scope) {
    function_ = TRY(FindWindowFunction(call_, scope_));
    RETURN_IF_ERROR(MatchArguments());
    input_ = TRY(BindData(query_scope));
    logical::WindowTable table;
    RETURN_IF_ERROR(BindTime(table));
    RETURN_IF_ERROR(BindLengths(table.window));
    RETURN_IF_ERROR(BindPartition(table));
    NodePtr node = MakeNode(table);
    const size_t count = node->columns.size();
    return Relation{std::move(node), {{input_.inputs[0].alias, {}, 0, count}}};
  }

 private:
  SourceSpan CallSpan() const { return scope_.At(call_.call_span); }

  Status WrongArguments(SourceSpan span) const {
    return WindowError(fmt::format("{} does not take these arguments", function_->name), span,
                       Signature(*function_));
  }

  Status MatchArguments() {
    const std::vector<ast::Argument>& arguments = call_.call.arguments;
    for (size_t i = 0; i < arguments.size(); ++i) {
      size_t at = i;
      if (arguments[i].name) {
        at = 0;
        while (at < function_->count &&
               !EqualsIgnoreCase(function_->parameters[at], arguments[i].name->text)) {
          ++at;
        }
      }
      const SourceSpan span =
          scope_.At(arguments[i].name ? arguments[i].name->span : arguments[i].value->span);
      if (at >= function_->count || arguments_[at] != nullptr) return WrongArguments(span);
      arguments_[at] = arguments[i].value.get();
    }
    for (size_t i = 0; i + 1 < function_->count; ++i) {
      if (arguments_[i] == nullptr) return WrongArguments(CallSpan());
    }
    const ast::Expr* last = arguments_[function_->count - 1];
    if (function_->kind == WindowKind::kSession && last != nullptr) {
      return WrongArguments(scope_.At(last->span));
    }
    return {};
  }

  Result<Relation> BindData(const QueryScope& query_scope) {
    if (const auto* table = arguments_[0]->As<ast::TableArgument>()) {
      const bool partitioned = !table->partition_by.empty();
      if ((partitioned && function_->kind != WindowKind::kSession) || !table->order_by.empty()) {
        return Status::Unsupported(fmt::format("{} in {} is not supported yet",
                                               partitioned ? "PARTITION BY" : "ORDER BY",
                                               function_->name))
            .WithSpan(scope_.At(arguments_[0]->span));
      }
    }
    std::optional<Relation> data =
        TRY(BindTableArgument(binder_, *arguments_[0], scope_, query_scope));
    if (!data) return WrongArguments(scope_.At(arguments_[0]->span));
    return *std::move(data);
  }

  Status BindTime(logical::WindowTable& table) {
    const auto* descriptor = arguments_[1]->As<ast::Descriptor>();
    const SourceSpan span = scope_.At(arguments_[1]->span);
    if (descriptor == nullptr || descriptor->columns.size() != 1) return WrongArguments(span);
    const ResolvedName resolved = TRY(ResolveName(input_, descriptor->columns[0]));
    const logical::Column& column = input_.columns()[static_cast<size_t>(resolved.column)];
    if (column.time == logical::TimeAttribute::kNone ||
        resolved.parts < descriptor->columns[0].parts.size()) {
      return WindowError(
          fmt::format("{} needs a time attribute, but \"{}\" is a plain {}", function_->name,
                      column.name, column.type.ToStringIgnoringNullability()),
          span,
          "declare WATERMARK FOR it in CREATE TABLE, or use a column AS PROCTIME(); expressions, "
          "casts and "
          "GROUP BY end a time attribute");
    }
    table.window.processing_time = column.time == logical::TimeAttribute::kProcessing;
    time_ = column;
    if (!table.window.processing_time) table.time_column = resolved.column;
    return {};
  }

  Result<int64_t> BindInterval(size_t parameter) const {
    const ast::Expr& expression = *arguments_[parameter];
    const Relation nothing{OneRow(scope_, {}), {}};
    const expr::ExprPtr bound =
        TRY(ExpressionBinder(nothing, {nullptr, function_->name, scope_.text}).Bind(expression));
    const bool constant = bound->kind == expr::ExprKind::kLiteral && !bound->literal.is_null();
    if (constant && bound->type.kind() == TypeKind::kIntervalDayTime)
      return bound->literal.get<int64_t>();
    return WindowError(
        fmt::format("{} of {} must be a constant INTERVAL of days, hours, minutes or seconds",
                    function_->parameters[parameter], function_->name),
        scope_.At(expression.span));
  }

  Status BindLengths(window::WindowSpec& spec) const {
    spec.kind = function_->kind;
    const size_t last = function_->count - 1;
    spec.size = TRY(BindInterval(last - 1));
    if (last > 3) spec.slide = TRY(BindInterval(2));
    if (arguments_[last] != nullptr) spec.offset = TRY(BindInterval(last));
    for (size_t i = 2; i < last; ++i) {
      const int64_t length = i + 1 == last ? spec.size : spec.slide;
      if (length > 0) continue;
      return WindowError(
          fmt::format("{} of {} must be positive", function_->parameters[i], function_->name),
          scope_.At(arguments_[i]->span));
    }
    if (spec.kind == WindowKind::kCumulate && spec.size % spec.slide != 0) {
      return WindowError("SIZE of CUMULATE must be a multiple of its STEP",
                         scope_.At(arguments_[3]->span));
    }
    return window::CheckWindowSpec(spec).WithSpan(scope_.At(arguments_[2]->span));
  }

  // The columns whose rows make sessions together.
  Status BindPartition(logical::WindowTable& table) const {
    const auto* data = arguments_[0]->As<ast::TableArgument>();
    if (data == nullptr) return {};
    for (const ast::ExprPtr& key : data->partition_by) {
      const expr::ExprPtr bound =
          TRY(ExpressionBinder(input_, {nullptr, "PARTITION BY", scope_.text}).Bind(*key));
      if (bound->kind != expr::ExprKind::kColumn) {
        return WindowError("PARTITION BY of SESSION takes columns", scope_.At(key->span),
                           "compute it in a derived table below");
      }
      table.keys.push_back(bound->column);
    }
    return {};
  }

  NodePtr MakeNode(logical::WindowTable table) {
    std::vector<logical::Column> columns = input_.columns();
    const Type bound = Type::Timestamp(3).WithNullable(false);
    columns.push_back({"window_start", bound});
    columns.push_back({"window_end", bound});
    columns.push_back({"window_time", logical::WindowTimeType(time_.type), time_.time});
    return logical::MakeNode(table, {input_.node}, std::move(columns),
                             scope_.OriginAt(call_.call_span));
  }

  QueryBinder& binder_;
  const ast::FunctionTable& call_;
  const QueryScope& scope_;
  const WindowFunction* function_ = nullptr;
  Arguments arguments_{};
  Relation input_;
  logical::Column time_;
};

}  // namespace

bool IsWindowTable(std::string_view name) {
  return std::ranges::any_of(
      kFunctions, [&](const WindowFunction& known) { return EqualsIgnoreCase(known.name, name); });
}

Result<Relation> BindWindowTable(QueryBinder& binder, const ast::FunctionTable& function,
                                 const QueryScope& scope, const QueryScope& query_scope) {
  return WindowTableBinder(binder, function, scope).Bind(query_scope);
}

}  // namespace weir::bind
