#include "shell/cli/trial_run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "shell/engine/jobs/query_scratch.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/session/memory_guard.h"
#include "shell/engine/session/memory_of_machine.h"

namespace weir::shell {
namespace {

// In the first second, and later.
constexpr std::chrono::milliseconds kBetweenFirstLooks{10}, kBetweenLooks{50};

double ProcessorSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string_view ConnectorOf(const graph::TableOptions& options) {
  const auto found = std::ranges::find(options, "connector", &graph::TableOption::key);
  return found == options.end() ? std::string_view() : std::string_view(found->value);
}

// Rows that are made here come as fast as they are taken: a pace hides what they cost.
void Unpace(graph::ScanSpec& scan) {
  const std::string_view connector = ConnectorOf(scan.options);
  if (connector != "datagen" && connector != "faker") return;
  static constexpr std::string_view kPace = "rows-per-second";
  std::erase_if(scan.options, [](const graph::TableOption& one) { return one.key == kPace; });
  scan.options.push_back({std::string(kPace), "0"});
}

// Nothing is written, and what is read stays as it is for others.
Status Isolate(graph::JobGraph& graph) {
  for (graph::Node& node : graph.nodes) {
    if (auto* sink = std::get_if<graph::SinkSpec>(&node.spec)) {
      sink->options = {{"connector", "blackhole"}};
      sink->partition_keys.clear();
      sink->overwrite = false;
    }
    auto* scan = std::get_if<graph::ScanSpec>(&node.spec);
    if (scan != nullptr) Unpace(*scan);
    if (scan == nullptr || ConnectorOf(scan->options) != "postgres-cdc") continue;
    return Status::Unsupported(
               "reading a table of the connector postgres-cdc for figures alone: its slot would "
               "go on, and the rows be lost to who reads it")
        .WithId("E1002")
        .WithHint("try it with a file of such rows in the place of the table")
        .WithSpan(node.span);
  }
  return {};
}

// What the job was to keep elsewhere goes into the directory of the trial; its first failure is
// the answer.
Status IsolateSettings(conf::Settings& settings) {
  for (const std::string_view key :
       {"execution.checkpointing.dir", "execution.checkpointing.savepoint-dir",
        "execution.state-recovery.path"})
    RETURN_IF_ERROR(settings.Set(key, ""));
  return settings.Set("restart-strategy.type", "none");
}

// Looks at the job while it runs.
class Figures {
 public:
  explicit Figures(uint32_t parallelism) : parallelism_(parallelism) {}

  void Look(const task::JobSnapshot& now) {
    uint64_t bytes = 0;
    for (const task::OperatorSnapshot& node : now.operators) bytes += node.state_bytes;
    if (!states_.empty() && states_.back().rows == now.source_rows) states_.pop_back();
    states_.push_back({now.source_rows, bytes});
    if (bytes >= most_.bytes) {
      most_ = states_.back();
      at_most_ = now.operators;
    }
  }

  // `last`: with what all operators have done.
  void Put(const task::JobSnapshot& last, Trial& trial) const {
    trial.figures.rows = last.source_rows;
    trial.figures.state_bytes = most_.bytes;
    trial.figures.state_bytes_a_row = Growth();
    for (size_t i = 0; i < last.operators.size(); ++i) {
      const task::OperatorSnapshot& node = last.operators[i];
      TrialOperator& one = trial.operators.emplace_back();
      one.uid = node.uid;
      one.kind = node.kind;
      one.rows = std::max(node.rows_in, node.rows_out);
      one.busy_seconds = static_cast<double>(node.busy_nanos) / 1e9;
      if (i < at_most_.size()) one.state_rows = at_most_[i].state_rows;
      if (i < at_most_.size()) one.state_bytes = at_most_[i].state_bytes;
    }
    PutNarrowest(last, trial);
  }

 private:
  struct State {
    uint64_t rows = 0;
    uint64_t bytes = 0;
  };

  // From half of the rows at which there was most state on: what windows and times to live keep
  // stays the same by then. From the beginning, where nobody looked in between.
  double Growth() const {
    if (most_.rows == 0) return 0;
    const auto half = std::ranges::lower_bound(states_, most_.rows / 2, {}, &State::rows);
    const bool looked = half != states_.end() && half->rows < most_.rows;
    const State from = looked ? *half : State();
    const auto grown = static_cast<double>(most_.bytes) - static_cast<double>(from.bytes);
    return std::max(0.0, grown) / static_cast<double>(most_.rows - from.rows);
  }

