#include <fmt/format.h>

#include <unordered_set>

#include "planner/logical/plan.h"

namespace weir::logical {
namespace {

// The compiler asks for a name of each operation.
struct OperationNames {
  const char* operator()(const Scan&) const { return "Scan"; }
  const char* operator()(const Watermark&) const { return "Watermark"; }
  const char* operator()(const Values&) const { return "Values"; }
  const char* operator()(const Filter&) const { return "Filter"; }
  const char* operator()(const Project&) const { return "Project"; }
  const char* operator()(const Aggregate&) const { return "Aggregate"; }
  const char* operator()(const WindowTable&) const { return "WindowTable"; }
  const char* operator()(const WindowAggregate&) const { return "WindowAggregate"; }
  const char* operator()(const Over&) const { return "Over"; }
  const char* operator()(const OverAggregate&) const { return "OverAggregate"; }
  const char* operator()(const Rank&) const { return "Rank"; }
  const char* operator()(const Deduplicate&) const { return "Deduplicate"; }
  const char* operator()(const WindowRank&) const { return "WindowRank"; }
  const char* operator()(const Union&) const { return "Union"; }
  const char* operator()(const Sort&) const { return "Sort"; }
  const char* operator()(const Sink&) const { return "Sink"; }
  const char* operator()(const Collect&) const { return "Collect"; }
  const char* operator()(const Join&) const { return "Join"; }
  const char* operator()(const Normalize&) const { return "Normalize"; }
  const char* operator()(const Replicate&) const { return "Replicate"; }
  const char* operator()(const Recursion&) const { return "Recursion"; }
  const char* operator()(const RecursiveScan&) const { return "RecursiveScan"; }
  const char* operator()(const Match&) const { return "Match"; }
  const char* operator()(const BadRecords&) const { return "BadRecords"; }
  const char* operator()(const ToChangelog&) const { return "ToChangelog"; }
  const char* operator()(const FromChangelog&) const { return "FromChangelog"; }
};

const char* OperationName(const Operation& operation) {
  return std::visit(OperationNames{}, operation);
}

Status Wrong(const char* what) {
  return Status::Internal(what);
}

Status CheckColumn(int column, const std::vector<Column>& columns, const char* role) {
  if (column >= 0 && static_cast<size_t>(column) < columns.size()) return {};
  return Status::Internal(fmt::format("{} is column {} of {}", role, column, columns.size()));
}

// Equal up to what no operator minds: nullability, and the length of strings, which only casts
// enforce.
bool Alike(const Type& a, const Type& b) {
  const bool strings = (a.is_character() && b.is_character()) || (a.is_binary() && b.is_binary());
  return strings || a.EqualsIgnoringNullability(b);
}

Status CheckExpression(const expr::Expr& expression, const std::vector<Column>& columns) {
  if (expression.kind == expr::ExprKind::kColumn) {
    RETURN_IF_ERROR(CheckColumn(expression.column, columns, "a reference"));
    const Column& column = columns[static_cast<size_t>(expression.column)];
    if (!Alike(expression.type, column.type)) {
      return Status::Internal(fmt::format("a reference to \"{}\" has type {} instead of {}",
                                          column.name, expression.type.ToString(),
                                          column.type.ToString()));
    }
  }
  for (const expr::ExprPtr& argument : expression.args) {
    if (!argument) return Wrong("an argument is missing");
    RETURN_IF_ERROR(CheckExpression(*argument, columns));
  }
  return {};
}

Status CheckSameTypes(const std::vector<Column>& a, const std::vector<Column>& b,
                      const char* what) {
  if (a.size() != b.size()) {
    return Status::Internal(fmt::format("{}: {} columns against {}", what, a.size(), b.size()));
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (Alike(a[i].type, b[i].type)) continue;
    return Status::Internal(fmt::format("{}: column {} is {} against {}", what, i,
                                        a[i].type.ToString(), b[i].type.ToString()));
  }
  return {};
}

Status CheckCall(const expr::AggregateCall& call, const std::vector<Column>& input) {
  if (call.arguments.size() != call.argument_types.size())
    return Wrong("argument types miscounted");
  if (call.state_name.empty()) return Wrong("an aggregate has no state name");
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    RETURN_IF_ERROR(CheckColumn(call.arguments[i], input, "an argument"));
    const Type& type = input[static_cast<size_t>(call.arguments[i])].type;
    if (!Alike(type, call.argument_types[i])) return Wrong("an argument's type");
  }
  if (call.filter < 0) return {};
  RETURN_IF_ERROR(CheckColumn(call.filter, input, "a FILTER"));
  const Type& type = input[static_cast<size_t>(call.filter)].type;
  return type.kind() == TypeKind::kBoolean ? Status() : Wrong("a FILTER is not BOOLEAN");
}

// Checks a node whose columns are its keys, then its calls, then `extra` further columns.
Status CheckGrouping(const std::vector<int>& keys, const std::vector<expr::AggregateCall>& calls,
                     const Node& node, size_t extra) {
  const std::vector<Column>& input = node.inputs[0]->columns;
  if (node.columns.size() != keys.size() + calls.size() + extra) return Wrong("output miscounted");
  std::unordered_set<std::string> names;
  for (size_t i = 0; i < keys.size(); ++i) {
    RETURN_IF_ERROR(CheckColumn(keys[i], input, "a key"));
    const Type& type = input[static_cast<size_t>(keys[i])].type;
    if (!Alike(type, node.columns[i].type)) return Wrong("a key changes its type");
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    RETURN_IF_ERROR(CheckCall(calls[i], input));
    if (!names.insert(calls[i].state_name).second) return Wrong("two calls have one state name");
    if (calls[i].result_type != node.columns[keys.size() + i].type) return Wrong("a call's type");
  }
  return {};
}

struct NodeCheck {
  const Node& node;

