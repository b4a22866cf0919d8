// The bound logical plan: what a query means, before any decision on how to run it. Nodes are
// immutable trees; a node that is used twice is the same pointer twice.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "planner/logical/join.h"
#include "runtime/base/source_span.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/expr.h"
#include "runtime/graph/operator_spec.h"
#include "runtime/types/schema.h"
#include "runtime/window/window_spec.h"

namespace weir::logical {

// Whether a column is a time attribute (Flink: "Time Attributes"): kEvent has a watermark behind
// it, kProcessing is the clock. Windows and interval joins need one; it is lost by computing with
// it.
enum class TimeAttribute : uint8_t { kNone, kEvent, kProcessing };

// Names may repeat within a node; nothing but messages, sinks and names of state depends on them.
struct Column {
  std::string name;
  Type type;
  TimeAttribute time = TimeAttribute::kNone;
};

// The stable identity of a node's state and metrics (docs/design/language-rules.md, "Uids"). Given
// by planner/uid on the bound plan; rules and lowering carry it along with the origin.
// Shared by the copies that rules make of a node. Never changed after planner/uid made it.
struct Identity {
  std::string uid;
  std::vector<std::string> also;   // uids of equal sub-plans that were merged into this one
  bool stable = true;              // false: derived from structure or order
  std::string words;               // where the name comes from: "CTE m"
  std::string suggested_name;      // a name that would make it stable; "" when it is
  std::string fingerprint;         // of the clause's meaning (planner/uid/meaning.h)
  std::string former_fingerprint;  // as version 1 wrote it
  // As versions 2 and 3 did, with the names that columns of tables have in the savepoint.
  std::string third_fingerprint = {};
  // With the names that columns of tables have in a savepoint; "" where they are none else's.
  std::string renamed_fingerprint = {};
};

// Where a node comes from: the chain of nearest enclosing named clauses, as the first part of its
// uid (docs/design/language-rules.md, "Uids"), and the text. Rules keep the origin of what they
// rewrite. Copied with every rewrite. The span is that of the clause in the statement's text, or of
// the view's name where the clause stands inside a view.
struct Origin {
  std::string scope;          // "sink:per_minute/cte:m"; "" at the top of a SELECT
  std::string scope_words;    // "CTE m"
  bool named = true;          // false: an unnamed derived table or top-level SELECT is on the path
  std::string explicit_id;    // from /*+ STATE_ID('x') */
  std::string discriminator;  // name of a WINDOW clause, join aliases; "" otherwise
  SourceSpan span;
  std::shared_ptr<const Identity> identity = nullptr;  // null: stateless, or not given yet
};

struct Node;
using NodePtr = std::shared_ptr<const Node>;

// Every column of a catalog table, physical, metadata and computed ones, with its watermark: see
// TableDefinition. `alias` is the name in FROM.
// No inputs. A rule may narrow spec.columns and set spec.filter; a row that the filter rejects
// still counts for the watermark above.
struct Scan {
  std::string table;     // resolved name, as printed
  graph::ScanSpec spec;  // all physical and metadata columns
  std::string alias;
  std::vector<int> primary_key;  // of spec.table_schema; empty: none
};
// Makes a complete changelog of upserts, of events that may come twice, or of changes whose old
// rows carry the metadata of a later event, by the table's primary key:
// graph::ChangelogNormalizeSpec. Output: the input's columns.
struct Normalize {
  std::vector<int> keys;
  int64_t ttl_millis = 0;
  // As bound: it is there for metadata alone, and has no keys where the table has none. The rule
  // ResolveMetadata decides whether it stays.
  bool for_metadata = false;
};
// Event time on a scan (or computed column): spec over the input's columns.
// One input, a Scan or a projection of one, whose columns it passes on.
struct Watermark {
  graph::WatermarkSpec spec;
};
// No inputs. Every row has as many constant expressions as the node has columns.
struct Values {
  std::vector<std::vector<expr::ExprPtr>> rows;
};
// Keeps the rows for which the BOOLEAN predicate is TRUE. Columns are the input's.
struct Filter {
  expr::ExprPtr predicate;
};
// One expression an output column, over the input's columns.
struct Project {
  std::vector<expr::ExprPtr> expressions;
};
// Grouping by columns of the input; output: keys, then calls. No calls: DISTINCT.
// State names of the calls are unique. `ttl_millis` 0: groups are kept for ever.
struct Aggregate {
  std::vector<int> keys;
  std::vector<expr::AggregateCall> calls;
  int64_t ttl_millis = 0;
};
// Adds window_start, window_end, window_time to the input's columns. The rows of one key (`keys`)
// make sessions together; by_group: the keys are those that the aggregate above groups by (the
// legacy SESSION in GROUP BY).
// `time_column` is -1 over processing time. HOP and CUMULATE give a row several times. Flink:
// "Windowing table-valued functions".
struct WindowTable {
  window::WindowSpec window;
  int time_column = -1;
  std::vector<int> keys;
  bool by_group = false;
};
// An Aggregate over a WindowTable whose keys hold window_start and window_end. Output: keys, calls,
// and the three window columns. Made by a rule. Where the input has windows already, start_column
// and end_column are their columns.
// Append-only: each window comes out once, when it is complete. Its state needs no time-to-live.
struct WindowAggregate {
  window::WindowSpec window;
  int time_column = -1;
  int start_column = -1;
  int end_column = -1;
  std::vector<int> keys;  // of the WindowTable's input
  std::vector<expr::AggregateCall> calls;
};
// ROW_NUMBER, RANK or DENSE_RANK OVER (PARTITION BY … ORDER BY …): output is the input's columns,
// then the rank.
// What the binder makes; a rule makes a Rank, Deduplicate or WindowRank of it, or refuses it.
// `rank` counts from 1, BIGINT NOT NULL.
struct Over {
  graph::RankFunction function = graph::RankFunction::kRowNumber;
  std::vector<int> partition;
  std::vector<graph::SortKey> order;
  int64_t ttl_millis = 0;
  SourceSpan ttl_hint;  // where `ttl_millis` was written; empty: it is the session's
};
// Top-N; see graph::RankSpec for the parts and the output.
// 1 <= first <= last. `input_key` is set for kUpdate alone.
struct Rank {
  graph::RankFunction function = graph::RankFunction::kRowNumber;
  std::vector<int> partition;
  std::vector<graph::SortKey> order;
  int64_t first = 1;
  int64_t last = 1;
  bool output_rank = false;
  bool last_of_equal = false;
  graph::RankStrategy strategy = graph::RankStrategy::kAppend;
  std::vector<int> input_key;
  int64_t ttl_millis = 0;
};
// One row a key, the first or last by a time attribute: graph::DeduplicateSpec.
// Output: the input's columns.
// `time_column` is -1 for the order of arrival. The input has inserts only.
struct Deduplicate {
  std::vector<int> keys;
  int time_column = -1;
  bool keep_last = false;
  int64_t ttl_millis = 0;
};
// Top-N and deduplication within windows: graph::WindowRankSpec. `window` tells whose time it is.
// The input has inserts only, and columns with its windows' bounds.
struct WindowRank {
  window::WindowSpec window;
  graph::WindowRankSpec spec;
};
// Columns by place; branches have types alike up to nullability and the length of strings.
struct Union {};  // UNION ALL of all inputs
// Every row as often as its last column (BIGINT) says; output: the other columns.
struct Replicate {};
// `limit` -1: all rows. Over input that never ends it is a Top-N (traits::RankOfSort), or refused.
struct Sort {
  std::vector<graph::SortKey> keys;
  int64_t offset = 0;
  int64_t limit = -1;
};
// When a sink's rows are materialised by its primary key (table.exec.sink.upsert-materialize).
enum class Materialize : uint8_t {
  kAuto,   // where changes are keyed otherwise
  kNone,   // never
  kForce,  // wherever there is a primary key
};
// `accepts`: the kinds of change that the connector takes. A root; one input, columns in the order
// of the table's.
struct Sink {
  graph::SinkSpec spec;
  ChangelogMode accepts;
  Materialize materialize = Materialize::kAuto;
  int64_t ttl_millis = 0;  // of the rows that are kept then
};
// The result of a SELECT.
// A root; one input whose columns it has.
struct Collect {};

using Operation = std::variant<Scan, Watermark, Values, Filter, Project, Aggregate, WindowTable,
                               WindowAggregate, Over, Rank, Deduplicate, WindowRank, Union, Sort,
                               Sink, Collect, Join, Normalize, Replicate>;

// Immutable and shared: a rule makes new nodes and leaves old ones alone, so that plans of
// different stages can be shown side by side. Safe for all threads.
struct Node {
  Operation operation;
  std::vector<NodePtr> inputs;
  std::vector<Column> columns;  // output
  Origin origin;
};

// Checks nothing: Verify does.
NodePtr MakeNode(Operation operation, std::vector<NodePtr> inputs, std::vector<Column> columns,
                 Origin origin);
// The node's columns without time attributes.
Schema SchemaOf(const Node& node);

// The sinks of one job (a SELECT has one Collect).
// Never empty once bound.
struct Plan {
  std::vector<NodePtr> roots;
};

// An indented tree, one node a line, inputs below; shared nodes are printed once and referred to.
std::string ToString(const Plan& plan);

// Checks column indexes, types and counts of every node; kInternal names the first that is wrong.
// Run after binding and after every rule in debug builds.
// Types are compared up to nullability and the length of strings, which no operator minds. Linear
// in the plan.
Status Verify(const Plan& plan);

}  // namespace weir::logical
