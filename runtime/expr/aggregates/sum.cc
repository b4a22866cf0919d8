// SUM: the argument's type (DECIMAL(38, s) for decimals), NULL without a value. Over retracting
// input a count of values lies next to the sum, so that it returns to NULL; what comes after that
// is summed as if nothing had been there.
#include "runtime/expr/aggregates/accumulators.h"
#include "runtime/expr/aggregates/addition.h"

namespace weir::expr {
namespace {

template <typename Value, typename Total>
class Sum : public Accumulator {
 public:
  Sum(bool counts, StateSlot slot) : counts_(counts), slot_(slot) {}

  void Initialize(std::span<std::byte* const> rows) const override {
    for (std::byte* row : rows) slot_.layout->SetNull(row, slot_.first);
  }

  Status Update(const FoldInput& input, const Column* argument, StringOwner&) const override {
    const Value* values = argument->type().value_bytes() > 0 ? argument->data<Value>() : nullptr;
    const FieldPlace total(slot_, slot_.first);
    const FieldPlace number(slot_, slot_.first + (counts_ ? 1 : 0));
    if (!counts_) {
      FoldRows(input, argument, [=](std::byte* row, uint32_t from, int64_t sign) {
        AddToSum<Total>(total, row, Signed(static_cast<Total>(values[from]), sign));
      });
      return {};
    }
    const bool forgets = BeginsAnew<Total>(input);
    FoldRows(input, argument, [=](std::byte* row, uint32_t from, int64_t sign) {
      AddToSum<Total>(total, row, Signed(static_cast<Total>(values[from]), sign));
      if (AddToCount(number, row, sign) == 0 && forgets) total.SetNull(row);
    });
    return {};
  }

  Status Merge(const FoldInput& input, std::span<const ColumnPtr> partial,
               StringOwner&) const override {
    const FieldPlace total(slot_, slot_.first);
    const FieldPlace number(slot_, slot_.first + (counts_ ? 1 : 0));
    const Column& sums = *partial[0];
    if (!counts_) {
      const auto* sum_values = sums.data<Total>();
      FoldRows(input, &sums, [=](std::byte* row, uint32_t from, int64_t sign) {
        AddToSum<Total>(total, row, Signed(sum_values[from], sign));
      });
      return {};
    }
    const Column& counts = *partial[1];
    const bool forgets = BeginsAnew<Total>(input);
    FoldRows(input, nullptr, [&](std::byte* row, uint32_t from, int64_t sign) {
      if (!sums.IsNull(from)) AddToSum<Total>(total, row, Signed(sums.ValueAt<Total>(from), sign));
      const int64_t more = sign * counts.ValueAt<int64_t>(from);
      if (AddToCount(number, row, more) == 0 && forgets) total.SetNull(row);
    });
    return {};
  }

  Status Output(std::span<std::byte* const> rows, Column& out) const override {
    const RowLayout& layout = *slot_.layout;
    auto* result = out.mutable_data<Total>();
    for (uint32_t i = 0; i < rows.size(); ++i) {
      const bool none = counts_ && layout.Load<int64_t>(rows[i], slot_.first + 1) == 0;
      if (none || layout.IsNull(rows[i], slot_.first)) {
        out.SetNull(i);
      } else {
        result[i] = layout.Load<Total>(rows[i], slot_.first);
      }
    }
    return {};
  }

 private:
  bool counts_;
  StateSlot slot_;
};

template <typename Value, typename Total = Value>
AccumulatorPtr Make(bool retracts, StateSlot slot) {
  return std::make_unique<Sum<Value, Total>>(retracts, slot);
}

}  // namespace

AccumulatorPtr MakeSum(const AggregateCall& call, bool retracts, StateSlot slot) {
  const Type& type = call.argument_types[0];
  if (type.kind() == TypeKind::kDecimal) {
    return type.physical() == PhysicalType::kInt64 ? Make<int64_t, Int128>(retracts, slot)
                                                   : Make<Int128>(retracts, slot);
  }
  switch (type.physical()) {
    case PhysicalType::kInt8:
      return Make<int8_t>(retracts, slot);
    case PhysicalType::kInt16:
      return Make<int16_t>(retracts, slot);
    case PhysicalType::kInt32:
      return Make<int32_t>(retracts, slot);
    case PhysicalType::kInt64:
      return Make<int64_t>(retracts, slot);
    case PhysicalType::kFloat:
      return Make<float>(retracts, slot);
    default:
      return Make<double>(retracts, slot);
  }
}

}  // namespace weir::expr
