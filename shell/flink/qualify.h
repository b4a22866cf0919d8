// SELECT … QUALIFY condition, as SELECT … FROM (SELECT …) WHERE condition.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "shell/flink/tree_visitor.h"

namespace weir::shell::flink {

// Whether an expression has a part of some kind.
class FindsCalls final : public TreeVisitor {
 public:
  explicit FindsCalls(bool (*is_one)(const ast::Expr&)) : is_one_(is_one) {}
  Status Visit(ast::Expr& node) override {
    found_ = found_ || is_one_(node);
    return Children(node);
  }
  bool found() const { return found_; }

 private:
  bool (*is_one_)(const ast::Expr&);
  bool found_ = false;
};

// Whether an expression is an aggregate, without OVER.
bool IsAggregate(const ast::Expr& expression);

// Whether an item of a list stands for all columns of some table: * and t.*.
bool IsStar(const ast::SelectItem& item);

// Puts `inner` as a table into the FROM of `outer`, which becomes the body of `query`.
void PutIntoFrom(ast::Select inner, ast::Alias alias, ast::Select outer, ast::Query& query);

// Writes one QUALIFY out. The list becomes the columns of a table in FROM, behind which stand those
// that only the condition needs; the list around it names its own columns.
class QualifyWriter final : public TreeVisitor {
 public:
  // `columns`: the names that the list gives. `is_over_from`: whether a name is one of FROM, which
  // come before those of the list.
  QualifyWriter(ast::Select& select, std::vector<std::string> columns,
                std::function<bool(const ast::Expr&)> is_over_from)
      : select_(select), columns_(std::move(columns)), is_over_from_(std::move(is_over_from)) {}

  // REQUIRES: the body of `query` is the SELECT.
  Status WriteOut(ast::Query& query);
  // Replaces what the condition reads by columns.
  Status Visit(ast::Expr& node) override;

 private:
  // The column that holds the expression, one of the list if there is one.
  ast::Expr ColumnOf(const ast::Expr& expression);
  ast::Identifier NewName() const;
  bool ListGivesNames() const;

  ast::Select& select_;
  std::vector<std::string> columns_;
  const std::function<bool(const ast::Expr&)> is_over_from_;
  std::vector<ast::SelectItem> hidden_;
};

}  // namespace weir::shell::flink
