// State rows of one aggregate call, and short ways to fold, take back, merge and read them.
#pragma once

#include <deque>

#include "runtime/expr/aggregate.h"
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {

class Strings : public StringOwner {
 public:
  explicit Strings(const RowLayout& layout) : layout_(layout) {}
  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    kept_.emplace_back(bytes);
    layout_.Store<StringRef>(row, field, StringRef(kept_.back()));
  }

 private:
  const RowLayout& layout_;
  std::deque<std::string> kept_;
};

inline AggregateCall MakeCall(const std::string& function, const std::vector<Type>& types) {
  AggregateCall call;
  call.function = *FindAggregate(function);
  call.argument_types = types;
  if (!types.empty()) call.arguments = {0};
  const Result<Type> type = AggregateResultType(call.function, types, {});
  EXPECT_TRUE(type.ok()) << type.status().ToString();
  call.result_type = *type;
  call.state_name = function;
  return call;
}

// One aggregate with one state row for each group.
class Groups {
 public:
  Groups(AggregateCall call, bool retracts, size_t groups)
      : call_(std::move(call)), layout_(Types(StateFields(call_, retracts))), strings_(layout_) {
    accumulator_ = MakeAccumulator(call_, retracts, layout_, 0);
    storage_.resize(groups * std::max<size_t>(layout_.row_bytes(), 8));
    for (size_t i = 0; i < groups; ++i)
      rows_.push_back(&storage_[i * std::max<size_t>(layout_.row_bytes(), 8)]);
    accumulator_->Initialize(rows_);
  }

  void Fold(const std::vector<Value>& values, const std::vector<size_t>& groups,
            const std::vector<int8_t>& signs = {}, bool parts = false) {
    const ColumnPtr column =
        call_.argument_types.empty() ? nullptr : MakeColumn(call_.argument_types[0], values);
    std::vector<std::byte*> targets;
    for (const size_t group : groups) targets.push_back(rows_[group]);
    const FoldInput input{static_cast<uint32_t>(targets.size()), targets.data(), nullptr,
                          signs.empty() ? nullptr : signs.data(), parts};
    EXPECT_TRUE(accumulator_->Update(input, column.get(), strings_).ok());
  }

  // Folds the rows of `other` into the groups of the same number.
  void Merge(const Groups& other) {
    std::vector<ColumnPtr> partial;
    for (size_t field = 0; field < layout_.field_count(); ++field)
      partial.push_back(other.FieldColumn(field));
    const FoldInput input{static_cast<uint32_t>(rows_.size()), rows_.data(), nullptr, nullptr};
    EXPECT_TRUE(accumulator_->Merge(input, partial, strings_).ok());
  }

  std::string Results() const {
    const MutableColumnPtr out =
        Column::Make(call_.result_type, static_cast<uint32_t>(rows_.size()));
    EXPECT_TRUE(accumulator_->Output(rows_, *out).ok());
    std::string text;
    for (uint32_t i = 0; i < rows_.size(); ++i)
      text += (i > 0 ? " " : "") + GetValue(*out, i).ToString();
    return text;
  }

 private:
  static std::vector<Type> Types(const std::vector<Field>& fields) {
    std::vector<Type> types;
    for (const Field& field : fields) types.push_back(field.type);
    return types;
  }

  ColumnPtr FieldColumn(size_t field) const {
    const MutableColumnPtr column =
        Column::Make(layout_.type(field), static_cast<uint32_t>(rows_.size()));
    for (uint32_t i = 0; i < rows_.size(); ++i) {
      if (layout_.IsNull(rows_[i], field)) {
        column->SetNull(i);
        continue;
      }
      DispatchPhysical(layout_.type(field).physical(), [&]<typename V>() {
        column->mutable_data<V>()[i] = layout_.Load<V>(rows_[i], field);
      });
    }
    return column;
  }

  AggregateCall call_;
  RowLayout layout_;
  Strings strings_;
  std::vector<std::byte> storage_;
  std::vector<std::byte*> rows_;
  std::unique_ptr<Accumulator> accumulator_;
};

}  // namespace weir::expr::testing
