// COUNT(*) and COUNT(value).
#include "runtime/expr/aggregates/accumulators.h"

namespace weir::expr {
namespace {

class Count : public Accumulator {
 public:
  explicit Count(StateSlot slot) : slot_(slot) {}

  void Initialize(std::span<std::byte* const>) const override {}

  Status Update(const FoldInput& input, const Column* argument, StringOwner&) const override {
    FoldRows(input, argument,
             [count = FieldPlace(slot_, slot_.first)](std::byte* row, uint32_t, int64_t sign) {
               AddToCount(count, row, sign);
             });
    return {};
  }

  Status Merge(const FoldInput& input, std::span<const ColumnPtr> partial,
               StringOwner&) const override {
    const Column& counts = *partial[0];
    const auto* values = counts.data<int64_t>();
    FoldRows(input, &counts,
             [count = FieldPlace(slot_, slot_.first), values](std::byte* row, uint32_t from,
                                                              int64_t sign) {
               AddToCount(count, row, sign * values[from]);
             });
    return {};
  }

  Status Output(std::span<std::byte* const> rows, Column& out) const override {
    auto* result = out.mutable_data<int64_t>();
    for (size_t i = 0; i < rows.size(); ++i)
      result[i] = slot_.layout->Load<int64_t>(rows[i], slot_.first);
    return {};
  }

 private:
  StateSlot slot_;
};

}  // namespace

AccumulatorPtr MakeCount(StateSlot slot) {
  return std::make_unique<Count>(slot);
}

}  // namespace weir::expr
