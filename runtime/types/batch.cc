#include "runtime/types/batch.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "runtime/base/interruption.h"

namespace weir {
namespace {

void GatherChildren(const Column& source, std::span<const uint32_t> rows, Column& target);

void GatherValidity(const Column& source, std::span<const uint32_t> rows, Column& target) {
  if (!source.has_validity()) return;
  const uint64_t* from = source.validity();
  uint64_t* to = target.MutableValidity();
  std::fill_n(to, BitmapWords(rows.size()), uint64_t{0});
  for (size_t i = 0; i < rows.size(); ++i) {
    to[i >> 6] |= uint64_t{GetBit(from, rows[i])} << (i & 63);
  }
}

template <typename T>
void GatherData(const Column& source, std::span<const uint32_t> rows, Column& target) {
  const T* from = source.data<T>();
  T* to = target.mutable_data<T>();
  for (size_t i = 0; i < rows.size(); ++i) to[i] = from[rows[i]];
}

// Copies stored rows of `source` into the stored rows of `target`, which was made for them.
void GatherInto(const Column& source, std::span<const uint32_t> rows, Column& target) {
  GatherValidity(source, rows, target);
  switch (source.type().physical()) {
    case PhysicalType::kList:
    case PhysicalType::kStruct:
      GatherChildren(source, rows, target);
      return;
    case PhysicalType::kNone:
      return;
    default:
      DispatchPhysical(source.type().physical(),
                       [&]<typename T>() { GatherData<T>(source, rows, target); });
      target.ShareHeaps(source);
  }
}

PoolVector<uint32_t> GatherOffsets(const Column& source, std::span<const uint32_t> rows,
                                   uint32_t* offsets) {
  PoolVector<uint32_t> elements;
  const uint32_t* from = source.offsets();
  offsets[0] = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    for (uint32_t e = from[rows[i]]; e < from[rows[i] + 1]; ++e) elements.push_back(e);
    offsets[i + 1] = static_cast<uint32_t>(elements.size());
  }
  return elements;
}

void GatherChildren(const Column& source, std::span<const uint32_t> rows, Column& target) {
  if (source.type().physical() == PhysicalType::kStruct) {
    for (const ColumnPtr& child : source.children()) {
      target.AddChild(GatherColumn(*child, rows.data(), static_cast<uint32_t>(rows.size())));
    }
    return;
  }
  const PoolVector<uint32_t> elements = GatherOffsets(source, rows, target.mutable_offsets());
  for (const ColumnPtr& child : source.children()) {
    target.AddChild(GatherColumn(*child, elements.data(), static_cast<uint32_t>(elements.size())));
  }
}

template <typename T>
BufferPtr GatherBuffer(const BufferPtr& source, const uint32_t* ids, uint32_t count) {
  if (!source) return nullptr;
  BufferPtr target = MakeBuffer<T>(count);
  const T* from = std::as_const(*source).as<T>();
  T* to = target->as<T>();
  for (uint32_t i = 0; i < count; ++i) to[i] = from[ids[i]];
  return target;
}

// The member's buffer of `a` followed by that of `b`; `absent` fills the rows of a batch that has
// no such buffer. Null if neither has one.
template <typename T>
BufferPtr JoinBuffers(const Batch& a, const Batch& b, BufferPtr Batch::*member, T absent) {
  if (!(a.*member) && !(b.*member)) return nullptr;
  BufferPtr joined = MakeBuffer<T>(a.row_count + b.row_count);
  T* to = joined->as<T>();
  for (const Batch* half : {&a, &b}) {
    if (const BufferPtr& from = half->*member) {
      std::copy_n(std::as_const(*from).as<T>(), half->row_count, to);
    } else {
      std::fill_n(to, half->row_count, absent);
    }
    to += half->row_count;
  }
  return joined;
}

void JoinValidity(const Column& a, const Column& b, Column& target) {
  if (!a.has_validity() && !b.has_validity()) return;
  uint64_t* bits = target.MutableValidity();
  for (uint32_t row = 0; row < a.length(); ++row) {
    if (a.IsNull(row)) ClearBit(bits, row);
  }
  for (uint32_t row = 0; row < b.length(); ++row) {
    if (b.IsNull(row)) ClearBit(bits, a.length() + row);
  }
}

ColumnPtr JoinColumns(const ColumnPtr& a, const ColumnPtr& b);

void JoinOffsets(const Column& a, const Column& b, Column& target) {
  uint32_t* offsets = target.mutable_offsets();
  const uint32_t* from_a = a.offsets();
  const uint32_t* from_b = b.offsets();
  for (uint32_t i = 0; i <= a.length(); ++i) offsets[i] = from_a[i];
  const uint32_t base = from_a[a.length()];
  for (uint32_t i = 0; i <= b.length(); ++i) offsets[a.length() + i] = base + from_b[i];
}

// Rows of both columns. REQUIRES: neither is constant and list columns have no slack, as after
// gathering.
ColumnPtr JoinDense(const Column& a, const Column& b) {
  const MutableColumnPtr target = Column::Make(a.type(), a.length() + b.length());
  JoinValidity(a, b, *target);
  switch (a.type().physical()) {
    case PhysicalType::kNone:
      return target;
    case PhysicalType::kList:
      JoinOffsets(a, b, *target);
      [[fallthrough]];
    case PhysicalType::kStruct:
      for (size_t i = 0; i < a.children().size(); ++i) {
        target->AddChild(JoinColumns(a.children()[i], b.children()[i]));
      }
      return target;
    default:
      break;
  }
  DispatchPhysical(a.type().physical(), [&]<typename T>() {
    T* to = target->mutable_data<T>();
    std::copy_n(a.data<T>(), a.length(), to);
    std::copy_n(b.data<T>(), b.length(), to + a.length());
  });
  target->ShareHeaps(a);
  target->ShareHeaps(b);
  return target;
}

ColumnPtr AllRows(const Column& column) {
  PoolVector<uint32_t> rows(column.length());
  for (uint32_t i = 0; i < column.length(); ++i) rows[i] = column.is_constant() ? 0 : i;
  const MutableColumnPtr dense = Column::Make(column.type(), column.length());
  GatherInto(column, rows, *dense);
  return dense;
}

// Whether both are constants of the same bits. False for nested types, which are not compared.
bool SameConstant(const Column& a, const Column& b) {
  if (!a.is_constant() || !b.is_constant() || a.type().is_nested()) return false;
  if (a.IsNull(0) || b.IsNull(0)) return a.IsNull(0) && b.IsNull(0);
  return DispatchPhysical(a.type().physical(), [&]<typename T>() {
    if constexpr (std::is_same_v<T, StringRef>) {
      return a.data<T>()[0].view() == b.data<T>()[0].view();
    } else {
      return std::memcmp(a.data<T>(), b.data<T>(), sizeof(T)) == 0;
    }
  });
}

ColumnPtr JoinColumns(const ColumnPtr& a, const ColumnPtr& b) {
  if (SameConstant(*a, *b)) return RepeatRow(*a, 0, a->length() + b->length());
  const bool list = a->type().physical() == PhysicalType::kList;
  // Gathering lists removes slack in their children.
  const ColumnPtr dense_a = list ? AllRows(*a) : Flatten(a);
  const ColumnPtr dense_b = list ? AllRows(*b) : Flatten(b);
  return JoinDense(*dense_a, *dense_b);
}

}  // namespace

