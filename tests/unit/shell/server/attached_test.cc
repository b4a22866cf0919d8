// A session over the socket beside one in the process: the same answers, errors and rows.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "planner/parse/parse.h"
#include "shell/client/attaching_session.h"
#include "shell/client/remote_session.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/text/error_text.h"
#include "shell/rpc/local_socket.h"
#include "shell/server/server.h"
#include "shell/server/session_count.h"
#include "tests/unit/shell/engine_fixture.h"

namespace weir::shell {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr size_t kSessions = 3;

// An owner's process, all but the process.
class Owner {
 public:
  explicit Owner(const std::string& data, bool keeps_jobs = true) {
    EngineOptions options;
    options.ports = {&FileSystem::Local(), &Clock::System(),
                     [](void*, std::string_view) { return Status(); }, nullptr, nullptr};
    options.data_directory = data;
    options.owned = [this, data] { started_ = server_->Start(*engine_, data); };
    engine_ = Engine::Open(std::move(options)).value();
    server_ = std::make_unique<Server>(ClientLog{[this](const std::string& lines) {
                                         const MutexLock lock(log_mutex_);
                                         log_ += lines;
                                       }},
                                       sessions_, keeps_jobs);
    EXPECT_TRUE(engine_->own().session().registry().directory().Attach().ok());
    EXPECT_TRUE(started_.ok()) << started_.ToString();
  }
  ~Owner() { server_.reset(); }

  Engine& engine() { return *engine_; }
  Guests& guests() { return server_->guests(); }
  std::string log() const {
    const MutexLock lock(log_mutex_);
    return log_;
  }

 private:
  SessionCount sessions_{kSessions};
  mutable Mutex log_mutex_;
  std::string log_ WEIR_GUARDED_BY(log_mutex_);  // written by threads of jobs
  Status started_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Server> server_;
};

class AttachedTest : public testing::Test {
 protected:
  std::unique_ptr<RemoteSession> Attach(std::vector<std::string> options = {}) {
    Result<std::unique_ptr<RemoteSession>> session = Try(std::move(options));
    EXPECT_TRUE(session.ok()) << session.status().ToString();
    return session.ok() ? std::move(*session) : nullptr;
  }

  // `options`: key and value in turn, of -D.
  Result<std::unique_ptr<RemoteSession>> Try(std::vector<std::string> options = {},
                                             bool detached = false) {
    RemoteOptions remote;
    remote.detached = detached;
    remote.data_directory = data_;
    remote.directory = directory_;
    for (size_t i = 0; i + 1 < options.size(); i += 2) {
      EXPECT_TRUE(remote.settings.SetBase(options[i], options[i + 1]).ok());
      remote.said.push_back(options[i]);
    }
    remote.say = [this](const std::string& lines) { said_ += lines; };
    remote.print = [this](const std::string& lines) { printed_ += lines; };
    return RemoteSession::Open(remote);
  }

  // Everything that a user would see of a script: tables, messages, notices, errors with carets.
  static std::string Show(EngineSession& session, const std::string& script) {
    std::string shown;
    const std::vector<SourceSpan> parts = session.Split(script).value();
    for (const SourceSpan part : parts) {
      TableView view(1000, TimeZone::Utc());
      const Result<Answer> answer = session.Execute(script, part, view);
      if (!answer.ok()) return shown + FormatError(answer.status(), {.text = script});
      for (const std::string& notice : answer->notices) shown += notice + "\n";
      if (answer->table) shown += CsvText(*answer->table);
      shown += answer->text + answer->message + "\n";
    }
    return shown;
  }

