#include "shell/engine/jobs/refresh_schedule.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "conf/settings.h"

namespace weir::shell {
namespace {

constexpr int64_t kAgainNanos = 50'000'000;  // after a look at a job that was still running

}  // namespace

int64_t RefreshMillis(const JobRecord& record) {
  const auto said = record.options.find(std::string(kRefreshIntervalKey));
  if (said == record.options.end()) return 0;
  conf::Settings settings;
  return settings.Set(kRefreshIntervalKey, said->second).ok()
             ? settings.GetMillis(kRefreshIntervalKey)
             : 0;
}

Status RefreshSchedule::Note(const JobRecord& record) {
  const int64_t interval = PauseNanos(RefreshMillis(record));
  if (interval == 0) return {};
  // A job that began long ago is due at once; one that began in a future that the machine's clock
  // has lost again, after one interval.
  const int64_t ago = PauseNanos(clock_.Now().millis - record.started_millis);
  bool starts = false;
  {
    const MutexLock lock(mutex_);
    if (closed_) return {};
    entries_[record.name] = {interval,
                             clock_.MonotonicNanos() + std::max<int64_t>(interval - ago, 0)};
    starts = !started_;
    started_ = true;
    changed_.notify_all();
  }
  if (!starts) return {};
  Result<Thread> thread = Thread::Start("refresh", [this] { Keep(); });
  if (!thread.ok()) {
    const MutexLock lock(mutex_);
    started_ = false;
    return thread.status();
  }
  const MutexLock lock(thread_mutex_);
  thread_ = *std::move(thread);
  return {};
}

void RefreshSchedule::Close() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  const MutexLock lock(thread_mutex_);
  thread_.Join();
}

void RefreshSchedule::Keep() {
  MutexLock lock(mutex_);
  while (!closed_) {
    const auto next = std::ranges::min_element(
        entries_, {}, [](const auto& entry) { return entry.second.due_nanos; });
    const int64_t wait = next == entries_.end() ? PauseNanos(std::numeric_limits<int64_t>::max())
                                                : next->second.due_nanos - clock_.MonotonicNanos();
    if (wait > 0) {
      changed_.wait_for(lock, std::chrono::nanoseconds(wait));
      continue;
    }
    const std::string name = next->first;
    // Taken off, so that what Note says meanwhile counts: a run that begins notes itself.
    const Entry entry = next->second;
    entries_.erase(next);
    lock.unlock();
    const RefreshOutcome outcome = run_(name);
    const int64_t now = clock_.MonotonicNanos();
    lock.lock();
    if (outcome == RefreshOutcome::kGone) continue;
    const int64_t pause = outcome == RefreshOutcome::kBusy
                              ? std::min(kAgainNanos, entry.interval_nanos)
                              : entry.interval_nanos;
    entries_.emplace(name, Entry{entry.interval_nanos, now + pause});
  }
}

}  // namespace weir::shell