ColumnPtr GatherColumn(const Column& source, const uint32_t* ids, uint32_t count) {
  if (source.is_constant()) return RepeatRow(source, 0, count);
  const MutableColumnPtr target = Column::Make(source.type(), count);
  GatherInto(source, {ids, count}, *target);
  return target;
}

ColumnPtr RepeatRow(const Column& source, uint32_t row, uint32_t length) {
  const uint32_t stored_row = source.is_constant() ? 0 : row;
  const MutableColumnPtr target = Column::Make(source.type(), length, /*constant=*/true);
  GatherInto(source, {&stored_row, 1}, *target);
  return target;
}

Batch GatherBatch(const Batch& source, const uint32_t* ids, uint32_t count) {
  Batch target;
  target.row_count = count;
  target.columns.reserve(source.columns.size());
  for (const ColumnPtr& column : source.columns) {
    target.columns.push_back(GatherColumn(*column, ids, count));
  }
  target.row_kinds = GatherBuffer<uint8_t>(source.row_kinds, ids, count);
  target.late_marks = GatherBuffer<int64_t>(source.late_marks, ids, count);
  target.key_hashes = GatherBuffer<uint64_t>(source.key_hashes, ids, count);
  return target;
}

Batch Compact(Batch batch) {
  if (batch.selection.all()) return batch;
  return GatherBatch(batch, batch.selection.ids(), batch.selection.count());
}

ColumnPtr Flatten(const ColumnPtr& column) {
  return column->is_constant() ? AllRows(*column) : column;
}

Batch Concatenate(const Batch& a, const Batch& b) {
  const Batch left = Compact(a);
  const Batch right = Compact(b);
  Batch joined;
  joined.row_count = left.row_count + right.row_count;
  for (size_t i = 0; i < left.columns.size(); ++i) {
    joined.columns.push_back(JoinColumns(left.columns[i], right.columns[i]));
  }
  joined.row_kinds = JoinBuffers<uint8_t>(left, right, &Batch::row_kinds, 0);
  joined.late_marks =
      JoinBuffers<int64_t>(left, right, &Batch::late_marks, Timestamp::Min().millis);
  if (left.key_hashes && right.key_hashes) {
    joined.key_hashes = JoinBuffers<uint64_t>(left, right, &Batch::key_hashes, 0);
  }
  return joined;
}

Batch ConcatenateAll(std::vector<Batch> batches) {
  while (batches.size() > 1) {
    std::vector<Batch> pairs;
    for (size_t i = 0; i < batches.size(); i += 2) {
      CheckInterrupted();
      pairs.push_back(i + 1 < batches.size() ? Concatenate(batches[i], batches[i + 1])
                                             : std::move(batches[i]));
    }
    batches = std::move(pairs);
  }
  return std::move(batches.front());
}

}  // namespace weir