  const ScratchDirectory scratch_;
  const std::string data_ = scratch_.path() + "/data";
  std::string directory_ = AbsolutePath(".");
  std::string said_;
  std::string printed_;
};

constexpr std::string_view kEndless =
    "CREATE TABLE clock (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000');\n";

TEST_F(AttachedTest, AnswersAsTheProcessItself) {
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> remote = Attach();
  const std::unique_ptr<LocalSession> local = owner.engine().NewSession();
  for (const std::string script :
       {"SELECT 1 AS a, 'x' AS b, CAST(NULL AS INT) AS c",
        "CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'inline', 'rows' = '\n1, x\n');",
        "SELECT b, COUNT(*) AS n, SUM(a) AS s FROM t GROUP BY b; SHOW TABLES; DESCRIBE t",
        "SELECT CAST(12.345678901234567890 AS DECIMAL(38, 20)), 0.1e0, CAST(0.1 AS FLOAT), "
        "TIMESTAMP '2026-01-01 10:00:00.123456789', DATE '2026-02-03', TIME '10:11:12', "
        "INTERVAL '3' DAY, INTERVAL '2' MONTH, x'00ff', ARRAY[1, NULL], MAP['k', 2.5], "
        "ROW(1, 'z'), TRUE, CAST(1 AS TINYINT), CAST(2 AS SMALLINT), CAST(3 AS BIGINT)",
        "SELECT nope FROM (VALUES (1)) AS v(a)", "SELEC 1", "SELECT 1 / 0", "EXPLAIN SELECT 1",
        "SHOW CREATE TABLE t", "SET 'parallelism.default' = 'x'", "SELECT *\nFROM nowhere",
        "HELP SELECT", "SET", "DESCRIBE JOB nobody", ""}) {
    EXPECT_EQ(Show(*remote, script), Show(*local, script)) << script;
  }
}

TEST_F(AttachedTest, TypesOfRowsAreExact) {
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> remote = Attach();
  const std::string script =
      "SELECT CAST(1.5 AS DECIMAL(10, 2)) AS d, ARRAY[ROW(1, 'a')] AS r, CAST(NULL AS DATE) AS n";
  TableView here(10, TimeZone::Utc());
  TableView there(10, TimeZone::Utc());
  const SourceSpan whole = {0, static_cast<uint32_t>(script.size())};
  const Answer local = owner.engine().own().Execute(script, whole, here).value();
  const Answer answer = remote->Execute(script, whole, there).value();
  ASSERT_TRUE(answer.table && local.table);
  ASSERT_EQ(answer.table->columns.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(answer.table->columns[i].type, local.table->columns[i].type);
    EXPECT_EQ(answer.table->columns[i].name, local.table->columns[i].name);
  }
  EXPECT_EQ(answer.table->rows, local.table->rows);
}

TEST_F(AttachedTest, SessionsKeepTheirOwn) {
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> one = Attach({"parallelism.default", "3"});
  const std::unique_ptr<RemoteSession> other = Attach();
  EXPECT_EQ(one->settings().Get("parallelism.default"), "3");
  Show(*one,
       "CREATE TEMPORARY TABLE mine (a INT) WITH ('connector' = 'blackhole');"
       "SET 'table.local-time-zone' = 'Asia/Tokyo'");
  EXPECT_EQ(one->settings().Get("table.local-time-zone"), "Asia/Tokyo");
  Show(*one, "RESET");
  EXPECT_NE(one->settings().Get("table.local-time-zone"), "Asia/Tokyo");
  EXPECT_EQ(one->settings().Get("parallelism.default"), "3");
  EXPECT_THAT(Show(*other, "SELECT * FROM mine"), HasSubstr("E2001"));
}

TEST_F(AttachedTest, OptionsOfTheProcessAreItsOwners) {
  Owner owner(data_);
  EXPECT_EQ(Try({"state.memory.limit", "16 mb"}).status().id(), "E6001");
  const std::unique_ptr<RemoteSession> remote = Attach();
  EXPECT_THAT(Show(*remote, "SET 'state.memory.limit' = '16 mb'"), HasSubstr("E6001"));
}

TEST_F(AttachedTest, ALongResultArrivesWhole) {
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> remote = Attach();
  const std::string script =
      "CREATE TABLE many (n BIGINT, pad STRING) WITH ('connector' = 'datagen', 'rows-per-second' = "
      "'100000000', 'number-of-rows' = "
      "'300000', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '300000', "
      "'fields.pad.length' = '300');";
  Show(*remote, script);
  const std::string query = "SELECT n, pad FROM many";
  TableView view(1000000, TimeZone::Utc());
  const Result<Answer> answer =
      remote->Execute(query, {0, static_cast<uint32_t>(query.size())}, view);
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(answer->table->rows.size(), 300000U);
}

TEST_F(AttachedTest, ViewThatTakesNoMoreEndsTheQueryWithItsReason) {
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> remote = Attach();
  Show(*remote, std::string(kEndless));
  const std::string query = "SELECT n FROM clock";
  const SourceSpan whole = {0, static_cast<uint32_t>(query.size())};
  TableView view(10, TimeZone::Utc());
  const Result<Answer> answer = remote->Execute(query, whole, view);
  EXPECT_THAT(answer.status().ToString(), HasSubstr("more than 10 rows"));
}

TEST_F(AttachedTest, CancelEndsASelectAndAWaitAndNoJob) {
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> remote = Attach();
  Show(*remote, std::string(kEndless) +
                    "CREATE TABLE hole (n BIGINT) WITH ('connector' = 'blackhole');"
                    "CREATE JOB j AS INSERT INTO hole SELECT n FROM clock");
  for (const std::string statement : {"SELECT n FROM clock", "WAIT FOR JOB j UNTIL FINISHED"}) {
    remote->ClearCancel();
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      remote->RequestCancel();
    });
    TableView view(1000000, TimeZone::Utc());
    const Result<Answer> answer =
        remote->Execute(statement, {0, static_cast<uint32_t>(statement.size())}, view);
    canceller.join();
    if (statement.starts_with("WAIT")) {
      EXPECT_EQ(answer.status().id(), "E8001");
    } else {
      ASSERT_TRUE(answer.ok()) << answer.status().ToString();
      EXPECT_FALSE(answer->table->rows.empty());
    }
  }
  remote->ClearCancel();
  EXPECT_THAT(remote->RunningJobs().value(), ElementsAre("j"));
  EXPECT_THAT(Show(*remote, "STOP JOB j"), HasSubstr("is stopped"));
}

