#include "shell/server/guests.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/base/result.h"
#include "runtime/clock.h"

namespace weir::shell {
namespace {

// Far longer than a script takes from one statement to the next on a busy machine. Nobody waits for
// it in vain but behind a prompt: a script closes its session as it ends.
constexpr int64_t kMomentNanos = 2'000'000'000;

int64_t Now() {
  return Clock::System().MonotonicNanos();
}

Status Refusal() {
  return Status::External(
             fmt::format("process {}, which has the data directory open, is ending and takes no "
                         "more statements; this one was not executed",
                         ::getpid()))
      .WithId("E4007")
      .WithHint("start weir again: the next one to come takes the directory over");
}

}  // namespace

Guests::Guest::Guest(Guests& all) : all_(all) {
  const MutexLock lock(all_.mutex_);
  own_ = all_.guests_.insert(all_.guests_.end(), Doing{.newcomer = all_.leaving_});
  own_->active_nanos = Now();
}

Guests::Guest::~Guest() {
  const MutexLock lock(all_.mutex_);
  all_.guests_.erase(own_);
}

void Guests::Guest::SessionOpened() {
  const MutexLock lock(all_.mutex_);
  own_->has_opened = true;
  ++own_->sessions;
  own_->active_nanos = Now();
}

void Guests::Guest::SessionClosed() {
  const MutexLock lock(all_.mutex_);
  --own_->sessions;
}

Status Guests::Guest::Begin(bool detached) {
  const MutexLock lock(all_.mutex_);
  RETURN_IF_ERROR(all_.Check(detached));
  ++own_->executing;
  return {};
}

void Guests::Guest::End() {
  const MutexLock lock(all_.mutex_);
  --own_->executing;
  own_->active_nanos = Now();
}

void Guests::Guest::Act() {
  const MutexLock lock(all_.mutex_);
  own_->active_nanos = Now();
}

bool Guests::Doing::goes_on() const {
  if (executing > 0) return true;
  const bool may_ask = sessions > 0 || !has_opened;
  return may_ask && Now() - active_nanos < kMomentNanos;
}

template <typename F>
bool Guests::Any(const F& wanted) const {
  return std::ranges::any_of(guests_, wanted);
}

void Guests::Leave() {
  const MutexLock lock(mutex_);
  leaving_ = true;
}

bool Guests::RefuseIfIdle() {
  const MutexLock lock(mutex_);
  if (!refusing_) refusing_ = !Any([](const Doing& one) { return one.goes_on(); });
  return refusing_;
}

void Guests::Refuse() {
  const MutexLock lock(mutex_);
  refusing_ = true;
}

Status Guests::Check(bool detached) const {
  const bool leaves_jobs = detached && (leaving_ || !keeps_jobs_);
  return refusing_ || leaves_jobs ? Refusal() : Status();
}

Status Guests::CheckTakes(bool detached) const {
  const MutexLock lock(mutex_);
  return Check(detached);
}

int Guests::executing() const {
  const MutexLock lock(mutex_);
  int executing = 0;
  for (const Doing& one : guests_) executing += one.executing;
  return executing;
}

bool Guests::busy_for_earlier() const {
  const MutexLock lock(mutex_);
  return Any([](const Doing& one) { return !one.newcomer && one.goes_on(); });
}

}  // namespace weir::shell
