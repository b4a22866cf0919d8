// Whole jobs whose power fails at the k-th change of a file, for many k: what they committed, after
// a restart on the files that survived, is what an uninterrupted run commits. Each start is a child
// process, because an engine whose power failed cannot be taken down in order.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "planner/parse/parse.h"
#include "shell/engine.h"
#include "shell/query_view.h"
#include "tests/faults/lost_write_file_system.h"

namespace weir::faults {
namespace {

namespace fs = std::filesystem;

constexpr int kFinished = 0;
constexpr int kFailed = 1;
constexpr int kPowerFailed = 99;
constexpr int kRows = 3000;
constexpr int kKeys = 40;

// The script has no SELECT.
class NoView final : public shell::QueryView {
 public:
  void Begin(const shell::ResultTable&, bool) override {}
  Status OnBatch(const Batch&) override { return {}; }
  std::optional<shell::ResultTable> End() override { return std::nullopt; }
  uint64_t row_count() const override { return 0; }
};

class PowerFailureTest : public testing::Test {
 protected:
  PowerFailureTest() {
    fs::remove_all(base_);
    fs::create_directories(base_);
    std::ofstream input(base_ + "/events.csv");
    for (int i = 0; i < kRows; ++i) {
      input << fmt::format("{},{},1970-01-01 00:{:02}:{:02}.000\n", i * 7 % kKeys, i, i / 60,
                           i % 60);
    }
  }
  ~PowerFailureTest() override { fs::remove_all(base_); }

  std::string Script(const std::string& backend) const {
    return fmt::format(R"(
SET 'parallelism.default' = '2';
SET 'state.backend.type' = '{1}';
SET 'execution.checkpointing.interval' = '2 ms';
SET 'pipeline.batch-size' = '16';
SET 'pipeline.name' = 'powered';
SET 'restart-strategy.type' = 'none';
CREATE TABLE events (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
  WITH ('connector' = 'filesystem', 'path' = '{0}/events.csv', 'format' = 'csv');
CREATE TABLE windows (w TIMESTAMP(3), k INT, n BIGINT, s BIGINT)
  WITH ('connector' = 'filesystem', 'path' = '{0}/root/windows', 'format' = 'csv');
CREATE TABLE totals (k INT, n BIGINT, s BIGINT)
  WITH ('connector' = 'filesystem', 'path' = '{0}/root/totals', 'format' = 'changelog');
EXECUTE STATEMENT SET BEGIN
INSERT INTO windows SELECT window_start, k, COUNT(*), SUM(v)
  FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '5' MINUTE)) GROUP BY window_start, window_end, k;
INSERT INTO totals SELECT k, COUNT(*), SUM(v) FROM events GROUP BY k;
END;
)",
                       base_, backend);
  }

  // Runs the job to its end, in this process, with the plug pulled at a change of a file (0:
  // never).
  int Run(const std::string& script, uint64_t change, uint64_t seed) const {
    LostWriteFileSystem files(FileSystem::Local(), base_ + "/root", seed);
    if (change > 0) files.PullPlugAt(change, [] { ::_exit(kPowerFailed); });
    const Status status = Execute(files, script);
    if (!status.ok()) fmt::print(stderr, "{}\n", status.ToString());
    if (status.ok()) std::ofstream(base_ + "/operations") << files.operations();
    // Nothing is lost at an orderly end.
    files.SyncAll();
    files.PullPlug([&] { ::_exit(status.ok() ? kFinished : kFailed); });
    return kFailed;
  }

  static Status Execute(LostWriteFileSystem& files, const std::string& script) {
    shell::EngineOptions options;
    options.ports = {&files, &Clock::System(), nullptr, nullptr};
    options.data_directory = files.root() + "/data";
    std::unique_ptr<shell::Engine> engine = TRY(shell::Engine::Open(std::move(options)));
    NoView view;
    for (const ast::StatementPtr& statement : TRY(parse::ParseScript(script))) {
      RETURN_IF_ERROR(engine->Execute(*statement, script, view).status());
    }
    for (shell::RunningJob* job : engine->jobs().running()) {
      engine->Await(*job, task::WaitTarget::kFinished, std::nullopt);
      RETURN_IF_ERROR(engine->Outcome(*job));
    }
    return engine->jobs().Settle();
  }

