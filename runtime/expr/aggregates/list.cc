// Aggregates that keep every value in the order of arrival, as the bytes of an ARRAY
// (value_codec.h): a varint with the number of values, then the values. What is folded into a group
// is put behind its list once a batch; a value that goes takes the first equal one away.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "runtime/base/bytes.h"
#include "runtime/base/fence.h"
#include "runtime/expr/aggregates/accumulators.h"
#include "runtime/expr/aggregates/list_output.h"
#include "runtime/types/value_codec.h"

namespace weir::expr {
namespace {

void SkipValue(ByteReader& in, const Type& type);

void SkipStored(ByteReader& in, const Type& type) {
  switch (type.physical()) {
    case PhysicalType::kNone:
      return;
    case PhysicalType::kBool:
    case PhysicalType::kFloat:
    case PhysicalType::kDouble:
    case PhysicalType::kInt128:
      in.Bytes(static_cast<size_t>(type.value_bytes()));
      return;
    case PhysicalType::kInt8:
    case PhysicalType::kInt16:
    case PhysicalType::kInt32:
    case PhysicalType::kInt64:
      in.Varint();
      return;
    case PhysicalType::kTimestampNanos:
      in.Varint();
      in.Varint();
      return;
    case PhysicalType::kString:
      in.Bytes(in.Varint());
      return;
    case PhysicalType::kList:
      for (uint64_t left = in.Varint(); left > 0 && !in.failed(); --left) {
        for (const TypeField& field : type.fields()) SkipValue(in, field.type);
      }
      return;
    case PhysicalType::kStruct:
      for (const TypeField& field : type.fields()) SkipValue(in, field.type);
      return;
  }
}

void SkipValue(ByteReader& in, const Type& type) {
  if (in.Little<char>() != 0) SkipStored(in, type);
}

// The bytes of a list while values come and go.
class ListEditor {
 public:
  explicit ListEditor(const Type& element) : element_(element) {}

  void Start(std::string_view bytes) {
    values_.clear();
    count_ = 0;
    AddAll(bytes);
  }
  void Add(const Column& column, uint32_t row) {
    AppendValue(column, row, values_);
    ++count_;
  }
  void AddAll(std::string_view bytes) {
    if (bytes.empty()) return;
    ByteReader in(bytes);
    count_ += in.Varint();
    values_.append(in.rest());
  }
  // Without an equal value nothing happens.
  void Remove(const Column& column, uint32_t row) {
    sought_.clear();
    AppendValue(column, row, sought_);
    ByteReader in(values_);
    for (uint64_t i = 0; i < count_; ++i) {
      const size_t begin = values_.size() - in.rest().size();
      SkipValue(in, element_);
      const size_t size = values_.size() - in.rest().size() - begin;
      if (std::string_view(values_).substr(begin, size) != sought_) continue;
      values_.erase(begin, size);
      --count_;
      return;
    }
  }

  bool empty() const { return count_ == 0; }
  std::string_view Finish() {
    bytes_.clear();
    AppendVarint(bytes_, count_);
    bytes_ += values_;
    CheckValueBytes(bytes_.size());
    return bytes_;
  }

 private:
  const Type& element_;
  std::string values_;
  std::string bytes_;
  std::string sought_;
  uint64_t count_ = 0;
};

// The folded rows of a batch, those of one group together, in their order.
PoolVector<uint32_t> ByGroup(const FoldInput& input) {
  PoolVector<uint32_t> order(input.count);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](uint32_t i) { return input.rows[i]; });
  return order;
}

class List : public Accumulator {
 public:
  List(const AggregateCall& call, StateSlot slot)
      : slot_(slot),
        element_(call.argument_types[0].WithNullable(true)),
        output_(MakeListOutput(call)) {}

  void Initialize(std::span<std::byte* const> rows) const override {
    for (std::byte* row : rows) slot_.layout->SetNull(row, slot_.first);
  }

  Status Update(const FoldInput& input, const Column* argument,
                StringOwner& strings) const override {
    return Edit(input, strings, [&](ListEditor& list, uint32_t i) {
      const uint32_t row = input.input_rows == nullptr ? i : input.input_rows[i];
      if (argument->IsNull(row) && !output_->keeps_null()) return;
      if (input.signs == nullptr || input.signs[i] > 0) {
        list.Add(*argument, row);
      } else {
        list.Remove(*argument, row);
      }
    });
  }

  Status Merge(const FoldInput& input, std::span<const ColumnPtr> partial,
               StringOwner& strings) const override {
    const Column& lists = *partial[0];
    return Edit(input, strings, [&](ListEditor& list, uint32_t i) {
      const uint32_t row = input.input_rows == nullptr ? i : input.input_rows[i];
      if (!lists.IsNull(row)) list.AddAll(lists.data<StringRef>()[row].view());
    });
  }

  Status Output(std::span<std::byte* const> rows, Column& out) const override {
    ColumnBuilder lists(Type::Array(element_), static_cast<uint32_t>(rows.size()));
    for (const std::byte* row : rows) {
      ByteReader in(BytesOf(row));
      if (slot_.layout->IsNull(row, slot_.first)) {
        lists.AppendList();
      } else {
        RETURN_IF_ERROR(DecodeNonNullValueInto(in, lists));
      }
    }
    return output_->Write(*lists.Finish(), static_cast<uint32_t>(rows.size()), out);
  }

 private:
  std::string_view BytesOf(const std::byte* row) const {
    const char* at = reinterpret_cast<const char*>(row) + slot_.layout->offset(slot_.first);
    // An inline string lies in the row itself, so that the view must not be one of a copy.
    return reinterpret_cast<const StringRef*>(at)->view();
  }

  template <typename F>
  Status Edit(const FoldInput& input, StringOwner& strings, F fold) const {
    const RowLayout& layout = *slot_.layout;
    const PoolVector<uint32_t> order = ByGroup(input);
    ListEditor list(element_);
    for (size_t i = 0; i < order.size();) {
      std::byte* row = input.rows[order[i]];
      list.Start(layout.IsNull(row, slot_.first) ? std::string_view() : BytesOf(row));
      for (; i < order.size() && input.rows[order[i]] == row; ++i) fold(list, order[i]);
      if (list.empty()) {
        layout.SetNull(row, slot_.first);
        continue;
      }
      layout.ClearNull(row, slot_.first);
      strings.SetString(row, slot_.first, list.Finish());
    }
    return {};
  }

  StateSlot slot_;
  Type element_;
  std::unique_ptr<ListOutput> output_;
};

}  // namespace

AccumulatorPtr MakeList(const AggregateCall& call, StateSlot slot) {
  return std::make_unique<List>(call, slot);
}

}  // namespace weir::expr
