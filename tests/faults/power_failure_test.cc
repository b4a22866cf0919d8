// Whole jobs whose power fails at the k-th change of a file, for many k: what they committed, after
// a restart on the files that survived, is what an uninterrupted run commits. Each start is a child
// process, because an engine whose power failed cannot be taken down in order.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "tests/faults/child_exit.h"
#include "tests/faults/lost_write_file_system.h"
#include "tests/faults/whole_job.h"

namespace weir::faults {
namespace {

class PowerFailureTest : public WholeJobTest {
 protected:
  // Runs the job to its end, in this process, with the plug pulled at a change of a file (0:
  // never).
  int Run(const std::string& script, uint64_t change, uint64_t seed) const {
    LostWriteFileSystem files(FileSystem::Local(), root(), seed);
    if (change > 0) files.PullPlugAt(change, [] { ::_exit(kPowerFailed); });
    const Status status = Execute(files, script);
    if (!status.ok()) fmt::print(stderr, "{}\n", status.ToString());
    if (status.ok()) std::ofstream(base_ + "/operations") << files.operations();
    // Nothing is lost at an orderly end.
    files.SyncAll();
    files.PullPlug([&] { ::_exit(status.ok() ? kFinished : kFailed); });
    return kFailed;
  }

  int RunInChild(const std::string& script, uint64_t change, uint64_t seed) const {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(Run(script, change, seed));
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    return WIFEXITED(status) ? WEXITSTATUS(status) : kFailed;
  }

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
    ASSERT_EQ(windows.size(), static_cast<size_t>(kWindows * kKeys));
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
};

// One checkpoint promises more files than are synced one by one, each in a partition of its own.
class ManyFilesTest : public PowerFailureTest {
 protected:
  static constexpr int kFiles = 320;

  ManyFilesTest() {
    std::ofstream numbers(base_ + "/numbers.csv");
    for (int i = 0; i < kFiles; ++i) numbers << i << "\n";
  }

  std::string ManyFiles() const {
    return fmt::format(R"(
SET 'parallelism.default' = '2';
SET 'execution.checkpointing.interval' = '1 h';
SET 'pipeline.name' = 'many';
SET 'restart-strategy.type' = 'none';
CREATE TABLE numbers (v INT) WITH ('connector' = 'filesystem', 'path' = '{0}/numbers.csv', 'format' = 'csv');
CREATE TABLE parts (v INT, p INT, q INT) PARTITIONED BY (p, q)
  WITH ('connector' = 'filesystem', 'path' = '{0}/root/parts', 'format' = 'csv');
INSERT INTO parts SELECT v, v / 10 AS p, v AS q FROM numbers;
)",
                       base_);
  }

  Lines Parts() const {
    Lines lines;
    if (!std::filesystem::exists(root() + "/parts")) return lines;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root() + "/parts")) {
      if (!entry.path().filename().string().starts_with("part-")) continue;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) lines.insert(line);
    }
    return lines;
  }
};

TEST_F(ManyFilesTest, OfOneCheckpointAreDurableTogether) {
  const std::string script = ManyFiles();
  ASSERT_EQ(RunInChild(script, 0, 0), kFinished);
  const Lines whole = Parts();
  ASSERT_EQ(whole.size(), static_cast<size_t>(kFiles));
  uint64_t changes = 0;
  std::ifstream(base_ + "/operations") >> changes;
  constexpr uint64_t kFailures = 6;
  for (uint64_t i = 0; i < kFailures; ++i) {
    // Half of them once everything was written.
    const uint64_t change = changes / 2 + changes * (i + 1) / (2 * kFailures + 2);
    ASSERT_TRUE(FailOnce(script, change, i % 2 == 0 ? 0 : i)) << "failure " << i;
    const Lines part = Parts();
    EXPECT_TRUE(std::ranges::includes(whole, part)) << "failure " << i;
    ASSERT_EQ(Finished() ? kFinished : RunInChild(script, 0, 0), kFinished) << "failure " << i;
    ASSERT_TRUE(Parts() == whole) << "failure " << i << ": " << Parts().size() << " rows";
  }
}

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
