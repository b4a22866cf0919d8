// drop-identity-projects: a projection of all columns in order, under their own names, goes. One
// that renames stays: names of columns are names of state.
//
//   SELECT bidder, price FROM bid          (bid has these two columns)
//   Project(bidder, price) over Scan(bidder, price)  =>  Scan(bidder, price)
#include "planner/logical/rewrite.h"
#include "planner/rules/rule.h"

namespace weir::rules {
namespace {

bool ChangesNothing(const logical::Project& project, const logical::Node& node) {
  const std::vector<logical::Column>& input = node.inputs[0]->columns;
  if (input.size() != node.columns.size()) return false;
  for (size_t i = 0; i < input.size(); ++i) {
    const expr::Expr& expression = *project.expressions[i];
    if (expression.kind != expr::ExprKind::kColumn || expression.column != static_cast<int>(i)) {
      return false;
    }
    if (input[i].name != node.columns[i].name || input[i].type != node.columns[i].type)
      return false;
  }
  return true;
}

}  // namespace

Result<logical::Plan> DropIdentityProjects(const logical::Plan& plan) {
  return logical::Rewrite(
      plan, [](const logical::Node&, logical::NodePtr node) -> Result<logical::NodePtr> {
        const auto* project = std::get_if<logical::Project>(&node->operation);
        if (project == nullptr || !ChangesNothing(*project, *node)) return node;
        return node->inputs[0];
      });
}

}  // namespace weir::rules
