#include "runtime/operators/over/over_calls.h"

#include <utility>

#include "runtime/expr/aggregate_function.h"

namespace weir::operators {
namespace {

constexpr size_t kRowCount = 0;

expr::AggregateFunction Mirrored(expr::AggregateFunction function) {
  if (function == expr::AggregateFunction::kFirstValue) return expr::AggregateFunction::kLastValue;
  if (function == expr::AggregateFunction::kLastValue) return expr::AggregateFunction::kFirstValue;
  return function;
}

}  // namespace

Status OverCalls::Open(std::vector<expr::AggregateCall> calls, std::span<const Field> fields) {
  calls_ = std::move(calls);
  mirrored_ = calls_;
  for (expr::AggregateCall& call : mirrored_) call.function = Mirrored(call.function);
  std::vector<Type> types;
  for (const Field& field : fields) types.push_back(field.type);
  layout_ = RowLayout(std::move(types));
  behind_ = TRY(AggregateSet::Make(calls_, false, layout_));
  in_front_ = TRY(AggregateSet::Make(mirrored_, false, layout_));
  return {};
}

void OverCalls::Initialize(std::byte* state) {
  behind_->Initialize(std::span(&state, 1));
}

Status OverCalls::AddRow(const AggregateSet& set, const OverArguments& arguments, uint32_t row,
                         std::byte* state, StringOwner& strings) const {
  layout_.Store<int64_t>(state, kRowCount, RowCount(state) + 1);
  for (size_t call = 0; call < calls_.size(); ++call) {
    const std::vector<uint8_t>& passes = arguments.passes[call];
    if (!passes.empty() && passes[row] == 0) continue;
    const expr::FoldInput input{1, &state, &row, nullptr};
    RETURN_IF_ERROR(set.accumulator(call).Update(input, arguments.values[call].get(), strings));
  }
  return {};
}

Status OverCalls::Add(const OverArguments& arguments, uint32_t row, std::byte* state,
                      StringOwner& strings) {
  return AddRow(*behind_, arguments, row, state, strings);
}

Status OverCalls::AddInFront(const OverArguments& arguments, uint32_t row, std::byte* state,
                             StringOwner& strings) {
  return AddRow(*in_front_, arguments, row, state, strings);
}

Status OverCalls::Join(std::span<std::byte* const> states, std::span<std::byte* const> later,
                       StringOwner& strings) {
  PoolVector<ColumnPtr> columns;
  behind_->AppendFields(later, false, columns);
  const expr::FoldInput input{static_cast<uint32_t>(states.size()), states.data(), nullptr,
                              nullptr};
  return behind_->Merge(std::span(columns.data(), columns.size()), input, strings);
}

}  // namespace weir::operators
