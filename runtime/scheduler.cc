#include "runtime/scheduler.h"

namespace weir {
namespace {

thread_local Scheduler* current = nullptr;

}  // namespace

Scheduler* Scheduler::Current() {
  return current;
}

void Scheduler::SetCurrent(Scheduler* scheduler) {
  current = scheduler;
}

}  // namespace weir
