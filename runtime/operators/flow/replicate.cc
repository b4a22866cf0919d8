// Replicate: every change as often as its last column says, without that column (Flink: the table
// function replicate_rows of INTERSECT ALL and EXCEPT ALL, and UNNEST).
//
// A number gives that many copies. A collection gives one for each of its values, with the value
// (of a MAP the key and the value) and its number from 1 behind the other columns; those of a
// MULTISET come as often as they are in it, and ROWs that are NULL do not count as values (Flink).
// Where that number may be NULL in the output, a row without values is given once, with NULLs.
//
// Accepts every kind of change and gives the same kinds, in order. Watermarks pass unchanged, and
// late marks with the rows. No state. A row may have more values than a batch has rows: it is cut,
// and its other columns are constants then, so that a long list is not copied for each value.
#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/operators/operator_list.h"
#include "runtime/operators/stored_rows.h"

namespace weir::operators {
namespace {

class Replicate final : public Operator {
 public:
  explicit Replicate(bool keeps_empty) : keeps_empty_(keeps_empty) {}

  Status Open(OperatorContext& ctx) override {
    batch_rows_ = ctx.batch_rows;
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    const ColumnPtr last = batch.columns.back();
    batch.columns.pop_back();
    batch.key_hashes = nullptr;
    rows_.clear();
    values_.clear();
    numbers_.clear();
    return last->type().physical() == PhysicalType::kList ? EachValue(batch, *last, out)
                                                          : Repeat(batch, *last, out);
  }

 private:
  Status Repeat(const Batch& batch, const Column& counts, Output& out) {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      if (counts.IsNull(row)) continue;
      for (int64_t copies = counts.ValueAt<int64_t>(row); copies > 0; --copies) {
        rows_.push_back(row);
        if (rows_.size() == batch_rows_) RETURN_IF_ERROR(Send(batch, nullptr, out));
      }
    }
    return Send(batch, nullptr, out);
  }

  Status EachValue(const Batch& batch, const Column& lists, Output& out) {
    const TypeKind kind = lists.type().kind();
    const Column& first = *lists.children()[0];
    const bool skips =
        kind != TypeKind::kMap && first.type().kind() == TypeKind::kRow && first.has_validity();
    const bool one_by_one = skips || kind == TypeKind::kMultiset;
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      const uint32_t* bounds = lists.offsets() + (lists.is_constant() ? 0 : row);
      const uint32_t values = lists.IsNull(row) ? 0 : bounds[1] - bounds[0];
      if (one_by_one && values > 0) {
        RETURN_IF_ERROR(AddOneByOne(batch, lists, {row, bounds[0], values}, out));
      } else if (values > 0) {
        RETURN_IF_ERROR(AddList(batch, lists, {row, bounds[0], values}, out));
      } else if (keeps_empty_) {
        RETURN_IF_ERROR(AddEmpty(batch, lists, row, out));
      }
    }
    return Send(batch, &lists, out);
  }

  // The values of one row: `count` children of the list from `begin`.
  struct Values {
    uint32_t row;
    uint32_t begin;
    uint32_t count;
  };

  Status AddList(const Batch& batch, const Column& lists, Values of, Output& out) {
    for (uint32_t done = 0; done < of.count;) {
      const auto used = static_cast<uint32_t>(rows_.size());
      const uint32_t some = std::min(of.count - done, batch_rows_ - used);
      rows_.resize(used + some, of.row);
      values_.resize(used + some);
      numbers_.resize(used + some);
      std::iota(values_.begin() + used, values_.end(), of.begin + done);
      std::iota(numbers_.begin() + used, numbers_.end(), static_cast<int32_t>(done) + 1);
      done += some;
      RETURN_IF_ERROR(SendFull(batch, lists, out));
    }
    return {};
  }

  Status AddOneByOne(const Batch& batch, const Column& lists, Values of, Output& out) {
    const bool counted = lists.type().kind() == TypeKind::kMultiset;
    const Column& values = *lists.children()[0];
    const bool rows = values.type().kind() == TypeKind::kRow;
    int32_t number = 0;
    bool any = false;
    for (uint32_t value = of.begin; value < of.begin + of.count; ++value) {
      int32_t copies = counted ? lists.children()[1]->ValueAt<int32_t>(value) : 1;
      for (; copies > 0; --copies) {
        ++number;
        if (rows && values.IsNull(value)) continue;
        any = true;
        Add(of.row, value, number);
        RETURN_IF_ERROR(SendFull(batch, lists, out));
      }
    }
    return any || !keeps_empty_ ? Status() : AddEmpty(batch, lists, of.row, out);
  }

  Status AddEmpty(const Batch& batch, const Column& lists, uint32_t row, Output& out) {
    Add(row, kNoRow, 0);
    return SendFull(batch, lists, out);
  }

  void Add(uint32_t row, uint32_t value, int32_t number) {
    rows_.push_back(row);
    values_.push_back(value);
    numbers_.push_back(number);
  }

  Status SendFull(const Batch& batch, const Column& lists, Output& out) {
    return rows_.size() == batch_rows_ ? Send(batch, &lists, out) : Status();
  }

  // Emits the copies that were collected, with the values of `lists`; null: they have none.
  Status Send(const Batch& batch, const Column* lists, Output& out) {
    if (rows_.empty()) return {};
    Batch copies = Copies(batch);
    if (lists != nullptr) AddValues(*lists, copies);
    rows_.clear();
    values_.clear();
    numbers_.clear();
    return out.Emit(std::move(copies));
  }

  Batch Copies(const Batch& batch) const {
    const auto count = static_cast<uint32_t>(rows_.size());
    if (rows_.front() != rows_.back()) return GatherBatch(batch, rows_.data(), count);
    Batch marks = batch;
    marks.columns.clear();
    Batch copies = GatherBatch(marks, rows_.data(), count);
    for (const ColumnPtr& column : batch.columns)
      copies.columns.push_back(RepeatRow(*column, rows_.front(), count));
    return copies;
  }

  void AddValues(const Column& lists, Batch& copies) const {
    const size_t columns = lists.type().kind() == TypeKind::kMap ? 2 : 1;
    for (size_t i = 0; i < columns; ++i) {
      const Column& child = *lists.children()[i];
      const Type type = keeps_empty_ ? child.type().WithNullable(true) : child.type();
      copies.columns.push_back(GatherOrNull(child, values_.data(), copies.row_count, type));
    }
    MutableColumnPtr numbers =
        Column::Make(Type::Int().WithNullable(keeps_empty_), copies.row_count);
    std::copy(numbers_.begin(), numbers_.end(), numbers->mutable_data<int32_t>());
    if (keeps_empty_) {
      for (uint32_t i = 0; i < copies.row_count; ++i) {
        if (numbers_[i] == 0) numbers->SetNull(i);
      }
    }
    copies.columns.push_back(std::move(numbers));
  }

  const bool keeps_empty_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  // The copies that were not sent yet: for each its row in the batch and, for collections, the
  // index of its value in the list's children (kNoRow: none) and its number.
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> values_;
  std::vector<int32_t> numbers_;
};

}  // namespace

Result<OperatorPtr> MakeReplicate(const graph::Node& node) {
  const std::vector<Field>& columns = node.output.fields;
  return OperatorPtr(
      std::make_unique<Replicate>(!columns.empty() && columns.back().type.nullable()));
}

}  // namespace weir::operators
