// Statements against an engine in a directory of its own: HELP, jobs and their records.
#include "shell/engine/engine.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "shell/engine/statements/help_text.h"
#include "tests/unit/shell/engine_fixture.h"

namespace weir::shell {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(EngineTest, HelpKnowsStatementsOptionsFunctionsErrorsAndConnectors) {
  for (const char* topic :
       {"", "SELECT", "'SELECT'", "create table", "E2003", "parallelism.default", "upper",
        "connectors", "filesystem", "csv", "FORMATS"}) {
    EXPECT_TRUE(HelpText(topic).has_value()) << topic;
  }
  EXPECT_FALSE(HelpText("nonsense").has_value());
  EXPECT_THAT(*HelpText("csv"), HasSubstr("'csv.header'"));
  EXPECT_THAT(*HelpText("DROP"), HasSubstr("DROP JOB"));
}

TEST_F(EngineTest, AFinishedJobRunsAnew) {
  Write("source/a.csv", "1,one\n2,two\n");
  const std::string script =
      Table("source") + Table("target") +
      "INSERT INTO target SELECT n, label FROM source; "
      "WAIT FOR JOB `insert-into_target` UNTIL FINISHED TIMEOUT INTERVAL '30' SECOND;";
  EXPECT_EQ(Csv(script), "Job insert-into_target is finished.");
  Open();
  EXPECT_EQ(Csv(script), "Job insert-into_target is finished.");
  EXPECT_EQ(Csv("SELECT COUNT(*) FROM target"), "4\n");
  EXPECT_THAT(Csv("SHOW JOBS"), HasSubstr("insert-into_target,FINISHED"));
}

TEST_F(EngineTest, ARerunThatCannotStartKeepsTheFinishedJob) {
  Write("source/a.csv", "1,one\n");
  const std::string insert = "CREATE JOB k AS INSERT INTO target SELECT n, label FROM source;";
  ASSERT_EQ(Csv(Table("source") + Table("target") + insert +
                "WAIT FOR JOB k UNTIL FINISHED TIMEOUT INTERVAL '30' SECOND;"),
            "Job k is finished.");
  ASSERT_TRUE(FileSystem::Local().RemoveRecursively(directory_ + "/source").ok());
  EXPECT_EQ(Run(insert).status().id(), "E4002");
  EXPECT_THAT(Csv("SHOW JOBS"), HasSubstr("k,FINISHED"));
  EXPECT_THAT(Csv("SHOW CHECKPOINTS FOR JOB k"), Not(HasSubstr("E")));
}

// A process dies when its job has started and the finished one of that name is still there.
TEST_F(EngineTest, WhatACrashLeavesOfAFormerJobGoesAtTheNextStart) {
  namespace fs = std::filesystem;
  Write("source/a.csv", "1,one\n");
  ASSERT_TRUE(Run(Table("source") + Followed("more") + Table("target")).ok());
  ASSERT_TRUE(Run("CREATE JOB k AS INSERT INTO target SELECT n, label FROM source;"
                  "WAIT FOR JOB k UNTIL FINISHED TIMEOUT INTERVAL '30' SECOND;")
                  .ok());
  fs::copy(directory_ + "/data/jobs", directory_ + "/former", fs::copy_options::recursive);
  Write("more/a.csv", "2,two\n");
  const std::string second = "CREATE JOB k AS INSERT INTO target SELECT n, label FROM more;";
  ASSERT_EQ(Csv(second), "Job k is running.");
  ASSERT_EQ(Csv("STOP JOB k"),
            "Job k is stopped; RESTORE JOB `k` FROM LATEST CHECKPOINT; resumes it.");
  fs::copy(directory_ + "/former", directory_ + "/data/jobs", fs::copy_options::recursive);
  EXPECT_THAT(Csv("SHOW JOBS"), AllOf(HasSubstr("k,FINISHED"), HasSubstr("k,SUSPENDED")));
  EXPECT_EQ(Csv(second), "Job k continues from its last checkpoint.");
  EXPECT_THAT(Csv("SHOW JOBS"), AllOf(Not(HasSubstr("FINISHED")), HasSubstr("k,RUNNING")));
}

TEST_F(EngineTest, AStoppedJobContinuesAndChangedSqlIsRefused) {
  Write("source/a.csv", "1,one\n2,two\n");
  const std::string source =
      "CREATE TABLE source (n INT, label STRING) WITH ('connector' = 'filesystem', 'path' = '" +
      directory_ + "/source', 'format' = 'csv', 'source.monitor-interval' = '20 ms');\n";
  const std::string tables = source + Table("target");
  const std::string insert = "CREATE JOB copy AS INSERT INTO target SELECT n, label FROM source;";
  ASSERT_EQ(Csv(tables + insert + "WAIT FOR JOB copy UNTIL IDLE TIMEOUT INTERVAL '30' SECOND;"),
            "Job copy is idle.");
  ASSERT_EQ(Csv("CHECKPOINT JOB copy"), "Checkpoint 1 of job copy is complete.");
  // While it runs.
  EXPECT_THAT(Csv("SHOW CHECKPOINTS FOR JOB copy"), HasSubstr("chk-1"));
  const std::string path = directory_ + "/data/jobs/" +
                           engine_->own().session().jobs().running().NotEnded()[0]->record.id +
                           "/checkpoints/chk-1";
  EXPECT_THAT(Csv("DESCRIBE SAVEPOINT '" + path + "'"), HasSubstr("src:source,stable,Scan"));
  EXPECT_THAT(Csv("RESTORE JOB copy FROM LATEST CHECKPOINT"), HasSubstr("is running"));
  EXPECT_THAT(Csv("DROP JOB copy"), HasSubstr("E5002"));
  Open();  // stops it with a last checkpoint
  EXPECT_THAT(Csv("SHOW JOBS"), HasSubstr("SUSPENDED"));
  EXPECT_THAT(Csv("STOP JOB copy"), HasSubstr("RESTORE JOB `copy` FROM LATEST CHECKPOINT"));
  const Result<Answer> changed =
      Run(tables + "CREATE JOB copy AS INSERT INTO target SELECT n + 1, label FROM source;");
  EXPECT_EQ(changed.status().code(), StatusCode::kRestoreRefused);
  EXPECT_THAT(changed.status().hint(), HasSubstr("EXPLAIN RESTORE JOB `copy`"));
  EXPECT_EQ(Csv(insert), "Job copy continues from its last checkpoint.");
  EXPECT_EQ(Csv("CANCEL JOB copy"), "Job copy is cancelled.");
}

TEST_F(EngineTest, AJobThatIsRefusedLeavesNothingBehind) {
  Write("source/a.csv", "1,one\n");
  Write("other/file", "where a directory should be");
  ASSERT_TRUE(Run(Table("source") + Table("target")).ok());
  const std::pair<std::string, std::string> refused[] = {
      {"'execution.checkpointing.unaligned.enabled' = 'true', "
       "'execution.checkpointing.mode' = 'AT_LEAST_ONCE'",
       "E6002"},
      {"'execution.runtime-mode' = 'automatic'", "E1002"},
      {"'execution.checkpointing.min-pause' = '1 s', "
       "'execution.checkpointing.max-concurrent-checkpoints' = '2'",
       "E6002"},
      {"'execution.checkpointing.dir' = '" + directory_ + "/other/file'", "E4001"}};
  for (const auto& [options, id] : refused) {
    SCOPED_TRACE(options);
    const std::string job = "CREATE JOB copy WITH (" + options + ") AS ";
    EXPECT_EQ(Run(job + "INSERT INTO target SELECT n, label FROM source").status().id(), id);
    EXPECT_EQ(Csv("SHOW JOBS"), "");
  }
  EXPECT_EQ(Csv("CREATE JOB copy AS INSERT INTO target SELECT n + 1, label FROM source"),
            "Job copy is running.");
}

TEST_F(EngineTest, AStartThatIsRefusedLeavesTheRecordAsItWas) {
  Write("source/a.csv", "1,one\n");
  const std::string insert = "AS INSERT INTO target SELECT n, label FROM source;";
  ASSERT_TRUE(Run(Followed("source") + Table("target") + "CREATE JOB copy " + insert +
                  "WAIT FOR JOB copy UNTIL IDLE TIMEOUT INTERVAL '30' SECOND; STOP JOB copy;")
                  .ok());
  const std::string before = RecordBytes();
  EXPECT_EQ(
      Run("CREATE JOB copy WITH ('execution.runtime-mode' = 'automatic') " + insert).status().id(),
      "E1002");
  EXPECT_EQ(RecordBytes(), before);
  EXPECT_EQ(Csv("CREATE JOB copy " + insert), "Job copy continues from its last checkpoint.");
}

TEST_F(EngineTest, AStartThatFailsKeepsWhyTheJobFailedBefore) {
  Write("source/a.csv", "one,1\n");
  const std::string insert = "CREATE JOB copy AS INSERT INTO target SELECT n, label FROM source;";
  ASSERT_FALSE(Run(Table("source") + Table("target") + insert +
                   "WAIT FOR JOB copy UNTIL FINISHED TIMEOUT INTERVAL '30' SECOND;")
                   .ok());
  ASSERT_TRUE(FileSystem::Local().RemoveRecursively(directory_ + "/source").ok());
  EXPECT_EQ(Run(insert).status().id(), "E4002");
  EXPECT_THAT(Csv("SHOW JOBS"), AllOf(HasSubstr("copy,FAILED"), HasSubstr("a.csv")));
}

TEST_F(EngineTest, WithoutACheckpointChangedSqlIsNotSentToOne) {
  Write("source/a.csv", "one,1\n");
  ASSERT_FALSE(Run(Table("source") + Table("target") +
                   "CREATE JOB copy AS INSERT INTO target SELECT n, label FROM source;"
                   "WAIT FOR JOB copy UNTIL FINISHED TIMEOUT INTERVAL '30' SECOND;")
                   .ok());
  const Status changed =
      Run("CREATE JOB copy AS INSERT INTO target SELECT n + 1, label FROM source").status();
  EXPECT_EQ(changed.id(), "E7002");
  EXPECT_THAT(changed.hint(),
              AllOf(HasSubstr("DROP JOB `copy`;"), Not(HasSubstr("LATEST CHECKPOINT"))));
}

TEST_F(EngineTest, AJobThatDoesNotRunSaysHowToGoOnOrBeRidOfIt) {
  Write("source/a.csv", "1,one\n");
  Write("bad/a.csv", "one,1\n");
  ASSERT_TRUE(Run(Followed("source") + Table("bad") + Table("target") +
                  "CREATE JOB j AS INSERT INTO target SELECT n, label FROM source; STOP JOB j;")
                  .ok());
  EXPECT_THAT(Csv("CANCEL JOB j"), HasSubstr("E5002"));
  Open();
  EXPECT_THAT(Csv("CANCEL JOB j"),
              AllOf(HasSubstr("E5002"), HasSubstr("RESTORE JOB `j`"), HasSubstr("DROP JOB `j`;")));
  ASSERT_FALSE(Run(Table("bad") + Table("target") +
                   "CREATE JOB f AS INSERT INTO target SELECT n, label FROM bad;"
                   "WAIT FOR JOB f UNTIL FINISHED TIMEOUT INTERVAL '30' SECOND;")
                   .ok());
  Open();
  EXPECT_THAT(Csv("CANCEL JOB f"), AllOf(HasSubstr("it has no checkpoint"),
                                         HasSubstr("DROP JOB `f`;"), Not(HasSubstr("RESTORE"))));
}

TEST_F(EngineTest, RestoresWithoutTheScript) {
  Write("source/a.csv", "1,one\n");
  ASSERT_TRUE(
      Run("CREATE TABLE source (n INT, label STRING) WITH ('connector' = 'filesystem', 'path' = '" +
          directory_ + "/source', 'format' = 'csv', 'source.monitor-interval' = '20 ms');" +
          Table("target") +
          "CREATE JOB copy AS INSERT INTO target SELECT n, label FROM source; STOP JOB copy;")
          .ok());
  Open();
  EXPECT_EQ(Csv("RESTORE JOB copy FROM LATEST CHECKPOINT"),
            "Job copy continues from its last checkpoint.");
  // The session's own catalog is as it was.
  EXPECT_EQ(Csv("SHOW TABLES"), "");
  EXPECT_THAT(Csv("SELECT * FROM source"), HasSubstr("E2001"));
}

TEST_F(EngineTest, CancelKeepsCheckpointsWhenToldTo) {
  const std::string source =
      "CREATE TABLE source (n INT, label STRING) WITH ('connector' = 'filesystem', 'path' = '" +
      directory_ + "/source', 'format' = 'csv', 'source.monitor-interval' = '20 ms');\n";
  Write("source/a.csv", "1,one\n");
  const std::string job =
      "AS INSERT INTO target SELECT n, label FROM source; CHECKPOINT JOB j; CANCEL JOB j;";
  ASSERT_TRUE(Run(source + Table("target") + "CREATE JOB j " + job).ok());
  EXPECT_THAT(Csv("SHOW CHECKPOINTS FOR JOB j"),
              AllOf(HasSubstr("COMPLETED,requested"), Not(HasSubstr("chk-"))))
      << "it is not kept any more";
  EXPECT_THAT(Csv("RESTORE JOB j FROM LATEST CHECKPOINT"), HasSubstr("E7004"));
  const std::string retain =
      "'execution.checkpointing.externalized-checkpoint-retention' = 'RETAIN_ON_CANCELLATION'";
  ASSERT_TRUE(Run("CREATE JOB j WITH (" + retain + ") " + job).ok());
  EXPECT_THAT(Csv("SHOW CHECKPOINTS FOR JOB j"), HasSubstr("chk-1"));
  EXPECT_EQ(Csv("RESTORE JOB j FROM LATEST CHECKPOINT"),
            "Job j continues from its last checkpoint.");
}

TEST_F(EngineTest, WaitsHaveATimeout) {
  Write("source/a.csv", "1,one\n");
  ASSERT_TRUE(
      Run("CREATE TABLE source (n INT, label STRING) WITH ('connector' = 'filesystem', 'path' = '" +
          directory_ + "/source', 'format' = 'csv', 'source.monitor-interval' = '20 ms');" +
          Table("target") + "CREATE JOB copy AS INSERT INTO target SELECT n, label FROM source;")
          .ok());
  EXPECT_THAT(Csv("WAIT FOR JOB copy UNTIL FINISHED TIMEOUT INTERVAL '0.2' SECOND"),
              HasSubstr("is not finished after"));
  EXPECT_THAT(Csv("WAIT FOR JOB copi UNTIL IDLE"), HasSubstr("did you mean \"copy\"?"));
}

TEST_F(EngineTest, TheDirectoryBelongsToOneProcess) {
  const DataDirectory holder(FileSystem::Local(), directory_ + "/data");
  ASSERT_TRUE(holder.Attach().ok());
  const Status second = Run("SHOW JOBS").status();
  EXPECT_EQ(second.id(), "E4003");
  EXPECT_THAT(second.message(), HasSubstr("process " + std::to_string(getpid())));
  EXPECT_EQ(Csv("SELECT 1 AS x"), "1\n");
}

TEST_F(EngineTest, ADamagedRecordIsNamed) {
  ASSERT_TRUE(FileSystem::Local().CreateDirectories(directory_ + "/data/jobs/x").ok());
  ASSERT_TRUE(
      WriteFileAtomically(FileSystem::Local(), directory_ + "/data/jobs/x/job", "WEIRJOB1 nonsense")
          .ok());
  EXPECT_THAT(Csv("SHOW JOBS"), HasSubstr("jobs/x/job"));
}

TEST_F(EngineTest, UnsupportedStatementsSaySo) {
  for (const char* text : {"ALTER DATABASE d SET ('a' = 'b')", "ANALYZE TABLE t COMPUTE STATISTICS",
                           "CREATE FUNCTION f AS 'x'", "SHOW MODULES"}) {
    const Status status = Run(text).status();
    EXPECT_EQ(status.id(), "E1002") << text << ": " << status.ToString();
    EXPECT_TRUE(status.span().has_value()) << text;
    EXPECT_THAT(status.message(), HasSubstr("not supported yet")) << text;
  }
}

TEST_F(EngineTest, SetAndReset) {
  EXPECT_EQ(Csv("SET 'parallelism.default' = '3'; SET"), "parallelism.default,3\n");
  EXPECT_EQ(Csv("SET 'parallelism.default'"), "parallelism.default,3\n");
  EXPECT_EQ(Csv("RESET; SET"), "");
  EXPECT_THAT(Csv("SET 'table.local-time-zone' = 'Mars'"), HasSubstr("Mars"));
}

}  // namespace
}  // namespace weir::shell
