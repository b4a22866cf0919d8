// Many sessions on one engine: what is a session's own, and what happens when they do as they like
// to the same jobs.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <random>
#include <set>
#include <thread>

#include "runtime/mutex.h"
#include "tests/seed.h"
#include "tests/unit/shell/engine_fixture.h"

namespace weir::shell {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int kSessions = 50;
constexpr int kStatements = 14;
constexpr int kJobs = 4;

class SessionsTest : public EngineTest {
 protected:
  // The answer of a statement as text, with the id of its error; all of a script must succeed but
  // the last statement.
  static std::string Say(LocalSession& session, const std::string& text) {
    Result<Answer> answer = RunIn(session, text);
    if (!answer.ok()) return answer.status().ToString();
    return answer->table ? CsvText(*answer->table) : answer->text + answer->message;
  }

  std::string Tables(int job) {
    return Followed(fmt::format("source_{}", job)) + Table(fmt::format("target_{}", job));
  }
};

TEST_F(SessionsTest, SettingsAndCatalogAreASessionsOwn) {
  const std::unique_ptr<LocalSession> one = engine_->NewSession();
  const std::unique_ptr<LocalSession> other = engine_->NewSession();
  EXPECT_EQ(Say(*one, Table("t") + "SET 'parallelism.default' = '3'"), "Set.");
  EXPECT_EQ(Say(*one, "SET 'parallelism.default'"), "parallelism.default,3\n");
  EXPECT_THAT(Say(*other, "SET 'parallelism.default'"), Not(HasSubstr("3")));
  EXPECT_EQ(Say(*one, "CREATE DATABASE d; USE d"), "Using default_catalog.d.");
  EXPECT_EQ(Say(*other, "SHOW CURRENT DATABASE"), "default_database\n");
  EXPECT_EQ(Say(*other, "SHOW TABLES"), "");
  EXPECT_EQ(Say(*one, "BEGIN STATEMENT SET"), "Statement set begun; END; runs it.");
  EXPECT_THAT(Say(*other, "END"), HasSubstr("no statement set was begun"));
}

TEST_F(SessionsTest, OnlyTheOwnerSetsOptionsOfTheProcess) {
  const std::unique_ptr<LocalSession> guest = engine_->NewSession();
  for (const char* statement : {"SET 'state.file-mode' = '0664'", "RESET 'state.file-mode'"}) {
    EXPECT_THAT(Say(*guest, statement), HasSubstr("is of the process, which serves others"));
    EXPECT_THAT(Say(engine_->own(), statement), Not(HasSubstr("E6001")));
  }
  EXPECT_EQ(Say(*guest, "SET 'state.file-mode'"), "state.file-mode,0600\n");
}

TEST_F(SessionsTest, JobsAndSavepointsAreEverybodys) {
  Write("source_0/a.csv", "1,one\n2,two\n");
  const std::unique_ptr<LocalSession> one = engine_->NewSession();
  ASSERT_EQ(Say(*one, Tables(0) + "CREATE JOB j AS INSERT INTO target_0 SELECT * FROM source_0"),
            "Job j is running.");
  const std::unique_ptr<LocalSession> other = engine_->NewSession();
  EXPECT_THAT(Say(*other, "SHOW JOBS"), HasSubstr("j,RUNNING"));
  EXPECT_EQ(Say(*other, "WAIT FOR JOB j UNTIL IDLE TIMEOUT INTERVAL '30' SECOND"),
            "Job j is idle.");
  EXPECT_THAT(Say(*other, "SAVEPOINT JOB j AS s TO '" + directory_ + "/saved'"),
              HasSubstr("Savepoint of job j"));
  EXPECT_THAT(Say(*one, "SHOW SAVEPOINTS"), HasSubstr("s,j,"));
  EXPECT_THAT(Say(*other, "STOP JOB j"), HasSubstr("Job j is stopped"));
  EXPECT_THAT(Say(*one, "SHOW JOBS"), HasSubstr("j,SUSPENDED"));
  EXPECT_EQ(Say(*other, Tables(0) + "SELECT COUNT(*) FROM target_0"), "2\n");
}

// A job that another session ended does not vanish under who waits for it.
TEST_F(SessionsTest, AWaitEndsWhenAnotherSessionDropsTheJob) {
  Write("source_0/a.csv", "1,one\n");
  ASSERT_EQ(Say(engine_->own(),
                Tables(0) + "CREATE JOB j AS INSERT INTO target_0 SELECT * FROM source_0"),
            "Job j is running.");
  const std::unique_ptr<LocalSession> waiting = engine_->NewSession();
  std::string answer;
  std::thread waits([&] { answer = Say(*waiting, "WAIT FOR JOB j UNTIL FINISHED"); });
  ASSERT_EQ(Say(engine_->own(), "CANCEL JOB j; DROP JOB j"), "Job j dropped.");
  waits.join();
  // It may have come after the drop.
  EXPECT_THAT(answer, testing::AnyOf(HasSubstr("was cancelled before it had finished"),
                                     HasSubstr("no job is named")));
}

TEST_F(SessionsTest, OneOfManyStartsOfANameWins) {
  Write("source_0/a.csv", "1,one\n");
  std::vector<std::string> answers(8);
  std::vector<std::thread> threads;
  for (std::string& answer : answers) {
    threads.emplace_back([this, &answer] {
      const std::unique_ptr<LocalSession> session = engine_->NewSession();
      answer =
          Say(*session, Tables(0) + "CREATE JOB j AS INSERT INTO target_0 SELECT * FROM source_0");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::ranges::count(answers, "Job j is running."), 1);
  EXPECT_EQ(Say(engine_->own(), "SHOW JOBS LIKE 'j'").find("j,RUNNING"),
            Say(engine_->own(), "SHOW JOBS LIKE 'j'").rfind("j,RUNNING"));
}

// --- at random -----------------------------------------------------------------------------------

std::string RandomStatement(std::mt19937_64& random, const std::string& directory, int number) {
  const int job = static_cast<int>(random() % kJobs);
  const std::string insert = fmt::format("INSERT INTO target_{0} SELECT * FROM source_{0}", job);
  const std::array<std::string, 16> statements = {
      fmt::format("CREATE JOB j{} AS {}", job, insert),
      fmt::format("CREATE JOB j{} AS {}", job, insert),
      fmt::format("CREATE JOB IF NOT EXISTS j{} AS {}", job, insert),
      job == 0 && number % 4 == 0 ? insert : "SHOW JOBS",
      fmt::format("SAVEPOINT JOB j{} TO '{}/saved'", job, directory),
      fmt::format("SAVEPOINT JOB j{} AS s{} TO '{}/saved'", job, number % 7, directory),
      fmt::format("STOP JOB j{} WITH SAVEPOINT '{}/saved'", job, directory),
      fmt::format("STOP JOB j{}", job),
      fmt::format("CANCEL JOB j{}", job),
      fmt::format("DROP JOB j{}", job),
      fmt::format("RESTORE JOB j{} FROM LATEST CHECKPOINT", job),
      fmt::format("RESTORE JOB j{} FROM SAVEPOINT s{}", job, number % 7),
      fmt::format("CHECKPOINT JOB j{}", job),
      fmt::format("WAIT FOR JOB j{} UNTIL IDLE TIMEOUT INTERVAL '1' SECOND", job),
      "SELECT COUNT(*) FROM (VALUES 1, 2) AS t (n)",
      fmt::format("DROP SAVEPOINT s{}", number % 7),
  };
  const std::array<std::string, 5> looks = {
      "SHOW JOBS", "SHOW SAVEPOINTS", fmt::format("DESCRIBE JOB j{}", job),
      fmt::format("SHOW CHECKPOINTS FOR JOB j{}", job),
      fmt::format("EXPLAIN RESTORE JOB j{} FROM LATEST CHECKPOINT", job)};
  return random() % 3 == 0 ? looks[random() % looks.size()]
                           : statements[random() % statements.size()];
}

// What may be said to one who comes too late: no such job (E5001), it runs or does not (E5002), the
// refusal of a restore (E7002, E7001 for a snapshot that goes while it is read), a savepoint or
// checkpoint that was not to be had (E7003, E7004), a job whose last moment it was (E8001), and a
// snapshot whose files somebody removes while a job is started from it (E4002).
bool MayBeSaid(const std::string& statement, const Status& status) {
  const std::set<std::string_view> known = {"E5001", "E5002", "E7001", "E7002",
                                            "E7003", "E7004", "E8001"};
  const bool removed = status.id() == "E4002" && statement.find("RESTORE JOB") != std::string::npos;
  return status.ok() || removed || known.contains(status.id());
}

std::vector<std::string> Listed(const std::vector<JobSummary>& jobs) {
  std::vector<std::string> listed;
  for (const JobSummary& job : jobs)
    listed.push_back(fmt::format("{} {} {} {}", job.record.id, job.record.name,
                                 static_cast<int>(job.record.state), job.record.failure));
  return listed;
}

TEST_F(SessionsTest, FiftySessionsDoAsTheyLikeToTheSameJobs) {
  for (int job = 0; job < kJobs; ++job)
    Write(fmt::format("source_{}/a.csv", job), "1,one\n2,two\n3,three\n");
  Mutex mutex;
  std::vector<std::string> wrong;
  std::vector<std::thread> threads;
  for (int i = 0; i < kSessions; ++i) {
    threads.emplace_back([&, i] {
      std::mt19937_64 random(SeedOf(static_cast<uint64_t>(i)));
      const std::unique_ptr<LocalSession> session = engine_->NewSession();
      std::string tables;
      for (int job = 0; job < kJobs; ++job) tables += Tables(job);
      Status set_up = RunIn(*session, tables + "SET 'parallelism.default' = '1'").status();
      for (int n = 0; n < kStatements && set_up.ok(); ++n) {
        const std::string statement = RandomStatement(random, directory_, i * kStatements + n);
        const Status said = RunIn(*session, statement).status();
        if (MayBeSaid(statement, said)) continue;
        const MutexLock lock(mutex);
        wrong.push_back(statement + ": " + said.ToString());
      }
      const MutexLock lock(mutex);
      if (!set_up.ok()) wrong.push_back(set_up.ToString());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, IsEmpty());
  Session& own = engine_->own().session();
  EXPECT_TRUE(own.jobs().StopAll().ok());
  const std::vector<JobSummary> jobs = own.jobs().List().value();
  std::set<std::string> unfinished;
  for (const JobSummary& job : jobs) {
    EXPECT_EQ(job.record.damage, "");
    EXPECT_NE(job.record.state, RecordedState::kRunning) << job.record.name;
    const bool first = !job.record.unfinished() || unfinished.insert(job.record.name).second;
    EXPECT_TRUE(first) << job.record.name << " twice";
  }
  // What is on disk is what was said.
  const std::vector<std::string> listed = Listed(jobs);
  const std::vector<SavepointEntry> saved = own.registry().savepoints().All().value();
  Open();
  EXPECT_EQ(Listed(engine_->own().session().jobs().List().value()), listed);
  for (const SavepointEntry& entry : saved) {
    if (engine_->own().session().savepoints().WasClaimed(entry)) continue;
    EXPECT_TRUE(Run("DESCRIBE SAVEPOINT '" + entry.path + "'").ok()) << entry.path;
  }
}

}  // namespace
}  // namespace weir::shell