  const std::vector<Column>& input() const { return node.inputs[0]->columns; }

  Status CheckRanking(const std::vector<int>& partition, const std::vector<graph::SortKey>& order,
                      bool adds_rank) const {
    for (const int key : partition) RETURN_IF_ERROR(CheckColumn(key, input(), "a partition key"));
    for (const graph::SortKey& key : order) {
      RETURN_IF_ERROR(CheckColumn(key.column, input(), "a sort key"));
    }
    if (node.columns.size() != input().size() + (adds_rank ? 1 : 0)) {
      return Wrong("output miscounted");
    }
    std::vector<Column> kept = node.columns;
    if (adds_rank) kept.pop_back();
    return CheckSameTypes(kept, input(), "output against input");
  }

  Status operator()(const Scan& scan) const {
    if (scan.spec.metadata_keys.size() != scan.spec.table_schema.size()) {
      return Wrong("metadata keys miscounted");
    }
    if (scan.spec.columns.size() != node.columns.size()) return Wrong("columns miscounted");
    for (size_t i = 0; i < node.columns.size(); ++i) {
      const int column = scan.spec.columns[i];
      if (column < 0 || static_cast<size_t>(column) >= scan.spec.table_schema.size()) {
        return Wrong("a column out of range");
      }
      const Type& type = scan.spec.table_schema.fields[static_cast<size_t>(column)].type;
      if (!Alike(type, node.columns[i].type)) return Wrong("a column's type");
    }
    return scan.spec.filter ? CheckExpression(*scan.spec.filter, node.columns) : Status();
  }
  Status operator()(const Watermark& watermark) const {
    RETURN_IF_ERROR(CheckColumn(watermark.spec.rowtime_column, input(), "the time column"));
    if (!watermark.spec.watermark) return Wrong("no watermark expression");
    RETURN_IF_ERROR(CheckExpression(*watermark.spec.watermark, input()));
    return CheckSameTypes(node.columns, input(), "output against input");
  }
  Status operator()(const Values& values) const {
    for (const auto& row : values.rows) {
      if (row.size() != node.columns.size()) return Wrong("a row's cells miscounted");
      for (size_t i = 0; i < row.size(); ++i) {
        RETURN_IF_ERROR(CheckExpression(*row[i], {}));
        if (!Alike(row[i]->type, node.columns[i].type)) {
          return Wrong("a cell's type");
        }
      }
    }
    return {};
  }
  Status operator()(const Filter& filter) const {
    if (!filter.predicate || filter.predicate->type.kind() != TypeKind::kBoolean) {
      return Wrong("the predicate is not BOOLEAN");
    }
    RETURN_IF_ERROR(CheckExpression(*filter.predicate, input()));
    return CheckSameTypes(node.columns, input(), "output against input");
  }
  Status operator()(const Project& project) const {
    if (project.expressions.size() != node.columns.size()) return Wrong("output miscounted");
    for (size_t i = 0; i < node.columns.size(); ++i) {
      RETURN_IF_ERROR(CheckExpression(*project.expressions[i], input()));
      if (!Alike(project.expressions[i]->type, node.columns[i].type)) {
        return Wrong("an expression's type");
      }
    }
    return {};
  }
  Status operator()(const Aggregate& aggregate) const {
    return CheckGrouping(aggregate.keys, aggregate.calls, node, 0);
  }
  Status operator()(const WindowTable& table) const {
    if (!table.window.processing_time) {
      RETURN_IF_ERROR(CheckColumn(table.time_column, input(), "the time column"));
    }
    if (node.columns.size() != input().size() + 3) return Wrong("output miscounted");
    const std::vector<Column> kept(node.columns.begin(), node.columns.end() - 3);
    return CheckSameTypes(kept, input(), "output against input");
  }
  Status operator()(const WindowAggregate& aggregate) const {
    if (aggregate.start_column >= 0) {  // the input has windows, and may have no time
      RETURN_IF_ERROR(CheckColumn(aggregate.start_column, input(), "the window's start"));
      RETURN_IF_ERROR(CheckColumn(aggregate.end_column, input(), "the window's end"));
    } else if (!aggregate.window.processing_time) {
      RETURN_IF_ERROR(CheckColumn(aggregate.time_column, input(), "the time column"));
    }
    return CheckGrouping(aggregate.keys, aggregate.calls, node, 3);
  }
  Status operator()(const Over& over) const {
    return CheckRanking(over.partition, over.order, true);
  }
  Status operator()(const OverAggregate& over) const {
    if (!over.recomputed && over.order.size() != 1) return Wrong("an order by more than time");
    for (const graph::SortKey& key : over.order) {
      RETURN_IF_ERROR(CheckColumn(key.column, input(), "a column of the order"));
    }
    for (const int column : over.partition) {
      RETURN_IF_ERROR(CheckColumn(column, input(), "a partition column"));
    }
    if (over.calls.empty()) return Wrong("no call");
    if (over.ahead && (over.recomputed || over.by_clock || over.frames.size() != over.calls.size()))
      return Wrong("calls without a frame");
    if (node.columns.size() != input().size() + over.calls.size())
      return Wrong("output miscounted");
    for (size_t i = 0; i < over.calls.size(); ++i) {
      const expr::AggregateCall& call = over.calls[i].call;
      for (const int argument : call.arguments) {
        RETURN_IF_ERROR(CheckColumn(argument, input(), "an argument"));
      }
      if (!Alike(call.result_type, node.columns[input().size() + i].type)) {
        return Wrong("a call's type");
      }
    }
    const std::vector<Column> kept(node.columns.begin(),
                                   node.columns.end() - std::ssize(over.calls));
    return CheckSameTypes(kept, input(), "output against input");
  }
  Status operator()(const Match& match) const {
    const graph::MatchSpec& spec = match.spec;
    RETURN_IF_ERROR(CheckColumn(spec.time_column, input(), "the time column"));
    for (const int column : spec.partition) {
      RETURN_IF_ERROR(CheckColumn(column, input(), "a partition column"));
    }
    for (const graph::MatchValue& value : spec.values) {
      const bool of_column = value.kind != graph::MatchValueKind::kAggregate &&
                             value.kind != graph::MatchValueKind::kNumber && !value.classifier;
      if (of_column) RETURN_IF_ERROR(CheckColumn(value.column, input(), "a value's column"));
      for (const int argument : value.call.arguments) {
        RETURN_IF_ERROR(CheckColumn(argument, input(), "an argument"));
      }
    }
    for (const graph::SortKey& key : spec.order) {
      RETURN_IF_ERROR(CheckColumn(key.column, input(), "a column of the order"));
    }
    if (node.columns.size() != spec.partition.size() + spec.given.size())
      return Wrong("output miscounted");
    return {};
  }
  Status operator()(const Rank& rank) const {
    if (rank.first < 1 || rank.last < rank.first) return Wrong("no ranks");
    for (const int column : rank.input_key) {
      RETURN_IF_ERROR(CheckColumn(column, input(), "a key of the input"));
    }
    return CheckRanking(rank.partition, rank.order, rank.output_rank);
  }
  Status operator()(const Deduplicate& deduplicate) const {
    if (deduplicate.time_column >= 0) {
      RETURN_IF_ERROR(CheckColumn(deduplicate.time_column, input(), "the time column"));
    }
    return CheckRanking(deduplicate.keys, {}, false);
  }
  Status operator()(const Normalize& normalize) const {
    if (normalize.keys.empty() && !normalize.for_metadata) return Wrong("no key");
    return CheckRanking(normalize.keys, {}, false);
  }
  Status operator()(const WindowRank& rank) const {
    RETURN_IF_ERROR(CheckColumn(rank.spec.start_column, input(), "the window's start"));
    RETURN_IF_ERROR(CheckColumn(rank.spec.end_column, input(), "the window's end"));
    if (rank.spec.first < 1 || rank.spec.last < rank.spec.first) return Wrong("no ranks");
    return CheckRanking(rank.spec.partition, rank.spec.order, rank.spec.output_rank);
  }
  Status operator()(const Union&) const {
    for (const NodePtr& branch : node.inputs) {
      RETURN_IF_ERROR(CheckSameTypes(node.columns, branch->columns, "output against a branch"));
    }
    return {};
  }
  Status operator()(const Recursion& recursion) const {
    for (const NodePtr& branch : node.inputs) {
      RETURN_IF_ERROR(CheckSameTypes(node.columns, branch->columns, "output against a branch"));
    }
    if (recursion.max_depth > 0 && node.columns.back().type.kind() != TypeKind::kBigInt)
      return Wrong("no depth");
    return {};
  }
  Status operator()(const RecursiveScan&) const { return {}; }
  Status operator()(const BadRecords&) const {
    if (!std::holds_alternative<Scan>(node.inputs[0]->operation)) return Wrong("no scan");
    std::vector<Column> expected;
    for (const Field& field : graph::BadRecordColumns().fields)
      expected.push_back({field.name, field.type});
    return CheckSameTypes(node.columns, expected, "output against what is known of bad records");
  }
  Status operator()(const Replicate&) const {
    std::vector<Column> expected = input();
    if (expected.empty()) return Wrong("no count");
    const Type last = expected.back().type;
    expected.pop_back();
    if (last.physical() == PhysicalType::kList) {
      const size_t values = last.kind() == TypeKind::kMap ? 2 : 1;
      for (size_t i = 0; i < values; ++i) expected.push_back({"", last.fields()[i].type});
      expected.push_back({"", Type::Int()});
    } else if (last.kind() != TypeKind::kBigInt) {
      return Wrong("no count");
    }
    return CheckSameTypes(node.columns, expected, "output against input");
  }
  Status operator()(const ToChangelog&) const {
    std::vector<Column> expected = input();
    expected.insert(expected.begin(), {"", Type::String()});
    return CheckSameTypes(node.columns, expected, "output against input");
  }
  Status operator()(const FromChangelog& changes) const {
    const int code = changes.spec.op_column;
    RETURN_IF_ERROR(CheckColumn(code, input(), "the code"));
    std::vector<Column> expected = input();
    if (!expected[static_cast<size_t>(code)].type.is_character()) return Wrong("no code");
    expected.erase(expected.begin() + code);
    if (expected.empty()) return Wrong("no column");
    return CheckSameTypes(node.columns, expected, "output against input");
  }
  Status operator()(const Sort& sort) const {
    for (const graph::SortKey& key : sort.keys) {
      RETURN_IF_ERROR(CheckColumn(key.column, input(), "a sort key"));
    }
    if (sort.offset < 0 || sort.limit < -1) return Wrong("a negative limit");
    const bool by_time = sort.time != TimeAttribute::kNone;
    if (by_time && (sort.keys.empty() || sort.limit >= 0 || sort.offset > 0))
      return Wrong("a sort by time has a limit or no time");
    return CheckSameTypes(node.columns, input(), "output against input");
  }
  Status operator()(const Sink& sink) const {
    if (sink.spec.schema.size() != node.columns.size()) return Wrong("columns miscounted");
    return CheckSameTypes(node.columns, input(), "table against query");
  }
  Status operator()(const Collect&) const {
    return CheckSameTypes(node.columns, input(), "output against input");
  }
  Status operator()(const Join& join) const {
    const std::vector<Column>& right = node.inputs[1]->columns;
    std::vector<Column> both = input();
    both.insert(both.end(), right.begin(), right.end());
    RETURN_IF_ERROR(CheckSameTypes(node.columns, graph::GivesLeftOnly(join.type) ? input() : both,
                                   "output against inputs"));
    if (join.left_keys.size() != join.right_keys.size() ||
        join.left_keys.size() != join.null_safe.size()) {
      return Wrong("keys miscounted");
    }
    for (size_t i = 0; i < join.left_keys.size(); ++i) {
      RETURN_IF_ERROR(CheckColumn(join.left_keys[i], input(), "a key of the left input"));
      RETURN_IF_ERROR(CheckColumn(join.right_keys[i], right, "a key of the right input"));
      if (!Alike(input()[static_cast<size_t>(join.left_keys[i])].type,
                 right[static_cast<size_t>(join.right_keys[i])].type)) {
        return Wrong("two keys differ in type");
      }
    }
    if (join.versions) {
      RETURN_IF_ERROR(CheckColumn(join.versions->left_time, input(), "a time of the left input"));
      RETURN_IF_ERROR(CheckColumn(join.versions->right_time, right, "a time of the right input"));
    }
    if (!join.residual) return {};
    if (join.residual->type.kind() != TypeKind::kBoolean) return Wrong("a condition is no BOOLEAN");
    return CheckExpression(*join.residual, both);
  }
};

size_t LeastInputs(const Operation& operation) {
  if (std::holds_alternative<Join>(operation) || std::holds_alternative<Recursion>(operation))
    return 2;
  const bool leaf = std::holds_alternative<Scan>(operation) ||
                    std::holds_alternative<Values>(operation) ||
                    std::holds_alternative<RecursiveScan>(operation);
  return leaf ? 0 : 1;
}

Status VerifyNode(const NodePtr& node, std::unordered_set<const Node*>& seen) {
  if (!node) return Status::Internal("the logical plan has an empty node");
  if (!seen.insert(node.get()).second) return {};
  for (const NodePtr& input : node->inputs) RETURN_IF_ERROR(VerifyNode(input, seen));
  const size_t least = LeastInputs(node->operation);
  const bool is_union = std::holds_alternative<Union>(node->operation);
  Status status = node->inputs.size() < least || (!is_union && node->inputs.size() > least)
                      ? Wrong("inputs miscounted")
                      : std::visit(NodeCheck{*node}, node->operation);
  return std::move(status).WithContext(
      fmt::format("the logical plan is inconsistent at {}", OperationName(node->operation)));
}

}  // namespace

Status Verify(const Plan& plan) {
  std::unordered_set<const Node*> seen;
  for (const NodePtr& root : plan.roots) RETURN_IF_ERROR(VerifyNode(root, seen));
  return {};
}

}  // namespace weir::logical
