// Expressions as they were written: nothing is resolved, folded or typed. Parentheses are not kept,
// as the tree has the grouping; ToSql puts the necessary ones back.
// The grammar is Flink SQL's (its Parser.jj over Apache Calcite), with our own additions
// (grammar/WeirParser.g4). Every struct here is a plain value: it owns its children through Box,
// copies deeply, and compares by content without spans. Nothing here throws or is tied to a thread;
// a tree may be read by several threads at once. The comment before a struct shows the text that
// the parser accepts for it.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "planner/ast/box.h"
#include "planner/ast/data_type.h"
#include "planner/ast/name.h"

namespace weir::ast {

struct Expr;
struct Query;
using ExprPtr = Box<Expr>;
using QueryPtr = Box<Query>;

// kTimestampLtz is TIMESTAMP WITH LOCAL TIME ZONE '…'.
enum class LiteralKind : uint8_t {
  // NULL, TRUE, FALSE, UNKNOWN: words, `text` is empty.
  kNull,
  kTrue,
  kFalse,
  kUnknown,
  // Digits only; digits with a point; digits with an exponent. The binder chooses INT, BIGINT or
  // DECIMAL, and reports those that fit none.
  kInteger,
  kDecimal,
  kDouble,
  // '…' and U&'…' with its escapes undone; X'…' as hexadecimal digits.
  kString,
  kBinary,
  // DATE '…', TIME '…', TIMESTAMP '…': the content is checked by the binder, which knows the
  // ranges.
  kDate,
  kTime,
  kTimestamp,
  kTimestampLtz,
  // INTERVAL '…' DAY TO SECOND; the content is checked against `interval` by the binder.
  kInterval,
};

// A constant, not yet converted. `text` is: the digits as written ("1", "0.50", "1e3") for numbers,
// which are never negative; the content of the quotes for the rest ("6162" for X'6162'); empty for
// NULL, TRUE, ….
struct Literal {
  LiteralKind kind = LiteralKind::kNull;
  std::string text;
  IntervalQualifier interval;  // kInterval
  bool negative = false;       // kInterval: INTERVAL -'1' DAY
  friend bool operator==(const Literal&, const Literal&) = default;
};

// `a`, `t.a`, `db.t.a`, `a.field`, …: the binder decides which it is.
struct ColumnRef {
  Name name;
  friend bool operator==(const ColumnRef&, const ColumnRef&) = default;
};

// `*` or `t.*`: only as an item of a SELECT list. COUNT(*) is Call::star.
struct Star {
  Name qualifier;
  friend bool operator==(const Star&, const Star&) = default;
};

// NOT x, -x, +x. A minus before a number stays a Unary: -1 is kMinus over the literal 1.
enum class UnaryOperator : uint8_t { kNot, kMinus, kPlus };
struct Unary {
  UnaryOperator op = UnaryOperator::kNot;
  ExprPtr operand;
  friend bool operator==(const Unary&, const Unary&) = default;
};

// kNotEqual is <> and !=.
enum class BinaryOperator : uint8_t {
  // Logic, the one that binds least first; NOT is a Unary between AND and the comparisons.
  kOr,
  kAnd,
  // Comparisons, left-associative: `a = b = c` compares the result of `a = b` with c.
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  // Arithmetic and ||, left-associative.
  kPlus,
  kMinus,
  kMultiply,
  kDivide,
  kModulo,
  kConcat,
  // (a, b) OVERLAPS (c, d): both sides are Rows of two.
  kOverlaps,
};
struct Binary {
  BinaryOperator op = BinaryOperator::kAnd;
  ExprPtr left;
  ExprPtr right;
  // The place of the operator itself, for errors about the types of both sides.
  Span op_span;
  friend bool operator==(const Binary&, const Binary&) = default;
};

// `x IS [NOT] what`.
enum class IsWhat : uint8_t {
  kNull,
  // For booleans; the result is never NULL.
  kTrue,
  kFalse,
  kUnknown,
  // For character strings: whether the text is JSON, and of which shape (SQL:2016, IS JSON).
  kJson,
  kJsonValue,
  kJsonObject,
  kJsonArray,
  kJsonScalar,
};
struct Is {
  ExprPtr operand;
  IsWhat what = IsWhat::kNull;
  bool negated = false;
  friend bool operator==(const Is&, const Is&) = default;
};

// `a IS [NOT] DISTINCT FROM b`.
struct IsDistinct {
  ExprPtr left;
  ExprPtr right;
  bool negated = false;
  friend bool operator==(const IsDistinct&, const IsDistinct&) = default;
};

// `x [NOT] BETWEEN [ASYMMETRIC | SYMMETRIC] low AND high`.
struct Between {
  ExprPtr operand;
  ExprPtr low;
  ExprPtr high;
  bool symmetric = false;
  bool negated = false;
  friend bool operator==(const Between&, const Between&) = default;
};

// `x [NOT] LIKE pattern [ESCAPE e]` and its relatives; `escape` may be null.
enum class LikeKind : uint8_t { kLike, kILike, kSimilarTo, kRLike };
struct Like {
  LikeKind kind = LikeKind::kLike;
  ExprPtr operand;
  ExprPtr pattern;
  // One character; null: no character escapes.
  ExprPtr escape;
  bool negated = false;
  friend bool operator==(const Like&, const Like&) = default;
};

// `x [NOT] IN (…)`: either `items` (never empty) or `query`.
struct In {
  ExprPtr operand;
  // Empty if `query` is set.
  std::vector<ExprPtr> items;
  // A query of one column, or of as many as the Row on the left has. Null if `items` are set.
  QueryPtr query;
  bool negated = false;
  friend bool operator==(const In&, const In&) = default;
};

// `x < ANY (…)`, `x = ALL (…)`; SOME is ANY. Either `items` or `query`.
struct Quantified {
  BinaryOperator op = BinaryOperator::kEqual;
  ExprPtr operand;
  bool all = false;  // ALL, not ANY or SOME
  std::vector<ExprPtr> items;
  QueryPtr query;
  friend bool operator==(const Quantified&, const Quantified&) = default;
};

// A query inside an expression:
// (query), EXISTS (query), UNIQUE (query), ARRAY(query), MULTISET(query), MAP(query),
// CURSOR(query).
enum class SubqueryKind : uint8_t { kScalar, kExists, kUnique, kArray, kMultiset, kMap, kCursor };
struct Subquery {
  SubqueryKind kind = SubqueryKind::kScalar;
  QueryPtr query;
  friend bool operator==(const Subquery&, const Subquery&) = default;
};

// `CASE [operand] WHEN … THEN … [ELSE …] END`; `operand` and `otherwise` may be null.
struct When {
  ExprPtr condition;  // a value to compare with if the CASE has an operand
  ExprPtr result;
  std::vector<ExprPtr> alternatives;  // WHEN 1, 2 THEN …: those after the first
  friend bool operator==(const When&, const When&) = default;
};
struct Case {
  // Null for the searched form, CASE WHEN condition THEN ….
  ExprPtr operand;
  std::vector<When> whens;
  ExprPtr otherwise;
  friend bool operator==(const Case&, const Case&) = default;
};

// CAST and TRY_CAST.
struct Cast {
  // TRY_CAST: NULL where CAST would fail.
  bool is_try = false;
  ExprPtr operand;
  DataType type;
  friend bool operator==(const Cast&, const Cast&) = default;
};

// ROW(a, b), or (a, b) with more than one value; both mean the same.
struct Row {
  std::vector<ExprPtr> items;
  friend bool operator==(const Row&, const Row&) = default;
};

// ARRAY[a, b], MULTISET[a, b], MAP[k, v, k, v].
// MAP lists keys and values in turn; the parser refuses a key without a value (E1001).
enum class CollectionKind : uint8_t { kArray, kMultiset, kMap };
struct Collection {
  CollectionKind kind = CollectionKind::kArray;
  std::vector<ExprPtr> items;
  friend bool operator==(const Collection&, const Collection&) = default;
};

// `a[i]`: element of an array (from 1), value of a map, field of a row or variant.
struct Element {
  ExprPtr operand;
  ExprPtr index;
  friend bool operator==(const Element&, const Element&) = default;
};

// `f(x).field`, `a[1].field`, `(t.r).field`; a dotted name is a ColumnRef. `star`: `(t.r).*`.
struct FieldAccess {
  ExprPtr operand;
  Identifier field;
  bool star = false;
  friend bool operator==(const FieldAccess&, const FieldAccess&) = default;
};

}  // namespace weir::ast

#include "planner/ast/call.h"
