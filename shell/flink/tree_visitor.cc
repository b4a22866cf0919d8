#include "shell/flink/tree_visitor.h"

#include <concepts>

namespace weir::shell::flink {

// One overload for each node that has children; those without share the last one.
struct ChildrenOf {
  TreeVisitor& visitor;

  template <typename... Boxes>
  Status Each(Boxes&... boxes) {
    Status status;
    // Stops at the first error.
    (void)((status = visitor.VisitHeld(boxes), status.ok()) && ...);
    return status;
  }

  // --- expressions -------------------------------------------------------------------------------

  Status operator()(ast::Unary& node) { return Each(node.operand); }
  Status operator()(ast::Binary& node) { return Each(node.left, node.right); }
  Status operator()(ast::Is& node) { return Each(node.operand); }
  Status operator()(ast::IsDistinct& node) { return Each(node.left, node.right); }
  Status operator()(ast::Between& node) { return Each(node.operand, node.low, node.high); }
  Status operator()(ast::Like& node) { return Each(node.operand, node.pattern, node.escape); }
  Status operator()(ast::In& node) {
    RETURN_IF_ERROR(Each(node.operand));
    RETURN_IF_ERROR(visitor.VisitAll(node.items));
    return Each(node.query);
  }
  Status operator()(ast::Quantified& node) {
    RETURN_IF_ERROR(Each(node.operand));
    RETURN_IF_ERROR(visitor.VisitAll(node.items));
    return Each(node.query);
  }
  Status operator()(ast::Subquery& node) { return Each(node.query); }
  Status operator()(ast::Case& node) {
    RETURN_IF_ERROR(Each(node.operand));
    for (ast::When& when : node.whens) {
      RETURN_IF_ERROR(Each(when.condition));
      RETURN_IF_ERROR(visitor.VisitAll(when.alternatives));
      RETURN_IF_ERROR(Each(when.result));
    }
    return Each(node.otherwise);
  }
  Status operator()(ast::Cast& node) { return Each(node.operand); }
  Status operator()(ast::Row& node) { return visitor.VisitAll(node.items); }
  Status operator()(ast::Collection& node) { return visitor.VisitAll(node.items); }
  Status operator()(ast::Element& node) { return Each(node.operand, node.index); }
  Status operator()(ast::FieldAccess& node) { return Each(node.operand); }
  Status operator()(ast::Call& node) {
    for (ast::Argument& argument : node.arguments) RETURN_IF_ERROR(Each(argument.value));
    RETURN_IF_ERROR(visitor.Parts(node.order_by));
    RETURN_IF_ERROR(visitor.Parts(node.within_group));
    RETURN_IF_ERROR(Each(node.filter));
    return node.over ? visitor.Parts(*node.over) : Status();
  }
  Status operator()(ast::UnitCall& node) { return Each(node.first, node.second); }
  Status operator()(ast::Difference& node) { return Each(node.later, node.earlier); }
  Status operator()(ast::Position& node) { return Each(node.needle, node.haystack, node.start); }
  Status operator()(ast::Trim& node) { return Each(node.characters, node.operand); }
  Status operator()(ast::JsonCall& node) {
    RETURN_IF_ERROR(visitor.VisitAll(node.keys));
    RETURN_IF_ERROR(visitor.VisitAll(node.values));
    for (ast::JsonOn& on : node.on) RETURN_IF_ERROR(Each(on.value));
    RETURN_IF_ERROR(Each(node.filter));
    return node.over ? visitor.Parts(*node.over) : Status();
  }
  Status operator()(ast::TableArgument& node) {
    RETURN_IF_ERROR(Each(node.query));
    RETURN_IF_ERROR(visitor.VisitAll(node.partition_by));
    return visitor.Parts(node.order_by);
  }

  // --- elements of FROM --------------------------------------------------------------------------