TEST_F(AttachedTest, JobsArePrintedToTheirGuestAndOutliveIt) {
  Owner owner(data_);
  std::unique_ptr<RemoteSession> remote = Attach();
  Show(*remote,
       "CREATE TABLE r (a INT) WITH ('connector' = 'inline', 'rows' = '\n1\n2\n');"
       "CREATE TABLE p (a INT) WITH ('connector' = 'print');"
       "CREATE JOB once AS INSERT INTO p SELECT a FROM r");
  while (!remote->RunningJobs().value().empty()) EXPECT_TRUE(remote->AwaitJob().value());
  ASSERT_TRUE(remote->RecordEndings().ok());
  EXPECT_EQ(printed_, "+I[1]\n+I[2]\n");
  EXPECT_THAT(remote->EndedJobs(), testing::SizeIs(1));
  EXPECT_EQ(remote->EndedJobs().front().name, "once");
  EXPECT_THAT(owner.engine().own().EndedJobs(), IsEmpty());

  Show(*remote, std::string(kEndless) +
                    "CREATE TABLE q (n BIGINT) WITH ('connector' = 'print');"
                    "CREATE JOB on_and_on AS INSERT INTO q SELECT n FROM clock");
  remote.reset();
  const std::unique_ptr<RemoteSession> next = Attach();
  EXPECT_THAT(next->RunningJobs().value(), IsEmpty());  // it is not this session's
  EXPECT_THAT(Show(*next, "STOP JOB on_and_on"), HasSubstr("is stopped"));
  EXPECT_THAT(owner.log(), HasSubstr("+I["));
}

TEST_F(AttachedTest, FailureOfAJobIsToldWithItsPlace) {
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> remote = Attach();
  Show(*remote,
       "CREATE TABLE r (a INT) WITH ('connector' = 'inline', 'rows' = '\n0\n');"
       "CREATE TABLE hole (a INT) WITH ('connector' = 'blackhole');"
       "SET 'restart-strategy.type' = 'none';");
  const std::string insert = "CREATE JOB bad AS INSERT INTO hole SELECT 1 / a FROM r;";
  Show(*remote, insert);
  while (!remote->RunningJobs().value().empty()) EXPECT_TRUE(remote->AwaitJob().ok());
  const std::vector<JobNow> failed = remote->FailedJobs();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed.front().name, "bad");
  ASSERT_NE(failed.front().source, nullptr);
  EXPECT_EQ(failed.front().source->text, insert);
  EXPECT_FALSE(failed.front().snapshot.failure.ok());
}

