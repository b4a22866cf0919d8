#include "shell/flink/plan/our_shapes.h"

#include <fmt/format.h>

#include <optional>
#include <unordered_map>
#include <utility>

#include "planner/rules/join_conditions.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/function.h"

namespace weir::shell::flink {
namespace {

using logical::Node;

void AddLiterals(const expr::Expr& expression, std::set<std::string>& literals) {
  if (expression.kind == expr::ExprKind::kLiteral) literals.insert(expression.literal.ToString());
  if (expression.kind == expr::ExprKind::kCall && IsComparison(expression.function->name))
    literals.emplace(expression.function->name);
  for (const expr::ExprPtr& arg : expression.args) AddLiterals(*arg, literals);
}

Origins OriginsOf(const expr::Expr& expression, const Flow& flow) {
  std::vector<int> columns;
  expr::CollectColumns(expression, columns);
  return Union(flow, columns);
}

// Notes the columns that a condition makes constants: planners put these in their places, and may
// drop them as keys.
void NoteConstants(const expr::Expr& condition, Flow& flow) {
  if (condition.kind != expr::ExprKind::kCall) return;
  if (condition.function->name == "AND") {
    for (const expr::ExprPtr& arg : condition.args) NoteConstants(*arg, flow);
  }
  if (condition.function->name != "=" || condition.args.size() != 2) return;
  for (const size_t side : {0, 1}) {
    const expr::Expr& column = *condition.args[side];
    std::vector<int> others;
    expr::CollectColumns(*condition.args[1 - side], others);
    const auto place = static_cast<size_t>(column.column);
    if (column.kind == expr::ExprKind::kColumn && others.empty() && place < flow.columns.size())
      flow.constants.insert(KeyText(flow, {column.column}));
  }
}

std::vector<int> ColumnsOf(const std::vector<graph::SortKey>& order) {
  std::vector<int> columns;
  for (const graph::SortKey& key : order) columns.push_back(key.column);
  return columns;
}

class OurShapes {
 public:
  Shapes Of(const logical::Plan& plan) {
    for (const logical::NodePtr& root : plan.roots) FlowOf(*root);
    NoteSinks(shapes_);
    return std::move(shapes_);
  }

 private:
  const Flow& FlowOf(const Node& node) {
    const auto known = flows_.find(&node);
    if (known != flows_.end()) return known->second;
    std::vector<Flow> inputs;
    for (const logical::NodePtr& input : node.inputs) inputs.push_back(FlowOf(*input));
    Flow flow = std::visit([&](const auto& operation) { return Make(operation, node, inputs); },
                           node.operation);
    flow.columns.resize(node.columns.size());
    return flows_.emplace(&node, std::move(flow)).first->second;
  }

  // A shape of `node`, whose rows then come from it; the columns stay to be given.
  Flow Add(const Node& node, Shape shape, const std::vector<Flow>& inputs) {
    if (node.origin.identity != nullptr) shape.name = node.origin.identity->uid;
    return AddShape(std::move(shape), inputs, shapes_);
  }

  // The input's columns behind an operator with state.
  Flow Through(const Node& node, Shape shape, const std::vector<Flow>& inputs) {
    Flow flow = Add(node, std::move(shape), inputs);
    flow.columns = inputs.front().columns;
    return flow;
  }

  Flow Make(const logical::Scan& scan, const Node& node, const std::vector<Flow>&) {
    const std::string table = LastPart(scan.table);
    Flow flow = Add(node, {.kind = ShapeKind::kSource, .table = table}, {});
    for (const logical::Column& column : node.columns)
      flow.columns.push_back({fmt::format("{}.{}", table, column.name)});
    return flow;
  }
  Flow Make(const logical::Normalize& normalize, const Node& node,
            const std::vector<Flow>& inputs) {
    const std::set<int> below = inputs.front().from;
    Flow flow = Through(
        node, {.kind = ShapeKind::kNormalize, .keys = {KeyText(inputs.front(), normalize.keys)}},
        inputs);
    flow.from = below;
    return flow;
  }
  Flow Make(const logical::Filter& filter, const Node&, const std::vector<Flow>& inputs) {
    Flow flow = inputs.front();
    AddLiterals(*filter.predicate, flow.literals);
    NoteConstants(*filter.predicate, flow);
    return flow;
  }
  Flow Make(const logical::Project& project, const Node&, const std::vector<Flow>& inputs) {
    Flow flow{{}, inputs.front().from, inputs.front().literals};
    flow.constants = inputs.front().constants;
    for (const expr::ExprPtr& expression : project.expressions) {
      flow.columns.push_back(OriginsOf(*expression, inputs.front()));
      AddLiterals(*expression, flow.literals);
    }
    return flow;
  }

