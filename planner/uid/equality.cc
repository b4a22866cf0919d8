#include "planner/uid/equality.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "planner/logical/rewrite.h"
#include "planner/rules/predicates.h"
#include "planner/uid/fingerprint.h"
#include "runtime/expr/binding.h"

namespace weir::uid {
namespace {

using logical::Node;

// The rows of a node, expressed over its origin: the nearest node below that is neither Filter nor
// Project. Nodes with equal Rows give equal rows, however filters and projections are arranged.
struct Rows {
  int origin = -1;                   // the class of the origin
  std::vector<std::string> filters;  // all conditions in order, over the origin
  bool can_fail = false;             // a condition can fail at run time; then their order matters
  std::vector<std::string> columns;  // as expressions over the origin
};

std::string OutputTypes(const Node& node) {
  std::string text;
  for (const logical::Column& column : node.columns) {
    text += fmt::format("{}{},", column.type.ToString(), static_cast<int>(column.time));
  }
  return text;
}

std::string ColumnNames(const Node& node) {
  std::string text;
  for (const logical::Column& column : node.columns) {
    text += fmt::format("{}'{}'", column.name.size(), column.name);
  }
  return text;
}

class Classes {
 public:
  std::unordered_map<const Node*, int> Run(const logical::Plan& plan) {
    for (const logical::NodePtr& node : logical::ProducersFirst(plan)) Add(*node);
    return std::move(classes_);
  }

 private:
  void Add(const Node& node) {
    const bool root = std::holds_alternative<logical::Sink>(node.operation) ||
                      std::holds_alternative<logical::Collect>(node.operation);
    if (root || !IsDeterministic(node)) return AddOrigin(node, fmt::format("{}", fmt::ptr(&node)));
    if (const auto* filter = std::get_if<logical::Filter>(&node.operation)) {
      return AddPassing(node, Filtered(RowsBelow(node), *filter));
    }
    if (const auto* project = std::get_if<logical::Project>(&node.operation)) {
      return AddPassing(node, Projected(RowsBelow(node), *project));
    }
    if (const auto* aggregate = std::get_if<logical::Aggregate>(&node.operation)) {
      return AddOrigin(node, fmt::format("agg{}:{}", aggregate->ttl_millis,
                                         GroupText(node, aggregate->keys, aggregate->calls)));
    }
    if (const auto* aggregate = std::get_if<logical::WindowAggregate>(&node.operation)) {
      return AddOrigin(node, WindowGroupText(node, *aggregate));
    }
    std::string key = OperationText(node);
    for (const logical::NodePtr& input : node.inputs) {
      const Rows& rows = rows_.at(input.get());
      key += fmt::format("|{} [{}] {}", TextOf(rows), fmt::join(rows.columns, ","),
                         ColumnNames(*input));
    }
    AddOrigin(node, key);
  }

  const Rows& RowsBelow(const Node& node) const { return rows_.at(node.inputs[0].get()); }

  void AddOrigin(const Node& node, const std::string& key) {
    const int number = NumberOf(key + "|" + OutputTypes(node));
    classes_[&node] = number;
    Rows& rows = rows_[&node];
    rows.origin = number;
    for (size_t i = 0; i < node.columns.size(); ++i) {
      rows.columns.push_back(fmt::format("{}.{}", number, i));
    }
  }
  // The class includes column names, since an aggregation or a join above uses them as names in its
  // state.
  void AddPassing(const Node& node, Rows rows) {
    classes_[&node] =
        NumberOf(fmt::format("rows {} [{}]|{}|{}", TextOf(rows), fmt::join(rows.columns, ","),
                             OutputTypes(node), ColumnNames(node)));
    rows_[&node] = std::move(rows);
  }

  Rows Filtered(Rows rows, const logical::Filter& filter) {
    for (const expr::ExprPtr& condition : rules::SplitConjunction(filter.predicate)) {
      rows.can_fail = rows.can_fail || !rules::CannotFail(*condition);
      rows.filters.push_back(Short(condition, rows.columns));
    }
    return rows;
  }
  Rows Projected(Rows rows, const logical::Project& project) {
    std::vector<std::string> columns;
    for (const expr::ExprPtr& expression : project.expressions) {
      columns.push_back(Short(expression, rows.columns));
    }
    rows.columns = std::move(columns);
    return rows;
  }

  // Describes keys, calls and rows. Columns that are neither key nor argument do not matter.
  std::string GroupText(const Node& node, const std::vector<int>& keys,
                        const std::vector<expr::AggregateCall>& calls) const {
    const Rows& rows = RowsBelow(node);
    std::string text = fmt::format("{} by ", TextOf(rows));
    for (const int key : keys) text += rows.columns.at(static_cast<size_t>(key)) + ",";
    for (const expr::AggregateCall& call : calls) text += ";" + uid::TextOf(call, rows.columns);
    return text;
  }
  std::string WindowGroupText(const Node& node, const logical::WindowAggregate& aggregate) const {
    const std::vector<std::string>& columns = RowsBelow(node).columns;
    std::string text = "wagg:" + uid::TextOf(aggregate.window);
    for (const int column : {aggregate.time_column, aggregate.start_column, aggregate.end_column}) {
      text += fmt::format("{},", column < 0 ? "-" : columns.at(static_cast<size_t>(column)));
    }
    return text + GroupText(node, aggregate.keys, aggregate.calls);
  }

  static std::string TextOf(const Rows& rows) {
    std::vector<std::string> filters = rows.filters;
    if (!rows.can_fail) {
      std::sort(filters.begin(), filters.end());
      filters.erase(std::unique(filters.begin(), filters.end()), filters.end());
    }
    return fmt::format("{} where {}", rows.origin, fmt::join(filters, ","));
  }

  // A name that equal expressions share. Texts are not nested into each other, which would make
  // them grow exponentially with the depth of the plan.
  std::string Short(const expr::ExprPtr& expression, const std::vector<std::string>& columns) {
    if (expression->kind == expr::ExprKind::kColumn) {
      return columns.at(static_cast<size_t>(expression->column));
    }
    const Result<expr::ExprPtr> folded = expr::FoldConstants(expression);
    const std::string text = uid::TextOf(folded.ok() ? **folded : *expression, columns);
    return fmt::format("e{}", expressions_.try_emplace(text, expressions_.size()).first->second);
  }
  int NumberOf(const std::string& key) {
    return numbers_.try_emplace(key, static_cast<int>(numbers_.size())).first->second;
  }

  std::unordered_map<const Node*, int> classes_;
  std::unordered_map<const Node*, Rows> rows_;
  std::unordered_map<std::string, int> numbers_;
  std::unordered_map<std::string, size_t> expressions_;
};

}  // namespace

std::unordered_map<const Node*, int> EqualityClasses(const logical::Plan& plan) {
  return Classes().Run(plan);
}

}  // namespace weir::uid
