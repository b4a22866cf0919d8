// FIRST_VALUE and LAST_VALUE over values that never go: the value itself, NULL until there is one.
#include "runtime/expr/aggregates/accumulators.h"

namespace weir::expr {
namespace {

template <typename T, bool kLast>
class Edge : public Accumulator {
 public:
  explicit Edge(StateSlot slot) : slot_(slot) {}

  void Initialize(std::span<std::byte* const> rows) const override {
    for (std::byte* row : rows) slot_.layout->SetNull(row, slot_.first);
  }

  Status Update(const FoldInput& input, const Column* argument,
                StringOwner& strings) const override {
    if (argument->type().kind() == TypeKind::kNull) return {};
    const RowLayout& layout = *slot_.layout;
    const T* values = argument->data<T>();
    FoldRows(input, argument, [&](std::byte* row, uint32_t from, int64_t) {
      if (!kLast && !layout.IsNull(row, slot_.first)) return;
      layout.ClearNull(row, slot_.first);
      if constexpr (std::is_same_v<T, StringRef>) {
        strings.SetString(row, slot_.first, values[from].view());
      } else {
        layout.Store<T>(row, slot_.first, values[from]);
      }
    });
    return {};
  }

  Status Merge(const FoldInput& input, std::span<const ColumnPtr> partial,
               StringOwner& strings) const override {
    return Update(input, partial[0].get(), strings);
  }

  Status Output(std::span<std::byte* const> rows, Column& out) const override {
    const RowLayout& layout = *slot_.layout;
    auto* result = out.mutable_data<T>();
    for (uint32_t i = 0; i < rows.size(); ++i) {
      if (layout.IsNull(rows[i], slot_.first)) {
        out.SetNull(i);
      } else if constexpr (std::is_same_v<T, StringRef>) {
        out.SetString(i, layout.Load<StringRef>(rows[i], slot_.first).view());
      } else {
        result[i] = layout.Load<T>(rows[i], slot_.first);
      }
    }
    return {};
  }

 private:
  StateSlot slot_;
};

}  // namespace

AccumulatorPtr MakeEdge(const AggregateCall& call, bool last, StateSlot slot) {
  return DispatchPhysical(call.argument_types[0].physical(), [&]<typename T>() -> AccumulatorPtr {
    if (last) return std::make_unique<Edge<T, true>>(slot);
    return std::make_unique<Edge<T, false>>(slot);
  });
}

}  // namespace weir::expr
