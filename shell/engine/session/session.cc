#include "shell/engine/session/session.h"

#include <fmt/format.h>

#include "conf/options.h"
#include "runtime/connectors/registry.h"
#include "shell/engine/session/file_tables.h"

namespace weir::shell {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};

}  // namespace

Session::Session(EngineParts& parts, conf::Settings settings, SessionOf whose,
                 SessionCatalog catalog)
    : parts_(parts),
      whose_(whose),
      settings_(std::move(settings)),
      catalog_(connectors::BuiltinConnectors()) {
  catalog_.set_define_files(FileTables(*ports().files));
  if (catalog == SessionCatalog::kShared) catalog_.KeepIn(parts_.catalog());
  ApplyOptions();
}

JobNow NowOf(const RunningJob& job) {
  task::JobSnapshot now = job.job->Snapshot();
  const RecordedState recorded = job.RecordAt(now).state;
  return {StartOf(job.record), job.record.name, job.bounded, recorded, std::move(now), job.source};
}

Status Session::CheckMaySet(std::string_view key) const {
  const conf::Option* option = conf::FindOption(key);
  const bool of_process = option != nullptr && option->scope == conf::OptionScope::kProcess;
  if (!of_process || whose_ == SessionOf::kOwner) return {};
  return Status::InvalidArgument(
             fmt::format("option \"{}\" is of the process, which serves others, too", option->key))
      .WithId("E6001")
      .WithHint("it is set where that process is started, by -D or a conf file");
}

void Session::ApplyOptions() {
  if (whose_ == SessionOf::kOwner) parts_.ApplyOptions(settings_);
}

bool Session::Await(RunningJob& job, task::WaitTarget target, std::optional<int64_t> timeout_millis,
                    const std::function<void(RunningJob&)>& look) {
  const int64_t begin = ports().clock->MonotonicNanos();
  task::WaitProgress progress;
  while (!job.job->Wait(target, kPollInterval, progress)) {
    if (cancel_.load(std::memory_order_relaxed)) return false;
    // No checkpoint comes any more: how it ended is the answer.
    if (job.ended()) return true;
    if (context_.waiting) context_.waiting(StartOf(job.record));
    if (context_.progress) context_.progress(NowOf(job));
    if (look) look(job);
    const int64_t waited_millis = (ports().clock->MonotonicNanos() - begin) / 1'000'000;
    if (timeout_millis && waited_millis >= *timeout_millis) return false;
  }
  return true;
}

Status Session::Outcome(const RunningJob& job) const {
  const task::JobSnapshot snapshot = job.job->Snapshot();
  const bool unread = snapshot.failure.id() == "E8002";  // which suspends a job
  return snapshot.state == task::JobState::kFailed || unread ? snapshot.failure : Status();
}

}  // namespace weir::shell
