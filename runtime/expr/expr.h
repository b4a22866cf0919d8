// Bound expressions: typed, immutable trees over the columns of a batch. Built by the planner
// through the functions of binding.h, printed by EXPLAIN, compiled once into an Evaluator.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/source_span.h"
#include "runtime/types/value.h"

namespace weir::expr {

// The functions of binding.h build trees and check their types; nothing here does.
struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;
struct ScalarFunction;  // function.h

// The kinds that are not kCall evaluate their arguments lazily or are known to the optimiser.
enum class ExprKind : uint8_t {
  kColumn,    // input column `column`
  kLiteral,   // `literal`
  kCall,      // `function`(args…); arguments already have the overload's types
  kCast,      // CAST(args[0] AS type); TRY_CAST when try_cast
  kAnd,       // args…, three-valued; evaluates only the rows that still need it
  kOr,        // likewise
  kCase,      // WHEN args[0] THEN args[1] WHEN args[2] … [ELSE last]: odd count has an ELSE
  kCoalesce,  // the first of args that is not NULL
  kIn,        // args[0] IN (args[1..]), all of one type, args[1..] literals; three-valued
};

// Members that its kind does not name keep their defaults. A node never changes once it is built,
// so trees may share sub-trees and any thread may read them.
struct Expr {
  ExprKind kind = ExprKind::kLiteral;
  // The type of the result, including its nullability.
  Type type;
  SourceSpan span;  // of the SQL text it was bound from; for run-time errors
  int column = -1;
  Value literal;
  const ScalarFunction* function = nullptr;
  size_t overload = 0;  // which row of the function's overloads
  std::vector<ExprPtr> args;
  bool try_cast = false;
};

// REQUIRES: column >= 0.
ExprPtr MakeColumnRef(int column, const Type& type, SourceSpan span = {});
ExprPtr MakeLiteral(Value value, SourceSpan span = {});

// Whether the two trees have the same structure and functions, whatever their spans. a + b does not
// equal b + a.
bool Equal(const Expr& a, const Expr& b);
// Whether the expression has no RAND, NOW, PROCTIME and the like inside. NOW() does not count as
// deterministic even though it is fixed within a batch, since a later batch sees another time.
bool IsDeterministic(const Expr& expression);
// Every column index that occurs, added to `columns` (may repeat).
void CollectColumns(const Expr& expression, std::vector<int>& columns);
// The tree with every column reference i replaced by replacements[i]. Sub-trees without columns are
// shared.
ExprPtr Substitute(const ExprPtr& expression, const std::vector<ExprPtr>& replacements);
// The expression as SQL, with columns by `names` ("$3" when out of range): "(price * 0.908)".
std::string ToString(const Expr& expression, const std::vector<std::string>& names);

}  // namespace weir::expr
