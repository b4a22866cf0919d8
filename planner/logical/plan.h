// The bound logical plan: what a query means, before any decision on how to run it. Nodes form
// immutable trees; a node that is used twice is the same pointer twice.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "planner/logical/changelog.h"
#include "planner/logical/join.h"
#include "planner/logical/match.h"
#include "planner/logical/over.h"
#include "planner/logical/recursion.h"
#include "runtime/base/source_span.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/expr.h"
#include "runtime/graph/operator_spec.h"
#include "runtime/types/schema.h"
#include "runtime/window/window_spec.h"

namespace weir::logical {

// Whether a column is a time attribute (Flink: "Time Attributes"): kEvent has a watermark,
// kProcessing is the clock. Windows and interval joins need one, and computing with a column loses
// it.
enum class TimeAttribute : uint8_t { kNone, kEvent, kProcessing };

// Names may repeat within a node; only messages, sinks and names of state depend on them.
struct Column {
  std::string name;
  Type type;
  TimeAttribute time = TimeAttribute::kNone;
};

// The stable identity of a node's state and metrics (docs/design/language-rules.md, "Uids").
// planner/uid gives it to nodes of the bound plan; rules and lowering carry it along with the
// origin. It never changes and is shared by the copies that rules make of a node.
struct Identity {
  std::string uid;
  std::vector<std::string> also;   // uids of equal sub-plans that were merged into this one
  bool stable = true;              // false: derived from structure or order
  std::string words;               // where the name comes from: "CTE m"
  std::string suggested_name;      // a name that would make it stable; "" when it is
  std::string fingerprint;         // of the clause's meaning (planner/uid/meaning.h)
  std::string former_fingerprint;  // as version 1 wrote it
  // The same as versions 2 and 3 wrote it, with the names that columns of tables have in the
  // savepoint.
  std::string third_fingerprint = {};
  // With the names that columns of tables have in a savepoint; "" unless some were renamed.
  std::string renamed_fingerprint = {};
};

// Where a node comes from: the chain of the nearest enclosing named clauses, which is the first
// part of its uid (docs/design/language-rules.md, "Uids"), and the text. Rules keep the origin of
// what they rewrite. The span is that of the clause in the statement's text or, inside a view, of
// the view's name.
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

// Reads every column of a catalog table, with `alias` as its name in FROM; see TableDefinition for
// computed columns and the watermark. No inputs. A rule may narrow spec.columns and set
// spec.filter; a row that the filter rejects still counts for the watermark above.
struct Scan {
  std::string table;     // resolved name, as printed
  graph::ScanSpec spec;  // all physical and metadata columns
  std::string alias;
  std::vector<int> primary_key;  // of spec.table_schema; empty: none
};
// The bad records of the scan below, in the place of its rows, with graph::BadRecordColumns(): what
// 'errors.table' of its table is to be given. The scan's other readers do not get them.
struct BadRecords {};
// Completes a changelog by the table's primary key, where it consists of upserts, may contain
// events twice, or has old rows with the metadata of a later event (graph::ChangelogNormalizeSpec).
// Output: the input's columns.
struct Normalize {
  std::vector<int> keys;
  int64_t ttl_millis = 0;
  // As bound: it exists because of metadata only, and has no keys if the table has none. The rule
  // ResolveMetadata decides whether it stays.
  bool for_metadata = false;
};
// Event time on a column of a scan, which may be computed. The input is a Scan or a projection of
// one, whose columns it passes on.
struct Watermark {
  graph::WatermarkSpec spec;
};
// Constant rows without inputs; each has as many expressions as the node has columns.
struct Values {
  std::vector<std::vector<expr::ExprPtr>> rows;
};
// Keeps the rows for which the BOOLEAN predicate is TRUE, with the input's columns.
struct Filter {
  expr::ExprPtr predicate;
};
// One expression for each output column, over the input's columns.
struct Project {
  std::vector<expr::ExprPtr> expressions;
};
// Groups by columns of the input; the output has the keys, then the calls. Without calls it is
// DISTINCT. The calls' state names are unique. `ttl_millis` 0: groups are kept for ever.
struct Aggregate {
  std::vector<int> keys;
  std::vector<expr::AggregateCall> calls;
  int64_t ttl_millis = 0;
};
// Adds window_start, window_end and window_time to the input's columns; HOP and CUMULATE repeat a
// row for each of its windows. For sessions, rows with equal `keys` make sessions together;
// by_group: these are the keys of the aggregate above (the legacy SESSION in GROUP BY).
// `time_column` is -1 for processing time. Flink: "Windowing table-valued functions".
struct WindowTable {
  window::WindowSpec window;
  int time_column = -1;
  std::vector<int> keys;
  bool by_group = false;
};
// An Aggregate over a WindowTable whose keys include window_start and window_end; a rule makes it.
// Output: keys, calls, and the three window columns. If the input has windows already, start_column
// and end_column are their columns. Append-only: each window is emitted once, when it is complete,
// so its state needs no time-to-live.
struct WindowAggregate {
  window::WindowSpec window;
  int time_column = -1;
  int start_column = -1;
  int end_column = -1;
  std::vector<int> keys;  // of the WindowTable's input
  std::vector<expr::AggregateCall> calls;
};
// ROW_NUMBER, RANK or DENSE_RANK OVER (PARTITION BY … ORDER BY …), as the binder makes it. The
// output has the input's columns, then the rank, which counts from 1 (BIGINT NOT NULL). A rule
// turns it into a Rank, Deduplicate or WindowRank, or refuses it.
struct Over {
  graph::RankFunction function = graph::RankFunction::kRowNumber;
  std::vector<int> partition;
  std::vector<graph::SortKey> order;
  int64_t ttl_millis = 0;
  SourceSpan ttl_hint;  // where `ttl_millis` was written; empty: it is the session's
};
// Top-N; graph::RankSpec explains the members and the output. 1 <= first <= last. Only kUpdate sets
// `input_key`.
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
// Keeps one row a key, the first or the last by a time attribute (graph::DeduplicateSpec), with the
// input's columns. `time_column` is -1 for the order of arrival. The input has inserts only.
struct Deduplicate {
  std::vector<int> keys;
  int time_column = -1;
  bool keep_last = false;
  int64_t ttl_millis = 0;
};
// Top-N and deduplication within windows (graph::WindowRankSpec). The input has inserts only, and
// columns with the bounds of its windows; `window` describes them.
struct WindowRank {
  window::WindowSpec window;
  graph::WindowRankSpec spec;
};
// UNION ALL of all inputs, with columns by position; the branches' types are equal up to
// nullability and the length of strings.
struct Union {};
// Every row as often as its last column (BIGINT) says; output: the others. Also UNNEST: rewrite.h.
struct Replicate {};
// `limit` -1: all rows. Over unbounded input it becomes a Top-N (traits::RankOfSort) where it has a
// limit. Without one it sorts by time, or is refused. A rule (rules/time_sorts.h) sets `time`: that
// of the first key, a time attribute by which the rows are sorted as the watermark or the clock
// goes on. The input has inserts only then. `nested`: of a query inside of another one.
struct Sort {
  std::vector<graph::SortKey> keys;
  int64_t offset = 0;
  int64_t limit = -1;
  bool nested = false;
  TimeAttribute time = TimeAttribute::kNone;
};
// When a sink's rows are materialised by its primary key (table.exec.sink.upsert-materialize).
enum class Materialize : uint8_t {
  kAuto,   // where changes are keyed otherwise
  kNone,   // never
  kForce,  // wherever there is a primary key
};
// A root. `accepts` are the kinds of change that the connector takes; the columns of the input are
// in the order of the table's.
struct Sink {
  graph::SinkSpec spec;
  ChangelogMode accepts;
  Materialize materialize = Materialize::kAuto;
  int64_t ttl_millis = 0;  // of the rows that are kept then
  // Whether rows that need it by kAuto are refused, as the INSERT lacks ON CONFLICT.
  bool lacks_on_conflict = false;
  graph::Conflict conflict = graph::Conflict::kDeduplicate;
};
// A root with the result of a SELECT; has its input's columns.
struct Collect {};

using Operation = std::variant<Scan, Watermark, Values, Filter, Project, Aggregate, WindowTable,
                               WindowAggregate, Over, OverAggregate, Rank, Deduplicate, WindowRank,
                               Union, Sort, Sink, Collect, Join, Normalize, Replicate, Recursion,
                               RecursiveScan, Match, BadRecords, ToChangelog, FromChangelog>;

// Immutable and shared: a rule makes new nodes and leaves old ones unchanged, so that plans of
// different stages can be shown side by side. Any thread may read it.
struct Node {
  Operation operation;
  std::vector<NodePtr> inputs;
  std::vector<Column> columns;  // output
  Origin origin;
};

// Does not check the node; Verify does.
NodePtr MakeNode(Operation operation, std::vector<NodePtr> inputs, std::vector<Column> columns,
                 Origin origin);
// The node's columns without time attributes.
Schema SchemaOf(const Node& node);

// The sinks of one job (a SELECT has one Collect).
// Never empty once bound.
struct Plan {
  std::vector<NodePtr> roots;
};

// An indented tree with one node a line and inputs below; a shared node is printed once and then
// referred to.
std::string ToString(const Plan& plan);

// Checks column indexes, types and counts of every node; kInternal names the first that is wrong.
// Called after binding and, without NDEBUG or with WEIR_DCHECKS, after every rule. Types are
// compared up to nullability and the length of strings, which do not matter to operators.
Status Verify(const Plan& plan);

}  // namespace weir::logical