  static Origins ReadBy(const expr::AggregateCall& call, const Flow& input) {
    std::vector<int> columns = call.arguments;
    columns.push_back(call.filter);
    return Union(input, columns);
  }
  static std::string TextOf(const expr::AggregateCall& call, const Flow& input) {
    const std::string_view name = call.state_name;
    return CallText(name.substr(0, name.find('(')), ReadBy(call, input), call.distinct,
                    call.filter >= 0);
  }
  Flow Aggregated(const Node& node, Shape shape, const std::vector<int>& keys,
                  const std::vector<expr::AggregateCall>& calls, const std::vector<Flow>& inputs) {
    const Flow& input = inputs.front();
    shape.keys = {KeyText(input, keys)};
    for (const expr::AggregateCall& call : calls) shape.details.insert(TextOf(call, input));
    Flow flow = Add(node, std::move(shape), inputs);
    for (const int key : keys) flow.columns.push_back(OriginsAt(input, key));
    for (const expr::AggregateCall& call : calls) flow.columns.push_back(ReadBy(call, input));
    return flow;
  }
  Flow Make(const logical::Aggregate& aggregate, const Node& node,
            const std::vector<Flow>& inputs) {
    AddPartial(aggregate, node, inputs);
    return Aggregated(node, {.kind = ShapeKind::kAggregate}, aggregate.keys, aggregate.calls,
                      inputs);
  }
  // With table.optimizer.distinct-agg.split.enabled Flink first groups by the keys and the values
  // (their hash) that DISTINCT is of.
  void AddPartial(const logical::Aggregate& aggregate, const Node& node,
                  const std::vector<Flow>& inputs) {
    std::vector<int> keys = aggregate.keys;
    for (const expr::AggregateCall& call : aggregate.calls) {
      if (call.distinct) keys.insert(keys.end(), call.arguments.begin(), call.arguments.end());
    }
    if (keys.size() == aggregate.keys.size()) return;
    Part(std::string(kPartial), node,
         {.kind = ShapeKind::kAggregate, .keys = {KeyText(inputs.front(), keys)}}, inputs);
  }
  Flow Make(const logical::WindowAggregate& aggregate, const Node& node,
            const std::vector<Flow>& inputs) {
    Shape shape{.kind = ShapeKind::kWindowAggregate};
    shape.details.insert(WindowDetail(aggregate.window.size));
    const int time = aggregate.time_column >= 0 ? aggregate.time_column : aggregate.start_column;
    const Origins times = OriginsAt(inputs.front(), time);
    // Of sessions that were joined below (kWindows) the start is one of the keys, and no column yet
    // for Flink.
    std::vector<int> keys = aggregate.keys;
    std::erase(keys, aggregate.start_column);
    Flow flow = Aggregated(node, std::move(shape), keys, aggregate.calls, inputs);
    if (keys.size() < aggregate.keys.size()) {
      const auto at = std::ranges::find(aggregate.keys, aggregate.start_column);
      flow.columns.insert(flow.columns.begin() + (at - aggregate.keys.begin()), times);
    }
    flow.columns.insert(flow.columns.end(), 3, times);
    return flow;
  }
  Flow Make(const logical::WindowTable& table, const Node& node, const std::vector<Flow>& inputs) {
    const Flow& input = inputs.front();
    const Origins times = OriginsAt(input, table.time_column);
    Flow flow = input;
    if (node.origin.identity != nullptr)
      flow = Through(node, {.kind = ShapeKind::kWindows, .keys = {KeyText(input, table.keys)}},
                     inputs);
    flow.columns.insert(flow.columns.end(), 3, times);
    return flow;
  }
  Flow Make(const logical::OverAggregate& over, const Node& node, const std::vector<Flow>& inputs) {
    const Flow& input = inputs.front();
    Shape shape{.kind = ShapeKind::kOver, .keys = {KeyText(input, over.partition)}};
    for (const graph::OverCall& call : over.calls) shape.details.insert(TextOf(call.call, input));
    Flow flow = Through(node, std::move(shape), inputs);
    for (const graph::OverCall& call : over.calls) flow.columns.push_back(ReadBy(call.call, input));
    return flow;
  }
  Flow Make(const logical::Rank& rank, const Node& node, const std::vector<Flow>& inputs) {
    const Flow& input = inputs.front();
    return Through(
        node,
        {.kind = ShapeKind::kRank,
         .keys = {KeyText(input, rank.partition)},
         .details = RankDetails(rank.first, rank.last, Union(input, ColumnsOf(rank.order)))},
        inputs);
  }
  Flow Make(const logical::Deduplicate& dedup, const Node& node, const std::vector<Flow>& inputs) {
    return Through(node,
                   {.kind = ShapeKind::kRank,
                    .keys = {KeyText(inputs.front(), dedup.keys)},
                    .details = {dedup.keep_last ? "last" : "first"}},
                   inputs);
  }
  Flow Make(const logical::WindowRank& rank, const Node& node, const std::vector<Flow>& inputs) {
    const Flow& input = inputs.front();
    return Through(node,
                   {.kind = ShapeKind::kWindowRank,
                    .keys = {KeyText(input, rank.spec.partition)},
                    .details = RankDetails(rank.spec.first, rank.spec.last,
                                           Union(input, ColumnsOf(rank.spec.order)))},
                   inputs);
  }
  Flow Make(const logical::Sort& sort, const Node& node, const std::vector<Flow>& inputs) {
    if (node.origin.identity == nullptr) return inputs.front();
    Shape shape{.kind = sort.limit >= 0 ? ShapeKind::kRank : ShapeKind::kSort, .keys = {""}};
    if (sort.limit >= 0)
      shape.details = RankDetails(sort.offset + 1, sort.offset + sort.limit,
                                  Union(inputs.front(), ColumnsOf(sort.keys)));
    return Through(node, std::move(shape), inputs);
  }

