// Union: forwards every input (UNION ALL).
//
// Accepts every kind of change and passes batches on as they are; rows of different inputs keep no
// order among each other. The task hands it the minimum of its inputs' watermarks. No state.
#include <utility>

#include "runtime/operators/operator_list.h"

namespace weir::operators {
namespace {

class Union final : public Operator {
 public:
  Status Open(OperatorContext&) override { return {}; }
  Status OnBatch(int, Batch batch, Output& out) override {
    batch.key_hashes = nullptr;
    return out.Emit(std::move(batch));
  }
};

}  // namespace

Result<OperatorPtr> MakeUnion(const graph::Node&) {
  return OperatorPtr(std::make_unique<Union>());
}

}  // namespace weir::operators
