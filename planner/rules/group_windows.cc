// group-windows: an aggregate grouped by window_start and window_end of a window table function
// becomes a window aggregate, also through projections and filters between them. Always on: it
// decides that the result is append-only and that late rows are dropped (Flink:
// FlinkRelMdWindowProperties). Grouping by window_end alone stays an updating aggregate, as in
// Flink.
//
//   SELECT window_start, bidder, COUNT(*)
//   FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' HOUR))
//   GROUP BY window_start, window_end, bidder
//   Aggregate(window_start, window_end, bidder) over WindowTable over Scan
//     =>  Project(window_start, window_end, bidder, count) over WindowAggregate(bidder) over Scan
//
// The result of a window aggregate, of a Top-N within windows or of a window join may be grouped by
// its window columns again: the windows stay, and a row counts for the one that it has. For TUMBLE
// over event time that is the same as the window over its window_time.
//
// Sessions are made by the rows of one key. Grouped by just those keys they are aggregated as they
// grow; where values have to be kept (DISTINCT), rows wait for their session to end and have
// windows then. Grouped by other keys it is an ordinary aggregate of the rows of sessions that have
// ended, as in Flink.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "planner/logical/rewrite.h"
#include "planner/logical/window_columns.h"
#include "planner/rules/peel.h"
#include "planner/rules/predicates.h"
#include "planner/rules/rule.h"
#include "planner/traits/traits.h"

namespace weir::rules {
namespace {

using expr::ExprPtr;
using logical::Node;
using logical::NodePtr;

constexpr size_t kWindowColumns = 3;  // window_start, window_end, window_time

// What lies under an aggregate: the node that assigns windows, and the aggregate's input columns
// and the filters on the way, as expressions over that node.
struct Windowed : Peeled {
  // The base's columns that hold the window's start, end and time; -1 for one that it has not.
  int start = -1;
  int end = -1;
  int time = -1;
  // What makes the windows: the base, or something below it.
  const Node* source = nullptr;

  bool IsWindowColumn(int column) const {
    return column == start || column == end || column == time;
  }
};

bool GroupsBy(const logical::Aggregate& aggregate, const Peeled& under, int column) {
  return std::any_of(aggregate.keys.begin(), aggregate.keys.end(), [&](int key) {
    return IsColumn(*under.columns[static_cast<size_t>(key)], column);
  });
}

// Finds the window columns of the base; behind a join of windows those of either side, which are
// equal: those that the aggregate groups by, if it does.
// REQUIRES: it gives rows of windows.
void FindColumns(const logical::Aggregate& aggregate, Windowed& found) {
  const Node& base = *found.base;
  for (const bool grouped : {true, false}) {
    for (int i = 0; i < static_cast<int>(base.columns.size()); ++i) {
      const std::optional<logical::WindowColumn> traced = logical::TraceWindowColumn(base, i);
      if (!traced || GroupsBy(aggregate, found, i) != grouped) continue;
      int& place = traced->part == logical::WindowPart::kStart ? found.start
                   : traced->part == logical::WindowPart::kEnd ? found.end
                                                               : found.time;
      if (found.source == nullptr) found.source = traced->table;
      if (place < 0) place = i;
    }
  }
}

bool GivesWindows(const Node& node) {
  const auto* join = std::get_if<logical::Join>(&node.operation);
  return std::holds_alternative<logical::WindowTable>(node.operation) ||
         std::holds_alternative<logical::WindowAggregate>(node.operation) ||
         std::holds_alternative<logical::WindowRank>(node.operation) ||
         (join != nullptr && join->window.has_value());
}

std::optional<Windowed> FindWindows(const logical::Aggregate& aggregate, const NodePtr& input) {
  std::optional<Peeled> peeled = Peel(input, GivesWindows);
  if (!peeled) return std::nullopt;
  Windowed found{*std::move(peeled)};
  FindColumns(aggregate, found);
  if (found.start < 0 || found.end < 0) return std::nullopt;
  return found;
}

// Whether an expression over the base reads columns of the row, of the window, or both.
enum class ReadOf { kRow, kWindow, kBoth };

ReadOf WhatReads(const expr::Expr& expression, const Windowed& windowed) {
  std::vector<int> columns;
  expr::CollectColumns(expression, columns);
  bool row = false;
  bool window = false;
  for (const int column : columns) (windowed.IsWindowColumn(column) ? window : row) = true;
  return !window ? ReadOf::kRow : row ? ReadOf::kBoth : ReadOf::kWindow;
}

bool GroupsByWindow(const logical::Aggregate& aggregate, const Windowed& windowed) {
  return GroupsBy(aggregate, windowed, windowed.start) &&
         GroupsBy(aggregate, windowed, windowed.end);
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
    PartConditions();
    PartKeys();
    BuildInput();
    BuildAggregate();
    return BuildOutput();
  }

