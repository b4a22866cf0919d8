// State rows of one aggregate call that keeps lists, and short ways to fold, take back, merge and
// read them.
#pragma once

#include "tests/unit/runtime/expr/aggregate_groups.h"

namespace weir::expr::testing {

struct Shape {
  std::string function;
  Type argument;
  std::string parameter = "";
  bool distinct = false;
  bool retracts = false;
  Type result = Type();
};

// One aggregate with one state row a group.
class Lists {
 public:
  Lists(const Shape& shape, size_t groups)
      : call_(CallOf(shape)),
        layout_(Types(StateFields(call_, shape.retracts))),
        strings_(layout_),
        accumulator_(MakeAccumulator(call_, shape.retracts, layout_, 0)),
        storage_(groups * layout_.row_bytes()) {
    for (size_t i = 0; i < groups; ++i) rows_.push_back(&storage_[i * layout_.row_bytes()]);
    accumulator_->Initialize(rows_);
  }

  void Fold(const std::vector<Value>& values, const std::vector<size_t>& groups,
            const std::vector<int8_t>& signs = {}) {
    const ColumnPtr column = MakeColumn(call_.argument_types[0], values);
    std::vector<std::byte*> targets;
    for (const size_t group : groups) targets.push_back(rows_[group]);
    const FoldInput input{static_cast<uint32_t>(targets.size()), targets.data(), nullptr,
                          signs.empty() ? nullptr : signs.data()};
    EXPECT_TRUE(accumulator_->Update(input, column.get(), strings_).ok());
  }

  // The list of group 0 of `other` behind that of group 0.
  void MergeList(const Lists& other) {
    MutableColumnPtr bytes = Column::Make(Type::Bytes(), 1);
    if (other.layout_.IsNull(other.rows_[0], 0)) {
      bytes->SetNull(0);
    } else {
      bytes->SetString(0, other.layout_.Load<StringRef>(other.rows_[0], 0).view());
    }
    const std::vector<ColumnPtr> partial{bytes};
    const FoldInput input{1, rows_.data(), nullptr, nullptr};
    EXPECT_TRUE(accumulator_->Merge(input, partial, strings_).ok());
  }

  std::string Results() const {
    const MutableColumnPtr out =
        Column::Make(call_.result_type, static_cast<uint32_t>(rows_.size()));
    const Status status = accumulator_->Output(rows_, *out);
    if (!status.ok()) return std::string(status.id());
    std::string text;
    for (uint32_t i = 0; i < rows_.size(); ++i) {
      text += (i > 0 ? " / " : "") + GetValue(*out, i).ToString();
    }
    return text;
  }

 private:
  static AggregateCall CallOf(const Shape& shape) {
    AggregateCall call;
    call.function = *FindAggregate(shape.function);
    call.argument_types = {shape.argument};
    call.arguments = {0};
    call.parameter = shape.parameter;
    call.distinct = shape.distinct;
    call.state_name = shape.function;
    const Result<Type> type = AggregateResultType(call.function, call.argument_types, {});
    EXPECT_TRUE(type.ok()) << type.status().ToString();
    call.result_type = shape.result.kind() == TypeKind::kNull ? *type : shape.result;
    return call;
  }
  static std::vector<Type> Types(const std::vector<Field>& fields) {
    std::vector<Type> types;
    for (const Field& field : fields) types.push_back(field.type);
    return types;
  }

  AggregateCall call_;
  RowLayout layout_;
  Strings strings_;
  std::unique_ptr<Accumulator> accumulator_;
  std::vector<std::byte> storage_;
  std::vector<std::byte*> rows_;
};

}  // namespace weir::expr::testing
