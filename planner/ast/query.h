// Queries as they were written.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "planner/ast/expr.h"
#include "planner/ast/table_ref.h"

namespace weir::ast {

// `expr [AS alias]`; the expression may be a Star.
struct SelectItem {
  ExprPtr expr;
  std::optional<Identifier> alias;
  Span span;
  friend bool operator==(const SelectItem&, const SelectItem&) = default;
};

// An element of GROUP BY: `(a, b)` or `a` (kExpressions), ROLLUP(…), CUBE(…), GROUPING SETS (…),
// whose elements are `parts`. `()` is kExpressions without any.
enum class GroupingKind : uint8_t { kExpressions, kRollup, kCube, kGroupingSets };
struct GroupingElement {
  GroupingKind kind = GroupingKind::kExpressions;
  std::vector<ExprPtr> expressions;
  std::vector<GroupingElement> parts;
  Span span;
  friend bool operator==(const GroupingElement&, const GroupingElement&) = default;
};
struct GroupBy {
  Quantifier quantifier = Quantifier::kUnsaid;
  std::vector<GroupingElement> elements;
  Span span;
  friend bool operator==(const GroupBy&, const GroupBy&) = default;
};

// WINDOW name AS (…).
struct NamedWindow {
  Identifier name;
  WindowSpec spec;
  friend bool operator==(const NamedWindow&, const NamedWindow&) = default;
};

// SELECT … QUALIFY. `from` is empty without FROM; its elements are what commas part (cross joins).
struct Select {
  std::vector<Hint> hints;
  bool stream = false;
  Quantifier quantifier = Quantifier::kUnsaid;
  std::vector<SelectItem> items;
  std::vector<TableRefPtr> from;
  ExprPtr where;  // may be null, as may having and qualify
  std::optional<GroupBy> group_by;
  ExprPtr having;
  std::vector<NamedWindow> windows;
  ExprPtr qualify;
  friend bool operator==(const Select&, const Select&) = default;
};

// Left-deep in the order of precedence: INTERSECT binds tighter than UNION and EXCEPT (= MINUS).
enum class SetOperator : uint8_t { kUnion, kIntersect, kExcept };
struct SetOperation {
  SetOperator op = SetOperator::kUnion;
  bool all = false;
  QueryPtr left;
  QueryPtr right;
  friend bool operator==(const SetOperation&, const SetOperation&) = default;
};

// VALUES (…), (…). A row of one value may have been written without parentheses.
struct Values {
  std::vector<std::vector<ExprPtr>> rows;
  friend bool operator==(const Values&, const Values&) = default;
};

// TABLE t.
struct TableQuery {
  Name name;
  friend bool operator==(const TableQuery&, const TableQuery&) = default;
};

// (query) with clauses of its own inside, and others outside; without any inside, parentheses
// vanish.
struct Nested {
  QueryPtr query;
  friend bool operator==(const Nested&, const Nested&) = default;
};

// name [(columns)] AS (query).
struct CommonTable {
  Identifier name;
  std::vector<Identifier> columns;
  QueryPtr query;
  Span span;
  friend bool operator==(const CommonTable&, const CommonTable&) = default;
};

// Whole queries: [WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …]. FETCH FIRST n ROWS ONLY is LIMIT
// n; LIMIT ALL is no limit.
struct Query {
  bool recursive = false;
  std::vector<CommonTable> with;
  std::variant<Select, SetOperation, Values, TableQuery, Nested> body;
  std::vector<OrderItem> order_by;
  ExprPtr limit;   // may be null
  ExprPtr offset;  // may be null
  Span span;

  // The body if it is a T, else null.
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&body);
  }
  // Without WITH, ORDER BY, LIMIT and OFFSET: nothing but its body.
  bool IsPlain() const { return with.empty() && order_by.empty() && !limit && !offset; }
  friend bool operator==(const Query&, const Query&) = default;
};

}  // namespace weir::ast
