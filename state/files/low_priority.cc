#include "state/files/low_priority.h"

#include <sys/resource.h>
#include <unistd.h>

namespace weir::state {
namespace {

// Ten steps of nice: about a tenth of the processor time of a thread that competes (sched(7)).
constexpr int kNicer = 10;

}  // namespace

// Linux counts nice values by threads, whatever POSIX says.
void LowerThreadPriority() {
  const auto self = static_cast<id_t>(::gettid());
  (void)::setpriority(PRIO_PROCESS, self, ::getpriority(PRIO_PROCESS, self) + kNicer);
}

}  // namespace weir::state