 private:
  // The window, and the node and column that it is over.
  Status TakeWindow() {
    const Node& base = *windowed_.base;
    result_.window = logical::WindowOf(*windowed_.source);
    const auto* table = std::get_if<logical::WindowTable>(&base.operation);
    const bool mixes = Mixes();
    if (table != nullptr && !mixes && !RowsWait(*table)) {
      time_ = table->time_column;
      under_ = base.inputs[0];
      return CheckLengths();
    }
    if (result_.window.processing_time) {
      return Refuse(mixes ? "what reads a window's bounds and other columns together, over "
                            "processing time,"
                          : "grouping by the windows of another result over processing time",
                    node_.origin.span);
    }
    if (table != nullptr && table->by_group && table->window.kind == window::WindowKind::kSession &&
        table->keys.size() != RowKeys()) {
      return Refuse("DISTINCT and the like in SESSION windows by an expression", node_.origin.span);
    }
    under_ = windowed_.base;
    waits_ = table != nullptr && !mixes && table->window.kind == window::WindowKind::kSession;
    const bool same_again = table == nullptr && !mixes && windowed_.time >= 0 &&
                            result_.window.kind == window::WindowKind::kTumble &&
                            std::holds_alternative<logical::WindowAggregate>(base.operation);
    if (same_again) {
      time_ = windowed_.time;
    } else {
      has_windows_ = true;
    }
    return {};
  }

  size_t RowKeys() const {
    return static_cast<size_t>(std::count_if(aggregate_.keys.begin(), aggregate_.keys.end(),
                                             [&](int key) { return IsRow(key); }));
  }

