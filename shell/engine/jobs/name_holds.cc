#include "shell/engine/jobs/name_holds.h"

#include <chrono>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/base/names.h"

namespace weir::shell {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};

}  // namespace

NameHold NameHolds::Take(std::string_view name) {
  return Wait(name, false);
}

NameHold NameHolds::TakeSurely(std::string_view name) {
  return Wait(name, true);
}

std::optional<NameHold> NameHolds::TryTake(std::string_view name) {
  std::string key = ToUpper(name);
  const MutexLock lock(mutex_);
  if (!held_.insert(key).second) return std::nullopt;
  return NameHold(this, std::move(key));
}

NameHold NameHolds::Wait(std::string_view name, bool surely) {
  std::string key = ToUpper(name);
  MutexLock lock(mutex_);
  const auto free = [&]() WEIR_REQUIRES(mutex_) { return !held_.contains(key); };
  while (!released_.wait_for(lock, kPollInterval, free)) {
    if (!surely) CheckInterrupted();
  }
  held_.insert(key);
  return {this, std::move(key)};
}

void NameHolds::Release(const std::string& name) {
  {
    const MutexLock lock(mutex_);
    held_.erase(name);
  }
  released_.notify_all();
}

NameHold::NameHold(NameHold&& other) noexcept
    : holds_(std::exchange(other.holds_, nullptr)), name_(std::move(other.name_)) {}

NameHold::~NameHold() {
  if (holds_ != nullptr) holds_->Release(name_);
}

}  // namespace weir::shell
