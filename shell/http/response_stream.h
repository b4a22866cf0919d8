// The part of a response that is still being made while what there is of it is sent.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/mutex.h"

namespace weir::shell {

// Connects the thread that makes a text with the one that sends it. Thread-safe. The callbacks are
// called with the lock held, so they must not call back; when a call that replaces one returns, the
// former one is not running and never runs again.
class ResponseStream {
 public:
  // --- Who makes it ---

  // Waits while a megabyte waits to be sent. False once the reader has left.
  bool Append(std::string_view text);
  // To be called last, once: the text is complete.
  void End();
  // Sets a callback for when the reader leaves; called at once if it has left already.
  void OnLeave(std::function<void()> left);

  // --- Who sends it ---

  // Called when there is something to take.
  void OnChange(std::function<void()> changed);
  // What came since the last call; "" when that is nothing, and nullopt once it has ended and all
  // was taken.
  std::optional<std::string> Take();
  // To be called when nobody reads any more: ends a wait in Append and calls OnLeave's callback.
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