  Flow Make(const logical::Join& join, const Node& node, const std::vector<Flow>& inputs) {
    const Flow& left = inputs.at(0);
    const Flow& right = inputs.at(1);
    Flow flow = Joined(left, right);
    if (join.lookup) {
      flow.from = left.from;
      return flow;
    }
    // Flink asks for the NULLs of a NOT IN in the join of the values.
    if (rules::AsksForNulls(node)) {
      shapes_[static_cast<size_t>(*left.from.begin())].of_not_in = true;
      return left;
    }
    Shape shape{.kind = ShapeKind::kJoin,
                .keys = {KeyText(left, join.left_keys), KeyText(right, join.right_keys)},
                .details = {std::string(graph::JoinTypeName(join.type))}};
    if (join.interval) shape.kind = ShapeKind::kIntervalJoin;
    if (join.window) shape.kind = ShapeKind::kWindowJoin;
    if (join.versions) shape.kind = ShapeKind::kTemporalJoin;
    if (join.residual != nullptr) AddLiterals(*join.residual, shape.literals);
    const Flow found = PartsOnTheRight(join, node, inputs);
    flow.from = Add(node, std::move(shape), {left, found}).from;
    flow.literals.clear();
    return flow;
  }

  // What Flink has as operators of their own below a join, and we have in it. The right input as
  // the join has it then.
  Flow PartsOnTheRight(const logical::Join& join, const Node& node,
                       const std::vector<Flow>& inputs) {
    const Flow& right = inputs.at(1);
    // The view of a temporal join that keeps the last row of a key (rules/keep_versions.cc).
    if (join.versions && join.versions->each_row)
      return Part("versions", node,
                  {.kind = ShapeKind::kRank,
                   .keys = {KeyText(right, join.right_keys)},
                   .details = {"last"}},
                  {right});
    // EXISTS of a query that reads nothing of the one around it asks for one value of all its rows.
    const bool exists = join.type == graph::JoinType::kSemi || join.type == graph::JoinType::kAnti;
    if (exists && join.left_keys.empty() && join.residual == nullptr)
      return Part("some", node, {.kind = ShapeKind::kAggregate, .keys = {""}}, {right});
    // A scalar subquery that computes with an aggregate without keys is asked for its one row.
    const std::set<int>& from = right.from;
    if (join.right_keys.empty() && from.size() == 1) {
      const Shape& below = shapes_[static_cast<size_t>(*from.begin())];
      if (below.kind == ShapeKind::kAggregate && below.keys.front().empty())
        Part(std::string(kSingle), node, {.kind = ShapeKind::kAggregate, .keys = {""}}, {right});
    }
    // IN that does not stand alone asks first whether there are any rows at all, although its
    // answer is the same without.
    if (const Node* counted = CountedValues(join, *node.inputs[1])) {
      const Flow rows = Part("rows", node, {.kind = ShapeKind::kAggregate, .keys = {""}},
                             {FlowOf(*counted->inputs[0])});
      Part("counted", node, {.kind = ShapeKind::kJoin, .keys = {"", ""}}, {inputs.at(0), rows});
    }
    return right;
  }
  Flow Part(std::string part, const Node& node, Shape shape, const std::vector<Flow>& inputs) {
    shape.part = std::move(part);
    Flow flow = Add(node, std::move(shape), inputs);
    flow.columns = inputs.back().columns;
    return flow;
  }
  // The aggregate of a subquery that only says how many rows there are for each value.
  static const Node* CountedValues(const logical::Join& join, const Node& right) {
    const Node* below = &right;
    while (std::holds_alternative<logical::Project>(below->operation))
      below = below->inputs[0].get();
    const auto* aggregate = std::get_if<logical::Aggregate>(&below->operation);
    const bool counts = join.type == graph::JoinType::kLeft && aggregate != nullptr &&
                        !aggregate->keys.empty() && aggregate->calls.size() == 1 &&
                        aggregate->calls[0].function == expr::AggregateFunction::kCount &&
                        aggregate->calls[0].arguments.empty();
    return counts ? below : nullptr;
  }
  Flow Make(const logical::Match& match, const Node& node, const std::vector<Flow>& inputs) {
    const Flow& input = inputs.front();
    const std::vector<int>& partition = match.spec.partition;
    Flow flow = Add(node, {.kind = ShapeKind::kMatch, .keys = {KeyText(input, partition)}}, inputs);
    for (const int column : partition) flow.columns.push_back(OriginsAt(input, column));
    return flow;
  }
  Flow Make(const logical::Sink& sink, const Node& node, const std::vector<Flow>& inputs) {
    return Add(node, {.kind = ShapeKind::kSink, .table = LastPart(sink.spec.table)}, inputs);
  }
  // Repeated rows, or the values of a collection in its last column.
  Flow Make(const logical::Replicate&, const Node& node, const std::vector<Flow>& inputs) {
    Flow flow = inputs.front();
    const Origins last = flow.columns.back();
    flow.columns.pop_back();
    flow.columns.resize(node.columns.size(), last);
    return flow;
  }
  Flow Make(const logical::ToChangelog&, const Node&, const std::vector<Flow>& inputs) {
    Flow flow = inputs.front();
    flow.columns.insert(flow.columns.begin(), Origins());
    return flow;
  }
  Flow Make(const logical::FromChangelog& changes, const Node&, const std::vector<Flow>& inputs) {
    Flow flow = inputs.front();
    const auto code = static_cast<size_t>(changes.spec.op_column);
    if (code < flow.columns.size())
      flow.columns.erase(flow.columns.begin() + changes.spec.op_column);
    return flow;
  }
  Flow Make(const logical::Union&, const Node&, const std::vector<Flow>& inputs) {
    return Merged(inputs);
  }
  Flow Make(const logical::Values&, const Node&, const std::vector<Flow>&) { return {}; }
  // Watermarks, bad records and results have no state that Flink has, too.
  template <typename Operation>
  Flow Make(const Operation&, const Node&, const std::vector<Flow>& inputs) {
    return inputs.empty() ? Flow() : inputs.front();
  }

  Shapes shapes_;
  std::unordered_map<const Node*, Flow> flows_;
};

}  // namespace

Shapes ShapesOf(const logical::Plan& plan) {
  return OurShapes().Of(plan);
}

}  // namespace weir::shell::flink