  // Whether rows must wait until their window has ended, because results of its parts cannot be
  // combined: for sessions where the aggregate keeps values, for HOP as below.
  bool RowsWait(const logical::WindowTable& table) const {
    // Slices are as long as the step; a size that is no multiple of it would end within one.
    if (table.by_group && table.window.kind == window::WindowKind::kHop) {
      return table.window.size % table.window.slide != 0;
    }
    if (table.window.kind != window::WindowKind::kSession) return false;
    const bool retracts = !traits::InferOutputs({{windowed_.base->inputs[0]}})
                               .at(windowed_.base->inputs[0].get())
                               .gives.append_only();
    return std::any_of(
        aggregate_.calls.begin(), aggregate_.calls.end(),
        [&](const expr::AggregateCall& call) { return expr::NeedsValueMap(call, retracts); });
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

  // Whether an expression reads the row and the window together, or an aggregate reads the window:
  // only rows that have windows can compute it.
  bool Mixes() const {
    const auto both = [&](const ExprPtr& expression) {
      return WhatReads(*expression, windowed_) == ReadOf::kBoth;
    };
    const auto not_of_row = [&](int column) {
      return WhatReads(*Column(column), windowed_) != ReadOf::kRow;
    };
    return std::any_of(windowed_.conditions.begin(), windowed_.conditions.end(), both) ||
           std::any_of(aggregate_.keys.begin(), aggregate_.keys.end(),
                       [&](int key) { return both(Column(key)); }) ||
           std::any_of(aggregate_.calls.begin(), aggregate_.calls.end(),
                       [&](const expr::AggregateCall& call) {
                         return std::any_of(call.arguments.begin(), call.arguments.end(),
                                            not_of_row) ||
                                (call.filter >= 0 && not_of_row(call.filter));
                       });
  }

  void PartConditions() {
    for (const ExprPtr& condition : windowed_.conditions) {
      (WhatReads(*condition, windowed_) == ReadOf::kWindow ? above_ : below_).push_back(condition);
    }
  }

  // Keys that are made of window columns are constant in a window, so only the others group its
  // rows.
  void PartKeys() {
    for (const int key : aggregate_.keys) {
      if (IsRow(key)) row_keys_.push_back(key);
    }
  }

  // The rows to be aggregated. A row that a condition drops does not make its session longer,
  // whether the session waits for its end or not (Flink judges conditions below the windows where
  // it can).
  NodePtr Source() const {
    if (!waits_) return MakeFilter(under_, below_, node_.origin);
    const NodePtr rows = MakeFilter(under_->inputs[0], below_, node_.origin);
    return logical::WithInputs(under_, {rows});
  }

  // Builds the input of the window aggregate: the columns that it reads, and the time.
  void BuildInput() {
    if (windowed_.base == node_.inputs[0] && under_ != windowed_.base) {
      input_ = under_;
      for (int i = 0; i < windowed_.start; ++i) places_.push_back(i);
      result_.time_column = time_;
      return;
    }
    const NodePtr source = Source();
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
    const auto add = [&](int column) {
      project.expressions.push_back(logical::ColumnRef(*under_, column));
      columns.push_back(under_->columns[static_cast<size_t>(column)]);
      return static_cast<int>(columns.size()) - 1;
    };
    if (time_ >= 0) result_.time_column = add(time_);
    if (has_windows_) {
      result_.start_column = add(windowed_.start);
      result_.end_column = add(windowed_.end);
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
    // Sessions may end at the same time and begin at different ones, so their start is needed, too.
    if (has_windows_ && result_.window.kind == window::WindowKind::kSession) {
      result_.keys.push_back(result_.start_column);
      columns.push_back(input_->columns[static_cast<size_t>(result_.start_column)]);
    }
    result_.calls = aggregate_.calls;
    for (size_t i = 0; i < result_.calls.size(); ++i) {
      expr::AggregateCall& call = result_.calls[i];
      for (int& argument : call.arguments) argument = places_[static_cast<size_t>(argument)];
      if (call.filter >= 0) call.filter = places_[static_cast<size_t>(call.filter)];
      columns.push_back(node_.columns[aggregate_.keys.size() + i]);
    }
    const std::vector<logical::Column>& made = windowed_.source->columns;
    columns.insert(columns.end(), made.end() - kWindowColumns, made.end());
    grouped_ = logical::MakeNode(result_, {input_}, std::move(columns), node_.origin);
  }

  // The aggregate's columns in their order, over the window aggregate's.
  NodePtr BuildOutput() {
    const int first = static_cast<int>(result_.keys.size() + result_.calls.size());
    std::vector<ExprPtr> windows(windowed_.base->columns.size());
    for (const int place : {windowed_.start, windowed_.end, windowed_.time}) {
      const int part = place == windowed_.start ? 0 : place == windowed_.end ? 1 : 2;
      if (place >= 0) {
        windows[static_cast<size_t>(place)] = logical::ColumnRef(*grouped_, first + part);
      }
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
    next_key = static_cast<int>(result_.keys.size());
    for (size_t i = 0; i < result_.calls.size(); ++i) {
      project.expressions.push_back(logical::ColumnRef(*grouped_, next_key++));
    }
    return logical::MakeNode(std::move(project), {filtered}, node_.columns, node_.origin);
  }

  const ExprPtr& Column(int column) const { return windowed_.columns[static_cast<size_t>(column)]; }
  // Whether the column is made of anything besides window columns.
  bool IsRow(int column) const { return WhatReads(*Column(column), windowed_) != ReadOf::kWindow; }

  const Node& node_;
  const logical::Aggregate& aggregate_;
  const Windowed windowed_;
  logical::WindowAggregate result_;
  NodePtr under_;               // what the window is over
  int time_ = -1;               // its time column
  bool has_windows_ = false;    // its rows have windows already
  bool waits_ = false;          // they get them when their session has ended
  std::vector<ExprPtr> below_;  // conditions on rows
  std::vector<ExprPtr> above_;  // conditions on windows
  std::vector<int> row_keys_;   // columns of the aggregate's input
  NodePtr input_;               // of the window aggregate
  std::vector<int> places_;     // the aggregate's input columns in input_
  NodePtr grouped_;
};

// The keys that sessions are made by, where rows get them here, must be those that are grouped by.
bool KeysMakeSessions(const logical::Aggregate& aggregate, const Windowed& windowed) {
  const auto* table = std::get_if<logical::WindowTable>(&windowed.base->operation);
  if (table == nullptr || table->window.kind != window::WindowKind::kSession) return true;
  if (table->by_group) return true;
  std::set<int> grouped;
  for (const int key : aggregate.keys) {
    const expr::Expr& column = *windowed.columns[static_cast<size_t>(key)];
    if (WhatReads(column, windowed) == ReadOf::kWindow) continue;
    grouped.insert(column.kind == expr::ExprKind::kColumn ? column.column : -1);
  }
  return grouped == std::set<int>(table->keys.begin(), table->keys.end());
}

}  // namespace

Result<logical::Plan> GroupWindows(const logical::Plan& plan) {
  return logical::Rewrite(plan, [](const Node&, NodePtr node) -> Result<NodePtr> {
    const auto* aggregate = std::get_if<logical::Aggregate>(&node->operation);
    if (aggregate == nullptr) return node;
    std::optional<Windowed> windowed = FindWindows(*aggregate, node->inputs[0]);
    if (!windowed || !GroupsByWindow(*aggregate, *windowed)) return node;
    if (!KeysMakeSessions(*aggregate, *windowed)) return node;
    return Grouping(*node, *std::move(windowed)).Build();
  });
}

}  // namespace weir::rules
