#include "runtime/operators/aggregate/aggregate_set.h"

#include <algorithm>
#include <cstring>

#include "runtime/expr/aggregate_function.h"

namespace weir::operators {
namespace {

template <typename T>
void LoadField(const RowLayout& layout, size_t field, std::span<std::byte* const> rows,
               Column& out) {
  T* values = out.mutable_data<T>();
  const size_t offset = layout.offset(field);
  for (size_t i = 0; i < rows.size(); ++i) std::memcpy(values + i, rows[i] + offset, sizeof(T));
}

void LoadNulls(const RowLayout& layout, size_t field, std::span<std::byte* const> rows,
               Column& out) {
  for (uint32_t i = 0; i < rows.size(); ++i) {
    if (layout.IsNull(rows[i], field)) out.SetNull(i);
  }
}

void AddTo(std::byte* number, int64_t more) {
  int64_t value;
  std::memcpy(&value, number, sizeof(value));
  value += more;
  std::memcpy(number, &value, sizeof(value));
}

}  // namespace

Result<AggregateSet> AggregateSet::Make(std::span<const expr::AggregateCall> calls, bool retracts,
                                        const RowLayout& layout) {
  AggregateSet set;
  set.layout_ = &layout;
  size_t field = kRowCount + 1;
  for (const expr::AggregateCall& call : calls) {
    const size_t count = expr::StateFields(call, retracts).size();
    WEIR_CHECK_LE(field + count, layout.field_count());
    set.accumulators_.push_back(expr::MakeAccumulator(call, retracts, layout, field));
    const bool plain_count = call.function == expr::AggregateFunction::kCount &&
                             call.arguments.empty() && call.filter < 0;
    if (expr::KeepsList(call, retracts)) set.list_calls_.push_back(set.calls_.size());
    if (plain_count) set.plain_count_ = static_cast<int>(set.calls_.size());
    set.calls_.push_back({&call, field, count, expr::NeedsValueMap(call, retracts)});
    field += count;
  }
  return set;
}

void AggregateSet::Initialize(std::span<std::byte* const> rows) {
  if (rows.empty()) return;
  for (const auto& accumulator : accumulators_) accumulator->Initialize(rows);
}

void AggregateSet::InitializeCreated(std::byte* const* rows, const uint8_t* created,
                                     uint32_t count) {
  created_.clear();
  const uint8_t* const end = created + count;
  for (const uint8_t* at = created; at < end; ++at) {
    at = static_cast<const uint8_t*>(std::memchr(at, 1, static_cast<size_t>(end - at)));
    if (at == nullptr) break;
    created_.push_back(rows[at - created]);
  }
  Initialize(created_);
}

Status AggregateSet::Update(const Batch& batch, std::byte* const* rows, const int8_t* signs,
                            StringOwner& strings, bool parts) {
  filtered_.Begin(batch, rows, signs);
  CountRows(batch.size(), rows, signs);
  const uint32_t* ids = batch.selection.all() ? nullptr : batch.selection.ids();
  const expr::FoldInput all{batch.size(), rows, ids, signs, parts};
  for (size_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i].mapped || static_cast<int>(i) == plain_count_) continue;
    RETURN_IF_ERROR(UpdateCall(i, batch, all, strings));
  }
  return {};
}

void AggregateSet::CountRows(uint32_t count, std::byte* const* rows, const int8_t* signs) const {
  // Copied, as the compiler must otherwise assume that a store into a row changes the layout.
  const size_t all = layout_->offset(kRowCount);
  if (plain_count_ < 0) {
    for (uint32_t i = 0; i < count; ++i) AddTo(rows[i] + all, signs == nullptr ? 1 : signs[i]);
    return;
  }
  const size_t plain = layout_->offset(calls_[static_cast<size_t>(plain_count_)].first_field);
  for (uint32_t i = 0; i < count; ++i) {
    const int64_t sign = signs == nullptr ? 1 : signs[i];
    AddTo(rows[i] + all, sign);
    AddTo(rows[i] + plain, sign);
  }
}

