// The rows of VALUES and of SELECT without FROM.
#pragma once

#include "runtime/base/result.h"
#include "runtime/expr/evaluator.h"
#include "runtime/graph/operator_spec.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// All rows of `spec` as one batch of inserts, in order, with the columns of `output`; may be empty.
// Fails where evaluating an expression fails.
Result<Batch> MakeValuesBatch(const graph::ValuesSpec& spec, const Schema& output,
                              const expr::EvaluationContext& context);

}  // namespace weir::operators
