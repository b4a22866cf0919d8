#include "planner/rules/needed_columns.h"

#include <algorithm>

#include "planner/logical/rewrite.h"

namespace weir::rules {
namespace {

using logical::Node;
using logical::NodePtr;

void NeedAll(Needed& needed) {
  std::fill(needed.begin(), needed.end(), uint8_t{1});
}
void Need(Needed& needed, int column) {
  if (column >= 0) needed[static_cast<size_t>(column)] = 1;
}
void Need(Needed& needed, const std::vector<int>& columns) {
  for (const int column : columns) Need(needed, column);
}
void Need(Needed& needed, const expr::Expr& expression) {
  std::vector<int> columns;
  expr::CollectColumns(expression, columns);
  Need(needed, columns);
}
void Need(Needed& needed, const std::vector<expr::AggregateCall>& calls) {
  for (const expr::AggregateCall& call : calls) {
    Need(needed, call.arguments);
    Need(needed, call.filter);
  }
}
void NeedFirst(Needed& needed, const Needed& output) {
  for (size_t i = 0; i < needed.size(); ++i) needed[i] = needed[i] | output[i];
}

// Adds to `input` what `node` reads of its first input when `output` of its own columns is read.
struct InputNeeds {
  const Node& node;
  const Needed& output;
  Needed& input;

  void operator()(const logical::Watermark& watermark) const {
    NeedFirst(input, output);
    Need(input, watermark.spec.rowtime_column);
    Need(input, *watermark.spec.watermark);
  }
  void operator()(const logical::Filter& filter) const {
    NeedFirst(input, output);
    Need(input, *filter.predicate);
  }
  void operator()(const logical::Project& project) const {
    for (size_t i = 0; i < output.size(); ++i) {
      if (output[i] != 0) Need(input, *project.expressions[i]);
    }
  }
  void operator()(const logical::Aggregate& aggregate) const {
    Need(input, aggregate.keys);
    Need(input, aggregate.calls);
  }
  void operator()(const logical::WindowTable& table) const {
    NeedFirst(input, output);
    Need(input, table.time_column);
    Need(input, table.keys);
  }
  void operator()(const logical::WindowAggregate& aggregate) const {
    Need(input, aggregate.keys);
    Need(input, aggregate.calls);
    Need(input, {aggregate.time_column, aggregate.start_column, aggregate.end_column});
  }
  void operator()(const logical::Over& over) const { NeedRanked(over.partition, over.order); }
  void operator()(const logical::OverAggregate& over) const {
    NeedRanked(over.partition, over.order);
    for (const graph::OverCall& call : over.calls) {
      Need(input, call.call.arguments);
      Need(input, call.call.filter);
      Need(input, call.default_column);
    }
  }
  void operator()(const logical::Rank& rank) const {
    NeedRanked(rank.partition, rank.order);
    Need(input, rank.input_key);
  }
  void operator()(const logical::Deduplicate& deduplicate) const {
    NeedRanked(deduplicate.keys, {});
    Need(input, deduplicate.time_column);
  }
  void operator()(const logical::Normalize& normalize) const { NeedRanked(normalize.keys, {}); }
  void operator()(const logical::WindowRank& rank) const {
    NeedRanked(rank.spec.partition, rank.spec.order);
    Need(input, {rank.spec.start_column, rank.spec.end_column});
  }
  void operator()(const logical::Union&) const { NeedFirst(input, output); }
  void operator()(const logical::Match&) const { NeedAll(input); }
  void operator()(const logical::Replicate&) const {
    if (!logical::IsUnnest(node)) return NeedAll(input);
    const size_t others = input.size() - 1;
    for (size_t i = 0; i < others; ++i) input[i] = input[i] | output[i];
    input[others] = 1;
  }
  // An update is one of any column.
  void operator()(const logical::ToChangelog&) const { NeedAll(input); }
  void operator()(const logical::FromChangelog& changes) const {
    for (size_t i = 0; i < output.size(); ++i) {
      uint8_t& column = input[static_cast<size_t>(changes.spec.InputOf(static_cast<int>(i)))];
      column = column | output[i];
    }
    input[static_cast<size_t>(changes.spec.op_column)] = 1;
  }
  void operator()(const logical::Recursion&) const { NeedAll(input); }
  void operator()(const logical::RecursiveScan&) const {}
  void operator()(const logical::Sort&) const { NeedAll(input); }
  void operator()(const logical::Sink&) const { NeedAll(input); }
  void operator()(const logical::Collect&) const { NeedAll(input); }
  void operator()(const logical::Join&) const {}  // has two inputs: see AddNeeds
  void operator()(const logical::Scan&) const {}
  void operator()(const logical::BadRecords&) const {}

  void NeedRanked(const std::vector<int>& partition,
                  const std::vector<graph::SortKey>& order) const {
    NeedFirst(input, output);
    Need(input, partition);
    for (const graph::SortKey& key : order) Need(input, key.column);
  }
  void operator()(const logical::Values&) const {}
};

}  // namespace

Needed NeededOfInput(const Node& node, const Needed& output) {
  Needed input(node.inputs[0]->columns.size(), 0);
  std::visit(InputNeeds{node, output, input}, node.operation);
  return input;
}

Needed NeededByJoin(const Node& node, const logical::Join& join, const Needed& output) {
  const size_t width = node.inputs[0]->columns.size();
  Needed both(width + node.inputs[1]->columns.size(), 0);
  std::copy(output.begin(), output.end(), both.begin());
  if (join.residual) Need(both, *join.residual);
  const auto right = [&](int column) {
    if (column >= 0) both[width + static_cast<size_t>(column)] = 1;
  };
  Need(both, join.left_keys);
  for (const int key : join.right_keys) right(key);
  if (join.interval) {
    Need(both, join.interval->left_time);
    right(join.interval->right_time);
  }
  if (join.versions) {
    Need(both, join.versions->left_time);
    right(join.versions->right_time);
  }
  if (join.window) {
    Need(both, {join.window->left_start, join.window->left_end});
    right(join.window->right_start);
    right(join.window->right_end);
  }
  return both;
}

void AddNeeds(const Node& node, NeededColumns& needed) {
  Needed& output = needed.at(&node);
  if (const auto* scan = std::get_if<logical::Scan>(&node.operation); scan && scan->spec.filter) {
    Need(output, *scan->spec.filter);
  }
  if (const auto* join = std::get_if<logical::Join>(&node.operation)) {
    const Needed both = NeededByJoin(node, *join, output);
    size_t next = 0;
    for (const NodePtr& input : node.inputs) {  // the inputs of a self-join may be one node
      for (uint8_t& column : needed.at(input.get())) column = column | both[next++];
    }
    return;
  }
  for (const NodePtr& input : node.inputs) {
    std::visit(InputNeeds{node, output, needed.at(input.get())}, node.operation);
  }
}

NeededColumns ReadColumns(const logical::Plan& plan) {
  const std::vector<NodePtr> order = logical::ProducersFirst(plan);
  NeededColumns needed;
  for (const NodePtr& node : order) needed[node.get()] = Needed(node->columns.size(), 0);
  for (auto node = order.rbegin(); node != order.rend(); ++node) AddNeeds(**node, needed);
  return needed;
}

}  // namespace weir::rules
