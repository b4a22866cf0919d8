#include "runtime/types/row_column.h"

#include <cstring>

#include "runtime/types/column_builder.h"
#include "runtime/types/value_codec.h"

namespace weir {
namespace {

Result<ColumnPtr> LoadNested(const RowLayout& layout, size_t field,
                             std::span<std::byte* const> rows) {
  ColumnBuilder builder(layout.type(field), static_cast<uint32_t>(rows.size()));
  for (const std::byte* row : rows) {
    if (layout.IsNull(row, field)) {
      builder.AppendNull();
      continue;
    }
    const StringRef bytes = layout.Load<StringRef>(row, field);
    ByteReader reader(bytes.view());
    RETURN_IF_ERROR(DecodeNonNullValueInto(reader, builder));
  }
  return builder.Finish();
}

// Long strings are copied into one heap of the column.
void LoadStrings(const RowLayout& layout, size_t field, std::span<std::byte* const> rows,
                 Column& column) {
  auto* values = column.mutable_data<StringRef>();
  size_t long_bytes = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    values[i] =
        layout.IsNull(rows[i], field) ? StringRef() : layout.Load<StringRef>(rows[i], field);
    if (!values[i].is_inline()) long_bytes += values[i].size();
  }
  if (long_bytes == 0) return;
  char* heap = column.AllocateHeap(long_bytes);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (values[i].is_inline()) continue;
    const uint32_t size = values[i].size();
    std::memcpy(heap, values[i].data(), size);
    values[i] = StringRef(std::string_view(heap, size));
    heap += size;
  }
}

}  // namespace

Result<ColumnPtr> LoadColumn(const RowLayout& layout, size_t field,
                             std::span<std::byte* const> rows) {
  const Type& type = layout.type(field);
  const auto count = static_cast<uint32_t>(rows.size());
  if (type.is_nested()) return LoadNested(layout, field, rows);
  if (type.physical() == PhysicalType::kNone) return Column::MakeNull(type, count);
  MutableColumnPtr column = Column::Make(type, count);
  if (type.physical() == PhysicalType::kString) {
    LoadStrings(layout, field, rows, *column);
  } else {
    DispatchPhysical(type.physical(), [&]<typename T>() {
      T* values = column->mutable_data<T>();
      for (uint32_t i = 0; i < count; ++i) values[i] = layout.Load<T>(rows[i], field);
    });
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (layout.IsNull(rows[i], field)) column->SetNull(i);
  }
  return ColumnPtr(std::move(column));
}

}  // namespace weir
