#include "shell/engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include "runtime/base/fence.h"
#include "runtime/base/memory_reserve.h"
#include "shell/memory_of_machine.h"

namespace weir::shell {
namespace {

constexpr std::chrono::milliseconds kLookInterval{50};

uint64_t DefaultMemoryLimit(FileSystem& files) {
  const auto pages = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES));
  const auto bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return DefaultStateBytes(MemoryOfMachine(files, pages * bytes));
}

}  // namespace

Engine::Engine(EngineOptions options, std::unique_ptr<DataDirectory> directory,
               std::shared_ptr<state::MemoryBudget> memory)
    : ports_(options.ports),
      settings_(std::move(options.settings)),
      catalog_(connectors::BuiltinConnectors()),
      memory_(std::move(memory)),
      jobs_(std::make_unique<JobManager>(ports_, std::move(directory), memory_)) {
  ApplyMemoryLimit();
  ApplyFileOptions();
}

Engine::~Engine() = default;

namespace {

void ApplyFileMode(const conf::Settings& settings) {
  constexpr int kOctal = 8;
  const std::string mode = settings.Get("state.file-mode");
  FileSystem::SetFileMode(static_cast<uint32_t>(std::stoul(mode, nullptr, kOctal)));
}

}  // namespace

void Engine::ApplyFileOptions() {
  ApplyFileMode(settings_);
  jobs_->set_key_file(settings_.Get("state.savepoints.key-file"));
  jobs_->set_allowed_output_paths(settings_.Get("state.savepoints.allowed-output-paths"));
}

Result<std::unique_ptr<Engine>> Engine::Open(EngineOptions options) {
  KeepMemoryReserve();
  ApplyFileMode(options.settings);
  std::unique_ptr<DataDirectory> directory =
      TRY(DataDirectory::Open(*options.ports.files, options.data_directory));
  auto memory = std::make_shared<state::MemoryBudget>(DefaultMemoryLimit(*options.ports.files));
  return std::unique_ptr<Engine>(
      new Engine(std::move(options), std::move(directory), std::move(memory)));
}

void Engine::ApplyMemoryLimit() {
  const uint64_t configured = settings_.GetBytes("state.memory.limit");
  SetMaxValueBytes(settings_.GetBytes("table.exec.max-value-size"));
  memory_->set_limit(configured > 0 ? configured : DefaultMemoryLimit(*ports_.files));
}

bool Engine::Await(RunningJob& job, task::WaitTarget target, std::optional<int64_t> timeout_millis,
                   const std::function<void(RunningJob&)>& look) {
  const int64_t begin = ports_.clock->MonotonicNanos();
  task::WaitProgress progress;
  while (!job.job->Wait(target, kLookInterval, progress)) {
    if (cancel_requested()) return false;
    // No checkpoint comes any more: how it ended is the answer.
    if (task::IsTerminal(job.job->state())) return true;
    if (progress_) progress_(job);
    if (look) look(job);
    const int64_t waited_millis = (ports_.clock->MonotonicNanos() - begin) / 1'000'000;
    if (timeout_millis && waited_millis >= *timeout_millis) return false;
  }
  return true;
}

Status Engine::Outcome(const RunningJob& job) const {
  const task::JobSnapshot snapshot = job.job->Snapshot();
  const bool unread = snapshot.failure.id() == "E8002";  // which suspends a job
  return snapshot.state == task::JobState::kFailed || unread ? snapshot.failure : Status();
}

}  // namespace weir::shell
