#include "runtime/types/row_layout.h"

#include <algorithm>
#include <utility>

namespace weir {

RowLayout::RowLayout(std::vector<Type> types) : types_(std::move(types)) {
  if (std::ranges::any_of(types_, &Type::nullable)) null_bytes_ = (types_.size() + 7) / 8;
  size_t at = null_bytes_;
  for (const Type& type : types_) {
    const bool variable = type.physical() == PhysicalType::kString || type.is_nested();
    const size_t bytes = variable ? 16 : static_cast<size_t>(type.value_bytes());
    const size_t alignment = std::clamp<size_t>(bytes, 1, 8);
    at = (at + alignment - 1) / alignment * alignment;
    offsets_.push_back(at);
    variable_.push_back(variable ? 1 : 0);
    has_variable_ |= variable;
    at += bytes;
  }
  // IsNull reads the first byte even if the only field is of type NULL, which takes no bytes.
  if (!types_.empty()) at = std::max<size_t>(at, 1);
  row_bytes_ = (at + 7) / 8 * 8;
}

}  // namespace weir
