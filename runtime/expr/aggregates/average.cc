// AVG: a sum (BIGINT, DOUBLE or DECIMAL(38, s)) and a count of values. Averages of integers are cut
// to the integer type; those of decimals are DECIMAL(38, max(6, s)). A NULL sum beside a count that
// is not 0 is one that left the 38 digits: unlike SUM, it stays NULL whatever comes (so in Flink),
// as a sum that began anew would be divided by the number of all values.
#include "runtime/expr/aggregates/accumulators.h"
#include "runtime/expr/aggregates/addition.h"
#include "runtime/fault_point.h"

namespace weir::expr {
namespace {

template <typename Value, typename Total, typename Out>
class Average : public Accumulator {
 public:
  Average(const AggregateCall& call, StateSlot slot) : call_(call), slot_(slot) {}

  void Initialize(std::span<std::byte* const> rows) const override {
    for (std::byte* row : rows) slot_.layout->SetNull(row, slot_.first);
  }

  Status Update(const FoldInput& input, const Column* argument, StringOwner&) const override {
    const Value* values = argument->type().value_bytes() > 0 ? argument->data<Value>() : nullptr;
    const FieldPlace total(slot_, slot_.first);
    const FieldPlace number(slot_, slot_.first + 1);
    const bool forgets = BeginsAnew<Total>(input);
    const bool restarts = DefectPlanted("average-begins-anew");
    FoldRows(input, argument, [=](std::byte* row, uint32_t from, int64_t sign) {
      if (restarts || !IsLost(total.IsNull(row), number.Load<int64_t>(row)))
        AddToSum<Total>(total, row, Signed(static_cast<Total>(values[from]), sign));
      if (AddToCount(number, row, sign) == 0 && forgets) total.SetNull(row);
    });
    return {};
  }

  Status Merge(const FoldInput& input, std::span<const ColumnPtr> partial,
               StringOwner&) const override {
    const FieldPlace total(slot_, slot_.first);
    const FieldPlace number(slot_, slot_.first + 1);
    const Column& sums = *partial[0];
    const Column& counts = *partial[1];
    const bool forgets = BeginsAnew<Total>(input);
    FoldRows(input, nullptr, [&](std::byte* row, uint32_t from, int64_t sign) {
      const int64_t more = sign * counts.ValueAt<int64_t>(from);
      if (IsLost(sums.IsNull(from), more)) {
        total.SetNull(row);
      } else if (!sums.IsNull(from) && !IsLost(total.IsNull(row), number.Load<int64_t>(row))) {
        AddToSum<Total>(total, row, Signed(sums.ValueAt<Total>(from), sign));
      }
      if (AddToCount(number, row, more) == 0 && forgets) total.SetNull(row);
    });
    return {};
  }

  Status Output(std::span<std::byte* const> rows, Column& out) const override {
    const RowLayout& layout = *slot_.layout;
    auto* result = out.mutable_data<Out>();
    for (uint32_t i = 0; i < rows.size(); ++i) {
      const int64_t count = layout.Load<int64_t>(rows[i], slot_.first + 1);
      if (count == 0 || layout.IsNull(rows[i], slot_.first) ||
          !Divide(layout.Load<Total>(rows[i], slot_.first), count, result[i])) {
        out.SetNull(i);
      }
    }
    return {};
  }

 private:
  static bool IsLost(bool null, int64_t count) {
    return std::same_as<Total, Int128> && null && count != 0;
  }
  // Sets `result` to sum / count. False when the quotient does not fit the DECIMAL of the result,
  // which is NULL then.
  bool Divide(Total sum, int64_t count, Out& result) const {
    if constexpr (std::same_as<Total, Int128>) {
      const Type& type = call_.result_type;
      const std::optional<Int128> quotient = DivideDecimal(
          {sum, call_.argument_types[0].scale()}, {count, 0}, type.precision(), type.scale());
      if (!quotient) return false;
      result = *quotient;
    } else {
      result = static_cast<Out>(sum / static_cast<Total>(count));
    }
    return true;
  }

  AggregateCall call_;
  StateSlot slot_;
};

}  // namespace

Type AverageSumType(const Type& argument) {
  if (argument.kind() == TypeKind::kDecimal) return DecimalSumType(argument).WithNullable(true);
  return argument.is_integer() ? Type::BigInt() : Type::Double();
}

AccumulatorPtr MakeAverage(const AggregateCall& call, StateSlot slot) {
  const Type& type = call.argument_types[0];
  if (type.kind() == TypeKind::kDecimal) {
    if (type.physical() == PhysicalType::kInt128) {
      return std::make_unique<Average<Int128, Int128, Int128>>(call, slot);
    }
    return std::make_unique<Average<int64_t, Int128, Int128>>(call, slot);
  }
  switch (type.physical()) {
    case PhysicalType::kInt8:
      return std::make_unique<Average<int8_t, int64_t, int8_t>>(call, slot);
    case PhysicalType::kInt16:
      return std::make_unique<Average<int16_t, int64_t, int16_t>>(call, slot);
    case PhysicalType::kInt32:
      return std::make_unique<Average<int32_t, int64_t, int32_t>>(call, slot);
    case PhysicalType::kInt64:
      return std::make_unique<Average<int64_t, int64_t, int64_t>>(call, slot);
    case PhysicalType::kFloat:
      return std::make_unique<Average<float, double, float>>(call, slot);
    default:
      return std::make_unique<Average<double, double, double>>(call, slot);
  }
}

}  // namespace weir::expr
