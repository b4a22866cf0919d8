#include "runtime/types/column_builder.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <utility>

namespace weir {
namespace {

constexpr size_t kHeapBytes = 16 << 10;
constexpr uint32_t kFirstCapacity = 16;

bool HasData(PhysicalType physical) {
  return physical != PhysicalType::kStruct && physical != PhysicalType::kNone;
}

}  // namespace

ColumnBuilder::ColumnBuilder(const Type& type, uint32_t capacity) : type_(type) {
  const PhysicalType physical = type.physical();
  value_bytes_ = physical == PhysicalType::kList ? static_cast<uint32_t>(sizeof(uint32_t))
                                                 : static_cast<uint32_t>(type.value_bytes());
  for (const TypeField& field : type.fields()) children_.emplace_back(field.type);
  if (capacity > 0) Grow(capacity);
}

ColumnBuilder::ColumnBuilder(ColumnBuilder&&) noexcept = default;
ColumnBuilder& ColumnBuilder::operator=(ColumnBuilder&&) noexcept = default;
ColumnBuilder::~ColumnBuilder() = default;

void ColumnBuilder::Grow(uint32_t rows) {
  if (rows == 0) throw std::bad_alloc();  // one more than 2^32 - 1, which no column has
  const uint32_t old_capacity = capacity_;
  const uint64_t doubled = std::min<uint64_t>(uint64_t{capacity_} * 2, UINT32_MAX);
  capacity_ = std::max({rows, kFirstCapacity, static_cast<uint32_t>(doubled)});
  if (HasData(type_.physical())) {
    // Lists have one offset more than values.
    BufferPtr larger = MakeBuffer<char>(size_t{value_bytes_} * (size_t{capacity_} + 1));
    if (data_) {
      std::memcpy(larger->as<char>(), data_->as<char>(),
                  size_t{value_bytes_} * (size_t{old_capacity} + 1));
    } else {
      std::memset(larger->as<char>(), 0, value_bytes_);
    }
    data_ = std::move(larger);
  }
  if (validity_) {
    const size_t old_words = BitmapWords(old_capacity);
    const size_t words = BitmapWords(capacity_);
    BufferPtr larger = MakeBuffer<uint64_t>(words);
    std::copy_n(validity_->as<uint64_t>(), old_words, larger->as<uint64_t>());
    std::fill(larger->as<uint64_t>() + old_words, larger->as<uint64_t>() + words, ~uint64_t{0});
    validity_ = std::move(larger);
  }
}

char* ColumnBuilder::AllocateHeap(size_t bytes) {
  if (!heap_ || heap_used_ + bytes > heap_->size()) {
    heap_ = MakeBuffer<char>(std::max(bytes, kHeapBytes));
    heap_used_ = 0;
    heaps_.push_back(heap_);
  }
  char* room = heap_->as<char>() + heap_used_;
  heap_used_ += bytes;
  return room;
}

void ColumnBuilder::AppendString(std::string_view text) {
  if (text.size() > StringRef::kInlineBytes) {
    char* copy = AllocateHeap(text.size());
    std::memcpy(copy, text.data(), text.size());
    text = {copy, text.size()};
  }
  Append(StringRef(text));
}

void ColumnBuilder::AppendNull() {
  if (size_ == capacity_) Grow(size_ + 1);
  if (!validity_) {
    validity_ = MakeBuffer<uint64_t>(BitmapWords(capacity_));
    std::fill_n(validity_->as<uint64_t>(), BitmapWords(capacity_), ~uint64_t{0});
  }
  ClearBit(validity_->as<uint64_t>(), size_);
  switch (type_.physical()) {
    case PhysicalType::kList:
      AppendList();
      return;
    case PhysicalType::kStruct:
      for (ColumnBuilder& child : children_) child.AppendNull();
      ++size_;
      return;
    case PhysicalType::kNone:
      ++size_;
      return;
    default:
      break;
  }
  std::memset(data_->as<char>() + size_t{value_bytes_} * size_, 0, value_bytes_);
  ++size_;
}

void ColumnBuilder::TruncateTo(uint32_t size) {
  if (validity_) {
    for (uint32_t row = size; row < size_; ++row) SetBit(validity_->as<uint64_t>(), row);
  }
  size_ = size;
  const bool list = type_.physical() == PhysicalType::kList;
  const uint32_t kept = !list ? size : data_ ? data_->as<uint32_t>()[size] : 0;
  for (ColumnBuilder& child : children_) child.TruncateTo(kept);
}

void ColumnBuilder::AppendList() {
  if (size_ == capacity_) Grow(size_ + 1);
  data_->as<uint32_t>()[++size_] = children_[0].size();
}

void ColumnBuilder::AppendRow() {
  if (size_ == capacity_) Grow(size_ + 1);
  ++size_;
}

void ColumnBuilder::AppendValue(const Value& value) {
  if (value.is_null()) return AppendNull();
  const PhysicalType physical = type_.physical();
  if (physical == PhysicalType::kString) return AppendString(value.get<std::string>());
  if (physical == PhysicalType::kStruct || physical == PhysicalType::kList) {
    const auto& parts = value.get<std::vector<Value>>();
    for (size_t i = 0; i < parts.size(); ++i) {
      children_[i % children_.size()].AppendValue(parts[i]);
    }
    return physical == PhysicalType::kStruct ? AppendRow() : AppendList();
  }
  DispatchPhysical(physical, [&]<typename T>() {
    if constexpr (!std::is_same_v<T, StringRef>) Append(value.get<T>());
  });
}

void ColumnBuilder::AppendFrom(const Column& source, uint32_t row) {
  if (source.IsNull(row)) return AppendNull();
  AppendStoredFrom(source, source.is_constant() ? 0 : row);
}

void ColumnBuilder::AppendStoredFrom(const Column& source, uint32_t row) {
  switch (type_.physical()) {
    case PhysicalType::kString:
      AppendString(source.data<StringRef>()[row].view());
      return;
    case PhysicalType::kNone:
      AppendNull();
      return;
    case PhysicalType::kStruct:
      for (size_t i = 0; i < children_.size(); ++i) {
        children_[i].AppendFrom(*source.children()[i], row);
      }
      AppendRow();
      return;
    case PhysicalType::kList:
      for (size_t i = 0; i < children_.size(); ++i) {
        for (uint32_t e = source.offsets()[row]; e < source.offsets()[row + 1]; ++e) {
          children_[i].AppendFrom(*source.children()[i], e);
        }
      }
      AppendList();
      return;
    default:
      break;
  }
  DispatchPhysical(type_.physical(), [&]<typename T>() { Append(source.data<T>()[row]); });
}

ColumnPtr ColumnBuilder::Finish() {
  // A column has a data buffer even when it is empty.
  if (capacity_ == 0) Grow(1);
  const MutableColumnPtr column = Column::Adopt(type_, size_, std::move(data_));
  if (validity_) column->ShareValidity(std::move(validity_));
  for (BufferPtr& heap : heaps_) column->AddHeap(std::move(heap));
  for (ColumnBuilder& child : children_) column->AddChild(child.Finish());
  size_ = 0;
  capacity_ = 0;
  data_.reset();
  validity_.reset();
  heap_.reset();
  heap_used_ = 0;
  heaps_.clear();
  return column;
}

}  // namespace weir
