// Statements that write rows, and those that wrap them: statement sets, plans, EXPLAIN.
// The words are Flink SQL's ("INSERT Statement", "EXPLAIN Statements", …); UPSERT and ON CONFLICT
// are of Flink's later versions.
#pragma once

#include <optional>
#include <vector>

#include "planner/ast/alteration.h"

namespace weir::ast {

struct Statement;
using StatementPtr = Box<Statement>;

// A query that is a statement of its own; its result goes to the client.
struct QueryStatement {
  QueryPtr query;
  friend bool operator==(const QueryStatement&, const QueryStatement&) = default;
};

// {INSERT | UPSERT} {INTO | OVERWRITE} target [PARTITION (…)] [(columns)] query [ON CONFLICT DO …].
// UPSERT and ON CONFLICT DO ERROR and DO NOTHING parse, and are E1002 when bound.
enum class ConflictAction : uint8_t { kUnsaid, kError, kNothing, kDeduplicate };
struct Insert {
  // UPSERT rather than INSERT; excludes `overwrite`.
  bool upsert = false;
  bool overwrite = false;
  // A table or view of the catalog; its columns are looked up by the binder.
  Name target;
  std::vector<Hint> hints;
  // Static partitions: constants for the columns named.
  PartitionSpec partition;
  std::vector<Name> columns;  // more than one part for a field of a row
  // Never null; VALUES is a query, too.
  QueryPtr query;
  ConflictAction conflict = ConflictAction::kUnsaid;
  friend bool operator==(const Insert&, const Insert&) = default;
};

// An option of COPY: a word with or without a value (HEADER, FORMAT csv, DELIMITER ';'), or 'key' =
// 'value' as in a table's WITH.
struct CopyOption {
  Reference key;
  std::optional<Reference> value;  // a string, a number or a word
  Span span;
  friend bool operator==(const CopyOption&, const CopyOption&) = default;
};
// COPY {(query) | table [(columns)]} {TO | FROM} 'file' [[WITH] (option, …)].
// FROM is E1002, with the INSERT to use instead as its hint.
struct Copy {
  // Null if a table was named.
  QueryPtr query;
  Name table;
  std::vector<Identifier> columns;  // of the table; empty: all
  bool from = false;
  Text file;
  std::vector<CopyOption> options;
  friend bool operator==(const Copy&, const Copy&) = default;
};

// [EXECUTE] STATEMENT SET BEGIN insert; … END. `statements` are Inserts, at least one.
// They become one job with several sinks. One checkpoint covers all of them, so they succeed or
// fail together.
struct StatementSet {
  std::vector<StatementPtr> statements;
  friend bool operator==(const StatementSet&, const StatementSet&) = default;
};

// Flink's older form, BEGIN STATEMENT SET; … END;, in which each line is a statement.
// The session collects the INSERTs between the two.
struct BeginStatementSet {
  friend bool operator==(const BeginStatementSet&, const BeginStatementSet&) = default;
};
struct EndStatementSet {
  friend bool operator==(const EndStatementSet&, const EndStatementSet&) = default;
};

// EXECUTE {insert | query}: the same as without EXECUTE.
struct Execute {
  StatementPtr statement;
  friend bool operator==(const Execute&, const Execute&) = default;
};

// column = expression.
struct Assignment {
  Name column;
  ExprPtr value;
  friend bool operator==(const Assignment&, const Assignment&) = default;
};
// UPDATE target [AS alias] SET … [WHERE …]. As Delete it is a query that gives the rows to change
// (bind/bind_change.h).
struct Update {
  Name target;
  std::optional<Identifier> alias;
  // At least one.
  std::vector<Assignment> assignments;
  ExprPtr where;  // may be null
  friend bool operator==(const Update&, const Update&) = default;
};
// DELETE FROM target [AS alias] [WHERE …].
struct Delete {
  Name target;
  std::optional<Identifier> alias;
  ExprPtr where;  // may be null
  friend bool operator==(const Delete&, const Delete&) = default;
};
// WHEN NOT MATCHED THEN INSERT [(columns)] VALUES (…). As many values as columns, which the binder
// would check.
struct MergeInsert {
  // Empty: all, in the table's order.
  std::vector<Name> columns;
  std::vector<ExprPtr> values;
  friend bool operator==(const MergeInsert&, const MergeInsert&) = default;
};
// MERGE INTO target [AS alias] USING source ON condition, then WHEN MATCHED THEN UPDATE SET …
// (`update`), WHEN NOT MATCHED THEN INSERT … (`insert`) or both. E1002.
struct Merge {
  Name target;
  std::optional<Identifier> alias;
  TableRefPtr source;
  ExprPtr condition;
  std::vector<Assignment> update;
  std::optional<MergeInsert> insert;
  friend bool operator==(const Merge&, const Merge&) = default;
};
// TRUNCATE TABLE target: all rows go. What follows is E1002: parsed so that the error names it.
struct Truncate {
  Name target;
  friend bool operator==(const Truncate&, const Truncate&) = default;
};
// CALL procedure(…).
struct CallProcedure {
  Call call;
  friend bool operator==(const CallProcedure&, const CallProcedure&) = default;
};

// COMPILE PLAN 'file' [IF NOT EXISTS] FOR statement; COMPILE AND EXECUTE PLAN 'file' FOR statement.
struct CompilePlan {
  Text file;
  bool if_not_exists = false;
  bool execute = false;
  StatementPtr statement;
  friend bool operator==(const CompilePlan&, const CompilePlan&) = default;
};
// EXECUTE PLAN 'file'.
struct ExecutePlan {
  Text file;
  friend bool operator==(const ExecutePlan&, const ExecutePlan&) = default;
};

// EXPLAIN [PLAN FOR | details | STATE] statement. Without details, every stage of the plan is
// shown. The statement may be a RestoreJob: EXPLAIN RESTORE JOB …. Details are in the order
// written, and a repeated one changes nothing.
enum class ExplainDetail : uint8_t {
  kEstimatedCost,
  kChangelogMode,
  kJsonExecutionPlan,
  kPlanAdvice,
  kState,
};
struct Explain {
  std::vector<ExplainDetail> details;
  StatementPtr statement;
  friend bool operator==(const Explain&, const Explain&) = default;
};

// ANALYZE TABLE t [PARTITION (…)] COMPUTE STATISTICS [FOR COLUMNS a, b | FOR ALL COLUMNS].
struct Analyze {
  Name table;
  PartitionSpec partition;
  bool all_columns = false;
  std::vector<Identifier> columns;
  friend bool operator==(const Analyze&, const Analyze&) = default;
};

}  // namespace weir::ast
