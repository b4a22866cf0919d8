#include "planner/logical/declared_columns.h"

#include <algorithm>

#include "planner/logical/join.h"
#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/declared_type.h"

namespace weir::logical {
namespace {

using Types = std::vector<Type>;

Types DeclaredTypes(const Node& node);

Types OwnTypes(const Node& node) {
  Types types;
  for (const Column& column : node.columns) types.push_back(column.type);
  return types;
}

// Whether the aggregate has a value for every group whose values are not NULL. Of a single value
// the deviation of a sample is NULL, whatever Flink declares.
bool GivesValue(expr::AggregateFunction function) {
  switch (function) {
    case expr::AggregateFunction::kArrayAgg:
    case expr::AggregateFunction::kAvg:
    case expr::AggregateFunction::kFirstValue:
    case expr::AggregateFunction::kLastValue:
    case expr::AggregateFunction::kListAgg:
    case expr::AggregateFunction::kMax:
    case expr::AggregateFunction::kMin:
    case expr::AggregateFunction::kStddevPop:
    case expr::AggregateFunction::kSum:
    case expr::AggregateFunction::kVarPop:
      return true;
    default:
      return false;
  }
}

Type TypeOfCall(const expr::AggregateCall& call, bool grouped, const Types& input) {
  if (call.arguments.size() != 1) return call.result_type;
  const Type& argument = input[static_cast<size_t>(call.arguments[0])];
  if (call.function == expr::AggregateFunction::kCollect) {
    return Type::Multiset(argument).WithNullable(call.result_type.nullable());
  }
  const bool certain = GivesValue(call.function) && grouped && call.filter < 0;
  return certain && !argument.nullable() ? call.result_type.WithNullable(false) : call.result_type;
}

struct Declaring {
  const Node& node;

  Types Input(size_t i = 0) const { return DeclaredTypes(*node.inputs[i]); }

  // What the input has, and the columns that the node adds behind them.
  Types Extended() const {
    Types types = Input();
    const Types own = OwnTypes(node);
    types.insert(types.end(), own.begin() + static_cast<std::ptrdiff_t>(types.size()), own.end());
    return types;
  }

  Types operator()(const Project& project) const {
    const Types input = Input();
    Types types;
    for (const expr::ExprPtr& expression : project.expressions) {
      types.push_back(expr::DeclaredType(expression, input));
    }
    return types;
  }
  Types operator()(const Aggregate& aggregate) const {
    const Types input = Input();
    Types types;
    for (const int key : aggregate.keys) types.push_back(input[static_cast<size_t>(key)]);
    for (const expr::AggregateCall& call : aggregate.calls) {
      types.push_back(TypeOfCall(call, !aggregate.keys.empty(), input));
    }
    return types;
  }
  // A column may be NULL where that of one branch may.
  Types operator()(const Union&) const {
    Types types = OwnTypes(node);
    for (Type& type : types) type = type.WithNullable(false);
    for (size_t branch = 0; branch < node.inputs.size(); ++branch) {
      const Types input = Input(branch);
      for (size_t i = 0; i < types.size(); ++i) {
        if (input[i].nullable()) types[i] = types[i].WithNullable(true);
      }
    }
    return types;
  }
  // The columns of a side that a row may lack are nullable.
  Types operator()(const Join& join) const {
    const bool full = join.type == graph::JoinType::kFull;
    const bool lacks[] = {full || join.type == graph::JoinType::kRight,
                          full || join.type == graph::JoinType::kLeft};
    Types types;
    for (size_t side = 0; side < 2; ++side) {
      for (const Type& type : Input(side)) {
        types.push_back(lacks[side] ? type.WithNullable(true) : type);
      }
    }
    types.resize(node.columns.size());  // semi and anti joins have the left side only
    return types;
  }
  Types operator()(const Filter&) const { return Input(); }
  Types operator()(const Sort&) const { return Input(); }
  Types operator()(const Collect&) const { return Input(); }
  Types operator()(const Watermark&) const { return Extended(); }
  Types operator()(const WindowTable&) const { return Extended(); }
  Types operator()(const Over&) const { return Extended(); }
  Types operator()(const OverAggregate&) const { return Extended(); }
  template <typename Other>
  Types operator()(const Other&) const {
    return OwnTypes(node);
  }
};

Types DeclaredTypes(const Node& node) {
  return std::visit(Declaring{node}, node.operation);
}

}  // namespace

std::vector<Column> DeclaredColumns(const Node& node) {
  std::vector<Column> columns = node.columns;
  const Types types = DeclaredTypes(node);
  for (size_t i = 0; i < columns.size(); ++i) columns[i].type = types[i];
  return columns;
}

}  // namespace weir::logical
