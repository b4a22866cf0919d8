// weir_simulation: whole engines on one thread at a time, with virtual time, power failures and
// what users do drawn from seeds. For each seed the output is compared with what the input comes
// to, computed without the engine.
//
//   --first N --seeds N      the seeds to run
//   --defect NAME            plants a defect; exits 0 when a seed finds it, and says which
//   --repeat N               runs every N-th seed a second time: the trace must be the same
//   --keep                   leaves the directory of the seed that failed
//   --traces FILE            appends "<seed> <life> <trace>" of every life
//   --protocol FILE          runs plain scenarios, and appends "seed <seed>" and what was done of
//                            the protocol (protocol_log.h) in all lives
// The last line is `files: N passed, N failed`, a seed each.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/simulation/judge.h"
#include "tests/simulation/life.h"

namespace weir::simulation {
namespace {

namespace fs = std::filesystem;

struct Options {
  uint64_t first = 1;
  uint64_t seeds = 100;
  uint64_t repeat = 0;
  std::string defect;
  std::string traces;
  std::string protocol;
  bool keep = false;
};

struct Outcome {
  std::string wrong;  // "" when all is well
  std::string trace;  // of all lives
  size_t power_failures = 0;
  double virtual_seconds = 0;
  uint64_t steps = 0;
};

std::string Directory(uint64_t seed) {
  return fmt::format("/dev/shm/weir-simulation-{}-{}", ::getpid(), seed);
}

void WriteInputs(const Scenario& scenario, const std::string& directory) {
  fs::create_directories(directory + "/input");
  for (size_t i = 0; i < scenario.inputs.size(); ++i)
    std::ofstream(fmt::format("{}/input/events-{}.csv", directory, i)) << scenario.inputs[i];
}

LifeEnd LiveInChild(const LifeSetup& setup) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) Live(setup);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) return static_cast<LifeEnd>(WEXITSTATUS(status));
  std::ofstream(setup.directory + "/log", std::ios::app)
      << fmt::format("error killed by signal {}\n", WTERMSIG(status));
  return LifeEnd::kFailed;
}

// Adds what the log says of its last life; answers the last error.
std::string ReadLog(const std::string& directory, Outcome& outcome, int64_t& now) {
  std::ifstream log(directory + "/log");
  std::string error;
  std::string last;
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with("error ")) error = line.substr(6);
    if (line.starts_with("trace ")) last = line.substr(6);
  }
  std::istringstream words(last);
  std::string hash;
  uint64_t steps = 0;
  words >> hash >> steps >> now;
  outcome.trace += hash + "\n";
  outcome.steps += steps;
  return error;
}

Outcome RunLives(const Scenario& scenario, const std::string& directory, const Options& options) {
  Outcome outcome;
  Judge judge(scenario, directory);
  int64_t now = 0;
  for (size_t life = 0; life < scenario.lives.size(); ++life) {
    const LifeEnd end = LiveInChild({.scenario = &scenario,
                                     .number = life,
                                     .directory = directory,
                                     .defect = options.defect,
                                     .start_nanos = now});
    const std::string error = ReadLog(directory, outcome, now);
    outcome.virtual_seconds = static_cast<double>(now) / 1e9;
    switch (end) {
      case LifeEnd::kFinished:
        outcome.wrong = judge.AtEnd();
        return outcome;
      case LifeEnd::kPowerFailed:
        ++outcome.power_failures;
        outcome.wrong = judge.AfterFailure();
        break;
      case LifeEnd::kFailed:
      case LifeEnd::kDeadlock:
      case LifeEnd::kOverTime:
        outcome.wrong = fmt::format("life {}: {}", life, error);
        break;
    }
    if (!outcome.wrong.empty()) return outcome;
  }
  outcome.wrong = "the last life lost its power";
  return outcome;
}

void AppendProtocol(uint64_t seed, const std::string& directory, const std::string& path) {
  std::ofstream out(path, std::ios::app);
  out << fmt::format("seed {}\n", seed);
  std::ifstream log(directory + "/log");
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with("did ")) out << line.substr(4) << "\n";
  }
}

Outcome RunSeed(uint64_t seed, const Options& options) {
  const std::string directory = Directory(seed);
  fs::remove_all(directory);
  const Scenario scenario = MakeScenario(seed, directory, !options.protocol.empty());
  WriteInputs(scenario, directory);
  Outcome outcome = RunLives(scenario, directory, options);
  if (!options.protocol.empty()) AppendProtocol(seed, directory, options.protocol);
  if (outcome.wrong.empty() || !options.keep) fs::remove_all(directory);
  return outcome;
}

struct Totals {
  uint64_t passed = 0;
  uint64_t failed = 0;
  uint64_t steps = 0;
  uint64_t power_failures = 0;
  uint64_t repeated = 0;
  double virtual_seconds = 0;
};

void RunOne(uint64_t seed, const Options& options, Totals& totals) {
  Outcome outcome = RunSeed(seed, options);
  if (outcome.wrong.empty() && options.repeat > 0 && seed % options.repeat == 0) {
    ++totals.repeated;
    if (RunSeed(seed, options).trace != outcome.trace)
      outcome.wrong = "run again, the threads ran in another order";
  }
  totals.steps += outcome.steps;
  totals.power_failures += outcome.power_failures;
  totals.virtual_seconds += outcome.virtual_seconds;
  if (outcome.wrong.empty()) {
    ++totals.passed;
  } else {
    ++totals.failed;
    fmt::print("seed {}: {}\n", seed, outcome.wrong);
    if (options.keep) fmt::print("  kept: {}\n", Directory(seed));
  }
  if (!options.traces.empty()) {
    std::ofstream traces(options.traces, std::ios::app);
    std::istringstream lines(outcome.trace);
    size_t life = 0;
    for (std::string line; std::getline(lines, line); ++life)
      traces << fmt::format("{} {} {}\n", seed, life, line);
  }
}

int Run(const Options& options) {
  Totals totals;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    RunOne(seed, options, totals);
    if (!options.defect.empty() && totals.failed > 0) break;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print("{} power failures, {} steps, {:.1f} virtual seconds in {:.1f}, {} seeds run twice\n",
             totals.power_failures, totals.steps, totals.virtual_seconds, seconds, totals.repeated);
  if (!options.defect.empty()) {
    const bool found = totals.failed > 0;
    fmt::print("{}: {} after {} seeds\n", options.defect, found ? "found" : "NOT found",
               totals.passed + totals.failed);
    fmt::print("files: {} passed, {} failed\n", found ? 1 : 0, found ? 0 : 1);
    return found ? 0 : 1;
  }
  fmt::print("files: {} passed, {} failed\n", totals.passed, totals.failed);
  return totals.failed == 0 && totals.passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace weir::simulation

int main(int argc, char** argv) {
  weir::simulation::Options options;
  CLI::App app("Simulates whole engines, a seed each.");
  app.add_option("--first", options.first);
  app.add_option("--seeds", options.seeds);
  app.add_option("--repeat", options.repeat);
  app.add_option("--defect", options.defect);
  app.add_option("--traces", options.traces);
  app.add_option("--protocol", options.protocol);
  app.add_flag("--keep", options.keep);
  CLI11_PARSE(app, argc, argv);
  return weir::simulation::Run(options);
}
