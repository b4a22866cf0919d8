#include "runtime/operators/stored_rows.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "runtime/types/column_builder.h"
#include "runtime/types/key_encoding.h"
#include "runtime/types/value_codec.h"

namespace weir::operators {
namespace {

// Calls store(row pointer, physical row) for every value that is not NULL, and stores the NULL
// bits.
template <typename Store>
void ForEachValue(const Column& column, size_t field, const RowLayout& layout,
                  const RowMapping& mapping, const Store& store) {
  const bool nulls = column.has_validity() || column.type().kind() == TypeKind::kNull;
  for (uint32_t i = 0; i < mapping.count; ++i) {
    if (nulls && column.IsNull(mapping.ids[i])) {
      layout.SetNull(mapping.rows[i], field);
    } else {
      layout.ClearNull(mapping.rows[i], field);
      store(mapping.rows[i], mapping.ids[i]);
    }
  }
}

void StoreColumn(const Column& column, size_t field, const RowLayout& layout,
                 const RowMapping& mapping, StringOwner& owner) {
  const Type& type = layout.type(field);
  if (type.is_nested()) {
    std::string bytes;
    ForEachValue(column, field, layout, mapping, [&](std::byte* row, uint32_t id) {
      bytes.clear();
      AppendNonNullValue(column, id, bytes);
      owner.SetString(row, field, bytes);
    });
  } else if (type.physical() == PhysicalType::kString) {
    ForEachValue(column, field, layout, mapping, [&](std::byte* row, uint32_t id) {
      owner.SetString(row, field, column.ValueAt<StringRef>(id).view());
    });
  } else if (type.physical() == PhysicalType::kNone) {
    ForEachValue(column, field, layout, mapping, [](std::byte*, uint32_t) {});
  } else {
    DispatchPhysical(type.physical(), [&]<typename T>() {
      ForEachValue(column, field, layout, mapping, [&](std::byte* row, uint32_t id) {
        layout.Store(row, field, column.ValueAt<T>(id));
      });
    });
  }
}

void CompareColumn(const Column& column, size_t field, const RowLayout& layout,
                   const RowMapping& mapping, uint8_t* equal) {
  const auto compare = [&](const auto& same) {
    for (uint32_t i = 0; i < mapping.count; ++i) {
      if (equal[i] == 0) continue;
      const bool null = column.IsNull(mapping.ids[i]);
      if (null != layout.IsNull(mapping.rows[i], field) ||
          (!null && !same(mapping.rows[i], mapping.ids[i]))) {
        equal[i] = 0;
      }
    }
  };
  const Type& type = layout.type(field);
  if (type.is_nested()) {
    std::string bytes;
    compare([&](const std::byte* row, uint32_t id) {
      bytes.clear();
      AppendNonNullValue(column, id, bytes);
      return layout.Load<StringRef>(row, field).view() == bytes;
    });
  } else if (type.physical() == PhysicalType::kString) {
    compare([&](const std::byte* row, uint32_t id) {
      return layout.Load<StringRef>(row, field) == column.ValueAt<StringRef>(id);
    });
  } else if (type.physical() == PhysicalType::kNone) {
    compare([](const std::byte*, uint32_t) { return true; });
  } else {
    DispatchPhysical(type.physical(), [&]<typename T>() {
      compare([&](const std::byte* row, uint32_t id) {
        const auto bytes = std::as_bytes(std::span(&column.ValueAt<T>(id), 1));
        return std::memcmp(row + layout.offset(field), bytes.data(), bytes.size()) == 0;
      });
    });
  }
}

}  // namespace

void StoreColumns(const Batch& batch, std::span<const int> columns, const RowLayout& layout,
                  const RowMapping& mapping, StringOwner& owner) {
  for (size_t field = 0; field < columns.size(); ++field) {
    StoreColumn(*batch.columns[static_cast<size_t>(columns[field])], field, layout, mapping, owner);
  }
}

void CompareColumns(const Batch& batch, std::span<const int> columns, const RowLayout& layout,
                    const RowMapping& mapping, uint8_t* equal) {
  for (size_t field = 0; field < columns.size(); ++field) {
    CompareColumn(*batch.columns[static_cast<size_t>(columns[field])], field, layout, mapping,
                  equal);
  }
}

ColumnPtr GatherOrNull(const Column& source, const uint32_t* ids, uint32_t count,
                       const Type& type) {
  const bool missing = std::find(ids, ids + count, kNoRow) != ids + count;
  if (!missing) return GatherColumn(source, ids, count)->WithType(type);
  if (source.length() == 0 || source.type().is_nested()) {
    ColumnBuilder builder(type, count);
    for (uint32_t i = 0; i < count; ++i) {
      if (ids[i] == kNoRow) {
        builder.AppendNull();
      } else {
        builder.AppendFrom(source, ids[i]);
      }
    }
    return builder.Finish();
  }
  std::vector<uint32_t> present(ids, ids + count);
  std::replace(present.begin(), present.end(), kNoRow, 0U);
  const ColumnPtr gathered = Flatten(GatherColumn(source, present.data(), count));
  if (gathered->type().kind() == TypeKind::kNull) return gathered->WithType(type);
  // A new validity bitmap is written, so that one shared with the source is not changed.
  const MutableColumnPtr result = std::const_pointer_cast<Column>(gathered->WithType(type));
  const BufferPtr bitmap = MakeBuffer<uint64_t>((count + 63) / 64);
  std::memset(bitmap->as<uint64_t>(), 0, (count + 63) / 64 * sizeof(uint64_t));
  for (uint32_t i = 0; i < count; ++i) {
    if (ids[i] != kNoRow && !gathered->IsNull(i)) SetBit(bitmap->as<uint64_t>(), i);
  }
  result->ShareValidity(bitmap);
  return result;
}

Result<Batch> InputRows(const ScannedRows& rows, const RowLayout& layout,
                        const StoredInput& input) {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(rows.rows.size());
  batch.columns.resize(input.width);
  if (!input.key_types.empty()) {
    std::vector<ColumnPtr> keys = TRY(DecodeKeys(rows.keys, input.key_types));
    for (size_t i = 0; i < keys.size(); ++i) {
      batch.columns[static_cast<size_t>(input.key_columns[i])] = std::move(keys[i]);
    }
  }
  for (size_t field = 0; field < input.columns.size(); ++field) {
    batch.columns[static_cast<size_t>(input.columns[field])] =
        TRY(LoadColumn(layout, field, rows.rows));
  }
  return batch;
}

}  // namespace weir::operators
