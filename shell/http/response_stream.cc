#include "shell/http/response_stream.h"

#include <utility>

namespace weir::shell {
namespace {

constexpr size_t kMostWaiting = 1 << 20;

}  // namespace

bool ResponseStream::Append(std::string_view text) {
  MutexLock lock(mutex_);
  room_.wait(lock, [this]() WEIR_REQUIRES(mutex_) { return left_ || text_.size() < kMostWaiting; });
  if (left_) return false;
  text_ += text;
  if (on_change_) on_change_();
  return true;
}

void ResponseStream::End() {
  const MutexLock lock(mutex_);
  ended_ = true;
  if (on_change_) on_change_();
}

void ResponseStream::OnLeave(std::function<void()> left) {
  const MutexLock lock(mutex_);
  on_leave_ = std::move(left);
  if (left_ && on_leave_) on_leave_();
}

void ResponseStream::OnChange(std::function<void()> changed) {
  const MutexLock lock(mutex_);
  on_change_ = std::move(changed);
}

std::optional<std::string> ResponseStream::Take() {
  const MutexLock lock(mutex_);
  if (ended_ && text_.empty()) return std::nullopt;
  room_.notify_all();
  return std::exchange(text_, {});
}

void ResponseStream::Leave() {
  const MutexLock lock(mutex_);
  if (std::exchange(left_, true)) return;
  text_.clear();
  room_.notify_all();
  if (on_leave_) on_leave_();
}

}  // namespace weir::shell
