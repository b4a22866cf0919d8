// The part of a response that is still being made while what there is of it is sent.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/mutex.h"

namespace weir::shell {

// Between who makes the text and who sends it. Thread-safe. The functions that it is given are
// called while it is locked: they must not call back, and are gone when the call that replaces them
// returns.
class ResponseStream {
 public:
  // --- Who makes it ---

  // Waits while a megabyte has not been taken. False once nobody reads any more.
  bool Append(std::string_view text);
  // Nothing follows.
  void End();
  // Called when nobody reads any more, at once if that is so.
  void OnLeave(std::function<void()> left);

  // --- Who sends it ---

  // Called when there is something to take.
  void OnChange(std::function<void()> changed);
  // What came since the last call; "" when that is nothing, and nullopt once it has ended and all
  // was taken.
  std::optional<std::string> Take();
  // Nobody reads any more.
  void Leave();

 private:
  Mutex mutex_;
  ConditionVariable room_;
  std::string text_ WEIR_GUARDED_BY(mutex_);
  bool ended_ WEIR_GUARDED_BY(mutex_) = false;
  bool left_ WEIR_GUARDED_BY(mutex_) = false;
  std::function<void()> on_leave_ WEIR_GUARDED_BY(mutex_);
  std::function<void()> on_change_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::shell
