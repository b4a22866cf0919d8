// Evaluates bound expressions over batches, with one kernel call for each node and batch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/clock.h"
#include "runtime/expr/expr.h"
#include "runtime/types/batch.h"

namespace weir::expr {

class ForeignRunner;  // foreign.h

// What functions may depend on besides their arguments. Owned by the job; outlives its evaluators
// and is read-only while the job runs.
struct EvaluationContext {
  Clock* clock = nullptr;
  std::string time_zone = "UTC";  // table.local-time-zone: for TIMESTAMP_LTZ and CURRENT_*
  Timestamp query_start;  // NOW() and friends where they are fixed per query (batch mode); 0: not
  uint64_t random_seed = 0;
  ForeignRunner* foreign = nullptr;  // of functions in other languages; null: nobody runs them
};

// A compiled list of expressions, in which common sub-expressions are computed once a batch. AND,
// OR, CASE and COALESCE evaluate an argument only for the rows that still need it, so that a
// division by zero behind a guard does not fail. Used by one thread.
class Evaluator {
 public:
  // Scratch buffers are kept from batch to batch, so that in the steady state only the pool is
  // asked for memory.
  virtual ~Evaluator() = default;
  // One column per expression, of batch.row_count physical rows aligned with the batch's (values of
  // deselected rows are arbitrary). Errors (overflow, bad cast, division by zero) are kDataError
  // with the span of the failing call.
  virtual Status Evaluate(const Batch& batch, PoolVector<ColumnPtr>& out) = 0;
  // For a single BOOLEAN expression: the selected rows for which it is TRUE.
  virtual Result<Selection> Filter(const Batch& batch) = 0;
  // Narrows `batch` to the rows for which the filter is TRUE and computes the expressions as
  // Evaluate does, sharing sub-expressions between the two. A batch that loses most of its rows is
  // compacted; when none is left, no columns are produced. Without a filter the same as Evaluate.
  virtual Status FilterAndEvaluate(Batch& batch, PoolVector<ColumnPtr>& out) = 0;
};

// `filter` is a BOOLEAN for FilterAndEvaluate, or null for none. REQUIRES: `context` outlives the
// result.
Result<std::unique_ptr<Evaluator>> MakeEvaluator(const std::vector<ExprPtr>& expressions,
                                                 const EvaluationContext& context,
                                                 const ExprPtr& filter = nullptr);

// The value of an expression without columns, of the expression's type; used by constant folding.
Result<Value> EvaluateConstant(const ExprPtr& expression, const EvaluationContext& context);

}  // namespace weir::expr
