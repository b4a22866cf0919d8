#include "state/files/low_priority.h"

#include <sys/resource.h>
#include <unistd.h>

namespace weir::state {
namespace {

constexpr int kNicer = 10;

}  // namespace

// Linux counts nice values by threads, whatever POSIX says.
void LowerThreadPriority() {
  const auto self = static_cast<id_t>(::gettid());
  (void)::setpriority(PRIO_PROCESS, self, ::getpriority(PRIO_PROCESS, self) + kNicer);
}

}  // namespace weir::state
