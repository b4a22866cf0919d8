// The text of EXPLAIN for a planned job: its plan at each stage, and the state that it keeps. The
// shell shows it.
#pragma once

#include <string>
#include <vector>

#include "planner/planner.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::planner {

// Flink: "EXPLAIN Statements"; the flags may be combined.
struct ExplainOptions {
  bool changelog_mode = false;  // EXPLAIN CHANGELOG_MODE: kinds of change, and upsert keys
  bool estimated_cost = false;  // EXPLAIN ESTIMATED_COST: rows beside every operator
  bool plan_advice = false;     // EXPLAIN PLAN_ADVICE: a section of advice
  bool execution_plan = false;  // EXPLAIN JSON_EXECUTION_PLAN: a section with the graph as JSON
  bool one_phase = false;       // table.optimizer.agg-phase-strategy = ONE_PHASE; for the advice
  std::string_view sql;         // the statement's text, for places in the advice; borrowed
};

// The sections "== Abstract Syntax Tree ==", "== Optimized Logical Plan ==" and "== Physical Plan
// ==", each a tree with one operator a line and inputs indented below; a node with several
// consumers is printed once. The physical plan shows uids, chains, parallelism, exchanges and the
// guarantee of every sink. "== Plan Advice ==" and "== Physical Execution Plan ==" follow if they
// are asked for. Equal jobs give equal texts on every machine, which tests/plans relies on.
std::string Explain(const PlannedJob& job, const graph::ConnectorCatalog& connectors,
                    const ExplainOptions& options);

// One row of EXPLAIN STATE: an operator with state.
struct StateRow {
  std::string uid;
  std::vector<std::string> also;  // uids of equal sub-plans that were merged into it
  std::string name_from;          // "CTE m", "table orders", "structure"
  std::string kind;               // "GroupAggregate"
  std::string key;                // "bidder BIGINT, …"; "" without
  std::string state;              // "groups: row_count BIGINT NOT NULL, …; distinct(b): …"
  std::string ttl;                // TimeToLiveInWords
  bool stable = true;             // false: the uid is generated
  std::string suggested_name;     // a name that would make it stable
  SourceSpan span;                // its clause
};

// The state of an operator as EXPLAIN STATE and DESCRIBE SAVEPOINT print it: StateRow::key and
// StateRow::state, with the columns' types.
struct StateTexts {
  std::string key;
  std::string state;
};
StateTexts StateTextsOf(const OperatorStateSchema& state);

// All operators with keyed state or operator state, in the order of the graph: sources first.
std::vector<StateRow> ExplainState(const graph::JobGraph& graph);

}  // namespace weir::planner