  void PutNarrowest(const task::JobSnapshot& last, Trial& trial) const {
    if (parallelism_ < 2) return;
    struct Chain {
      double seconds = 0;
      const task::OperatorSnapshot* longest = nullptr;
    };
    std::map<int, Chain> chains;
    for (const task::OperatorSnapshot& node : last.operators) {
      if (node.parallelism != 1) continue;
      Chain& chain = chains[node.chain];
      chain.seconds += static_cast<double>(node.busy_nanos) / 1e9;
      if (chain.longest == nullptr || node.busy_nanos > chain.longest->busy_nanos)
        chain.longest = &node;
    }
    for (const auto& [number, chain] : chains) {
      if (chain.seconds <= trial.figures.narrow_seconds) continue;
      trial.figures.narrow_seconds = chain.seconds;
      trial.figures.narrow_uid = chain.longest->uid;
    }
  }

  const uint32_t parallelism_;
  std::vector<State> states_;  // by rows, ascending
  State most_;
  std::vector<task::OperatorSnapshot> at_most_;
};

// The directory of a trial, and in it the secrets of the session.
std::string DirectoryFor(QueryScratch& scratch, Session& session) {
  std::string directory = scratch.Path("advise");
  std::error_code none;  // a job without secrets needs nothing
  std::filesystem::create_directories(directory, none);
  const std::string secrets =
      AbsolutePath(JoinPath(session.registry().directory().path(), "secrets"));
  if (std::filesystem::exists(secrets, none))
    std::filesystem::create_directory_symlink(secrets, JoinPath(directory, "secrets"), none);
  return directory;
}

// Until the job has ended or the time is over; false when the session was cancelled before.
bool Watch(RunningJob& job, const Session& session, int64_t most_millis, Figures& figures) {
  constexpr std::chrono::nanoseconds kSecond = std::chrono::seconds(1);
  const int64_t begin = session.ports().clock->MonotonicNanos();
  task::WaitProgress progress;
  std::chrono::milliseconds pause = kBetweenFirstLooks;
  while (!job.job->Wait(task::WaitTarget::kFinished, pause, progress)) {
    if (session.cancel().load(std::memory_order_relaxed)) return false;
    figures.Look(job.job->Snapshot());
    const int64_t waited = session.ports().clock->MonotonicNanos() - begin;
    if (waited >= most_millis * 1'000'000) return true;
    if (waited >= kSecond.count()) pause = kBetweenLooks;
  }
  return true;
}

}  // namespace

Result<Trial> RunForFigures(Session& session, JobRequest request, int64_t most_millis) {
  RETURN_IF_ERROR(Isolate(request.graph));
  RETURN_IF_ERROR(IsolateSettings(request.settings));
  request.name = "advise";
  FileSystem& files = FileSystem::Local();
  const MemoryGuard guard(files, MemoryOfMachine(files, PhysicalMemory()));
  QueryScratch scratch(files);
  EngineOptions options;
  options.ports = session.ports();
  options.data_directory = DirectoryFor(scratch, session);
  options.settings = request.settings;
  const std::unique_ptr<Engine> engine = TRY(Engine::Open(std::move(options)));
  Session& trials = engine->own().session();
  const NameHold hold = trials.holds().names.Take(request.name);
  Figures figures(request.parallelism);
  Trial trial;
  const double cpu = ProcessorSeconds();
  const int64_t begin = session.ports().clock->MonotonicNanos();
  const RunningJobPtr job = TRY(trials.jobs().Start(std::move(request), hold));
  const bool watched = Watch(*job, session, most_millis, figures);
  constexpr double kLeast = 1e-6;  // of a run that took less than the system's clock tells
  trial.figures.cpu_seconds = std::max(kLeast, ProcessorSeconds() - cpu);
  trial.seconds = static_cast<double>(session.ports().clock->MonotonicNanos() - begin) / 1e9;
  const task::JobSnapshot last = job->job->Snapshot();
  trial.ended = last.state == task::JobState::kFinished;
  job->job->Cancel();
  if (!watched) return Status::Cancelled("cancelled while the job was tried").WithId("E8001");
  RETURN_IF_ERROR(session.Outcome(*job));
  figures.Put(last, trial);
  return trial;
}

}  // namespace weir::shell
