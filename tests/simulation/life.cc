#include "tests/simulation/life.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <optional>

#include "planner/parse/parse.h"
#include "runtime/base/check.h"
#include "runtime/entropy.h"
#include "runtime/fault_point.h"
#include "shell/engine/engine.h"
#include "shell/engine/session/query_view.h"
#include "tests/faults/lost_write_file_system.h"
#include "tests/simulation/protocol_log.h"
#include "tests/simulation/simulated_scheduler.h"
#include "tests/simulation/yielding_files.h"

namespace weir::simulation {
namespace {

constexpr int64_t kLongestLife = 120'000'000'000;  // of virtual time

std::string planted;
int log_descriptor = -1;
SimulatedScheduler* scheduler = nullptr;

// The log is outside of what loses power.
void Log(const std::string& line) {
  const std::string whole = line + "\n";
  WEIR_CHECK(::write(log_descriptor, whole.data(), whole.size()) ==
             static_cast<ssize_t>(whole.size()));
}

[[noreturn]] void End(LifeEnd end) {
  Log(fmt::format("trace {:016x} {} {}", scheduler->trace(), scheduler->steps(),
                  scheduler->NowNanos()));
  ::_exit(static_cast<int>(end));
}

[[noreturn]] void Die(Dead why, const std::string& who) {
  Log(fmt::format("error {}:{}", why == Dead::kDeadlock ? "all wait for ever" : "out of time",
                  who));
  End(why == Dead::kDeadlock ? LifeEnd::kDeadlock : LifeEnd::kOverTime);
}

// Scripts have no SELECT.
class NoView final : public shell::QueryView {
 public:
  void Begin(const shell::ResultTable&, bool) override {}
  Status OnBatch(const Batch&) override { return {}; }
  std::optional<shell::ResultTable> End() override { return std::nullopt; }
  uint64_t row_count() const override { return 0; }
};

// A user at the engine.
class Session {
 public:
  Session(const LifeSetup& setup, FileSystem& files)
      : setup_(setup), savepoints_(setup.directory + "/root/savepoints") {
    shell::EngineOptions options;
    options.ports = {&files, scheduler, nullptr, nullptr};
    options.data_directory = setup.directory + "/root/data";
    engine_ = Must(shell::Engine::Open(std::move(options)));
  }

  void Run() {
    // Started again it would begin anew, and write its rows a second time.
    if (Finished()) return;
    Must(Execute(setup_.scenario->settings + setup_.scenario->tables));
    Must(GoOn());
    for (const PlannedAct& planned : setup_.scenario->lives[setup_.number].acts) {
      scheduler->Sleep(std::chrono::microseconds(planned.after_micros));
      if (!Running()) break;
      Do(planned.act);
    }
    AwaitEnd();
  }

 private:
  Status Execute(const std::string& script) {
    last_path_.clear();
    for (const ast::StatementPtr& statement : TRY(parse::ParseScript(script))) {
      shell::Answer answer = TRY(engine_->own().Execute(*statement, script, view_));
      const size_t at = answer.message.find(savepoints_);
      if (at != std::string::npos) last_path_ = PathIn(answer.message.substr(at));
      if (answer.table && !answer.table->rows.empty()) NotePath(*answer.table);
    }
    return {};
  }

  void NotePath(const shell::ResultTable& table) {
    for (const Value& value : table.rows[0]) {
      std::string text = value.ToString();
      if (text.starts_with(savepoints_)) last_path_ = std::move(text);
    }
  }

  static std::string PathIn(const std::string& text) {
    return text.substr(0, text.find_first_of(" ;,'\""));
  }

  // Continues the job, from the savepoint that it was stopped with if it has not been restored.
  Status GoOn() {
    const std::string path = LastPath();
    if (path.empty()) return Execute(setup_.scenario->job);
    RETURN_IF_ERROR(Execute(fmt::format("RESTORE JOB simulated FROM '{}'", path)));
    Log("path -");
    return {};
  }

  std::string LastPath() const {
    std::ifstream log(setup_.directory + "/log");
    std::string path;
    for (std::string line; std::getline(log, line);) {
      if (line.starts_with("path ")) path = line.substr(5);
    }
    return path == "-" ? "" : path;
  }

