// Aggregate functions: their types, what they keep in state, and their vectorised update loops.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"
#include "runtime/types/row_layout.h"
#include "runtime/types/schema.h"

namespace weir::expr {

// Only declared here, so that a new aggregate does not rebuild every file that passes one on, but
// only those that tell them apart (aggregate_function.h).
enum class AggregateFunction : uint8_t;

// "SUM".
std::string_view AggregateName(AggregateFunction function);
// Finds an aggregate by name or alias (STDDEV, VARIANCE), in any case. E1002 for aggregates of
// Flink that are missing here, kInvalidSql E2005 with did-you-mean for any other name.
Result<AggregateFunction> FindAggregate(std::string_view name, SourceSpan span = {});
// Whether FindAggregate knows the name, if only to say that it is missing here.
bool IsAggregateFunction(std::string_view name);
// Whether the result for a group without values is NULL: not 0, and no empty list or text.
bool GivesNull(AggregateFunction function);
// "it is SUM([DISTINCT] numeric) → its type".
std::string AggregateHint(AggregateFunction function);

// One aggregate call of a query, bound: arguments and filter are columns of the input.
struct AggregateCall {
  AggregateFunction function{};
  // Columns of the input, already cast to `argument_types`; COUNT(*) has none.
  std::vector<int> arguments;
  std::vector<Type> argument_types;
  bool distinct = false;
  int filter = -1;  // BOOLEAN column, or -1
  // A literal argument, which is no column: LISTAGG's separator, PERCENTILE's fraction "0.5" or
  // fractions "[0.5, 0.9]", "IGNORE NULLS" of ARRAY_AGG. "" for none.
  std::string parameter;
  // As Flink derives it; see AggregateResultType.
  Type result_type;
  // Names its state: function and argument texts, e.g. "sum(price)", "count(distinct bidder)".
  // Equal calls have equal names and are computed once; the planner makes the names of different
  // calls differ.
  std::string state_name;
  SourceSpan span;
};

// Rows to fold, as borrowed arrays: the i-th of `count` rows folds physical input row input_rows[i]
// (i itself when null) into state row rows[i], with sign +1 or -1 (all +1 when `signs` is null). A
// state row may occur any number of times.
struct FoldInput {
  uint32_t count;
  std::byte* const* rows;
  const uint32_t* input_rows;
  const int8_t* signs;
  // Whether state rows may hold only some changes of their group, so that a count of 0 does not say
  // that there are no values. Otherwise a sum begins anew when its last value goes.
  bool parts = false;
};

// The size of the list of values that an accumulator keeps in a row.
struct KeptList {
  uint64_t values = 0;
  uint64_t bytes = 0;
};

// One aggregate call compiled against the layout of its state row, in which its fields are
// [first_field, first_field + StateFields().size()). Stateless, so that any thread may use it.
// Where CanSplit (runtime/graph/aggregate_state.h) allows it, Update and Merge may be applied in
// any order and grouping with the same result, except for the rounding of FLOAT and DOUBLE sums and
// for DECIMAL sums that leave their 38 digits on the way.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  // Sets the fields of newly created (zeroed) rows to "no input yet". Called once a row, before
  // anything else.
  virtual void Initialize(std::span<std::byte* const> rows) const = 0;
  // Folds rows of the argument column (null for COUNT(*)). NULL arguments are skipped. Fails with
  // kDataError only where Flink's function does.
  virtual Status Update(const FoldInput& input, const Column* argument,
                        StringOwner& strings) const = 0;
  // Folds partial results: `partial` holds one column per state field.
  virtual Status Merge(const FoldInput& input, std::span<const ColumnPtr> partial,
                       StringOwner& strings) const = 0;
  // Writes the current results of `rows` to out[0..rows.size()), which is of the call's result
  // type. The rows do not change.
  virtual Status Output(std::span<std::byte* const> rows, Column& out) const = 0;
  // The list of values in `row` for calls that keep one. Folding into it costs as much as it is
  // long, which callers take into account.
  virtual KeptList Kept(const std::byte* /*row*/) const { return {}; }
};

// The fields that the call keeps in a state row, named after call.state_name ("sum(price)",
// "sum(price).count"). When the input retracts, they include what that needs (e.g. a count of
// non-NULL values, so that SUM returns to NULL). MIN and MAX over retracting input, and DISTINCT,
// keep values in a MapTable beside the row; NeedsValueMap says so. The operator keeps that map
// (value -> signed count) and tells the accumulator of each value once: +1 when it appears, -1 when
// its last copy goes. MIN and MAX over retracting input have the single field of append-only ones,
// the current result: the operator calls Initialize, then Update with the map's edge.
std::vector<Field> StateFields(const AggregateCall& call, bool retracts);
bool NeedsValueMap(const AggregateCall& call, bool retracts);
// Whether the call's sum may hold something other than 0 when its values are gone: one of FLOAT,
// DOUBLE or DECIMAL.
bool LeavesResidue(const AggregateCall& call);
// Whether the call keeps every value in its row, in the order of arrival: LISTAGG, ARRAY_AGG,
// COLLECT, PERCENTILE, JSON_ARRAYAGG and JSON_OBJECTAGG, and FIRST_VALUE and LAST_VALUE when values
// can be retracted. Its only state field is an ARRAY stored as the bytes of value_codec.h; Merge
// takes these bytes as a BYTES column. Such calls are not split into two phases, since the partial
// results of parallel tasks have no common order.
bool KeepsList(const AggregateCall& call, bool retracts);

// REQUIRES: the layout has StateFields(call, retracts) at first_field; `layout` outlives the
// result.
std::unique_ptr<Accumulator> MakeAccumulator(const AggregateCall& call, bool retracts,
                                             const RowLayout& layout, size_t first_field);

// Where a call stands in the text, and which of its arguments an error about types points to.
struct AggregatePlace {
  SourceSpan call;
  SourceSpan argument;
};

// Checks the arguments of an aggregate and returns its result type, nullability included (COUNT is
// NOT NULL). kInvalidSql E2005 with the signature when it does not take these arguments.
Result<Type> AggregateResultType(AggregateFunction function, std::span<const Type> argument_types,
                                 const AggregatePlace& place);

// One row of SHOW FUNCTIONS and DESCRIBE FUNCTION.
struct AggregateDoc {
  std::string_view name;
  std::string_view signature;
  std::string_view doc;
};
// In the order of AggregateFunction, and the aliases behind them.
std::span<const AggregateDoc> AggregateFunctions();

}  // namespace weir::expr
