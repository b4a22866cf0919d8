#include "tests/simulation/simulated_scheduler.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "runtime/base/check.h"

namespace weir::simulation {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
constexpr int64_t kLookNanos = 20;
// 2026-01-01 00:00 UTC.
constexpr int64_t kEpochMillis = 1'767'225'600'000;
constexpr int64_t kNanosPerMilli = 1'000'000;
constexpr uint64_t kLongestSkew = 3000;  // steps
constexpr uint64_t kSlowness = 50;

}  // namespace

struct SimulatedScheduler::Member {
  uint64_t number = 0;
  std::string name;
  bool ended = false;
  bool parked = false;
  const void* place = nullptr;  // of a parked one
  int64_t wake_at = kNever;     // of a parked one
  std::condition_variable turn;
};

SimulatedScheduler::SimulatedScheduler(SchedulerSetup setup)
    : setup_(std::move(setup)), now_(setup_.start_nanos), random_(setup_.seed) {
  patience_ = 1ULL << random_.Below(9);
  step_nanos_ = 1000LL << random_.Below(7);
  running_ = members_[Create("main")].get();
  SetCurrent(this);
}

SimulatedScheduler::~SimulatedScheduler() {
  SetCurrent(nullptr);
}

// --- threads -------------------------------------------------------------------------------------

uint64_t SimulatedScheduler::Create(const std::string& name) {
  const std::lock_guard lock(mutex_);
  members_.push_back(std::make_unique<Member>());
  members_.back()->number = members_.size() - 1;
  members_.back()->name = name;
  return members_.back()->number;
}

void SimulatedScheduler::Enter(uint64_t thread) {
  std::unique_lock lock(mutex_);
  Member& self = *members_[thread];
  self.turn.wait(lock, [&] { return running_ == &self; });
}

void SimulatedScheduler::Leave() {
  const std::unique_lock lock(mutex_);
  running_->ended = true;
  for (auto& member : members_) {
    if (member->parked && member->place == running_) member->parked = false;
  }
  HandOver(Choose());
}

void SimulatedScheduler::AwaitEnd(uint64_t thread) {
  Member* awaited = nullptr;
  {
    const std::lock_guard lock(mutex_);
    awaited = members_[thread].get();
  }
  while (!awaited->ended) Park(awaited, kForEver);
}

// --- turns ---------------------------------------------------------------------------------------

void SimulatedScheduler::Yield() {
  Advance(static_cast<int64_t>(random_.Below(static_cast<uint64_t>(step_nanos_))));
  if (random_.Below(patience_) != 0) return;
  std::unique_lock lock(mutex_);
  GiveTurn(lock);
}

void SimulatedScheduler::Park(const void* place, std::chrono::nanoseconds longest) {
  Advance(static_cast<int64_t>(random_.Below(static_cast<uint64_t>(step_nanos_))));
  std::unique_lock lock(mutex_);
  running_->parked = true;
  running_->place = place;
  const int64_t most = kNever - now_;
  running_->wake_at =
      longest.count() >= most ? kNever : now_ + std::max<int64_t>(longest.count(), 0);
  GiveTurn(lock);
}

void SimulatedScheduler::Wake(const void* place) {
  const std::lock_guard lock(mutex_);
  for (auto& member : members_) {
    if (member->parked && member->place == place) member->parked = false;
  }
}

void SimulatedScheduler::GiveTurn(std::unique_lock<std::mutex>& lock) {
  Member& self = *running_;
  Member& next = Choose();
  if (&next == &self) return;
  HandOver(next);
  self.turn.wait(lock, [&] { return running_ == &self; });
}

void SimulatedScheduler::HandOver(Member& next) {
  running_ = &next;
  next.turn.notify_one();
}

SimulatedScheduler::Member& SimulatedScheduler::Choose() {
  ++steps_;
  if (now_ - setup_.start_nanos > setup_.longest_nanos) Die(Dead::kOverTime);
  // Now and then one thread is slow for a while: barriers skew, queues fill, answers come late.
  if (steps_ >= skewed_until_) {
    skewed_until_ = steps_ + 1 + random_.Below(kLongestSkew);
    slow_ = random_.Below(members_.size());
  }
  std::vector<Member*> ready;
  int64_t earliest = kNever;
  for (auto& member : members_) {
    if (member->ended) continue;
    if (member->parked && member->wake_at <= now_) member->parked = false;
    if (!member->parked) ready.push_back(member.get());
    if (member->parked) earliest = std::min(earliest, member->wake_at);
  }
  if (ready.empty()) {
    if (earliest == kNever) Die(Dead::kDeadlock);
    now_ = earliest;
    return Choose();
  }
  Member* chosen = ready[random_.Below(ready.size())];
  if (chosen->number == slow_ && random_.Below(kSlowness) != 0)
    chosen = ready[random_.Below(ready.size())];
  Note(chosen->number);
  return *chosen;
}

void SimulatedScheduler::Note(uint64_t what) {
  trace_ = Random(trace_ ^ (what + 1) ^ static_cast<uint64_t>(now_)).Next64();
}

void SimulatedScheduler::Die(Dead why) {
  std::string who;
  for (const auto& member : members_) {
    if (member->ended) continue;
    who += fmt::format(" {}:{}", member->number, member->name);
    if (!member->parked) who += " (ready)";
    if (member->parked && member->wake_at != kNever)
      who += fmt::format(" (in {} us)", (member->wake_at - now_) / 1000);
  }
  setup_.die(why, who);
  std::_Exit(1);
}

// --- the clock -----------------------------------------------------------------------------------

Timestamp SimulatedScheduler::Now() const {
  Advance(kLookNanos);
  return {kEpochMillis + now_ / kNanosPerMilli};
}

int64_t SimulatedScheduler::MonotonicNanos() const {
  Advance(kLookNanos);
  return now_;
}

void SimulatedScheduler::Sleep(std::chrono::nanoseconds duration) {
  const int64_t until = now_ + duration.count();
  while (now_ < until) Park(nullptr, std::chrono::nanoseconds(until - now_));
}

}  // namespace weir::simulation