  int RunInChild(const std::string& script, uint64_t change, uint64_t seed) const {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(Run(script, change, seed));
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    return WIFEXITED(status) ? WEXITSTATUS(status) : kFailed;
  }

  // Lines of the visible files of a directory.
  std::multiset<std::string> Visible(const std::string& name) const {
    std::multiset<std::string> lines;
    const std::string directory = base_ + "/root/" + name;
    if (!fs::exists(directory)) return lines;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
      if (entry.path().filename().string().starts_with(".")) continue;
      EXPECT_GT(entry.file_size(), 0U) << entry.path();
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) lines.insert(line);
    }
    return lines;
  }

  // The sum of changes; which ones there are depends on how rows met in batches.
  static std::multiset<std::string> Folded(const std::multiset<std::string>& changes) {
    std::map<std::string, int> rows;
    for (const std::string& change : changes)
      rows[change.substr(2)] += change[1] == 'I' || change[0] == '+' ? 1 : -1;
    std::multiset<std::string> left;
    for (const auto& [row, count] : rows) {
      EXPECT_GE(count, 0) << row;
      for (int i = 0; i < count; ++i) left.insert(row);
    }
    return left;
  }

  void Clear() const { fs::remove_all(base_ + "/root"); }

  // Starts anew with the power failing at a change. How many changes a run makes depends on how
  // many checkpoints fit into its time: a point beyond its end is halved. Returns whether it
  // failed.
  bool FailOnce(const std::string& script, uint64_t change, uint64_t seed) const {
    for (; change > 0; change /= 2) {
      Clear();
      if (RunInChild(script, change, seed) == kPowerFailed) return true;
    }
    return false;
  }

  void FailEverywhere(const std::string& backend, int failures, uint64_t seed) {
    const std::string script = Script(backend);
    ASSERT_EQ(RunInChild(script, 0, 0), kFinished);
    const auto windows = Visible("windows");
    const auto totals = Folded(Visible("totals"));
    ASSERT_EQ(windows.size(), static_cast<size_t>(kRows / 300 * kKeys));
    ASSERT_EQ(totals.size(), static_cast<size_t>(kKeys));
    uint64_t changes = 0;
    std::ifstream(base_ + "/operations") >> changes;
    ASSERT_GT(changes, 50U);
    int failed = 0;
    for (int i = 0; i < failures; ++i) {
      const uint64_t survivors = seed == 0 ? 0 : seed + static_cast<uint64_t>(i);
      const auto [n, of] = std::pair(static_cast<uint64_t>(i), static_cast<uint64_t>(failures));
      // Twice in a row: the second one early, while the first is being recovered.
      failed += FailOnce(script, 1 + changes * n / of, survivors);
      const auto part = Visible("windows");
      EXPECT_TRUE(std::ranges::includes(windows, part));
      if (!Finished()) failed += RunInChild(script, 1 + n * 3 % 60, survivors) == kPowerFailed;
      const int last = Finished() ? kFinished : RunInChild(script, 0, 0);
      ASSERT_EQ(last, kFinished) << "failure " << i;
      ASSERT_TRUE(Visible("windows") == windows) << "failure " << i;
      ASSERT_TRUE(Folded(Visible("totals")) == totals) << "failure " << i;
    }
    EXPECT_GE(failed, failures);
  }

  // Whether the job's end was recorded: started again it would begin anew.
  bool Finished() const {
    auto directory = shell::DataDirectory::Open(FileSystem::Local(), base_ + "/root/data");
    if (!directory.ok()) return false;
    const auto jobs = (*directory)->Jobs();
    return jobs.ok() && !jobs->empty() && !jobs->front().unfinished();
  }

  const std::string base_ = testing::TempDir() + fmt::format("power_failure_{}", ::getpid());
};

TEST_F(PowerFailureTest, LosesNothingThatWasCommitted) {
  FailEverywhere("rocksdb", 40, 0);
}

TEST_F(PowerFailureTest, BearsWhatSurvivesByChance) {
  FailEverywhere("rocksdb", 40, 1000);
}

TEST_F(PowerFailureTest, HoldsForStateInMemory) {
  FailEverywhere("memory", 20, 2000);
}

}  // namespace
}  // namespace weir::faults
