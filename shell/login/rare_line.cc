#include "shell/login/rare_line.h"

#include <fmt/format.h>

#include <utility>

namespace weir::shell {
namespace {

constexpr int64_t kPauseNanos = 60'000'000'000;

}  // namespace

std::optional<std::string> RareLine::Count(int64_t now) {
  const MutexLock lock(mutex_);
  ++count_;
  if (said_ && now - *said_ < kPauseNanos) return std::nullopt;
  said_ = now;
  const uint64_t count = std::exchange(count_, 0);
  return count > 1 ? fmt::format(", {} times since the last line", count) : "";
}

}  // namespace weir::shell