TEST_F(AttachedTest, AQuestionIsAnswered) {
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> remote = Attach({"execution.restore-policy", "ask"});
  const std::string tables =
      std::string(kEndless) + "CREATE TABLE hole (n BIGINT) WITH ('connector' = 'blackhole');";
  Show(*remote, tables +
                    "CREATE JOB j AS INSERT INTO hole SELECT n FROM clock; CHECKPOINT JOB j;"
                    "STOP JOB j");
  std::string asked;
  remote->hooks().ask = [&](const std::string& question) {
    asked = question;
    return true;
  };
  const std::string changed = "CREATE JOB j AS INSERT INTO hole SELECT n FROM clock WHERE TRUE";
  EXPECT_THAT(Show(*remote, changed), HasSubstr("Job j"));
  EXPECT_NE(asked, "");
}

TEST_F(AttachedTest, AnOwnerThatEndedIsSaidAtOnce) {
  auto owner = std::make_unique<Owner>(data_);
  const std::unique_ptr<RemoteSession> remote = Attach();
  Show(*remote, "SELECT 1");
  owner.reset();
  EXPECT_THAT(Show(*remote, "SELECT 1"), AllOf(HasSubstr("E4007"), HasSubstr("was not executed")));
  EXPECT_EQ(remote->RunningJobs().status().id(), "E4007");
  EXPECT_EQ(Try().status().code(), StatusCode::kNotFound);
  const Owner next(data_);
  EXPECT_THAT(Show(*Attach(), "SELECT 1 AS a"), HasSubstr("1\n"));
}

TEST_F(AttachedTest, RelativePathsAreTheGuests) {
  Owner owner(data_);
  ASSERT_TRUE(FileSystem::Local().CreateDirectories(scratch_.path() + "/there").ok());
  ASSERT_TRUE(
      WriteFileAtomically(FileSystem::Local(), scratch_.path() + "/there/in.csv", "a\n7\n").ok());
  directory_ = scratch_.path() + "/there";
  const std::unique_ptr<RemoteSession> remote = Attach();
  EXPECT_THAT(Show(*remote, "SELECT a FROM 'in.csv'"), HasSubstr("7\n"));
  EXPECT_THAT(Show(*remote,
                   "CREATE TABLE o (a BIGINT) WITH ('connector' = 'filesystem', 'path' = "
                   "'out', 'format' = 'csv'); SHOW CREATE TABLE o"),
              HasSubstr(scratch_.path() + "/there/out"));
  EXPECT_THAT(Show(*remote, "SELECT a FROM o /*+ OPTIONS('path' = 'in.csv') */"),
              HasSubstr("E2015"));
}

TEST_F(AttachedTest, ASessionMovesToWhoeverTookTheDirectory) {
  EngineOptions options;
  options.ports = {&FileSystem::Local(), &Clock::System(),
                   [](void*, std::string_view) { return Status(); }, nullptr, nullptr};
  options.data_directory = data_;
  const std::unique_ptr<Engine> engine = Engine::Open(std::move(options)).value();
  AttachingSession session(
      engine->own(), [this] { return Try(); }, nullptr);
  EXPECT_EQ(session.owner(), std::nullopt);
  Show(session, std::string(kEndless) +
                    "SET 'parallelism.default' = '2';"
                    "CREATE TABLE hole (n BIGINT) WITH ('connector' = 'blackhole');");
  Owner owner(data_);
  EXPECT_THAT(Show(session, "CREATE JOB j AS INSERT INTO hole SELECT n FROM clock"),
              HasSubstr("Job j is running"));
  EXPECT_EQ(session.owner(), ::getpid());
  EXPECT_EQ(session.settings().Get("parallelism.default"), "2");
  EXPECT_THAT(Show(session, "STOP JOB j"), HasSubstr("is stopped"));
}

