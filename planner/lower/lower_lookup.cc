// Lookup joins: the right input becomes part of the operator, which reads the table itself.
#include <fmt/format.h>

#include <algorithm>

#include "planner/logical/rewrite.h"
#include "planner/lower/conjunction.h"
#include "planner/lower/lowering.h"
#include "runtime/graph/asked_keys.h"
#include "runtime/graph/lookup_options.h"
#include "runtime/types/key_encoding.h"

namespace weir::lower {
namespace {

using logical::Node;
using logical::NodePtr;

// A scan, and the filters and projections above it as expressions over its columns.
struct Table {
  graph::ScanSpec scan;
  expr::ExprPtr filter;
  std::vector<expr::ExprPtr> columns;
};

Result<Table> TableOf(const Node& node) {
  if (const auto* scan = std::get_if<logical::Scan>(&node.operation)) {
    Table table{scan->spec, nullptr, {}};
    for (size_t i = 0; i < node.columns.size(); ++i) {
      table.columns.push_back(logical::ColumnRef(node, static_cast<int>(i)));
    }
    return table;
  }
  if (const auto* filter = std::get_if<logical::Filter>(&node.operation)) {
    Table table = TRY(TableOf(*node.inputs[0]));
    table.filter = And(table.filter, expr::Substitute(filter->predicate, table.columns));
    return table;
  }
  if (const auto* project = std::get_if<logical::Project>(&node.operation)) {
    Table table = TRY(TableOf(*node.inputs[0]));
    std::vector<expr::ExprPtr> columns;
    for (const expr::ExprPtr& expression : project->expressions) {
      columns.push_back(expr::Substitute(expression, table.columns));
    }
    table.columns = std::move(columns);
    return table;
  }
  // The table is read as it is now, whatever its watermark says.
  if (std::holds_alternative<logical::Watermark>(node.operation)) return TableOf(*node.inputs[0]);
  return Status::Internal("a lookup of what is no table came through the binder");
}

graph::JoinInput InputOf(const Node& input, std::vector<int> keys) {
  graph::JoinInput result;
  result.schema = logical::SchemaOf(input);
  result.keys = std::move(keys);
  return result;
}

// A table that is asked key by key has to have a key that it knows.
Status CheckAsked(const Node& node, const graph::LookupSpec& spec) {
  const graph::ReloadRule rule = TRY(graph::ReloadRuleOf(spec.scan.options));
  if (rule.schedule != graph::ReloadSchedule::kByKey || !graph::AskedKeysOf(spec).empty())
    return {};
  return Status::Unsupported(
             fmt::format("a lookup that asks table {} key by key is not supported yet without a "
                         "plain column of it that equals something",
                         spec.scan.table))
      .WithHint(
          "compare a column as it is, with = and a CAST of the other side; or "
          "'lookup.cache' = 'FULL'")
      .WithSpan(node.origin.span);
}

}  // namespace

Result<int> Lowering::LowerLookup(const Node& node, const logical::Join& join) {
  Table table = TRY(TableOf(*node.inputs[1]));
  graph::LookupSpec spec;
  spec.shape.type = join.type;
  spec.shape.left = InputOf(*node.inputs[0], join.left_keys);
  spec.shape.right = InputOf(*node.inputs[1], join.right_keys);
  spec.shape.null_safe = join.null_safe;
  spec.shape.residual = join.residual;
  spec.shape.hints = join.hints;
  spec.retry = join.retry;
  spec.scan = std::move(table.scan);
  spec.filter = std::move(table.filter);
  spec.projections = std::move(table.columns);
  RETURN_IF_ERROR(CheckAsked(node, spec));
  return AddBehind(node, std::move(spec), TRY(Lower(node.inputs[0])), "lookup");
}

}  // namespace weir::lower
