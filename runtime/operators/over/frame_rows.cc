#include "runtime/operators/over/frame_rows.h"

#include <algorithm>
#include <cstring>

#include "runtime/types/string_ref.h"

namespace weir::operators {
namespace {

constexpr size_t kBlockBytes = 64 << 10;

size_t SlotBytes(const RowLayout& layout, size_t field) {
  return layout.is_variable(field) ? sizeof(StringRef)
                                   : static_cast<size_t>(layout.type(field).value_bytes());
}

}  // namespace

void FrameRows::Clear() {
  blocks_.clear();
  next_ = nullptr;
  left_ = bytes_ = 0;
}

std::byte* FrameRows::Allocate(size_t bytes) {
  bytes = (bytes + 7) & ~size_t{7};
  if (bytes > left_) {
    left_ = std::max(bytes, kBlockBytes);
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(left_));
    next_ = blocks_.back().get();
    bytes_ += left_;
  }
  std::byte* place = next_;
  next_ += bytes;
  left_ -= bytes;
  return place;
}

std::byte* FrameRows::Add() {
  std::byte* row = Allocate(layout_->row_bytes());
  std::memset(row, 0, layout_->row_bytes());
  return row;
}

std::byte* FrameRows::Copy(const std::byte* row) {
  std::byte* copy = Allocate(layout_->row_bytes());
  std::memcpy(copy, row, layout_->row_bytes());
  return copy;
}

void FrameRows::SetString(std::byte* row, size_t field, std::string_view bytes) {
  if (bytes.size() > StringRef::kInlineBytes) {
    std::byte* place = Allocate(bytes.size());
    std::memcpy(place, bytes.data(), bytes.size());
    bytes = {reinterpret_cast<const char*>(place), bytes.size()};
  }
  layout_->Store(row, field, StringRef(bytes));
}

void CopyFields(const RowPlace& from, const RowPlace& to, size_t count, StringOwner& owner) {
  for (size_t i = 0; i < count; ++i) {
    const size_t source = from.first + i;
    const size_t target = to.first + i;
    if (from.layout.IsNull(from.row, source)) {
      to.layout.SetNull(to.row, target);
    } else {
      to.layout.ClearNull(to.row, target);
    }
    if (to.layout.is_variable(target)) {
      const bool null = from.layout.IsNull(from.row, source);
      const StringRef text = null ? StringRef() : from.layout.Load<StringRef>(from.row, source);
      owner.SetString(to.row, target, text.view());
    } else {
      std::memcpy(to.row + to.layout.offset(target), from.row + from.layout.offset(source),
                  SlotBytes(to.layout, target));
    }
  }
}

}  // namespace weir::operators
