// Queries as they were written. Precedence, scopes and aliases are those of SQL:2016 as Flink takes
// them, plus QUALIFY. planner/bind checks that names exist and that a query makes sense.
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
  // The name after AS; the word AS may be left out.
  std::optional<Identifier> alias;
  Span span;
  friend bool operator==(const SelectItem&, const SelectItem&) = default;
};

// An element of GROUP BY: `(a, b)` or `a` (kExpressions), ROLLUP(…), CUBE(…), GROUPING SETS (…),
// whose elements are `parts`. `()` is kExpressions without any.
// Elements multiply: GROUP BY a, ROLLUP(b) groups by (a, b) and (a).
enum class GroupingKind : uint8_t { kExpressions, kRollup, kCube, kGroupingSets };
struct GroupingElement {
  GroupingKind kind = GroupingKind::kExpressions;
  std::vector<ExprPtr> expressions;
  // For kRollup and kCube (sets of expressions) and kGroupingSets (any element).
  std::vector<GroupingElement> parts;
  Span span;
  friend bool operator==(const GroupingElement&, const GroupingElement&) = default;
};
// GROUP BY [ALL | DISTINCT] elements; DISTINCT drops equal grouping sets.
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

// SELECT … QUALIFY. `from` is empty without FROM; elements separated by commas are cross-joined.
struct Select {
  // /*+ … */ after SELECT.
  std::vector<Hint> hints;
  // SELECT STREAM, which older versions of Calcite had; without effect.
  bool stream = false;
  Quantifier quantifier = Quantifier::kUnsaid;
  // At least one.
  std::vector<SelectItem> items;
  std::vector<TableRefPtr> from;
  ExprPtr where;  // may be null, as may having and qualify
  std::optional<GroupBy> group_by;
  ExprPtr having;
  // The WINDOW clause; a window may refine earlier ones.
  std::vector<NamedWindow> windows;
  ExprPtr qualify;
  friend bool operator==(const Select&, const Select&) = default;
};

// A set operation. INTERSECT binds more tightly than UNION and EXCEPT (= MINUS), and operators of
// equal precedence nest to the left.
enum class SetOperator : uint8_t { kUnion, kIntersect, kExcept };
struct SetOperation {
  SetOperator op = SetOperator::kUnion;
  // ALL keeps duplicates. Without it, as with DISTINCT, they are dropped.
  bool all = false;
  QueryPtr left;
  QueryPtr right;
  friend bool operator==(const SetOperation&, const SetOperation&) = default;
};

// VALUES (…), (…). A row of one value may have been written without parentheses.
struct Values {
  // At least one row of at least one value; the binder checks that they are equally long.
  std::vector<std::vector<ExprPtr>> rows;
  friend bool operator==(const Values&, const Values&) = default;
};

// TABLE t.
struct TableQuery {
  Name name;
  friend bool operator==(const TableQuery&, const TableQuery&) = default;
};

// A query in parentheses that has clauses inside and outside of them. If there are none inside, the
// parentheses are dropped.
struct Nested {
  QueryPtr query;
  friend bool operator==(const Nested&, const Nested&) = default;
};

// name [(columns)] AS (query).
struct CommonTable {
  Identifier name;
  std::vector<Identifier> columns;
  // Its name is in scope after it, and with RECURSIVE also inside it.
  QueryPtr query;
  Span span;
  friend bool operator==(const CommonTable&, const CommonTable&) = default;
};

// A whole query: [WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …]. FETCH FIRST n ROWS ONLY is LIMIT
// n; LIMIT ALL is no limit.
struct Query {
  bool recursive = false;
  // Empty without WITH.
  std::vector<CommonTable> with;
  std::variant<Select, SetOperation, Values, TableQuery, Nested> body;
  // The order of the whole query. A streaming query without LIMIT can only be sorted by time.
  std::vector<OrderItem> order_by;
  ExprPtr limit;   // may be null
  ExprPtr offset;  // may be null
  Span span;

  // The body if it is a T, else null.
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&body);
  }
  // Whether it has neither WITH nor ORDER BY, LIMIT or OFFSET.
  bool IsPlain() const { return with.empty() && order_by.empty() && !limit && !offset; }
  friend bool operator==(const Query&, const Query&) = default;
};

}  // namespace weir::ast
