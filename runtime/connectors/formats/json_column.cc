#include "runtime/connectors/formats/json_column.h"

#include <algorithm>
#include <cstring>

namespace weir::connectors {
namespace {

JsonKind KindOf(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return JsonKind::kBoolean;
    case TypeKind::kTinyInt:
      return JsonKind::kInt8;
    case TypeKind::kSmallInt:
      return JsonKind::kInt16;
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth:
      return JsonKind::kInt32;
    case TypeKind::kBigInt:
    case TypeKind::kIntervalDayTime:
      return JsonKind::kInt64;
    case TypeKind::kFloat:
      return JsonKind::kFloat;
    case TypeKind::kDouble:
      return JsonKind::kDouble;
    case TypeKind::kDecimal:
      return type.physical() == PhysicalType::kInt64 ? JsonKind::kDecimal64 : JsonKind::kDecimal128;
    case TypeKind::kChar:
    case TypeKind::kVarChar:
      return JsonKind::kString;
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return JsonKind::kBytes;
    case TypeKind::kDate:
      return JsonKind::kDate;
    case TypeKind::kTime:
      return JsonKind::kTime;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return type.physical() == PhysicalType::kInt64 ? JsonKind::kMicros : JsonKind::kNanos;
    case TypeKind::kArray:
      return JsonKind::kArray;
    case TypeKind::kMap:
      return JsonKind::kMap;
    case TypeKind::kMultiset:
      return JsonKind::kMultiset;
    case TypeKind::kRow:
      return JsonKind::kRow;
    case TypeKind::kNull:
      break;
  }
  WEIR_UNREACHABLE();
}

// Clears bits [from, from + count).
void ClearBits(uint64_t* words, uint32_t from, uint32_t count) {
  while (count > 0) {
    const uint32_t shift = from % 64;
    const uint32_t bits = std::min(64 - shift, count);
    const uint64_t ones = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
    words[from / 64] &= ~(ones << shift);
    from += bits;
    count -= bits;
  }
}

}  // namespace

int JsonKeys::Learn(std::string_view key, size_t& cursor) {
  constexpr size_t kMostGuesses = 1024;
  const int column = Find(key);
  const bool guessable = key.size() < kLongestGuess && key.find('\\') == std::string_view::npos;
  if (guessable && cursor < kMostGuesses) {
    if (cursor >= order_.size()) order_.resize(cursor + 1);
    key.copy(order_[cursor].quoted, key.size());
    order_[cursor].quoted[key.size()] = '"';
    order_[cursor].size = static_cast<uint32_t>(key.size()) + 1;
    order_[cursor].column = column;
    ++cursor;
  }
  return column;
}

JsonColumn::JsonColumn(const Type& type, std::string path)
    : type_(type),
      path_(std::move(path)),
      kind_(KindOf(type)),
      list_(type.physical() == PhysicalType::kList) {
  const bool row = kind_ == JsonKind::kRow;
  for (const TypeField& field : type.fields()) {
    if (row) keys_.Add(field.name, static_cast<int>(children_.size()));
    children_.emplace_back(field.type, row ? path_ + "." + field.name : path_);
  }
}

size_t JsonColumn::Width() const {
  return list_ ? sizeof(uint32_t) : static_cast<size_t>(type_.value_bytes());
}

void JsonColumn::Reset(uint32_t rows) {
  size_ = 0;
  capacity_ = std::max(rows, 1U);
  const size_t width = Width();
  data_ = width == 0 ? nullptr : MakeBuffer<char>(width * (capacity_ + 1));
  validity_.reset();
  if (list_) data_->as<uint32_t>()[0] = 0;
  for (JsonColumn& child : children_) child.Reset(rows);
}

void JsonColumn::Grow(uint32_t rows) {
  const uint32_t larger = std::max(rows, capacity_ * 2);
  const size_t width = Width();
  if (width > 0) {
    BufferPtr data = MakeBuffer<char>(width * (larger + 1));
    std::memcpy(data->as<char>(), data_->as<char>(), width * (size_ + (list_ ? 1 : 0)));
    data_ = std::move(data);
  }
  if (validity_) {
    BufferPtr validity = MakeBuffer<uint64_t>(BitmapWords(larger));
    std::fill_n(validity->as<uint64_t>(), BitmapWords(larger), ~uint64_t{0});
    std::memcpy(validity->as<uint64_t>(), validity_->as<uint64_t>(),
                BitmapWords(size_) * sizeof(uint64_t));
    validity_ = std::move(validity);
  }
  capacity_ = larger;
}

void JsonColumn::AppendList() {
  if (size_ == capacity_) Grow(size_ + 1);
  data_->as<uint32_t>()[size_ + 1] = children_[0].size();
  MarkPresent();
}

void JsonColumn::AppendNulls(uint32_t count) {
  if (size_ + count > capacity_) Grow(size_ + count);
  if (!validity_) {
    validity_ = MakeBuffer<uint64_t>(BitmapWords(capacity_));
    std::fill_n(validity_->as<uint64_t>(), BitmapWords(capacity_), ~uint64_t{0});
  }
  ClearBits(validity_->as<uint64_t>(), size_, count);
  if (list_) {
    uint32_t* ends = data_->as<uint32_t>() + size_ + 1;
    std::fill_n(ends, count, children_[0].size());
  } else if (data_) {
    // Kernels may load the value of a NULL row before they look at the validity, so it must be a
    // valid one: an empty string rather than a wild pointer.
    std::memset(data_->as<char>() + Width() * size_, 0, Width() * count);
  }
  size_ += count;
}

void JsonColumn::TruncateTo(uint32_t rows) {
  const bool row = kind_ == JsonKind::kRow;
  if (size_ <= rows && !row && !list_) return;
  if (list_) {
    // A list that was begun but not closed has left values in the children too.
    rows = std::min(rows, size_);
    const uint32_t end = data_->as<uint32_t>()[rows];
    for (JsonColumn& child : children_) child.TruncateTo(end);
  }
  if (row) {
    for (JsonColumn& child : children_) child.TruncateTo(rows);
  }
  size_ = std::min(size_, rows);
}

MutableColumnPtr JsonColumn::Finish(const std::vector<BufferPtr>& heaps) {
  MutableColumnPtr column = Column::Adopt(type_, size_, std::move(data_));
  if (validity_) column->ShareValidity(std::move(validity_));
  for (JsonColumn& child : children_) {
    if (!list_) child.PadTo(size_);
    column->AddChild(child.Finish(heaps));
  }
  if (type_.physical() == PhysicalType::kString) {
    for (const BufferPtr& heap : heaps) column->AddHeap(heap);
  }
  return column;
}

}  // namespace weir::connectors
