// A walk over syntax trees that may change them.
#pragma once

#include <vector>

#include "planner/ast/statement.h"
#include "runtime/base/result.h"

namespace weir::shell::flink {

// Comes to every expression, query and element of FROM below a node, in the order written. Whoever
// overrides Visit calls Children before or after its own work, or leaves them out. The first error
// ends the walk. Trees are as deep as the parser lets them be (parse::kMaxTreeDepth).
class TreeVisitor {
 public:
  TreeVisitor() = default;
  TreeVisitor(const TreeVisitor&) = delete;
  TreeVisitor& operator=(const TreeVisitor&) = delete;
  virtual ~TreeVisitor() = default;

  virtual Status Visit(ast::Expr& node) { return Children(node); }
  virtual Status Visit(ast::Query& node) { return Children(node); }
  virtual Status Visit(ast::TableRef& node) { return Children(node); }

  Status Children(ast::Expr& node);
  Status Children(ast::Query& node);
  Status Children(ast::TableRef& node);

  // The parts of a SELECT, those of its FROM first.
  Status Parts(ast::Select& node);

 protected:
  template <typename T>
  Status VisitHeld(ast::Box<T>& held) {
    return held ? Visit(*held) : Status();
  }
  template <typename T>
  Status VisitAll(std::vector<ast::Box<T>>& nodes) {
    for (ast::Box<T>& node : nodes) RETURN_IF_ERROR(VisitHeld(node));
    return {};
  }

 private:
  friend struct ChildrenOf;

  Status Parts(std::vector<ast::OrderItem>& items);
  Status Parts(ast::WindowSpec& window);
  Status Parts(ast::GroupingElement& element);
};

}  // namespace weir::shell::flink
