#include "runtime/operators/flow/values.h"

#include <utility>
#include <vector>

#include "runtime/types/value.h"

namespace weir::operators {

Result<Batch> MakeValuesBatch(const graph::ValuesSpec& spec, const Schema& output,
                              const expr::EvaluationContext& context) {
  std::vector<std::vector<Value>> columns(output.size());
  for (const std::vector<expr::ExprPtr>& row : spec.rows) {
    WEIR_CHECK_EQ(row.size(), output.size());
    for (size_t i = 0; i < row.size(); ++i) {
      columns[i].push_back(TRY(expr::EvaluateConstant(row[i], context)));
    }
  }
  Batch batch;
  batch.row_count = static_cast<uint32_t>(spec.rows.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    batch.columns.push_back(MakeColumn(output.fields[i].type, columns[i]));
  }
  return batch;
}

}  // namespace weir::operators
