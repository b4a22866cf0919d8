// The values of a list's rows: stored from batches, and compared.
#include <cstring>
#include <utility>

#include "runtime/types/string_ref.h"
#include "runtime/types/value_codec.h"
#include "state/table/list_table.h"

namespace weir::state {

void NativeListTable::StoreNested(const Batch& batch, const Column& column, size_t field,
                                  std::span<std::byte* const> rows, bool borrow) {
  const RowLayout& layout = family_.rows.layout();
  std::string bytes;
  for (uint32_t i = 0; i < rows.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    if (column.IsNull(row)) {
      layout.SetNull(rows[i], field);
      continue;
    }
    bytes.clear();
    AppendNonNullValue(column, row, bytes);
    if (borrow) {
      nested_.push_back(bytes);  // reserved: does not move
      layout.Store(rows[i], field, StringRef(std::string_view(nested_.back())));
    } else {
      StoreString(rows[i], field, bytes);
    }
  }
}

void NativeListTable::StoreValues(const Batch& batch, std::span<const int> columns,
                                  std::span<std::byte* const> rows, bool borrow) {
  const RowLayout& layout = family_.rows.layout();
  for (size_t f = 0; f < columns.size(); ++f) {
    const Column& column = *batch.columns[static_cast<size_t>(columns[f])];
    const Type& type = layout.type(f);
    const auto each = [&](auto&& store) {
      for (uint32_t i = 0; i < rows.size(); ++i) {
        const uint32_t row = batch.RowAt(i);
        if (column.IsNull(row)) {
          layout.SetNull(rows[i], f);
        } else {
          store(rows[i], row);
        }
      }
    };
    if (type.is_nested()) {
      StoreNested(batch, column, f, rows, borrow);
    } else if (type.physical() == PhysicalType::kString && borrow) {
      each([&](std::byte* out, uint32_t row) {
        layout.Store(out, f, column.ValueAt<StringRef>(row));
      });
    } else if (type.physical() == PhysicalType::kString) {
      each([&](std::byte* out, uint32_t row) {
        StoreString(out, f, column.ValueAt<StringRef>(row).view());
      });
    } else if (type.physical() == PhysicalType::kNone) {
      each([](std::byte*, uint32_t) {});
    } else {
      DispatchPhysical(type.physical(), [&]<typename T>() {
        each([&](std::byte* out, uint32_t row) { layout.Store(out, f, column.ValueAt<T>(row)); });
      });
    }
  }
}

void NativeListTable::LayOutWanted(const Batch& batch, std::span<const int> columns) {
  const size_t words = family_.rows.stored_bytes() / sizeof(uint64_t);
  wanted_bytes_.assign(words * batch.size(), 0);
  wanted_.resize(batch.size());
  for (size_t i = 0; i < wanted_.size(); ++i) {
    wanted_[i] = reinterpret_cast<std::byte*>(wanted_bytes_.data() + i * words);
  }
  nested_.clear();
  nested_.reserve(batch.size() * columns.size());
  StoreValues(batch, columns, wanted_, true);
}

bool NativeListTable::Equal(const std::byte* a, const std::byte* b, size_t fields) const {
  const RowLayout& layout = family_.rows.layout();
  for (size_t f = 0; f < fields; ++f) {
    if (layout.IsNull(a, f) != layout.IsNull(b, f)) return false;
    if (layout.IsNull(a, f)) continue;
    if (layout.is_variable(f)) {
      if (!(layout.Load<StringRef>(a, f) == layout.Load<StringRef>(b, f))) return false;
    } else if (std::memcmp(a + layout.offset(f), b + layout.offset(f),
                           static_cast<size_t>(layout.type(f).value_bytes())) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace weir::state
