#include "shell/server/session_count.h"

#include <fmt/format.h>

namespace weir::shell {

SessionCount::Place::~Place() {
  const MutexLock lock(count_->mutex_);
  --count_->open_;
}

Result<std::unique_ptr<SessionCount::Place>> SessionCount::Take() {
  {
    const MutexLock lock(mutex_);
    if (open_ >= most_) {
      return Status::External(fmt::format("{} sessions are open in the process that has the data "
                                          "directory, and there may be no more",
                                          open_))
          .WithId("E4009")
          .WithHint("end one of them, or start that process with more: -D server.max-sessions=…");
    }
    ++open_;
  }
  return std::make_unique<Place>(*this);
}

size_t SessionCount::open() const {
  const MutexLock lock(mutex_);
  return open_;
}

}  // namespace weir::shell
