#include "shell/engine/access/session_scope.h"

#include <type_traits>
#include <variant>

namespace weir::shell {

bool IsOfSession(const ast::Statement& statement) {
  return std::visit(
      []<typename Node>(const Node& node) {
        if constexpr (std::is_same_v<Node, ast::CreateTable>) {
          return node.temporary && !node.query;  // AS query begins a job
        } else if constexpr (requires { node.temporary; }) {
          return static_cast<bool>(node.temporary);
        } else {
          return std::is_same_v<Node, ast::Use> || std::is_same_v<Node, ast::Set> ||
                 std::is_same_v<Node, ast::Reset>;
        }
      },
      statement.node);
}

}  // namespace weir::shell
