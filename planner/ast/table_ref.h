// The elements of FROM. Include query.h to look into a Query.
// Inputs nest to the left: `a JOIN b JOIN c` is a Join of (a JOIN b) with c.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "planner/ast/expr.h"

namespace weir::ast {

struct TableRef;
using TableRefPtr = Box<TableRef>;

// One argument of a hint: 'key' = 'value', or a single word, string or number.
struct HintArgument {
  std::optional<Reference> key;
  Reference value;
  friend bool operator==(const HintArgument&, const HintArgument&) = default;
};
// OPTIONS('k' = 'v'), STATE_TTL('a' = '1d'), STATE_ID('x'), BROADCAST(t), LOOKUP(…).
struct Hint {
  // Any name: planner/bind knows which hints exist.
  Identifier name;
  std::vector<HintArgument> arguments;
  Span span;
  friend bool operator==(const Hint&, const Hint&) = default;
};

// AS name [(columns)].
struct Alias {
  Identifier name;
  // New names for all columns, in order. Empty: the names stay.
  std::vector<Identifier> columns;
  friend bool operator==(const Alias&, const Alias&) = default;
};

// A table, view or CTE [FOR SYSTEM_TIME AS OF system_time]; `system_time` may be null.
// FOR SYSTEM_TIME is bound on the right side of a join only, elsewhere it is E1002.
struct NamedTable {
  Name name;
  // A time attribute of the join's other side: a lookup or temporal join.
  ExprPtr system_time;
  friend bool operator==(const NamedTable&, const NamedTable&) = default;
};

// [LATERAL] (query).
// LATERAL becomes a join when bound.
struct DerivedTable {
  // The query may use columns of elements before it.
  bool lateral = false;
  QueryPtr query;
  friend bool operator==(const DerivedTable&, const DerivedTable&) = default;
};

// [LATERAL] TABLE(f(…)), or f(…) alone. Arguments are ordinary ones, TableArguments or Descriptors.
// The binder knows TUMBLE, HOP, CUMULATE and SESSION (Flink: "Windowing TVF"), TO_CHANGELOG and
// FROM_CHANGELOG.
struct FunctionTable {
  bool lateral = false;
  bool wrapped = true;  // written with TABLE(…)
  Call call;
  Span call_span;
  friend bool operator==(const FunctionTable&, const FunctionTable&) = default;
};

// UNNEST(a, …) [WITH ORDINALITY]; `a` may use columns of elements before it. Several operands are
// E1002 when bound.
struct Unnest {
  std::vector<ExprPtr> operands;
  // Adds a column with the position, from 1.
  bool ordinality = false;
  friend bool operator==(const Unnest&, const Unnest&) = default;
};

// Whose state is read: that of a snapshot, by a savepoint's name or a path, or of a running job.
struct StateSource {
  bool of_job = false;
  Reference reference;
  friend bool operator==(const StateSource&, const StateSource&) = default;
};
// UID 'uid' [TABLE 'table'].
struct StateTableName {
  Text uid;
  // Absent: the operator's first one.
  std::optional<Text> table;
  friend bool operator==(const StateTableName&, const StateTableName&) = default;
};
// STATE OF … UID ….
struct StateOf {
  StateSource source;
  StateTableName table;
  friend bool operator==(const StateOf&, const StateOf&) = default;
};

// Two inputs and how they meet. ON, USING and NATURAL exclude each other.
enum class JoinKind : uint8_t { kInner, kLeft, kRight, kFull, kCross };
struct Join {
  JoinKind kind = JoinKind::kInner;
  // On all columns that have the same name on both sides.
  bool natural = false;
  // Each left row with the nearest right one; kInner or kLeft when bound.
  bool asof = false;
  TableRefPtr left;
  TableRefPtr right;
  ExprPtr match;  // MATCH_CONDITION of ASOF; may be null, as `on` may
  ExprPtr on;
  // Empty without USING.
  std::vector<Identifier> using_columns;
  friend bool operator==(const Join&, const Join&) = default;
};

// A row pattern: a variable, a sequence, alternatives, PERMUTE(…), or {- excluded -}; with a
// quantifier {min, max}, which also stands for ?, * and +. No `max` means no bound. The anchors ^
// and $ are members of MatchRecognize.
enum class PatternKind : uint8_t { kVariable, kSequence, kAlternation, kPermute, kExclude };
struct Pattern {
  PatternKind kind = PatternKind::kVariable;
  Identifier variable;
  // Empty for kVariable; one for kExclude.
  std::vector<Pattern> parts;
  bool quantified = false;
  uint32_t min = 1;
  std::optional<uint32_t> max;
  // Matches as few rows as possible: a trailing ?.
  bool reluctant = false;
  friend bool operator==(const Pattern&, const Pattern&) = default;
};

// `expr AS name` of MEASURES, `name AS condition` of DEFINE.
struct NamedExpr {
  Identifier name;
  ExprPtr expr;
  friend bool operator==(const NamedExpr&, const NamedExpr&) = default;
};
// SUBSET name = (a, b).
struct Subset {
  Identifier name;
  std::vector<Identifier> variables;
  friend bool operator==(const Subset&, const Subset&) = default;
};
// ALL ROWS PER MATCH: alone, with SHOW or OMIT EMPTY MATCHES, WITH UNMATCHED ROWS.
enum class RowsPerMatch : uint8_t {
  kUnsaid,
  kOne,
  kAll,
  kAllAndEmpty,
  kAllButEmpty,
  kAllAndUnmatched,
};
enum class AfterMatch : uint8_t { kUnsaid, kNextRow, kPastLastRow, kToFirst, kToLast, kToVariable };

// input MATCH_RECOGNIZE (…).
// SQL:2016, row pattern recognition; members in the order in which the clauses are written. WITH
// UNMATCHED ROWS is E1002 when bound.
struct MatchRecognize {
  TableRefPtr input;
  std::vector<ExprPtr> partition_by;
  std::vector<OrderItem> order_by;
  std::vector<NamedExpr> measures;
  RowsPerMatch rows = RowsPerMatch::kUnsaid;
  AfterMatch after = AfterMatch::kUnsaid;
  std::optional<Identifier> after_variable;  // kToFirst, kToLast, kToVariable
  bool anchored_start = false;
  bool anchored_end = false;
  Pattern pattern;
  ExprPtr within;  // may be null
  std::vector<Subset> subsets;
  // At least one; variables without a condition match every row.
  std::vector<NamedExpr> define;
  friend bool operator==(const MatchRecognize&, const MatchRecognize&) = default;
};

// One element of FROM with its hints and alias. A Join has neither.
struct TableRef {
  std::variant<NamedTable, DerivedTable, FunctionTable, Unnest, StateOf, Join, MatchRecognize> node;
  std::vector<Hint> hints;
  std::optional<Alias> alias;
  Span span;

  // The node if it is a T, else null.
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
  friend bool operator==(const TableRef&, const TableRef&) = default;
};

}  // namespace weir::ast
