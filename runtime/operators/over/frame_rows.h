// Rows of accumulators outside of any table.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/types/row_layout.h"

namespace weir::operators {

// Holds rows and their strings until Clear, so that a row may be copied bytewise: what a string
// field held before stays. Belongs to one thread.
class FrameRows final : public StringOwner {
 public:
  // `layout` outlives this. May be called again, with another layout, after Clear.
  void Open(const RowLayout& layout) { layout_ = &layout; }
  // Frees all rows and their strings.
  void Clear();
  const RowLayout& layout() const { return *layout_; }

  // A zeroed row.
  std::byte* Add();
  // Another row with the same values. REQUIRES: `row` is one of these.
  std::byte* Copy(const std::byte* row);
  void SetString(std::byte* row, size_t field, std::string_view bytes) override;
  // Bytes of memory that rows and strings take.
  size_t bytes() const { return bytes_; }

 private:
  std::byte* Allocate(size_t bytes);

  const RowLayout* layout_ = nullptr;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* next_ = nullptr;
  size_t left_ = 0;  // of the last block
  size_t bytes_ = 0;
};

// Some fields of a row, from `first` on.
struct RowPlace {
  const RowLayout& layout;
  std::byte* row;
  size_t first;  // field
};
// Copies `count` fields from one place to the other; strings are copied into `owner`, to which the
// row of `to` belongs.
void CopyFields(const RowPlace& from, const RowPlace& to, size_t count, StringOwner& owner);

}  // namespace weir::operators
