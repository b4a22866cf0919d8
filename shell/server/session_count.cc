#include "shell/server/session_count.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::shell {

namespace {

constexpr size_t kShareOfOwner = 10;  // one of so many
constexpr size_t kShareOfUser = 2;

Status Full(std::string message, std::string hint) {
  return Status::External(std::move(message)).WithId("E4009").WithHint(std::move(hint));
}

}  // namespace

SessionCount::Place::~Place() {
  const MutexLock lock(count_->mutex_);
  --count_->open_;
  if (!who_.remote) return;
  const auto users = count_->remote_.find(who_.name);
  if (--users->second == 0) count_->remote_.erase(users);
}

Result<std::unique_ptr<SessionCount::Place>> SessionCount::Take(const Principal& who) {
  {
    const MutexLock lock(mutex_);
    const size_t most = who.remote ? most_ - most_ / kShareOfOwner : most_;
    if (open_ >= most) {
      return Full(
          fmt::format("{} sessions are open in the process that has the data directory, and "
                      "there may be no more{}",
                      open_, who.remote ? " over the network" : ""),
          "end one of them, or start that process with more: -D server.max-sessions=…");
    }
    if (who.remote) {
      size_t& open = remote_[who.name];
      if (who.role != Role::kAdmin && open >= std::max<size_t>(1, most_ / kShareOfUser)) {
        return Full(fmt::format("{} has {} sessions open, which is half of all", who.name, open),
                    "end one of them");
      }
      ++open;
    }
    ++open_;
  }
  return std::make_unique<Place>(*this, who);
}

size_t SessionCount::open() const {
  const MutexLock lock(mutex_);
  return open_;
}

}  // namespace weir::shell
