#include "runtime/arrow/check_array.h"

#include <fmt/format.h>

#include <limits>

namespace weir::arrow {
namespace {

// Of the texts of a batch.
constexpr int64_t kMostTextBytes = int64_t{1} << 30;

Status NoArray(std::string why) {
  return Status::DataError(fmt::format("it is no array of the type that was said: {}", why));
}

bool HasOffsets(const ArrowType& type) {
  return type.kind == ArrowKind::kText || type.kind == ArrowKind::kBytes;
}

// Of the values of buffer 1, in bytes.
uintptr_t AlignmentOf(const ArrowType& type) {
  if (HasOffsets(type)) return type.large ? sizeof(int64_t) : sizeof(int32_t);
  return type.kind == ArrowKind::kBoolean ? 1 : static_cast<uintptr_t>(type.width);
}

template <typename Offset>
Status CheckOffsets(const ArrowArray& array) {
  const Offset* offsets = static_cast<const Offset*>(array.buffers[1]) + array.offset;
  bool ascend = offsets[0] >= 0;
  for (int64_t i = 0; i < array.length; ++i) ascend = ascend && offsets[i] <= offsets[i + 1];
  if (!ascend) return NoArray("its offsets do not ascend");
  const int64_t bytes = int64_t{offsets[array.length]} - offsets[0];
  if (bytes > kMostTextBytes) {
    return Status::DataError(
        fmt::format("its texts of one batch have {} bytes, of {} at most", bytes, kMostTextBytes));
  }
  if (bytes > 0 && array.buffers[2] == nullptr) return NoArray("its texts have no bytes");
  return {};
}

}  // namespace

Status CheckArray(const ArrowType& type, const ArrowArray& array, uint32_t length) {
  constexpr int64_t kMostOffset = std::numeric_limits<int32_t>::max();
  if (array.length != length)
    return Status::DataError(fmt::format("{} values for {} rows", array.length, length));
  if (array.offset < 0 || array.offset > kMostOffset)
    return NoArray(fmt::format("its offset is {}", array.offset));
  if (array.null_count < -1 || array.null_count > array.length)
    return NoArray(fmt::format("{} of its {} values are NULL", array.null_count, array.length));
  if (array.n_children != 0 || array.dictionary != nullptr)
    return NoArray("it has arrays within it");
  const int64_t buffers = HasOffsets(type) ? 3 : 2;
  if (array.n_buffers != buffers || array.buffers == nullptr)
    return NoArray(fmt::format("it has {} buffers, and not {}", array.n_buffers, buffers));
  if (array.null_count > 0 && array.buffers[0] == nullptr)
    return NoArray("nothing says which of its values are NULL");
  if (length == 0) return {};
  if (array.buffers[1] == nullptr) return NoArray("it has no values");
  if (reinterpret_cast<uintptr_t>(array.buffers[1]) % AlignmentOf(type) != 0)
    return NoArray(fmt::format("its values are not aligned to {} bytes", AlignmentOf(type)));
  if (!HasOffsets(type)) return {};
  return type.large ? CheckOffsets<int64_t>(array) : CheckOffsets<int32_t>(array);
}

}  // namespace weir::arrow
