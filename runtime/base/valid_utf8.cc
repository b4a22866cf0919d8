#include "runtime/base/valid_utf8.h"

#include <simdjson.h>

namespace weir {

bool IsUtf8(std::string_view bytes) {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

}  // namespace weir
