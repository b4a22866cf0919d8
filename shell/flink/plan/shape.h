// What matters of a job's plan for its state, in words in which both planners' plans can be told:
// operators with state, sources and sinks, without the projections, filters and exchanges between
// them, in which two planners differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir::shell::flink {

enum class ShapeKind : uint8_t {
  kSource,
  kSink,
  kAggregate,
  kWindowAggregate,
  kWindows,  // rows of session windows that no aggregate joins
  kOver,
  kRank,  // Top-N, deduplication, LIMIT
  kWindowRank,
  kJoin,
  kIntervalJoin,
  kWindowJoin,
  kTemporalJoin,
  kMatch,
  kNormalize,
  kSort,
};

// The columns of tables that a value is made of: "orders.v". Empty of constants and counts.
using Origins = std::set<std::string>;

struct Shape {
  ShapeKind kind;
  std::string name;  // our uid, or what Flink says of its node
  // Of an operator of ours that is several of Flink's: which of these; "" for the operator itself.
  std::string part = {};
  std::string table;  // of a source or sink: the last part of its name
  // The shapes from which the rows of each input come, as indexes. A normalisation counts as what
  // is below it, since not every planner needs one.
  std::vector<std::set<int>> inputs;
  // For each input its key columns' origins. Of Flink's join of more than two inputs for each but
  // the first those of the inputs before it and its own.
  std::vector<std::string> keys;
  // What tells operators of one kind, key and input apart: calls, sizes of windows, ranks.
  std::set<std::string> details;
  // Of conditions and expressions since the inputs, with the comparisons in them (IsComparison).
  std::set<std::string> literals;
  std::set<std::string> sinks;  // the tables that its rows reach
  // Of ours: the origins among the keys that a condition makes constants.
  std::set<std::string> constants = {};
  // Of ours: the join of a NOT IN, whose keys may be a condition of Flink's.
  bool of_not_in = false;
  // Of Flink's: an aggregate of several grouping sets, each of which is an operator of ours.
  bool expanded = false;
  std::vector<std::string> sets = {};  // the keys of each; none where they are not known
};

// The part of an aggregate that groups by the values of DISTINCT, too, below the aggregate itself.
inline constexpr std::string_view kPartial = "partial";
// The part of a join that sees to it that a scalar subquery has one row.
inline constexpr std::string_view kSingle = "single";

// Inputs before those that read them.
using Shapes = std::vector<Shape>;

// What is known of the rows between two operators.
struct Flow {
  std::vector<Origins> columns;
  std::set<int> from;  // shapes
  std::set<std::string> literals;
  bool expanded = false;                 // each row comes once for each grouping set
  std::set<std::string> constants = {};  // as those of shapes
  // The columns of each grouping set, of those that are NULL in it without origins; none where
  // something has been computed since.
  std::vector<std::vector<Origins>> sets = {};
};

// "sink:totals/join", "sink:totals/join.versions": its name, and which part it is.
std::string FullName(const Shape& shape);
// "<", ">=" and the like.
bool IsComparison(std::string_view text);
// The last part of a table's name: "orders" of "`shop`.`orders`" and of "shop.orders".
std::string LastPart(std::string_view table);
// Nothing for a column that the rows do not have, as plans of others may say any number.
const Origins& OriginsAt(const std::vector<Origins>& columns, int column);
const Origins& OriginsAt(const Flow& flow, int column);
Origins Union(const Flow& flow, const std::vector<int>& columns);
// The origins of a set's columns that it is grouped by, as KeyText.
std::string KeyText(const std::vector<Origins>& set, const std::vector<int>& columns);
// The origins of these columns as one text; columns without any do not count, since planners drop
// constant keys.
std::string KeyText(const Flow& flow, const std::vector<int>& columns);
// "sum(orders.price+orders.qty)".
std::string CallText(std::string_view function, const Origins& of, bool distinct, bool filtered);
// The details of a Top-N by columns with these origins.
std::set<std::string> RankDetails(int64_t first, int64_t last, const Origins& order);
// The detail of windows of this size, or of sessions with this gap.
std::string WindowDetail(int64_t millis);
// The columns of all, by position; the shapes and literals of all.
Flow Merged(const std::vector<Flow>& flows);
// The columns of one behind those of the other.
Flow Joined(const Flow& left, const Flow& right);
// Puts a shape with the rows of these inputs behind the others. The rows that come from it; their
// columns are still to be said.
Flow AddShape(Shape shape, const std::vector<Flow>& inputs, Shapes& shapes);
// Gives every shape the sinks that its rows reach.
void NoteSinks(Shapes& shapes);

}  // namespace weir::shell::flink
