#include "shell/http/operations.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/base/fence.h"
#include "runtime/base/hex_digit.h"
#include "runtime/clock.h"

namespace weir::shell {
namespace {

constexpr size_t kMostRunning = 16;
constexpr size_t kMostKept = 1000;
constexpr int64_t kKeptNanos = 300'000'000'000;  // as Flink's

bool IsId(const std::string& text) {
  constexpr size_t kDigits = 32;
  return text.size() == kDigits &&
         std::ranges::all_of(text, [](char c) { return HexDigit(c) >= 0; });
}

}  // namespace

struct Operations::Running {
  OperationNow now;
  int64_t ended_nanos = 0;  // monotonic; 0: not yet
  Thread thread;
};

Operations::Operations(Engine& engine) : engine_(engine) {}

Operations::~Operations() {
  std::map<std::string, std::unique_ptr<Running>> all;
  {
    const MutexLock lock(mutex_);
    for (auto& [id, one] : all_) all[id] = std::move(one);
  }
  for (auto& [id, one] : all) one->thread.Join();
}

Result<std::string> Operations::Begin(const Principal& who, const std::string& statement,
                                      const std::string& about, const std::string& wanted) {
  return Begin(
      [&engine = engine_, who, statement] { return ExecuteForPath(engine, who, statement); }, about,
      wanted);
}

Result<std::string> Operations::Begin(Work work, const std::string& about,
                                      const std::string& wanted) {
  const MutexLock lock(mutex_);
  Sweep();
  if (IsId(wanted) && all_.contains(wanted)) return wanted;
  const auto runs = [](const auto& one) { return one.second->ended_nanos == 0; };
  if (static_cast<size_t>(std::ranges::count_if(all_, runs)) >= kMostRunning)
    return Status::External("too many operations run that were asked for over HTTP");
  const std::string id = IsId(wanted) ? wanted : NewJobId();
  auto one = std::make_unique<Running>();
  one->now.about = about;
  one->thread = TRY(Thread::Start("http-operation", [this, work = std::move(work), it = one.get()] {
    Result<std::string> outcome = work();
    const MutexLock held(mutex_);
    it->now.outcome = std::move(outcome);
    it->ended_nanos = Clock::System().MonotonicNanos();
  }));
  all_[id] = std::move(one);
  return id;
}

std::optional<OperationNow> Operations::Find(const std::string& id) const {
  const MutexLock lock(mutex_);
  const auto found = all_.find(id);
  return found == all_.end() ? std::nullopt : std::optional(found->second->now);
}

// Lets go of those that ended long ago, and of the oldest where there are too many.
void Operations::Sweep() {
  const int64_t now = Clock::System().MonotonicNanos();
  std::erase_if(all_, [&](const auto& one) {
    const int64_t ended = one.second->ended_nanos;
    return ended != 0 && now - ended > kKeptNanos;
  });
  while (all_.size() > kMostKept) {
    const auto key = [](const auto& one) {
      return one.second->ended_nanos == 0 ? INT64_MAX : one.second->ended_nanos;
    };
    all_.erase(std::ranges::min_element(all_, {}, key));
  }
}

Result<std::string> ExecuteForPath(Engine& engine, const Principal& who,
                                   const std::string& statement) {
  return Fenced([&]() -> Result<std::string> {
    const std::unique_ptr<LocalSession> session =
        engine.NewSession({.settings = engine.settings(), .who = who});
    NoRows view;
    const Answer answer =
        TRY(session->Execute(statement, {0, static_cast<uint32_t>(statement.size())}, view));
    return answer.path.value_or("");
  });
}

}  // namespace weir::shell
