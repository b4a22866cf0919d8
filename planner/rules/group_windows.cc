// group-windows: an aggregate grouped by window_start and window_end of a window table function
// becomes a window aggregate, also through projections and filters between them. Always on: it
// decides that the result is append-only and that late rows are dropped (Flink:
// FlinkRelMdWindowProperties). Grouping by window_end alone stays an updating aggregate, as in
// Flink.
//
//   SELECT window_start, bidder, COUNT(*) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1'
//   HOUR)) GROUP BY window_start, window_end, bidder Aggregate(window_start, window_end, bidder)
//   over WindowTable over Scan
//     =>  Project(window_start, window_end, bidder, count) over WindowAggregate(bidder) over Scan
//
// Grouping the result of a tumbling window aggregate by its window columns again is the same window
// over its window_time.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "planner/logical/rewrite.h"
#include "planner/rules/predicates.h"
#include "planner/rules/rule.h"

namespace weir::rules {
namespace {

using expr::ExprPtr;
using logical::Node;
using logical::NodePtr;

constexpr size_t kWindowColumns = 3;  // window_start, window_end, window_time

// What lies under an aggregate: the node that assigns windows, and the aggregate's input columns
// and the filters on the way, as expressions over that node.
struct Windowed {
  NodePtr base;
  std::vector<ExprPtr> columns;
  std::vector<ExprPtr> conditions;

  // The first of the base's three window columns.
  int first() const { return static_cast<int>(base->columns.size() - kWindowColumns); }
};

std::optional<Windowed> FindWindows(const NodePtr& input) {
  Windowed found{input, {}, {}};
  for (size_t i = 0; i < input->columns.size(); ++i) {
    found.columns.push_back(logical::ColumnRef(*input, static_cast<int>(i)));
  }
  while (true) {
    const Node& node = *found.base;
    if (std::holds_alternative<logical::WindowTable>(node.operation) ||
        std::holds_alternative<logical::WindowAggregate>(node.operation)) {
      return found;
    }
    if (const auto* filter = std::get_if<logical::Filter>(&node.operation)) {
      std::vector<ExprPtr> conditions = SplitConjunction(filter->predicate);
      conditions.insert(conditions.end(), found.conditions.begin(), found.conditions.end());
      found.conditions = std::move(conditions);
    } else if (const auto* project = std::get_if<logical::Project>(&node.operation)) {
      for (ExprPtr& column : found.columns) column = expr::Substitute(column, project->expressions);
      for (ExprPtr& condition : found.conditions) {
        condition = expr::Substitute(condition, project->expressions);
      }
    } else {
      return std::nullopt;
    }
    found.base = NodePtr(node.inputs[0]);
  }
}

// What an expression over the base reads.
enum class Reads { kRow, kWindow, kBoth };

Reads WhatReads(const expr::Expr& expression, int first_window) {
  std::vector<int> columns;
  expr::CollectColumns(expression, columns);
  bool row = false;
  bool window = false;
  for (const int column : columns) (column >= first_window ? window : row) = true;
  return !window ? Reads::kRow : row ? Reads::kBoth : Reads::kWindow;
}

bool IsColumn(const expr::Expr& expression, int column) {
  return expression.kind == expr::ExprKind::kColumn && expression.column == column;
}

bool GroupsByWindow(const logical::Aggregate& aggregate, const Windowed& windowed) {
  const auto grouped = [&](int column) {
    return std::any_of(aggregate.keys.begin(), aggregate.keys.end(), [&](int key) {
      return IsColumn(*windowed.columns[static_cast<size_t>(key)], column);
    });
  };
  return grouped(windowed.first()) && grouped(windowed.first() + 1);
}

Status Refuse(std::string_view what, SourceSpan span) {
  return Status::Unsupported(fmt::format("{} is not supported yet", what))
      .WithId("E1002")
      .WithSpan(span);
}

// Builds the window aggregate of one aggregate.
class Grouping {
 public:
  Grouping(const Node& node, Windowed windowed)
      : node_(node),
        aggregate_(std::get<logical::Aggregate>(node.operation)),
        windowed_(std::move(windowed)) {}

