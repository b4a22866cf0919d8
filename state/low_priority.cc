#include "state/low_priority.h"

#include <sys/resource.h>
#include <unistd.h>

namespace weir::state {
namespace {

constexpr int kNice = 10;

}  // namespace

// Linux counts nice values by threads, whatever POSIX says.
void LowerThreadPriority() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

}  // namespace weir::state
