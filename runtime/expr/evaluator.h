// Evaluates bound expressions over batches: one kernel call a node a batch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/clock.h"
#include "runtime/expr/expr.h"
#include "runtime/types/batch.h"

namespace weir::expr {

// What functions may depend on besides their arguments. Owned by the job; outlives its evaluators.
// Read-only while a job runs, except for the clock's own time.
struct EvaluationContext {
  Clock* clock = nullptr;
  std::string time_zone = "UTC";  // table.local-time-zone: for TIMESTAMP_LTZ and CURRENT_*
  Timestamp query_start;  // NOW() and friends where they are fixed per query (bounded input)
  uint64_t random_seed = 0;
};

// A compiled list of expressions. Common sub-expressions are computed once a batch.
// Used by one thread.
// AND, OR, CASE and COALESCE evaluate an argument for those rows only that still need it, so that a
// guarded division by zero does not fail.
class Evaluator {
 public:
  // Its scratch buffers are kept from batch to batch: the steady state allocates from the pool
  // only.
  virtual ~Evaluator() = default;
  // One column per expression, of batch.row_count physical rows aligned with the batch's (values of
  // deselected rows are arbitrary). Errors (overflow, bad cast, division by zero) are kDataError
  // with the span of the failing call.
  virtual Status Evaluate(const Batch& batch, PoolVector<ColumnPtr>& out) = 0;
  // For a single BOOLEAN expression: the selected rows for which it is TRUE.
  virtual Result<Selection> Filter(const Batch& batch) = 0;
  // Narrows `batch` to the rows for which the filter is TRUE, and computes the expressions as
  // Evaluate does; what they have in common with it is not computed again. A batch that is left
  // with few of its rows is compacted; no column comes where none is left. Without a filter the
  // same as Evaluate.
  virtual Status FilterAndEvaluate(Batch& batch, PoolVector<ColumnPtr>& out) = 0;
};

// REQUIRES: `context` outlives the result.
// `filter`: a BOOLEAN, of FilterAndEvaluate alone; null: none.
Result<std::unique_ptr<Evaluator>> MakeEvaluator(const std::vector<ExprPtr>& expressions,
                                                 const EvaluationContext& context,
                                                 const ExprPtr& filter = nullptr);

// The value of an expression without columns, e.g. for constant folding.
// The value is of the expression's type.
Result<Value> EvaluateConstant(const ExprPtr& expression, const EvaluationContext& context);

}  // namespace weir::expr