TEST_F(AttachedTest, AnOwnerThatEndsWaitsForWhoMayAsk) {
  Owner owner(data_);
  Guests& guests = owner.guests();
  const auto until_busy = [&] {
    for (int i = 0; i < 1000 && !guests.busy_for_earlier(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return guests.busy_for_earlier();
  };
  {
    const rpc::Descriptor coming = std::move(rpc::Connect(data_).value());
    EXPECT_TRUE(until_busy());
    EXPECT_FALSE(guests.RefuseIfIdle());
  }
  std::unique_ptr<RemoteSession> remote = Attach();
  EXPECT_FALSE(guests.RefuseIfIdle());
  Show(*remote, "SELECT 1");
  EXPECT_FALSE(guests.RefuseIfIdle());
  guests.Leave();
  const std::unique_ptr<RemoteSession> newcomer = Attach();
  remote.reset();
  for (int i = 0; i < 1000 && guests.busy_for_earlier(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(guests.busy_for_earlier());
  EXPECT_FALSE(guests.RefuseIfIdle());  // the newcomer
}

TEST_F(AttachedTest, AStatementThatIsNotTakenIsNotExecuted) {
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> remote = Attach();
  owner.guests().Refuse();
  EXPECT_THAT(Show(*remote, "CREATE TABLE hole (n BIGINT) WITH ('connector' = 'blackhole')"),
              AllOf(HasSubstr("E4007"), HasSubstr("this one was not executed")));
  EXPECT_TRUE(remote->unbegun());
  EXPECT_EQ(Try().status().code(), StatusCode::kNotFound);
}

// Nobody would run its job on. (A server's storm: a job that was begun in the process of a
// statement while the server was away was stopped with that, and no server went on with it.)
TEST_F(AttachedTest, AnOwnerThatEndsTakesNoJobsThatAreToRunOn) {
  const auto detached = [this] { return Try({}, true); };
  {
    const Owner owner(data_, false);
    EXPECT_EQ(detached().status().code(), StatusCode::kNotFound);
    EXPECT_TRUE(Try().ok());
  }
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> before = detached().value();
  owner.guests().Leave();
  EXPECT_EQ(detached().status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(Try().ok());
  EXPECT_THAT(Show(*before, "CREATE TABLE hole (n BIGINT) WITH ('connector' = 'blackhole')"),
              AllOf(HasSubstr("E4007"), HasSubstr("this one was not executed")));
}

TEST_F(AttachedTest, ASessionLeavesAnOwnerThatEndsBeforeItsFirstStatement) {
  auto owner = std::make_unique<Owner>(data_);
  EngineOptions options;
  options.ports = {&FileSystem::Local(), &Clock::System(),
                   [](void*, std::string_view) { return Status(); }, nullptr, nullptr};
  options.data_directory = data_;
  const std::unique_ptr<Engine> engine = Engine::Open(std::move(options)).value();
  AttachingSession first(
      engine->own(), [this] { return Try(); }, Attach());
  AttachingSession second(
      engine->own(), [this] { return Try(); }, Attach());
  EXPECT_EQ(first.owner(), ::getpid());
  EXPECT_THAT(Show(second, "SET 'parallelism.default' = '2'; SELECT 1 AS a"), HasSubstr("1\n"));
  owner->guests().Refuse();
  std::thread ends([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    owner.reset();
  });
  EXPECT_THAT(Show(first, "SHOW JOBS"), Not(HasSubstr("ERROR")));
  EXPECT_EQ(first.owner(), std::nullopt);
  // What was SET is there alone.
  EXPECT_THAT(Show(second, "SELECT 1 AS a"), AllOf(HasSubstr("E4007"), HasSubstr("not executed")));
  ends.join();
}

TEST_F(AttachedTest, TheDirectoryHasNothingOfTheSocket) {
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> remote = Attach();
  std::vector<std::string> names;
  const auto entries = FileSystem::Local().List(data_);
  ASSERT_TRUE(entries.ok());
  for (const FileInfo& entry : *entries) names.push_back(entry.path.substr(data_.size() + 1));
  EXPECT_THAT(names, testing::UnorderedElementsAre("LOCK", "jobs"));
}

TEST_F(AttachedTest, APathToTheSameDirectoryIsTheSame) {
  Owner owner(data_);
  ASSERT_EQ(::symlink(data_.c_str(), (scratch_.path() + "/other").c_str()), 0);
  EXPECT_TRUE(rpc::Connect(scratch_.path() + "/other").ok());
  EXPECT_EQ(rpc::Connect(scratch_.path()).status().code(), StatusCode::kNotFound);
}

TEST_F(AttachedTest, AnAddressThatIsTakenIsNotTheOnlyOne) {
  ASSERT_TRUE(FileSystem::Local().CreateDirectories(data_).ok());
  const std::string file = data_ + "/" + std::string(rpc::kAddressFile);
  {
    const rpc::Listening first = std::move(rpc::Listen(data_).value());
    EXPECT_FALSE(first.taken);
    EXPECT_NE(::access(file.c_str(), F_OK), 0);
    const rpc::Listening second = std::move(rpc::Listen(data_).value());
    EXPECT_TRUE(second.taken);
    struct stat about {};
    ASSERT_EQ(::stat(file.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
    const rpc::Descriptor connection = std::move(rpc::Connect(data_).value());
    const int accepted = ::accept4(second.socket.get(), nullptr, nullptr, SOCK_NONBLOCK);
    EXPECT_GE(accepted, 0) << "who has the directory is asked, not who took its address";
    ::close(accepted);
  }
  EXPECT_EQ(rpc::Connect(data_).status().code(), StatusCode::kNotFound);
  const rpc::Listening next = std::move(rpc::Listen(data_).value());
  EXPECT_FALSE(next.taken);
  EXPECT_NE(::access(file.c_str(), F_OK), 0);
  EXPECT_TRUE(rpc::Connect(data_).ok());
}

TEST_F(AttachedTest, ALongPathHasASocketToo) {
  const std::string data = scratch_.path() + "/" + std::string(150, 'd');
  Owner owner(data);
  EXPECT_TRUE(rpc::Connect(data).ok());
}

// Whatever is sent to the socket, the others go on, and so does the process.
TEST_F(AttachedTest, NonsenseEndsItsOwnConnection) {
  Owner owner(data_);
  const std::unique_ptr<RemoteSession> remote = Attach();
  const std::vector<std::string> messages = {
      "GET / HTTP/1.0\r\n\r\n", std::string(1 << 16, '\xff'), std::string(64, '\0'),
      // A call of ExecuteStatement whose first list claims 2^31 - 1 elements.
      std::string("\x80\x01\x00\x01\x00\x00\x00\x10", 8) + "ExecuteStatement" +
          std::string("\x00\x00\x00\x01\x0f\x00\x01\x0c\x7f\xff\xff\xff", 12)};
  for (const std::string& message : messages) {
    const rpc::Descriptor connection = std::move(rpc::Connect(data_).value());
    (void)!::send(connection.get(), message.data(), message.size(), MSG_NOSIGNAL);
    ::shutdown(connection.get(), SHUT_WR);
    char byte = 0;
    while (::read(connection.get(), &byte, 1) > 0) {
    }
    EXPECT_THAT(Show(*remote, "SELECT 1 AS a"), HasSubstr("1\n"));
  }
}

TEST_F(AttachedTest, SessionsAreCounted) {
  Owner owner(data_);
  std::vector<std::unique_ptr<RemoteSession>> open;
  for (size_t i = 0; i < kSessions; ++i) open.push_back(Attach());
  const Status refused = Try().status();
  EXPECT_EQ(refused.id(), "E4009");
  EXPECT_THAT(refused.message(), HasSubstr("3 sessions are open"));
  open.pop_back();
  EXPECT_NE(Attach(), nullptr);
}

}  // namespace
}  // namespace weir::shell
