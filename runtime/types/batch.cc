#include "runtime/types/batch.h"

#include <algorithm>
#include <cstddef>
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

// The member's buffers of the parts behind each other; `absent` fills the rows of a part that has
// no such buffer. Null if none has one.
template <typename T>
BufferPtr JoinBuffers(std::span<const Batch> parts, uint32_t rows, BufferPtr Batch::*member,
                      T absent) {
  if (std::ranges::none_of(parts, [&](const Batch& part) { return part.*member != nullptr; }))
    return nullptr;
  BufferPtr joined = MakeBuffer<T>(rows);
  T* to = joined->as<T>();
  for (const Batch& part : parts) {
    if (const BufferPtr& from = part.*member) {
      std::copy_n(std::as_const(*from).as<T>(), part.row_count, to);
    } else {
      std::fill_n(to, part.row_count, absent);
    }
    to += part.row_count;
  }
  return joined;
}

using ColumnParts = std::span<const ColumnPtr>;

void JoinValidity(ColumnParts parts, Column& target) {
  uint32_t first = 0;
  for (const ColumnPtr& part : parts) {
    if (part->has_validity()) {
      uint64_t* bits = target.MutableValidity();
      for (uint32_t row = 0; row < part->length(); ++row) {
        if (part->IsNull(row)) ClearBit(bits, first + row);
      }
    }
    first += part->length();
  }
}

void JoinOffsets(ColumnParts parts, Column& target) {
  uint32_t* offsets = target.mutable_offsets();
  uint32_t base = 0;
  offsets[0] = 0;
  for (const ColumnPtr& part : parts) {
    const uint32_t* from = part->offsets();
    for (uint32_t i = 1; i <= part->length(); ++i) offsets[i] = base + from[i];
    offsets += part->length();
    base = *offsets;
  }
}

template <typename T>
void JoinData(ColumnParts parts, Column& target) {
  T* to = target.mutable_data<T>();
  for (const ColumnPtr& part : parts) {
    if (part->is_constant()) {
      std::fill_n(to, part->length(), *part->data<T>());
    } else {
      std::copy_n(part->data<T>(), part->length(), to);
    }
    to += part->length();
    target.ShareHeaps(*part);
  }
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
      const auto bits_of = [](const Column& column) {
        return std::as_bytes(std::span(column.data<T>(), 1));
      };
      return std::ranges::equal(bits_of(a), bits_of(b));
    }
  });
}

ColumnPtr JoinColumns(ColumnParts parts);

// Rows of list or struct columns. Gathering lists removes slack in their children.
void JoinNested(ColumnParts parts, Column& target) {
  const bool list = target.type().physical() == PhysicalType::kList;
  PoolVector<ColumnPtr> dense;
  for (const ColumnPtr& part : parts) dense.push_back(list ? AllRows(*part) : Flatten(part));
  if (list) JoinOffsets(dense, target);
  PoolVector<ColumnPtr> children(dense.size());
  for (size_t child = 0; child < dense[0]->children().size(); ++child) {
    for (size_t i = 0; i < dense.size(); ++i) children[i] = dense[i]->children()[child];
    target.AddChild(JoinColumns(children));
  }
}

// The rows of all parts behind each other. REQUIRES: there is one, and they are of one type.
ColumnPtr JoinColumns(ColumnParts parts) {
  uint32_t rows = 0;
  for (const ColumnPtr& part : parts) rows += part->length();
  const Column& first = *parts[0];
  if (std::ranges::all_of(parts, [&](const ColumnPtr& part) { return SameConstant(first, *part); }))
    return RepeatRow(first, 0, rows);
  const MutableColumnPtr target = Column::Make(first.type(), rows);
  JoinValidity(parts, *target);
  switch (first.type().physical()) {
    case PhysicalType::kNone:
      break;
    case PhysicalType::kList:
    case PhysicalType::kStruct:
      JoinNested(parts, *target);
      break;
    default:
      DispatchPhysical(first.type().physical(), [&]<typename T>() { JoinData<T>(parts, *target); });
  }
  return target;
}

// REQUIRES: there is a part; none has a selection.
Batch JoinBatches(std::span<const Batch> parts) {
  Batch joined;
  for (const Batch& part : parts) joined.row_count += part.row_count;
  PoolVector<ColumnPtr> columns(parts.size());
  for (size_t column = 0; column < parts[0].columns.size(); ++column) {
    CheckInterrupted();
    for (size_t i = 0; i < parts.size(); ++i) columns[i] = parts[i].columns[column];
    joined.columns.push_back(JoinColumns(columns));
  }
  const uint32_t rows = joined.row_count;
  joined.row_kinds = JoinBuffers<uint8_t>(parts, rows, &Batch::row_kinds, 0);
  joined.late_marks =
      JoinBuffers<int64_t>(parts, rows, &Batch::late_marks, Timestamp::Min().millis);
  if (std::ranges::all_of(parts, [](const Batch& part) { return part.key_hashes != nullptr; }))
    joined.key_hashes = JoinBuffers<uint64_t>(parts, rows, &Batch::key_hashes, 0);
  return joined;
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
  const Batch parts[] = {Compact(a), Compact(b)};
  return JoinBatches(parts);
}

Batch ConcatenateAll(std::vector<Batch> batches) {
  if (batches.size() == 1) return std::move(batches.front());
  for (Batch& batch : batches) batch = Compact(std::move(batch));
  return JoinBatches(batches);
}

}  // namespace weir
