#include "planner/bind/bind_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/node_shapes.h"
#include "planner/bind/over_drafts.h"
#include "planner/logical/window_columns.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::Column;
using logical::NodePtr;

namespace {

// Collects the columns that hold keys, arguments and filters. Equal expressions share one.
class InputColumns {
 public:
  explicit InputColumns(const Relation& relation) : relation_(relation) {}

  int Add(const ExprPtr& expression) {
    for (size_t i = 0; i < expressions_.size(); ++i) {
      const bool same = expr::Equal(*expressions_[i], *expression);
      if (same && expr::IsDeterministic(*expression)) return static_cast<int>(i);
    }
    expressions_.push_back(expression);
    return static_cast<int>(expressions_.size()) - 1;
  }

  bool PlainOnly() const {
    return std::ranges::all_of(expressions_, [](const ExprPtr& expression) {
      return expression->kind == expr::ExprKind::kColumn;
    });
  }

  // The relation's column behind input column `column`. REQUIRES: PlainOnly().
  int Source(int column) const { return expressions_[static_cast<size_t>(column)]->column; }

  NodePtr Project(const logical::Origin& origin) const {
    const std::vector<std::string> names = NamesOf(relation_.columns());
    std::vector<Column> columns;
    for (const ExprPtr& expression : expressions_) {
      if (expression->kind == expr::ExprKind::kColumn) {
        columns.push_back(relation_.columns()[static_cast<size_t>(expression->column)]);
      } else {
        columns.push_back({expr::ToString(*expression, names), expression->type});
      }
    }
    return logical::MakeNode(logical::Project{expressions_}, {relation_.node}, std::move(columns),
                             origin);
  }

 private:
  const Relation& relation_;
  std::vector<ExprPtr> expressions_;
};

expr::AggregateCall MakeCall(const AggregateDraft& draft, InputColumns& columns) {
  expr::AggregateCall call;
  call.function = *draft.function;
  call.distinct = draft.distinct;
  call.parameter = draft.parameter;
  call.result_type = draft.result_type;
  call.span = draft.span;
  for (const ExprPtr& argument : draft.arguments) {
    call.arguments.push_back(columns.Add(argument));
    call.argument_types.push_back(argument->type);
  }
  if (draft.filter) call.filter = columns.Add(draft.filter);
  return call;
}

// Different calls of equal text (columns of one name, RAND()) are numbered.
std::string UniqueName(std::string name, const std::vector<expr::AggregateCall>& calls) {
  const std::string base = name;
  for (int number = 2;; ++number) {
    const bool taken = std::ranges::any_of(
        calls, [&](const expr::AggregateCall& call) { return call.state_name == name; });
    if (!taken) return name;
    name = fmt::format("{}#{}", base, number);
  }
}

void UseRelationColumns(logical::Aggregate& aggregate, const InputColumns& columns) {
  for (int& key : aggregate.keys) key = columns.Source(key);
  for (expr::AggregateCall& call : aggregate.calls) {
    for (int& argument : call.arguments) argument = columns.Source(argument);
    if (call.filter >= 0) call.filter = columns.Source(call.filter);
  }
}

std::vector<Column> OutputColumns(const logical::Aggregate& aggregate, const logical::Node& input) {
  const logical::Node* window = logical::FindGroupedWindow(input, aggregate.keys);
  std::vector<Column> columns;
  for (const int key : aggregate.keys) {
    Column column = input.columns[static_cast<size_t>(key)];
    const auto traced = logical::TraceWindowColumn(input, key);
    const bool window_time = window != nullptr && traced && traced->table == window &&
                             traced->part == logical::WindowPart::kTime;
    if (!window_time) column.time = logical::TimeAttribute::kNone;
    columns.push_back(std::move(column));
  }
  for (const expr::AggregateCall& call : aggregate.calls) {
    columns.push_back({call.state_name, call.result_type});
  }
  return columns;
}

}  // namespace

NodePtr MakeAggregate(const Relation& relation, const Grouping& grouping,
                      const logical::Origin& origin) {
  InputColumns columns(relation);
  const std::vector<std::string> names = NamesOf(relation.columns());
  logical::Aggregate aggregate;
  aggregate.ttl_millis = grouping.ttl_millis;
  for (const ExprPtr& key : grouping.keys) aggregate.keys.push_back(columns.Add(key));
  for (const AggregateDraft& draft : grouping.drafts->drafts()) {
    expr::AggregateCall call = MakeCall(draft, columns);
    call.state_name = UniqueName(StateName(draft, names), aggregate.calls);
    aggregate.calls.push_back(std::move(call));
  }
  NodePtr input = relation.node;
  if (columns.PlainOnly()) {
    UseRelationColumns(aggregate, columns);
  } else {
    input = columns.Project(origin);
  }
  std::vector<Column> output = OutputColumns(aggregate, *input);
  return logical::MakeNode(std::move(aggregate), {std::move(input)}, std::move(output), origin);
}

Result<ExprPtr> AboveGrouping(const ExprPtr& expression, const Relation& relation,
                              const Grouping& grouping) {
  for (size_t i = 0; i < grouping.keys.size(); ++i) {
    if (!expr::Equal(*grouping.keys[i], *expression)) continue;
    // The key is NULL in the rows of sets without it.
    const int key = static_cast<int>(i);
    const bool everywhere = std::ranges::all_of(grouping.sets, [&](const std::vector<int>& set) {
      return std::ranges::find(set, key) != set.end();
    });
    const Type& type = expression->type;
    return expr::MakeColumnRef(key, everywhere ? type : type.WithNullable(true), expression->span);
  }
  if (expression->kind == expr::ExprKind::kColumn) {
    const int width = static_cast<int>(grouping.drafts->width());
    const int keys = static_cast<int>(grouping.keys.size());
    if (expression->column >= OverDrafts::kFirst) return expression;
    if (expression->column >= width) {
      return expr::MakeColumnRef(expression->column - width + keys, expression->type,
                                 expression->span);
    }
    const std::string& name = relation.columns()[static_cast<size_t>(expression->column)].name;
    return Status::InvalidSql(
               fmt::format("the column \"{}\" is neither grouped nor aggregated", name))
        .WithId("E2007")
        .WithHint(fmt::format("add it to GROUP BY, or use an aggregate of it, e.g. MAX({})", name))
        .WithSpan(expression->span);
  }
  std::vector<ExprPtr> arguments;
  for (const ExprPtr& argument : expression->args)
    arguments.push_back(TRY(AboveGrouping(argument, relation, grouping)));
  return expr::WithArguments(expression, std::move(arguments));
}

}  // namespace weir::bind
