// Logical plans built by hand, as the binder would build them, for tests of what follows binding.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "planner/explain.h"
#include "planner/logical/rewrite.h"
#include "planner/planner.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"

namespace weir::planner::testing {

using logical::Node;
using logical::NodePtr;

// A named clause: its scope path and the place in the text.
inline logical::Origin At(const std::string& scope, uint32_t begin = 0) {
  logical::Origin origin;
  origin.scope = scope;
  origin.scope_words = scope;
  origin.span = {begin, begin + 1};
  return origin;
}
inline logical::Origin Unnamed(uint32_t begin = 0) {
  logical::Origin origin = At("", begin);
  origin.named = false;
  return origin;
}

inline expr::ExprPtr Column(const NodePtr& node, const std::string& name) {
  for (size_t i = 0; i < node->columns.size(); ++i) {
    if (node->columns[i].name == name) return logical::ColumnRef(*node, static_cast<int>(i));
  }
  ADD_FAILURE() << "no column " << name;
  return nullptr;
}
inline int IndexOf(const NodePtr& node, const std::string& name) {
  return Column(node, name)->column;
}

inline expr::ExprPtr BigInt(int64_t value) {
  return expr::MakeLiteral(Value(Type::BigInt().WithNullable(false), value));
}
inline expr::ExprPtr Call(const std::string& function, std::vector<expr::ExprPtr> arguments) {
  auto call = expr::BindCall(function, std::move(arguments), {});
  EXPECT_TRUE(call.ok()) << call.status().ToString();
  return std::move(call).value();
}

// A table with bidder, auction, price (BIGINT) and ts (TIMESTAMP(3)).
inline NodePtr Scan(const std::string& table, const std::string& alias = "") {
  const Type ts = Type::Timestamp(3);
  logical::Scan scan;
  scan.table = table;
  scan.alias = alias.empty() ? table : alias;
  scan.spec.table = table;
  scan.spec.options = {{"connector", "test"}};
  scan.spec.table_schema = Schema{{{"bidder", Type::BigInt()},
                                   {"auction", Type::BigInt()},
                                   {"price", Type::BigInt()},
                                   {"ts", ts}}};
  scan.spec.metadata_keys = {"", "", "", ""};
  scan.spec.columns = {0, 1, 2, 3};
  return logical::MakeNode(scan, {},
                           {{"bidder", Type::BigInt()},
                            {"auction", Type::BigInt()},
                            {"price", Type::BigInt()},
                            {"ts", ts}},
                           At("table:" + table));
}

inline NodePtr Watermarked(const NodePtr& input) {
  logical::Watermark watermark;
  watermark.spec.rowtime_column = IndexOf(input, "ts");
  watermark.spec.watermark = Column(input, "ts");
  std::vector<logical::Column> columns = input->columns;
  columns[static_cast<size_t>(watermark.spec.rowtime_column)].time = logical::TimeAttribute::kEvent;
  return logical::MakeNode(watermark, {input}, columns, input->origin);
}

// The usual source: a scan with its watermark.
inline NodePtr Bids(const std::string& table = "bid", const std::string& alias = "") {
  return Watermarked(Scan(table, alias));
}

inline NodePtr Where(const NodePtr& input, expr::ExprPtr predicate, logical::Origin origin) {
  return logical::MakeNode(logical::Filter{std::move(predicate)}, {input}, input->columns,
                           std::move(origin));
}

struct Named {
  std::string name;
  expr::ExprPtr expression;
};
inline NodePtr Select(const NodePtr& input, const std::vector<Named>& items,
                      logical::Origin origin) {
  logical::Project project;
  std::vector<logical::Column> columns;
  for (const Named& item : items) {
    project.expressions.push_back(item.expression);
    logical::Column column{item.name, item.expression->type, logical::TimeAttribute::kNone};
    if (item.expression->kind == expr::ExprKind::kColumn) {
      column.time = input->columns[static_cast<size_t>(item.expression->column)].time;
    }
    columns.push_back(column);
  }
  return logical::MakeNode(std::move(project), {input}, columns, std::move(origin));
}
inline NodePtr SelectNames(const NodePtr& input, const std::vector<std::string>& names,
                           logical::Origin origin) {
  std::vector<Named> items;
  for (const std::string& name : names) items.push_back({name, Column(input, name)});
  return Select(input, items, std::move(origin));
}

inline expr::AggregateCall Aggregation(const NodePtr& input, const std::string& function,
                                       const std::string& argument) {
  expr::AggregateCall call;
  call.function = *expr::FindAggregate(function);
  call.state_name = ToLower(function) + "(" + (argument.empty() ? "*" : argument) + ")";
  if (!argument.empty()) {
    call.arguments = {IndexOf(input, argument)};
    call.argument_types = {Column(input, argument)->type};
  }
  call.result_type = Type::BigInt().WithNullable(function != "COUNT");
  return call;
}

// GROUP BY keys with these calls; columns are the keys and c0, c1, …
inline NodePtr GroupBy(const NodePtr& input, const std::vector<std::string>& keys,
                       std::vector<expr::AggregateCall> calls, logical::Origin origin) {
  logical::Aggregate aggregate;
  std::vector<logical::Column> columns;
  for (const std::string& key : keys) {
    aggregate.keys.push_back(IndexOf(input, key));
    columns.push_back(input->columns[static_cast<size_t>(aggregate.keys.back())]);
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    columns.push_back(
        {"c" + std::to_string(i), calls[i].result_type, logical::TimeAttribute::kNone});
  }
  aggregate.calls = std::move(calls);
  return logical::MakeNode(std::move(aggregate), {input}, columns, std::move(origin));
}
inline NodePtr CountBy(const NodePtr& input, const std::vector<std::string>& keys,
                       logical::Origin origin) {
  return GroupBy(input, keys, {Aggregation(input, "COUNT", "")}, std::move(origin));
}

inline NodePtr Windows(const NodePtr& input, window::WindowSpec window, logical::Origin origin) {
  const Type time = Type::Timestamp(3).WithNullable(false);
  std::vector<logical::Column> columns = input->columns;
  columns.push_back({"window_start", time, logical::TimeAttribute::kNone});
  columns.push_back({"window_end", time, logical::TimeAttribute::kNone});
  columns.push_back({"window_time", time, logical::TimeAttribute::kEvent});
  return logical::MakeNode(logical::WindowTable{window, IndexOf(input, "ts")}, {input}, columns,
                           std::move(origin));
}
inline window::WindowSpec TumblingHour() {
  return {.kind = window::WindowKind::kTumble, .size = 3'600'000};
}

inline NodePtr UnionAll(const std::vector<NodePtr>& inputs, logical::Origin origin) {
  return logical::MakeNode(logical::Union{}, inputs, inputs[0]->columns, std::move(origin));
}

inline NodePtr Into(const std::string& table, const NodePtr& input,
                    ChangelogMode accepts = ChangelogMode::All()) {
  logical::Sink sink;
  sink.spec.table = table;
  sink.spec.options = {{"connector", "test"}};
  sink.spec.schema = logical::SchemaOf(*input);
  sink.accepts = accepts;
  return logical::MakeNode(std::move(sink), {input}, input->columns, At("sink:" + table));
}
inline NodePtr Collected(const NodePtr& input) {
  return logical::MakeNode(logical::Collect{}, {input}, input->columns, Unnamed());
}

// A connector that never ends when it has the option 'unbounded', and takes what it is given.
inline const graph::ConnectorCatalog& Connectors() {
  static const graph::ConnectorDescriptor kTest{
      .name = "test",
      .source = true,
      .sink = true,
      .exactly_once_sink = true,
      .unbounded = [](const graph::TableOptions& options) {
        return graph::OptionValue(options, "unbounded") == "true";
      }};
  static const graph::ConnectorCatalog kCatalog{{&kTest}, {}};
  return kCatalog;
}

inline PlannedJob MustPlan(const std::vector<NodePtr>& roots, const PlannerOptions& options = {}) {
  auto job = PlanBound(logical::Plan{roots}, Connectors(), options);
  EXPECT_TRUE(job.ok()) << job.status().ToString();
  return job.ok() ? std::move(job).value() : PlannedJob();
}

// "uid" or "uid (generated)" of everything that has state.
inline std::vector<std::string> StateUids(const PlannedJob& job) {
  std::vector<std::string> uids;
  for (const StateRow& row : ExplainState(job.graph)) {
    uids.push_back(row.uid + (row.stable ? "" : " (generated)"));
  }
  return uids;
}

}  // namespace weir::planner::testing
