#include "planner/lower/check_keys.h"

#include "runtime/types/key_encoding.h"

namespace weir::lower {

Status CheckKeys(const std::vector<logical::Column>& columns, const std::vector<int>& keys,
                 SourceSpan span) {
  for (const int key : keys) {
    const Type& type = columns[static_cast<size_t>(key)].type;
    RETURN_IF_ERROR(CheckKeyType(type).WithId("E1002").WithSpan(span));
  }
  return {};
}

}  // namespace weir::lower