  Status operator()(ast::NamedTable& node) { return Each(node.system_time); }
  Status operator()(ast::DerivedTable& node) { return Each(node.query); }
  Status operator()(ast::FunctionTable& node) { return (*this)(node.call); }
  Status operator()(ast::Unnest& node) { return visitor.VisitAll(node.operands); }
  Status operator()(ast::Join& node) { return Each(node.left, node.right, node.match, node.on); }
  Status operator()(ast::MatchRecognize& node) {
    RETURN_IF_ERROR(Each(node.input));
    RETURN_IF_ERROR(visitor.VisitAll(node.partition_by));
    RETURN_IF_ERROR(visitor.Parts(node.order_by));
    for (ast::NamedExpr& measure : node.measures) RETURN_IF_ERROR(Each(measure.expr));
    RETURN_IF_ERROR(Each(node.within));
    for (ast::NamedExpr& definition : node.define) RETURN_IF_ERROR(Each(definition.expr));
    return {};
  }

  // --- bodies of queries -------------------------------------------------------------------------

  Status operator()(ast::Select& node) { return visitor.Parts(node); }
  Status operator()(ast::SetOperation& node) { return Each(node.left, node.right); }
  Status operator()(ast::Values& node) {
    for (std::vector<ast::ExprPtr>& row : node.rows) RETURN_IF_ERROR(visitor.VisitAll(row));
    return {};
  }
  Status operator()(ast::Nested& node) { return Each(node.query); }

  template <typename Leaf>
  requires std::same_as<Leaf, ast::Literal> || std::same_as<Leaf, ast::ColumnRef> ||
      std::same_as<Leaf, ast::Star> || std::same_as<Leaf, ast::Descriptor> ||
      std::same_as<Leaf, ast::ModelArgument> || std::same_as<Leaf, ast::DefaultValue> ||
      std::same_as<Leaf, ast::StateOf> || std::same_as<Leaf, ast::TableQuery>
          Status operator()(Leaf&) {
    return {};
  }
};

Status TreeVisitor::Children(ast::Expr& node) {
  return std::visit(ChildrenOf{*this}, node.node);
}

Status TreeVisitor::Children(ast::TableRef& node) {
  return std::visit(ChildrenOf{*this}, node.node);
}

Status TreeVisitor::Children(ast::Query& node) {
  for (ast::CommonTable& table : node.with) RETURN_IF_ERROR(VisitHeld(table.query));
  RETURN_IF_ERROR(std::visit(ChildrenOf{*this}, node.body));
  RETURN_IF_ERROR(Parts(node.order_by));
  RETURN_IF_ERROR(VisitHeld(node.limit));
  return VisitHeld(node.offset);
}

Status TreeVisitor::Parts(ast::Select& node) {
  RETURN_IF_ERROR(VisitAll(node.from));
  for (ast::SelectItem& item : node.items) RETURN_IF_ERROR(VisitHeld(item.expr));
  RETURN_IF_ERROR(VisitHeld(node.where));
  if (node.group_by) {
    for (ast::GroupingElement& element : node.group_by->elements) RETURN_IF_ERROR(Parts(element));
  }
  RETURN_IF_ERROR(VisitHeld(node.having));
  for (ast::NamedWindow& window : node.windows) RETURN_IF_ERROR(Parts(window.spec));
  return VisitHeld(node.qualify);
}

Status TreeVisitor::Parts(std::vector<ast::OrderItem>& items) {
  for (ast::OrderItem& item : items) RETURN_IF_ERROR(VisitHeld(item.expr));
  return {};
}

Status TreeVisitor::Parts(ast::WindowSpec& window) {
  RETURN_IF_ERROR(VisitAll(window.partition_by));
  RETURN_IF_ERROR(Parts(window.order_by));
  if (!window.frame) return {};
  RETURN_IF_ERROR(VisitHeld(window.frame->start.offset));
  return window.frame->end ? VisitHeld(window.frame->end->offset) : Status();
}

Status TreeVisitor::Parts(ast::GroupingElement& element) {
  RETURN_IF_ERROR(VisitAll(element.expressions));
  for (ast::GroupingElement& part : element.parts) RETURN_IF_ERROR(Parts(part));
  return {};
}

}  // namespace weir::shell::flink