  Result<NodePtr> Build() {
    RETURN_IF_ERROR(TakeWindow());
    RETURN_IF_ERROR(PartConditions());
    RETURN_IF_ERROR(PartKeys());
    RETURN_IF_ERROR(CheckCalls());
    BuildInput();
    BuildAggregate();
    return BuildOutput();
  }

 private:
  // The window, and the node and column that it is over.
  Status TakeWindow() {
    const Node& base = *windowed_.base;
    if (const auto* table = std::get_if<logical::WindowTable>(&base.operation)) {
      result_.window = table->window;
      time_ = table->time_column;
      under_ = base.inputs[0];
    } else {
      const auto& inner = std::get<logical::WindowAggregate>(base.operation);
      if (inner.window.kind != window::WindowKind::kTumble || inner.window.processing_time) {
        return Refuse(
            "grouping by the windows of another aggregate, other than TUMBLE over event time,",
            node_.origin.span);
      }
      result_.window = inner.window;
      time_ = windowed_.first() + 2;
      under_ = windowed_.base;
    }
    return CheckLengths();
  }

  Status CheckLengths() const {
    const window::WindowSpec& window = result_.window;
    const bool stepped =
        window.kind == window::WindowKind::kHop || window.kind == window::WindowKind::kCumulate;
    if (!stepped || (window.slide > 0 && window.size % window.slide == 0)) return {};
    return Status::InvalidSql(
               fmt::format("the size of a window that is aggregated must be a multiple of "
                           "its step: {}",
                           window.ToString()))
        .WithId("E2010")
        .WithSpan(node_.origin.span);
  }

  Status PartConditions() {
    for (const ExprPtr& condition : windowed_.conditions) {
      switch (WhatReads(*condition, windowed_.first())) {
        case Reads::kRow:
          below_.push_back(condition);
          break;
        case Reads::kWindow:
          above_.push_back(condition);
          break;
        case Reads::kBoth:
          return Refuse(
              "a condition on window and other columns together, before grouping by windows,",
              condition->span);
      }
    }
    return {};
  }

  // Keys made from window columns alone follow from the window.
  Status PartKeys() {
    for (const int key : aggregate_.keys) {
      const ExprPtr& column = Column(key);
      if (WhatReads(*column, windowed_.first()) == Reads::kBoth) {
        return Refuse("grouping by an expression of window and other columns", column->span);
      }
      if (IsRow(key)) row_keys_.push_back(key);
    }
    return {};
  }

  Status CheckCalls() const {
    for (const expr::AggregateCall& call : aggregate_.calls) {
      for (const int argument : call.arguments) {
        if (!IsRow(argument)) return Refuse("an aggregate of window columns", call.span);
      }
      if (call.filter >= 0 && !IsRow(call.filter))
        return Refuse("FILTER on window columns", call.span);
    }
    return {};
  }

  // Under the aggregate: the columns that it reads and the time.
  void BuildInput() {
    if (windowed_.base == node_.inputs[0] && under_ != windowed_.base) {
      input_ = under_;
      for (int i = 0; i < windowed_.first(); ++i) places_.push_back(i);
      result_.time_column = time_;
      return;
    }
    const NodePtr source = MakeFilter(under_, below_, node_.origin);
    std::vector<uint8_t> read(node_.inputs[0]->columns.size(), 0);
    for (const int key : row_keys_) read[static_cast<size_t>(key)] = 1;
    for (const expr::AggregateCall& call : aggregate_.calls) {
      for (const int argument : call.arguments) read[static_cast<size_t>(argument)] = 1;
      if (call.filter >= 0) read[static_cast<size_t>(call.filter)] = 1;
    }
    logical::Project project;
    std::vector<logical::Column> columns;
    places_.assign(read.size(), -1);
    for (size_t i = 0; i < read.size(); ++i) {
      if (read[i] == 0) continue;
      places_[i] = static_cast<int>(columns.size());
      project.expressions.push_back(windowed_.columns[i]);
      columns.push_back(node_.inputs[0]->columns[i]);
    }
    result_.time_column = time_ < 0 ? -1 : static_cast<int>(columns.size());
    if (time_ >= 0) {
      project.expressions.push_back(logical::ColumnRef(*under_, time_));
      columns.push_back(under_->columns[static_cast<size_t>(time_)]);
    }
    input_ = logical::MakeNode(std::move(project), {source}, std::move(columns), node_.origin);
  }

