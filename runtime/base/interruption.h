// Work of a statement that may take long and waits for nobody, such as planning, asks now and then
// whether its user has given up.
#pragma once

#include <atomic>
#include <exception>

namespace weir {

// Thrown by CheckInterrupted; Fenced (fence.h) makes kCancelled E8001 of it.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

// While one exists, what its thread does is given up soon after `flag` was set. The flag outlives
// it. May be nested: the innermost counts.
class InterruptedBy {
 public:
  explicit InterruptedBy(const std::atomic<bool>& flag);
  ~InterruptedBy();
  InterruptedBy(const InterruptedBy&) = delete;
  InterruptedBy& operator=(const InterruptedBy&) = delete;

 private:
  const std::atomic<bool>* const outer_;
};

// REQUIRES: whoever calls is fit to be left by an exception.
void CheckInterrupted();

}  // namespace weir