void AggregateSet::AddCounts(std::span<std::byte* const> rows,
                             std::span<const uint32_t> counts) const {
  for (size_t i = 0; i < rows.size(); ++i) {
    AddTo(rows[i] + layout_->offset(kRowCount), counts[i]);
    if (plain_count_ < 0) continue;
    const Call& call = calls_[static_cast<size_t>(plain_count_)];
    AddTo(rows[i] + layout_->offset(call.first_field), counts[i]);
  }
}

Status AggregateSet::UpdateCall(size_t index, const Batch& batch, const expr::FoldInput& all,
                                StringOwner& strings) {
  const expr::AggregateCall& call = *calls_[index].call;
  ColumnPtr argument;
  if (!call.arguments.empty()) argument = batch.columns[static_cast<size_t>(call.arguments[0])];
  if (call.filter < 0) return accumulators_[index]->Update(all, argument.get(), strings);
  expr::FoldInput passing = filtered_.Of(call.filter).input();
  if (passing.count == 0) return {};
  passing.parts = all.parts;
  return accumulators_[index]->Update(passing, argument.get(), strings);
}

Status AggregateSet::Merge(std::span<const ColumnPtr> partial, const expr::FoldInput& input,
                           StringOwner& strings) {
  WEIR_CHECK_EQ(partial.size(), field_count());
  const ColumnPtr counts = Flatten(partial[kRowCount]);
  const auto* values = counts->data<int64_t>();
  for (uint32_t i = 0; i < input.count; ++i) {
    const int64_t more = values[input.input_rows == nullptr ? i : input.input_rows[i]];
    const int64_t before = layout_->Load<int64_t>(input.rows[i], kRowCount);
    layout_->Store<int64_t>(input.rows[i], kRowCount, before + more);
  }
  for (size_t i = 0; i < calls_.size(); ++i) {
    const auto fields = partial.subspan(calls_[i].first_field, calls_[i].field_count);
    RETURN_IF_ERROR(accumulators_[i]->Merge(input, fields, strings));
  }
  return {};
}

expr::KeptList AggregateSet::LongestList(std::span<std::byte* const> rows) const {
  expr::KeptList longest;
  for (const size_t call : list_calls_) {
    for (const std::byte* row : rows) {
      const expr::KeptList kept = accumulators_[call]->Kept(row);
      if (kept.bytes > longest.bytes) longest = kept;
    }
  }
  return longest;
}

Status AggregateSet::AppendResults(std::span<std::byte* const> rows,
                                   PoolVector<ColumnPtr>& columns) const {
  for (size_t i = 0; i < calls_.size(); ++i) {
    MutableColumnPtr column =
        Column::Make(calls_[i].call->result_type, static_cast<uint32_t>(rows.size()));
    RETURN_IF_ERROR(accumulators_[i]->Output(rows, *column));
    columns.push_back(std::move(column));
  }
  return {};
}

void AggregateSet::AppendFields(std::span<std::byte* const> rows, bool own_strings,
                                PoolVector<ColumnPtr>& columns) const {
  for (size_t field = 0; field < field_count(); ++field) {
    const bool nested = layout_->type(field).is_nested();
    const Type& type = nested ? Type::Bytes() : layout_->type(field);
    MutableColumnPtr column = Column::Make(type, static_cast<uint32_t>(rows.size()));
    DispatchPhysical(type.physical(),
                     [&]<typename T>() { LoadField<T>(*layout_, field, rows, *column); });
    LoadNulls(*layout_, field, rows, *column);
    if (own_strings && layout_->is_variable(field)) {
      for (uint32_t i = 0; i < rows.size(); ++i) {
        if (column->IsNull(i)) continue;
        const StringRef text = column->data<StringRef>()[i];
        if (!text.is_inline()) column->SetString(i, text.view());
      }
    }
    columns.push_back(std::move(column));
  }
}

}  // namespace weir::operators
