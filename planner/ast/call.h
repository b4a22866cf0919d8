// Function calls in all their forms, and the node that holds any expression. Include expr.h, which
// includes this.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "planner/ast/expr.h"

namespace weir::ast {

// ORDER BY x [ASC | DESC] [NULLS FIRST | LAST]. Parts that were not written stay kUnsaid, so that
// ToSql can leave them out again. They mean ascending order, and NULL as the lowest value (Flink),
// which comes first when ascending and last when descending.
enum class Direction : uint8_t { kUnsaid, kAscending, kDescending };
enum class NullOrder : uint8_t { kUnsaid, kFirst, kLast };
// One item of ORDER BY. Within an aggregate it is E1002.
struct OrderItem {
  // A column, an expression, or the number of a SELECT item (from 1); the binder decides which.
  ExprPtr expr;
  Direction direction = Direction::kUnsaid;
  NullOrder nulls = NullOrder::kUnsaid;
  Span span;
  friend bool operator==(const OrderItem&, const OrderItem&) = default;
};

// One end of a window frame. `offset` only for kPreceding and kFollowing.
enum class BoundKind : uint8_t {
  // The first row of the partition; its last one is kUnboundedFollowing.
  kUnboundedPreceding,
  // `offset` rows, or `offset` of the sort key's own type (an interval for time), before.
  kPreceding,
  // RANGE: with all its peers.
  kCurrentRow,
  kFollowing,
  kUnboundedFollowing,
};
struct FrameBound {
  BoundKind kind = BoundKind::kCurrentRow;
  ExprPtr offset;
  friend bool operator==(const FrameBound&, const FrameBound&) = default;
};

// ROWS | RANGE start, or BETWEEN start AND end.
struct Frame {
  // Counts rows rather than distances on the sort key.
  bool rows = false;
  FrameBound start;
  std::optional<FrameBound> end;  // absent: not written, means CURRENT ROW
  Span span;
  friend bool operator==(const Frame&, const Frame&) = default;
};

// The contents of OVER (…) or of WINDOW name AS (…). A window may only refine one that is written
// before it, so chains of refinement end.
struct WindowSpec {
  // WINDOW w AS (…), OVER (w ORDER BY …): resolved by the binder.
  std::optional<Identifier> base;  // the window that this one refines
  bool bare = false;               // OVER base, without parentheses: nothing else is set
  // Empty: one partition.
  std::vector<ExprPtr> partition_by;
  std::vector<OrderItem> order_by;
  // Absent: RANGE UNBOUNDED PRECEDING if there is an ORDER BY, otherwise the whole partition
  // (SQL:2003).
  std::optional<Frame> frame;
  Span span;
  friend bool operator==(const WindowSpec&, const WindowSpec&) = default;
};

// DESCRIPTOR(c, …), an argument of table functions.
struct Descriptor {
  // At least one; table functions over time take one, the time attribute.
  std::vector<Name> columns;
  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

// TABLE t [PARTITION BY …] [ORDER BY …] or TABLE (query) …, an argument of table functions.
struct TableArgument {
  QueryPtr query;  // `TABLE t` is a TableQuery
  // Set semantics: rows with equal values come together. Empty: row semantics.
  std::vector<ExprPtr> partition_by;
  std::vector<OrderItem> order_by;
  friend bool operator==(const TableArgument&, const TableArgument&) = default;
};

// MODEL m, an argument of ML_PREDICT and its like.
struct ModelArgument {
  Name name;
  friend bool operator==(const ModelArgument&, const ModelArgument&) = default;
};

// DEFAULT, as an argument or in VALUES.
struct DefaultValue {
  friend bool operator==(const DefaultValue&, const DefaultValue&) = default;
};

// `value` or `name => value`.
struct Argument {
  // The binder refuses a mixture of named and positional arguments.
  std::optional<Identifier> name;
  ExprPtr value;
  friend bool operator==(const Argument&, const Argument&) = default;
};

// f(ALL x), f(DISTINCT x); SELECT ALL, SELECT DISTINCT. Set operations have a flag of their own.
enum class Quantifier : uint8_t { kUnsaid, kAll, kDistinct };
// RESPECT NULLS or IGNORE NULLS after the call.
enum class NullTreatment : uint8_t { kUnsaid, kRespect, kIgnore };
// Only inside MATCH_RECOGNIZE.
enum class MatchSemantics : uint8_t { kUnsaid, kRunning, kFinal };

// Every call with ordinary arguments: scalar, aggregate, OVER, table function. SUBSTRING(x FROM a
// FOR b) and OVERLAY(x PLACING y FROM a FOR b) become such calls as well.
struct Call {
  // May be qualified by a catalog and database.
  Name name;
  bool bare = false;  // CURRENT_TIMESTAMP: no parentheses
  bool star = false;  // COUNT(*)
  Quantifier quantifier = Quantifier::kUnsaid;
  // Empty with `star` and with `bare`.
  std::vector<Argument> arguments;
  std::vector<OrderItem> order_by;      // inside the parentheses
  std::vector<OrderItem> within_group;  // WITHIN GROUP (ORDER BY …)
  NullTreatment nulls = NullTreatment::kUnsaid;
  MatchSemantics semantics = MatchSemantics::kUnsaid;  // RUNNING f(x), FINAL f(x)
  ExprPtr filter;                                      // FILTER (WHERE …); may be null
  // OVER (…) or OVER name.
  Box<WindowSpec> over;  // may be null
  friend bool operator==(const Call&, const Call&) = default;
};

// EXTRACT(unit FROM x), FLOOR(x TO unit), CEIL(x TO unit); TIMESTAMPADD(unit, a, b) and
// TIMESTAMPDIFF(unit, a, b), which alone have a second operand.
enum class UnitCallKind : uint8_t { kExtract, kFloor, kCeil, kTimestampAdd, kTimestampDiff };
struct UnitCall {
  UnitCallKind kind = UnitCallKind::kExtract;
  // The names of ODBC are units, too: SQL_TSI_DAY becomes DAY.
  TimeUnit unit = TimeUnit::kDay;
  // A time; for the kinds with two operands, the number to add or the earlier time.
  ExprPtr first;
  // Null except for kTimestampAdd and kTimestampDiff.
  ExprPtr second;
  friend bool operator==(const UnitCall&, const UnitCall&) = default;
};

// (later - earlier) DAY: the interval between two times.
struct Difference {
  ExprPtr later;
  ExprPtr earlier;
  // Whether the interval is in months or milliseconds; neither is rounded to the unit.
  IntervalQualifier unit;
  friend bool operator==(const Difference&, const Difference&) = default;
};

// POSITION(needle IN haystack [FROM start]); `start` may be null.
struct Position {
  ExprPtr needle;
  ExprPtr haystack;
  // From 1.
  ExprPtr start;
  friend bool operator==(const Position&, const Position&) = default;
};

// TRIM([BOTH | LEADING | TRAILING] [characters] [FROM] x); `characters` may be null (blanks).
enum class TrimSide : uint8_t { kBoth, kLeading, kTrailing };
struct Trim {
  TrimSide side = TrimSide::kBoth;
  ExprPtr characters;
  ExprPtr operand;
  friend bool operator==(const Trim&, const Trim&) = default;
};

// `{ERROR | NULL | EMPTY ARRAY | …} ON {EMPTY | ERROR}` in the JSON functions.
enum class JsonBehaviour : uint8_t {
  // All three functions have these two: fail the job, or NULL.
  kError,
  kNull,
  // JSON_QUERY only.
  kEmptyArray,
  kEmptyObject,
  // JSON_EXISTS only, with kFalse and kUnknown.
  kTrue,
  kFalse,
  kUnknown,
  // DEFAULT expression, for JSON_VALUE only.
  kDefault,
};
struct JsonOn {
  JsonBehaviour behaviour = JsonBehaviour::kNull;
  ExprPtr value;          // kDefault
  bool on_empty = false;  // else ON ERROR
  friend bool operator==(const JsonOn&, const JsonOn&) = default;
};
// [WITHOUT | WITH [CONDITIONAL | UNCONDITIONAL]] ARRAY WRAPPER, for JSON_QUERY.
enum class JsonWrapper : uint8_t { kUnsaid, kWithout, kConditional, kUnconditional };
enum class JsonNulls : uint8_t { kUnsaid, kNull, kAbsent };  // NULL ON NULL, ABSENT ON NULL
enum class JsonFunction : uint8_t {
  kExists,
  kValue,
  kQuery,
  kObject,
  kArray,
  kObjectAgg,
  kArrayAgg,
};
// JSON_EXISTS … JSON_ARRAYAGG, whose arguments have a grammar of their own. Members that belong to
// clauses of other functions keep their defaults.
struct JsonCall {
  JsonFunction function = JsonFunction::kValue;
  // Key and value i belong together, in the order written.
  std::vector<ExprPtr> keys;    // as many as values for JSON_OBJECT and JSON_OBJECTAGG, else empty
  std::vector<ExprPtr> values;  // of the object or array; or a document and a path
  // RETURNING type; absent: STRING.
  std::optional<DataType> returning;
  JsonWrapper wrapper = JsonWrapper::kUnsaid;
  // At most one ON EMPTY and one ON ERROR, in this order.
  std::vector<JsonOn> on;
  JsonNulls nulls = JsonNulls::kUnsaid;
  ExprPtr filter;        // aggregates; may be null
  Box<WindowSpec> over;  // aggregates; may be null
  friend bool operator==(const JsonCall&, const JsonCall&) = default;
};

using ExprNode = std::variant<Literal, ColumnRef, Star, Unary, Binary, Is, IsDistinct, Between,
                              Like, In, Quantified, Subquery, Case, Cast, Row, Collection, Element,
                              FieldAccess, Call, UnitCall, Difference, Position, Trim, JsonCall,
                              Descriptor, TableArgument, ModelArgument, DefaultValue>;

// Any expression. `span` covers its whole text, without enclosing parentheses.
struct Expr {
  ExprNode node;
  Span span;

  // The node if it is a T, else null.
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
  friend bool operator==(const Expr&, const Expr&) = default;
};

}  // namespace weir::ast
