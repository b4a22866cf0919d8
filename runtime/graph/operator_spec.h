// The closed set of physical operators, each as data. The planner writes specs, the runtime makes
// operators of them (operators/factory), EXPLAIN prints them, and a restore compares their state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/expr/aggregate.h"
#include "runtime/expr/expr.h"
#include "runtime/graph/bad_records.h"
#include "runtime/graph/changelog_spec.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/graph/join_spec.h"
#include "runtime/graph/lookup_retry.h"
#include "runtime/graph/match_spec.h"
#include "runtime/graph/over_spec.h"
#include "runtime/graph/rank_spec.h"
#include "runtime/graph/upsert_spec.h"
#include "runtime/types/row_kind.h"
#include "runtime/types/schema.h"
#include "runtime/types/state_schema.h"
#include "runtime/window/window_spec.h"

namespace weir::graph {

using weir::OperatorStateSchema;
using weir::StateLayout;
using weir::StateSchema;

// Reads a table. The output has `columns` of `table_schema` in that order. Two scans of one table
// with different options are two operators.
struct ScanSpec {
  std::string table;  // as the user named it, for messages
  TableOptions options;
  Schema table_schema;                     // physical and metadata columns
  std::vector<std::string> metadata_keys;  // one a column of table_schema; "" for physical ones
  std::vector<int> columns;                // those that the query reads (column pruning)
  // For each of `columns` the fields of its ROW that the query reads, ascending; the values of
  // other fields may come as NULL. An empty list, or an empty vector, stands for all fields.
  std::vector<std::vector<int>> fields;
  // Rows for which this is not TRUE may be deselected by the source (it is over `columns`). They
  // still count for the watermark, so their values must be decoded. The plan filters again behind
  // the scan, so a source may ignore it. Null: none.
  expr::ExprPtr filter;
  ChangelogMode changelog;
  std::vector<std::string> partition_keys;  // PARTITIONED BY
  bool any_number_of_splits = false;        // as the connector's descriptor says
  // Bad records are not left out: each is a row, an insert. The output has the columns of
  // BadRecordColumns() behind `columns`; a row has values in these or in those, and no others.
  bool reports_bad = false;
  std::string uid;  // distinguishes the scans of a job; filled when the job starts
};

// Rows written into the plan: VALUES, and SELECT without FROM.
struct ValuesSpec {
  std::vector<std::vector<expr::ExprPtr>> rows;  // constant expressions
};

// Assigns event time: after each row the partition's watermark becomes the greater of itself and
// `watermark` evaluated on the row. Follows its scan in the same chain. Flink: "Event Time",
// watermark strategies by SQL expressions.
struct WatermarkSpec {
  int rowtime_column = -1;          // TIMESTAMP or TIMESTAMP_LTZ, precision 0..3
  expr::ExprPtr watermark;          // over the input's columns, same type
  int64_t idle_timeout_millis = 0;  // 0: a silent partition holds the watermark back for ever
};

// Filters, then projects. Stateless. The projections read the input's columns, as the filter does.
struct CalcSpec {
  expr::ExprPtr filter;  // null: all rows
  std::vector<expr::ExprPtr> projections;
};

// The phases of an aggregate that is computed in two steps. Both have the same calls.
enum class AggregatePhase : uint8_t { kSingle, kLocal, kGlobal };

// GROUP BY without a window: keeps a row for each key and emits changes. Without calls it is
// DISTINCT. kLocal emits (keys, partial state fields) and holds nothing at any watermark or
// barrier; kGlobal merges them. Output: the keys, then one column a call.
struct GroupAggregateSpec {
  AggregatePhase phase = AggregatePhase::kSingle;
  std::vector<int> keys;  // input columns; in kGlobal 0..n-1
  std::vector<expr::AggregateCall> calls;
  bool input_retracts = false;
  bool emit_update_before = true;  // false when nobody downstream needs -U
  int64_t ttl_millis = 0;
};

// Adds window_start, window_end and window_time to every row, once for each window that holds it
// (TUMBLE, HOP and CUMULATE as bare table functions). Stateless, except for SESSION: there a row is
// kept until its session has ended, and the rows with equal `keys` (columns of the input) make up
// sessions.
struct WindowAssignSpec {
  window::WindowSpec window;
  int time_column = -1;  // event time; -1 for processing time
  std::vector<int> keys;
};

// GROUP BY window_start, window_end, keys: aggregates each slice, combines slices when a window
// fires, and emits each window once, append-only. Output: the keys, the calls, then window_start,
// window_end and window_time as the flags ask for.
struct WindowAggregateSpec {
  AggregatePhase phase = AggregatePhase::kSingle;
  window::WindowSpec window;
  int time_column = -1;
  // For input whose rows have windows already because it is a result of windows: the column of
  // their ends and, for sessions, of their starts. -1 where this operator assigns the windows, and
  // for kGlobal.
  int start_column = -1;
  int end_column = -1;
  std::vector<int> keys;
  std::vector<expr::AggregateCall> calls;
  bool input_retracts = false;
  bool emit_start = true;
  bool emit_end = true;
  bool emit_time = false;
  Type window_type;       // TIMESTAMP(3) or TIMESTAMP_LTZ(3) of the output columns
  std::string time_zone;  // for windows over TIMESTAMP_LTZ
};

// Forwards all inputs. Its watermark is the minimum of theirs.
struct UnionSpec {};

// Where the rows of a recursion (WITH RECURSIVE) begin and come back to: its first input brings the
// rows that it starts from, the second one, which a later node feeds, those that its step made of
// its own output. Passes both on as they are. `max_depth` > 0: the last column (BIGINT) says how
// often the step was applied, and a row beyond that is an error.
struct RecursionSpec {
  std::string name;  // of the common table, for the error
  int64_t max_depth = 0;
};

// Emits every row as often as its last column says: a BIGINT, or a collection's values. Stateless.
struct ReplicateSpec {};

// Joins every row with a bounded table as it was read last. `shape.right` describes what
// `projections` make of the scan's rows that pass `filter` (null: all). Only kInner and kLeft.
// Stateless.
struct LookupSpec {
  JoinShape shape;
  ScanSpec scan;
  expr::ExprPtr filter;
  std::vector<expr::ExprPtr> projections;
  LookupRetry retry;  // of a table that is asked key by key
};

// Writes into a table, exactly once where the connector can. Planning has refused jobs whose
// changes the connector does not take (E2011).
struct SinkSpec {
  std::string table;
  TableOptions options;
  Schema schema;  // columns in order; the input has the same types
  std::vector<int> primary_key;
  std::vector<std::string> partition_keys;
  bool overwrite = false;
  OldRows old_rows = OldRows::kWritten;
  std::vector<std::string> not_null_columns;  // checked on every row
  std::string uid;  // distinguishes the sinks of a job; filled when the job starts
};

// Hands the result of a SELECT to the shell.
struct CollectSpec {};

// The order of the alternatives may change: persisted data names kinds by their names.
using OperatorSpec =
    std::variant<ScanSpec, ValuesSpec, WatermarkSpec, CalcSpec, GroupAggregateSpec,
                 WindowAssignSpec, WindowAggregateSpec, UnionSpec, SortLimitSpec, TemporalSortSpec,
                 RankSpec, DeduplicateSpec, WindowRankSpec, OverAggregateSpec, OverRecomputeSpec,
                 OverAheadSpec, SinkSpec, CollectSpec, JoinSpec, IntervalJoinSpec, WindowJoinSpec,
                 TemporalJoinSpec, ChangelogNormalizeSpec, UpsertMaterializeSpec, UpsertCompactSpec,
                 LookupSpec, ReplicateSpec, RecursionSpec, MatchSpec, ToChangelogSpec,
                 FromChangelogSpec>;

// "Calc", "GroupAggregate", … : the operator's kind in EXPLAIN, metadata and restore.
std::string_view OperatorKindName(const OperatorSpec& spec);
// The operator on one line, with columns by their names in `input`: "GroupAggregate(keys: a; calls:
// sum(b))".
std::string ToString(const OperatorSpec& spec, const Schema& input);

// The state that an operator keeps; empty for stateless ones. `input` is the schema of its input.
// EXPLAIN STATE, checkpoints and restore read this, and nothing else decides on saved layouts; a
// pure function.
// The first table of an aggregate holds its keys and, as values, "row_count" BIGINT NOT NULL and
// then expr::StateFields of its calls in their order. Tables of counted values follow
// (ValueMapsOf); by windows, their sub-key is the window's end and the value. HOP adds a table of
// single windows for rows that are late for some of their windows.
OperatorStateSchema StateOf(const OperatorSpec& spec, const Schema& input);

// Where the values of one call are counted, for DISTINCT and for MIN and MAX over retractions.
// Calls with the same argument share a table, in which each FILTER has a count field.
struct ValueMapSlot {
  int table = -1;  // of StateOf(...).tables; -1: the call keeps no values
  int field = -1;  // of that table's value fields
  friend bool operator==(const ValueMapSlot&, const ValueMapSlot&) = default;
};
// One slot for each call of a GroupAggregate or WindowAggregate; empty for other operators.
std::vector<ValueMapSlot> ValueMapsOf(const OperatorSpec& spec, const Schema& input);

// What the kLocal phase of an aggregate sends to its kGlobal phase, given the input of the local
// one: the keys, then the value fields of StateOf's first table and, for window aggregates, "slice"
// BIGINT NOT NULL last (aggregate_state.h).
Schema PartialSchema(const OperatorSpec& spec, const Schema& input);

}  // namespace weir::graph
