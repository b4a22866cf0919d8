#include "runtime/base/interruption.h"

namespace weir {
namespace {

thread_local const std::atomic<bool>* interrupted = nullptr;
thread_local const std::atomic<bool>* hurried = nullptr;

}  // namespace

InterruptedBy::InterruptedBy(const std::atomic<bool>& flag) : outer_(interrupted) {
  interrupted = &flag;
}

InterruptedBy::~InterruptedBy() {
  interrupted = outer_;
}

HurriedBy::HurriedBy(const std::atomic<bool>& flag) : outer_(hurried) {
  hurried = &flag;
}

HurriedBy::~HurriedBy() {
  hurried = outer_;
}

bool IsHurried() {
  return hurried != nullptr && hurried->load(std::memory_order_relaxed);
}

bool IsInterrupted() {
  return interrupted != nullptr && interrupted->load(std::memory_order_relaxed);
}

void CheckInterrupted() {
  if (IsInterrupted()) throw Interrupted();
}

}  // namespace weir
