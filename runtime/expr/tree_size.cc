#include "runtime/expr/tree_size.h"

namespace weir::expr {
namespace {

// Nodes of the tree with its columns replaced (by themselves where `replacements` is null), counted
// no further than one beyond `most`.
size_t CountNodes(const Expr& expression, const std::vector<ExprPtr>* replacements, size_t most) {
  if (expression.kind == ExprKind::kColumn && replacements != nullptr) {
    return CountNodes(*replacements->at(static_cast<size_t>(expression.column)), nullptr, most);
  }
  size_t nodes = 1;
  for (const ExprPtr& argument : expression.args) {
    if (nodes > most) break;
    nodes += CountNodes(*argument, replacements, most - nodes);
  }
  return nodes;
}

}  // namespace

bool GrowsBeyond(size_t nodes, const Expr& expression, const std::vector<ExprPtr>& replacements) {
  return CountNodes(expression, &replacements, nodes) > nodes;
}

}  // namespace weir::expr
