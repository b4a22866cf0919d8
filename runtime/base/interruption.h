// Lets work that takes long without ever blocking, such as planning a statement, notice now and
// then that its user has given up.
#pragma once

#include <atomic>
#include <exception>

namespace weir {

// Thrown by CheckInterrupted; Fenced (fence.h) makes kCancelled E8001 of it.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

// While one exists, long work on its thread stops soon after `flag` is set. The flag must outlive
// it. May be nested: the innermost one counts.
class InterruptedBy {
 public:
  explicit InterruptedBy(const std::atomic<bool>& flag);
  ~InterruptedBy();
  InterruptedBy(const InterruptedBy&) = delete;
  InterruptedBy& operator=(const InterruptedBy&) = delete;

 private:
  const std::atomic<bool>* const outer_;
};

// While one exists and its flag is set, work on its thread does not wait any more for what others
// hold, such as a lock of a database; work that goes on by itself ends as it would. As above.
class HurriedBy {
 public:
  explicit HurriedBy(const std::atomic<bool>& flag);
  ~HurriedBy();
  HurriedBy(const HurriedBy&) = delete;
  HurriedBy& operator=(const HurriedBy&) = delete;

 private:
  const std::atomic<bool>* const outer_;
};

// Whether the flag of this thread's HurriedBy is set.
bool IsHurried();

// Whether the flag of this thread's InterruptedBy is set.
bool IsInterrupted();

// Throws Interrupted when the flag of this thread's InterruptedBy is set. REQUIRES: the caller can
// be left by an exception.
void CheckInterrupted();

}  // namespace weir
