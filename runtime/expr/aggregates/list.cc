// Aggregates that keep every value in the order of arrival, as the bytes of an ARRAY
// (value_codec.h): a varint with the number of values, then the values. What is folded into a group
// is put behind its list once a batch; a value that goes takes the first equal one away.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

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

// Adds and removes values of one batch in the bytes of a list. Removing each by itself would walk
// the list again and again. So all values that will be removed are announced, the list is walked
// once for them, and Finish writes what is left: linear in the list and the batch.
class ListEditor {
 public:
  explicit ListEditor(const Type& element) : element_(element) {}

  // Begins with the list of these bytes, which stay until Finish.
  void Start(std::string_view bytes) {
    bytes_.assign(kMostHeader, '\0');
    places_.clear();
    removed_.clear();
    count_ = 0;
    AddAll(bytes);
  }
  // Announces a value to be removed later. REQUIRES: all are announced before the first change.
  void Expect(const Column& column, uint32_t row) {
    sought_.clear();
    AppendValue(column, row, sought_);
    places_.try_emplace(sought_);
  }
  void FindExpected() {
    if (!places_.empty()) NotePlaces(kMostHeader, count_);
  }
  void Add(const Column& column, uint32_t row) {
    const size_t begin = bytes_.size();
    AppendValue(column, row, bytes_);
    ++count_;
    if (!places_.empty()) NotePlaces(begin, 1);
  }
  void AddAll(std::string_view bytes) {
    if (bytes.empty()) return;
    ByteReader in(bytes);
    count_ += in.Varint();
    // With room for a quarter more, so that the values which are appended next do not make it copy
    // the whole list again.
    bytes_.reserve(bytes_.size() + in.rest().size() + in.rest().size() / 4);
    bytes_.append(in.rest());
  }
  // Removes the first equal value that is left; no effect without one.
  void Remove(const Column& column, uint32_t row) {
    sought_.clear();
    AppendValue(column, row, sought_);
    Places& places = places_.find(sought_)->second;
    if (places.next == places.begins.size()) return;
    removed_.push_back({places.begins[places.next++], sought_.size()});
    --count_;
  }

  bool empty() const { return count_ == 0; }
  std::string_view Finish() {
    LeaveOutRemoved();
    std::string header;
    AppendVarint(header, count_);
    const size_t begin = kMostHeader - header.size();
    bytes_.replace(begin, header.size(), header);
    const std::string_view whole = std::string_view(bytes_).substr(begin);
    CheckValueBytes(whole.size());
    return whole;
  }

 private:
  static constexpr size_t kMostHeader = 10;  // bytes of a varint

  // Where a value is, the first that is still there at `next`.
  struct Places {
    PoolVector<size_t> begins;
    size_t next = 0;
  };
  struct Removed {
    size_t begin;
    size_t size;
  };

  void NotePlaces(size_t begin, uint64_t count) {
    ByteReader in(std::string_view(bytes_).substr(begin));
    for (uint64_t i = 0; i < count; ++i) {
      const size_t at = bytes_.size() - in.rest().size();
      SkipValue(in, element_);
      const size_t end = bytes_.size() - in.rest().size();
      const auto found = places_.find(std::string_view(bytes_).substr(at, end - at));
      if (found != places_.end()) found->second.begins.push_back(at);
    }
  }

  void LeaveOutRemoved() {
    if (removed_.empty()) return;
    std::ranges::sort(removed_, {}, &Removed::begin);
    size_t to = removed_[0].begin;
    for (size_t i = 0; i < removed_.size(); ++i) {
      const size_t from = removed_[i].begin + removed_[i].size;
      const size_t end = i + 1 < removed_.size() ? removed_[i + 1].begin : bytes_.size();
      std::memmove(bytes_.data() + to, bytes_.data() + from, end - from);
      to += end - from;
    }
    bytes_.resize(to);
  }

  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  const Type& element_;
  std::string bytes_;  // room for the count, then the values
  std::string sought_;
  std::unordered_map<std::string, Places, Hash, std::equal_to<>> places_;  // of values that go
  std::vector<Removed> removed_;
  uint64_t count_ = 0;
};

// The folded rows of a batch, stably sorted so that those of one group lie together.
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
    const auto row_of = [&](uint32_t i) { return input.input_rows ? input.input_rows[i] : i; };
    const auto counts = [&](uint32_t i) {
      return !argument->IsNull(row_of(i)) || output_->keeps_null();
    };
    const auto goes = [&](uint32_t i) { return input.signs != nullptr && input.signs[i] < 0; };
    const auto expect = [&](ListEditor& list, uint32_t i) {
      if (goes(i) && counts(i)) list.Expect(*argument, row_of(i));
    };
    return Edit(input, strings, expect, [&](ListEditor& list, uint32_t i) {
      if (!counts(i)) return;
      goes(i) ? list.Remove(*argument, row_of(i)) : list.Add(*argument, row_of(i));
    });
  }

  Status Merge(const FoldInput& input, std::span<const ColumnPtr> partial,
               StringOwner& strings) const override {
    const Column& lists = *partial[0];
    const auto expect_none = [](ListEditor&, uint32_t) {};
    return Edit(input, strings, expect_none, [&](ListEditor& list, uint32_t i) {
      const uint32_t row = input.input_rows == nullptr ? i : input.input_rows[i];
      if (!lists.IsNull(row)) list.AddAll(lists.data<StringRef>()[row].view());
    });
  }

  KeptList Kept(const std::byte* row) const override {
    if (slot_.layout->IsNull(row, slot_.first)) return {};
    const std::string_view bytes = BytesOf(row);
    return {ByteReader(bytes).Varint(), bytes.size()};
  }

  Status Output(std::span<std::byte* const> rows, Column& out) const override {
    if (output_->reads_bytes()) return OutputFromBytes(rows, out);
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

  Status OutputFromBytes(std::span<std::byte* const> rows, Column& out) const {
    for (uint32_t i = 0; i < rows.size(); ++i) {
      const bool null = slot_.layout->IsNull(rows[i], slot_.first);
      RETURN_IF_ERROR(output_->WriteOne(null ? std::string_view() : BytesOf(rows[i]), i, out));
    }
    return {};
  }

  // Applies the rows of a batch to the lists of their groups. In each group `expect` is called for
  // every row before `fold` is called for the first one.
  template <typename Expect, typename Fold>
  Status Edit(const FoldInput& input, StringOwner& strings, Expect expect, Fold fold) const {
    const RowLayout& layout = *slot_.layout;
    const PoolVector<uint32_t> order = ByGroup(input);
    ListEditor list(element_);
    for (size_t i = 0; i < order.size();) {
      std::byte* row = input.rows[order[i]];
      list.Start(layout.IsNull(row, slot_.first) ? std::string_view() : BytesOf(row));
      for (size_t j = i; j < order.size() && input.rows[order[j]] == row; ++j) {
        expect(list, order[j]);
      }
      list.FindExpected();
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
