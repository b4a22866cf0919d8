#include "runtime/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace weir::internal {

void CheckFailed(const char* file, int line, const char* condition, const std::string& values) {
  std::fprintf(stderr, "weir: internal check failed at %s:%d: %s%s%s\n", file, line, condition,
               values.empty() ? "" : "; values: ", values.c_str());
  std::abort();
}

}  // namespace weir::internal
