#include "shell/engine/session/session.h"

#include <limits>

#include "runtime/base/fence.h"
#include "runtime/connectors/registry.h"
#include "runtime/fault_point.h"
#include "shell/engine/session/memory_of_machine.h"

namespace weir::shell {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};

}  // namespace

uint64_t DefaultMemoryLimit(FileSystem& files) {
  return DefaultStateBytes(MemoryOfMachine(files, PhysicalMemory()));
}

void ApplyFileMode(const conf::Settings& settings) {
  constexpr int kOctal = 8;
  const std::string mode = DefectPlanted("open-to-all") ? "0664" : settings.Get("state.file-mode");
  FileSystem::SetFileMode(static_cast<uint32_t>(std::stoul(mode, nullptr, kOctal)));
}

Session::Session(EnginePorts ports, std::unique_ptr<DataDirectory> directory,
                 std::shared_ptr<state::MemoryBudget> memory, conf::Settings settings)
    : ports_(ports),
      settings_(std::move(settings)),
      catalog_(connectors::BuiltinConnectors()),
      memory_(std::move(memory)),
      registry_(*ports_.files, std::move(directory)),
      snapshots_(ports_, registry_),
      jobs_(ports_, registry_, snapshots_, memory_),
      savepoints_({ports_, registry_, snapshots_,
                   [this](RunningJob& job, JobEnding how) { return jobs_.End(job, how); },
                   memory_}) {
  ApplyOptions();
}

void Session::ApplyOptions() {
  const uint64_t configured = settings_.GetBytes("state.memory.limit");
  SetMaxValueBytes(DefectPlanted("values-without-limit")
                       ? std::numeric_limits<size_t>::max()
                       : settings_.GetBytes("table.exec.max-value-size"));
  memory_->set_limit(configured > 0 ? configured : DefaultMemoryLimit(*ports_.files));
  ApplyFileMode(settings_);
  snapshots_.set_key_file(settings_.Get("state.savepoints.key-file"));
  snapshots_.set_allowed_output_paths(settings_.Get("state.savepoints.allowed-output-paths"));
}

bool Session::Await(RunningJob& job, task::WaitTarget target, std::optional<int64_t> timeout_millis,
                    const std::function<void(RunningJob&)>& look) {
  const int64_t begin = ports_.clock->MonotonicNanos();
  task::WaitProgress progress;
  while (!job.job->Wait(target, kPollInterval, progress)) {
    if (cancel_.load(std::memory_order_relaxed)) return false;
    // No checkpoint comes any more: how it ended is the answer.
    if (job.ended()) return true;
    if (context_.progress) context_.progress(job);
    if (look) look(job);
    const int64_t waited_millis = (ports_.clock->MonotonicNanos() - begin) / 1'000'000;
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