  void BuildAggregate() {
    std::vector<logical::Column> columns;
    for (size_t i = 0; i < aggregate_.keys.size(); ++i) {
      const int key = aggregate_.keys[i];
      if (!IsRow(key)) continue;
      result_.keys.push_back(places_[static_cast<size_t>(key)]);
      columns.push_back(node_.columns[i]);
    }
    result_.calls = aggregate_.calls;
    for (size_t i = 0; i < result_.calls.size(); ++i) {
      expr::AggregateCall& call = result_.calls[i];
      for (int& argument : call.arguments) argument = places_[static_cast<size_t>(argument)];
      if (call.filter >= 0) call.filter = places_[static_cast<size_t>(call.filter)];
      columns.push_back(node_.columns[aggregate_.keys.size() + i]);
    }
    const std::vector<logical::Column>& base = windowed_.base->columns;
    columns.insert(columns.end(), base.end() - kWindowColumns, base.end());
    grouped_ = logical::MakeNode(result_, {input_}, std::move(columns), node_.origin);
  }

  // The aggregate's columns in their order, over the window aggregate's.
  NodePtr BuildOutput() {
    const int first = static_cast<int>(result_.keys.size() + result_.calls.size());
    std::vector<ExprPtr> windows(windowed_.base->columns.size());
    for (int i = 0; i < static_cast<int>(kWindowColumns); ++i) {
      windows[static_cast<size_t>(windowed_.first() + i)] =
          logical::ColumnRef(*grouped_, first + i);
    }
    std::vector<ExprPtr> conditions;
    for (const ExprPtr& condition : above_)
      conditions.push_back(expr::Substitute(condition, windows));
    const NodePtr filtered = MakeFilter(grouped_, conditions, node_.origin);
    logical::Project project;
    int next_key = 0;
    for (const int key : aggregate_.keys) {
      project.expressions.push_back(IsRow(key) ? logical::ColumnRef(*grouped_, next_key++)
                                               : expr::Substitute(Column(key), windows));
    }
    for (size_t i = 0; i < result_.calls.size(); ++i) {
      project.expressions.push_back(logical::ColumnRef(*grouped_, next_key++));
    }
    return logical::MakeNode(std::move(project), {filtered}, node_.columns, node_.origin);
  }

  const ExprPtr& Column(int column) const { return windowed_.columns[static_cast<size_t>(column)]; }
  bool IsRow(int column) const {
    return WhatReads(*Column(column), windowed_.first()) == Reads::kRow;
  }

  const Node& node_;
  const logical::Aggregate& aggregate_;
  const Windowed windowed_;
  logical::WindowAggregate result_;
  NodePtr under_;               // what the window is over
  int time_ = -1;               // its time column
  std::vector<ExprPtr> below_;  // conditions on rows
  std::vector<ExprPtr> above_;  // conditions on windows
  std::vector<int> row_keys_;   // columns of the aggregate's input
  NodePtr input_;               // of the window aggregate
  std::vector<int> places_;     // the aggregate's input columns in input_
  NodePtr grouped_;
};

}  // namespace

Result<logical::Plan> GroupWindows(const logical::Plan& plan) {
  return logical::Rewrite(plan, [](const Node&, NodePtr node) -> Result<NodePtr> {
    const auto* aggregate = std::get_if<logical::Aggregate>(&node->operation);
    if (aggregate == nullptr) return node;
    std::optional<Windowed> windowed = FindWindows(node->inputs[0]);
    if (!windowed || !GroupsByWindow(*aggregate, *windowed)) return node;
    return Grouping(*node, *std::move(windowed)).Build();
  });
}

}  // namespace weir::rules
