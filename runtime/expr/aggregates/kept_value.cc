// Aggregates whose result is one of the values: MIN, MAX, and FIRST_VALUE and LAST_VALUE over
// values that never go. The row holds that value, NULL until there is one. Over retracting input
// the operator initialises a row of MIN or MAX anew and folds the edge of its value map when a
// value went.
#include <string>

#include "runtime/base/bytes.h"
#include "runtime/expr/aggregates/accumulators.h"
#include "runtime/expr/aggregates/list_output.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/value_codec.h"
#include "runtime/types/value_order.h"

namespace weir::expr {
namespace {

// The policies of Takes: whether `next` replaces `current`.
struct Least {
  template <typename T>
  static bool Takes(const T& next, const T& current) {
    return ValueLess(next, current);
  }
};
struct Greatest {
  template <typename T>
  static bool Takes(const T& next, const T& current) {
    return ValueLess(current, next);
  }
};
struct First {
  template <typename T>
  static bool Takes(const T&, const T&) {
    return false;
  }
};
struct Last {
  template <typename T>
  static bool Takes(const T&, const T&) {
    return true;
  }
};

template <typename T, typename Rule>
class KeptValue : public Accumulator {
 public:
  explicit KeptValue(StateSlot slot) : slot_(slot) {}

  void Initialize(std::span<std::byte* const> rows) const override {
    for (std::byte* row : rows) slot_.layout->SetNull(row, slot_.first);
  }

  Status Update(const FoldInput& input, const Column* argument,
                StringOwner& strings) const override {
    if (argument->type().kind() == TypeKind::kNull) return {};
    const RowLayout& layout = *slot_.layout;
    const T* values = argument->data<T>();
    FoldRows(input, argument, [&](std::byte* row, uint32_t from, int64_t) {
      const T& value = values[from];
      if (!layout.IsNull(row, slot_.first) &&
          !Rule::Takes(value, layout.Load<T>(row, slot_.first))) {
        return;
      }
      layout.ClearNull(row, slot_.first);
      if constexpr (std::is_same_v<T, StringRef>) {
        strings.SetString(row, slot_.first, value.view());
      } else {
        layout.Store<T>(row, slot_.first, value);
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

// FIRST_VALUE and LAST_VALUE of nested values: the row holds their bytes (value_codec.h).
class KeptNested : public Accumulator {
 public:
  KeptNested(StateSlot slot, bool last) : slot_(slot), last_(last) {}

  void Initialize(std::span<std::byte* const> rows) const override {
    for (std::byte* row : rows) slot_.layout->SetNull(row, slot_.first);
  }

  Status Update(const FoldInput& input, const Column* argument,
                StringOwner& strings) const override {
    std::string bytes;
    FoldRows(input, argument, [&](std::byte* row, uint32_t from, int64_t) {
      if (!Takes(row)) return;
      bytes.clear();
      AppendNonNullValue(*argument, from, bytes);
      Keep(row, bytes, strings);
    });
    return {};
  }

  Status Merge(const FoldInput& input, std::span<const ColumnPtr> partial,
               StringOwner& strings) const override {
    const auto* values = partial[0]->data<StringRef>();
    FoldRows(input, partial[0].get(), [&](std::byte* row, uint32_t from, int64_t) {
      if (Takes(row)) Keep(row, values[from].view(), strings);
    });
    return {};
  }

  Status Output(std::span<std::byte* const> rows, Column& out) const override {
    const auto count = static_cast<uint32_t>(rows.size());
    ColumnBuilder values(out.type(), count);
    for (const std::byte* row : rows) {
      if (slot_.layout->IsNull(row, slot_.first)) {
        values.AppendNull();
        continue;
      }
      const auto text = slot_.layout->Load<StringRef>(row, slot_.first);
      ByteReader in(text.view());
      RETURN_IF_ERROR(DecodeNonNullValueInto(in, values));
    }
    MoveNested(values.Finish(), count, out);
    return {};
  }

 private:
  bool Takes(const std::byte* row) const { return last_ || slot_.layout->IsNull(row, slot_.first); }
  void Keep(std::byte* row, std::string_view bytes, StringOwner& strings) const {
    slot_.layout->ClearNull(row, slot_.first);
    strings.SetString(row, slot_.first, bytes);
  }

  StateSlot slot_;
  bool last_;
};

template <typename Rule>
AccumulatorPtr MakeKept(const AggregateCall& call, StateSlot slot) {
  return DispatchPhysical(call.argument_types[0].physical(), [&]<typename T>() -> AccumulatorPtr {
    return std::make_unique<KeptValue<T, Rule>>(slot);
  });
}

}  // namespace

AccumulatorPtr MakeExtreme(const AggregateCall& call, bool maximum, StateSlot slot) {
  return maximum ? MakeKept<Greatest>(call, slot) : MakeKept<Least>(call, slot);
}

AccumulatorPtr MakeEdge(const AggregateCall& call, bool last, StateSlot slot) {
  if (call.argument_types[0].is_nested()) return std::make_unique<KeptNested>(slot, last);
  return last ? MakeKept<Last>(call, slot) : MakeKept<First>(call, slot);
}

}  // namespace weir::expr
