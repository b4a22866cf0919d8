// A whole job in a directory of its own, run by an engine in this process: what tests of failing
// files run again and again, and what it must commit in the end.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "planner/parse/parse.h"
#include "shell/engine/engine.h"
#include "shell/engine/session/query_view.h"

namespace weir::faults {

class WholeJobTest : public testing::Test {
 protected:
  using Lines = std::multiset<std::string>;
  static constexpr int kRows = 3000;
  static constexpr int kKeys = 40;
  static constexpr int kWindows = kRows / 300;

  WholeJobTest() {
    std::filesystem::remove_all(base_);
    std::filesystem::create_directories(base_);
    std::ofstream input(base_ + "/events.csv");
    for (int i = 0; i < kRows; ++i) {
      input << fmt::format("{},{},1970-01-01 00:{:02}:{:02}.000\n", i * 7 % kKeys, i, i / 60,
                           i % 60);
    }
  }
  ~WholeJobTest() override { std::filesystem::remove_all(base_); }

  // Everything that the job writes is below this.
  std::string root() const { return base_ + "/root"; }
  void Clear() const { std::filesystem::remove_all(root()); }

  std::string Script(const std::string& backend, const std::string& more = "") const {
    return fmt::format(R"(
SET 'parallelism.default' = '2';
SET 'state.backend.type' = '{1}';
SET 'execution.checkpointing.interval' = '2 ms';
SET 'pipeline.batch-size' = '16';
SET 'pipeline.name' = 'powered';
SET 'restart-strategy.type' = 'none';
{2}
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
                       base_, backend, more);
  }

  // Runs the script to the end of its jobs.
  Status Execute(FileSystem& files, const std::string& script) const {
    shell::EngineOptions options;
    options.ports = {&files, &Clock::System(), nullptr, nullptr};
    options.data_directory = root() + "/data";
    std::unique_ptr<shell::Engine> engine = TRY(shell::Engine::Open(std::move(options)));
    NoView view;
    for (const ast::StatementPtr& statement : TRY(parse::ParseScript(script))) {
      RETURN_IF_ERROR(engine->own().Execute(*statement, script, view).status());
    }
    for (const shell::RunningJobPtr& job : engine->own().session().jobs().running().NotEnded()) {
      engine->own().session().Await(*job, task::WaitTarget::kFinished, std::nullopt);
      RETURN_IF_ERROR(engine->own().session().Outcome(*job));
    }
    return engine->own().session().jobs().RecordEndings();
  }

  // Lines of the visible files of a directory.
  Lines Visible(const std::string& name) const {
    Lines lines;
    const std::string directory = root() + "/" + name;
    if (!std::filesystem::exists(directory)) return lines;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.path().filename().string().starts_with(".")) continue;
      EXPECT_GT(entry.file_size(), 0U) << entry.path();
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) lines.insert(line);
    }
    return lines;
  }

  // The sum of changes; which ones there are depends on how rows met in batches.
  static Lines Folded(const Lines& changes) {
    std::map<std::string, int> rows;
    for (const std::string& change : changes)
      rows[change.substr(2)] += change[1] == 'I' || change[0] == '+' ? 1 : -1;
    Lines left;
    for (const auto& [row, count] : rows) {
      EXPECT_GE(count, 0) << row;
      for (int i = 0; i < count; ++i) left.insert(row);
    }
    return left;
  }

  // Whether the job's end was recorded: started again it would begin anew.
  bool Finished() const {
    const shell::DataDirectory directory(FileSystem::Local(), root() + "/data");
    const auto jobs = directory.Jobs();
    return jobs.ok() && !jobs->empty() && !jobs->front().unfinished();
  }

  const std::string base_ = testing::TempDir() + fmt::format("whole_job_{}", ::getpid());

 private:
  // The script has no SELECT.
  class NoView final : public shell::QueryView {
   public:
    void Begin(const shell::ResultTable&, bool) override {}
    Status OnBatch(const Batch&) override { return {}; }
    std::optional<shell::ResultTable> End() override { return std::nullopt; }
    uint64_t row_count() const override { return 0; }
  };
};

}  // namespace weir::faults
