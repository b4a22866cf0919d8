#include "shell/http/job_edits.h"

#include <algorithm>
#include <utility>

namespace weir::shell {
namespace {

constexpr size_t kMostEdits = 100;

}  // namespace

Result<std::string> JobEdits::Begin(JobEdit edit, Session& reading) {
  const std::string job_id = TRY(reading.registry().Find(edit.job)).id;
  const MutexLock lock(mutex_);
  for (const auto& [id, known] : all_) {
    if (known.job_id != job_id || known.progress->Now().outcome != EditOutcome::kUnderWay) continue;
    return Status::InvalidArgument(fmt::format("job \"{}\" is being edited", edit.job))
        .WithId("E5002");
  }
  auto progress = std::make_shared<EditProgress>();
  const auto work = [&engine = engine_, edit = std::move(edit), progress,
                     stopping = stopping_]() -> Result<std::string> {
    CarryOut(engine, edit, *stopping, *progress);
    return std::string();
  };
  const std::string id = TRY(operations_.Begin(work, job_id, ""));
  if (all_.size() >= kMostEdits) ForgetOldest();
  all_[id] = {job_id, begun_++, std::move(progress)};
  return id;
}

// One that is under way stays: it is what a second edit of its job is refused for.
void JobEdits::ForgetOldest() {
  auto oldest = all_.end();
  for (auto one = all_.begin(); one != all_.end(); ++one) {
    if (one->second.progress->Now().outcome == EditOutcome::kUnderWay) continue;
    if (oldest == all_.end() || one->second.number < oldest->second.number) oldest = one;
  }
  if (oldest != all_.end()) all_.erase(oldest);
}

std::optional<EditNow> JobEdits::Find(const std::string& id) const {
  const MutexLock lock(mutex_);
  const auto found = all_.find(id);
  return found == all_.end() ? std::nullopt : std::optional(found->second.progress->Now());
}

}  // namespace weir::shell
