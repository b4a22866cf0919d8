#include "runtime/types/column.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/base/fence.h"

namespace weir {
namespace {

constexpr size_t kHeapBytes = 16 << 10;

}  // namespace

MutableColumnPtr Column::Make(const Type& type, uint32_t length, bool constant) {
  auto column =
      std::allocate_shared<Column>(PoolAllocator<Column>(), Token(), type, length, constant);
  const uint32_t stored = column->stored();
  const auto bytes = static_cast<size_t>(type.value_bytes());
  if (bytes > 0) column->data_ = MakeBuffer<char>(bytes * std::max(stored, 1U));
  if (type.physical() == PhysicalType::kList) column->offsets_ = MakeBuffer<uint32_t>(stored + 1);
  return column;
}

MutableColumnPtr Column::Adopt(const Type& type, uint32_t length, BufferPtr data) {
  auto column = std::allocate_shared<Column>(PoolAllocator<Column>(), Token(), type, length, false);
  if (type.physical() == PhysicalType::kList) {
    column->offsets_ = std::move(data);
  } else {
    column->data_ = std::move(data);
  }
  return column;
}

ColumnPtr Column::MakeNull(const Type& type, uint32_t length) {
  MutableColumnPtr column = Make(type, length, /*constant=*/true);
  column->MutableValidity()[0] = 0;
  if (column->data_) std::memset(column->data_->as<char>(), 0, column->data_->size());
  if (column->offsets_) column->mutable_offsets()[0] = column->mutable_offsets()[1] = 0;
  for (const TypeField& field : type.fields()) {
    const uint32_t rows = type.physical() == PhysicalType::kList ? 0 : 1;
    column->AddChild(MakeNull(field.type, rows));
  }
  return column;
}

uint64_t* Column::MutableValidity() {
  if (!validity_) {
    const size_t words = std::max<size_t>(BitmapWords(stored()), 1);
    validity_ = MakeBuffer<uint64_t>(words);
    std::fill_n(validity_->as<uint64_t>(), words, ~uint64_t{0});
  }
  return validity_->as<uint64_t>();
}

void Column::ShareHeaps(const Column& other) {
  heaps_.insert(heaps_.end(), other.heaps_.begin(), other.heaps_.end());
}

char* Column::AllocateHeap(size_t bytes) {
  if (!own_heap_ || own_heap_used_ + bytes > own_heap_->size()) {
    own_heap_ = MakeBuffer<char>(std::max(bytes, kHeapBytes));
    own_heap_used_ = 0;
    heaps_.push_back(own_heap_);
  }
  char* room = own_heap_->as<char>() + own_heap_used_;
  own_heap_used_ += bytes;
  return room;
}

void Column::SetString(uint32_t row, std::string_view text) {
  if (text.size() > StringRef::kInlineBytes) {
    CheckValueBytes(text.size());
    char* copy = AllocateHeap(text.size());
    std::memcpy(copy, text.data(), text.size());
    text = {copy, text.size()};
  }
  mutable_data<StringRef>()[row] = StringRef(text);
}

ColumnPtr Column::WithType(const Type& type) const {
  WEIR_DCHECK(type.physical() == type_.physical());
  auto column = std::allocate_shared<Column>(PoolAllocator<Column>(), *this);
  column->type_ = type;
  column->own_heap_.reset();
  return column;
}

size_t Column::MemoryBytes() const {
  size_t bytes = sizeof(Column);
  if (data_) bytes += data_->size();
  if (validity_) bytes += validity_->size();
  if (offsets_) bytes += offsets_->size();
  for (const BufferPtr& heap : heaps_) bytes += heap->size();
  for (const ColumnPtr& child : children_) bytes += child->MemoryBytes();
  return bytes;
}

}  // namespace weir