  bool Finished() const {
    const Result<shell::JobRecord> record = engine_->own().session().registry().Find("simulated");
    return record.ok() && record->state == shell::RecordedState::kFinished;
  }

  bool Running() { return !engine_->own().session().jobs().running().NotEnded().empty(); }

  void Do(Act act) {
    const std::string restored =
        fmt::format("' WITH ('parallelism.default' = '{}')", 1 + setup_.scenario->seed % 5);
    Status status;
    switch (act) {
      case Act::kCheckpoint:
        status = Execute("CHECKPOINT JOB simulated");
        break;
      case Act::kSavepoint:
        status = Execute(fmt::format("SAVEPOINT JOB simulated TO '{}'", savepoints_));
        break;
      case Act::kSuspendAndResume:
        status = Execute("STOP JOB simulated");
        if (status.ok()) Must(GoOn());
        break;
      case Act::kStopAndRestore:
        status = Execute(fmt::format("STOP JOB simulated WITH SAVEPOINT '{}'", savepoints_));
        if (!status.ok()) break;
        WEIR_CHECK(!last_path_.empty());
        Log("path " + last_path_);
        Must(Execute(fmt::format("RESTORE JOB simulated FROM '{}{}", last_path_, restored)));
        Log("path -");
        break;
    }
    // The job may have come to its end meanwhile, a checkpoint may have been given up: said, and
    // nothing is lost by it.
    if (!status.ok() && status.id() != "E5002" && status.id() != "E7003") Must(status);
    Log(fmt::format("said {} {}", static_cast<int>(act), status.ok() ? "done" : status.ToString()));
  }

  void AwaitEnd() {
    for (const shell::RunningJobPtr& job : engine_->own().session().jobs().running().NotEnded()) {
      engine_->own().session().Await(*job, task::WaitTarget::kFinished, std::nullopt);
      Must(engine_->own().session().Outcome(*job));
    }
    Must(engine_->own().session().jobs().RecordEndings());
  }

  void Must(const Status& status) {
    if (status.ok()) return;
    Log("error " + status.ToString());
    simulation::End(LifeEnd::kFailed);
  }
  template <typename T>
  T Must(Result<T> result) {
    Must(result.status());
    return std::move(*result);
  }

  const LifeSetup& setup_;
  const std::string savepoints_;
  std::unique_ptr<shell::Engine> engine_;
  NoView view_;
  std::string last_path_;  // of the last savepoint that was answered
};

}  // namespace

void Live(const LifeSetup& setup) {
  const uint64_t seed = setup.scenario->seed * 1'000'003 + setup.number;
  log_descriptor = ::open((setup.directory + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  WEIR_CHECK(log_descriptor >= 0);
  // Never destroyed: the process ends in the middle of things.
  scheduler = new SimulatedScheduler(
      {.seed = seed, .start_nanos = setup.start_nanos, .longest_nanos = kLongestLife, .die = Die});
  SetEntropy([random = Random(~seed)]() mutable { return random.Next64(); });
  planted = setup.defect;
  if (!planted.empty()) SetDefectQuery([](std::string_view name) { return name == planted; });
  SetFaultHook([](std::string_view) { YieldToOthers(); });
  // Survivors of a power failure by chance in every other life.
  faults::LostWriteFileSystem lossy(FileSystem::Local(), setup.directory + "/root",
                                    seed % 2 == 0 ? 0 : seed);
  const uint64_t fails_at = setup.scenario->lives[setup.number].power_fails_at;
  if (fails_at > 0) lossy.PullPlugAt(fails_at, [] { End(LifeEnd::kPowerFailed); });
  ProtocolLog protocol(lossy, setup.directory + "/root",
                       [](const std::string& line) { Log("did " + line); });
  protocol.Life();
  YieldingFiles files(lossy, [&protocol](std::string_view what, const std::string& path) {
    protocol.Note(what, path);
  });
  Session session(setup, files);
  session.Run();
  lossy.SyncAll();
  lossy.PullPlug([] { End(LifeEnd::kFinished); });
  End(LifeEnd::kFailed);
}

}  // namespace weir::simulation
