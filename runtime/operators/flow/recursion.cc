// Recursion: where the rows of WITH RECURSIVE begin and come back to (runtime/graph/loops.h).
//
// Accepts inserts only and passes batches of both inputs on as they are. A row to which the step
// was applied too often ends the job: UNION ALL over a cycle would never end. No state: what is on
// its way back when a barrier passes is kept by the task (runtime/task/input_gate.h).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/operators/operator_list.h"

namespace weir::operators {
namespace {

class Recursion final : public Operator {
 public:
  explicit Recursion(const graph::RecursionSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext&) override { return {}; }
  Status OnBatch(int, Batch batch, Output& out) override {
    if (spec_.max_depth > 0) RETURN_IF_ERROR(CheckDepth(batch));
    return out.Emit(std::move(batch));
  }

 private:
  Status CheckDepth(const Batch& batch) const {
    const Column& depths = *batch.columns.back();
    int64_t deepest = 0;
    ForEachRow(batch,
               [&](uint32_t row) { deepest = std::max(deepest, depths.ValueAt<int64_t>(row)); });
    if (deepest <= spec_.max_depth) return {};
    return Status::InvalidArgument(
               fmt::format(
                   "the recursion \"{}\" went deeper than table.exec.recursion.max-depth: {}",
                   spec_.name, spec_.max_depth))
        .WithId("E3009")
        .WithHint(
            "bound it by a condition in its second part, use UNION, which takes each row once, or "
            "raise table.exec.recursion.max-depth");
  }

  const graph::RecursionSpec& spec_;
};

}  // namespace

Result<OperatorPtr> MakeRecursion(const graph::Node& node) {
  return OperatorPtr(std::make_unique<Recursion>(std::get<graph::RecursionSpec>(node.spec)));
}

}  // namespace weir::operators
