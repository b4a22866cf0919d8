// The names that the items of a SELECT list have for the clauses behind it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/ast/name.h"
#include "planner/bind/relation.h"
#include "planner/bind/text_scope.h"
#include "runtime/base/result.h"
#include "runtime/expr/expr.h"

namespace weir::bind {

class ItemNames {
 public:
  // Which of the two a name means that is both an item and a column of FROM. Items come first in
  // ORDER BY, as in Calcite, and columns elsewhere (SQL:2016).
  enum class Before { kColumns, kItems };

  // `width`: the number of columns of FROM, behind which expressions refer to aggregates.
  ItemNames(Before before, size_t width, TextScope text)
      : before_(before), width_(width), text_(text) {}

  // `name`: the unique name of the item. `given`: the one before it was made unique.
  void Add(std::string name, std::string given, expr::ExprPtr expression);

  // The item that is called so: an exact match wins over one that ignores case, a name that was
  // given over one that was made. E2004 where several items match that are not the same.
  Result<std::optional<size_t>> Find(const ast::Identifier& name) const;
  // The same where items come before columns, unless only a column of `from` has the name exactly.
  Result<std::optional<size_t>> FindBeforeColumns(const ast::Identifier& name,
                                                  const Relation& from) const;

  const expr::ExprPtr& expression(size_t item) const { return items_[item].expression; }
  // Whether the item is an expression over the rows of FROM, without aggregates, OVER, subqueries.
  bool IsOverRows(size_t item) const;
  bool HoldsOver(size_t item) const;

 private:
  struct Item {
    std::string name;
    std::string given;
    expr::ExprPtr expression;
  };

  Before before_;
  size_t width_;
  TextScope text_;
  std::vector<Item> items_;
};

}  // namespace weir::bind
