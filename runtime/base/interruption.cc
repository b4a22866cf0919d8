#include "runtime/base/interruption.h"

namespace weir {
namespace {

thread_local const std::atomic<bool>* interrupted = nullptr;

}  // namespace

InterruptedBy::InterruptedBy(const std::atomic<bool>& flag) : outer_(interrupted) {
  interrupted = &flag;
}

InterruptedBy::~InterruptedBy() {
  interrupted = outer_;
}

void CheckInterrupted() {
  if (interrupted != nullptr && interrupted->load(std::memory_order_relaxed)) throw Interrupted();
}

}  // namespace weir
