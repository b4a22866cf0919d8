// Tables and views that outlive their session: who sees them and when, what a damaged file does to
// the others, and many sessions that create and drop the same.
#include "shell/engine/catalog/durable_catalog.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <filesystem>
#include <random>
#include <thread>

#include "shell/engine/catalog/definition_file.h"
#include "tests/seed.h"
#include "tests/unit/shell/engine_fixture.h"

namespace weir::shell {
namespace {

using testing::HasSubstr;

class DurableCatalogTest : public EngineTest {
 protected:
  DurableCatalogTest() { Begin(); }

  // As a new process.
  void Begin() {
    session_.reset();
    Open();
    session_ = engine_->NewSession(SessionCatalog::kShared);
  }

  // The last statement's rows or message, or its error.
  static std::string Say(LocalSession& session, const std::string& text) {
    Result<Answer> answer = RunIn(session, text);
    if (!answer.ok()) return answer.status().ToString();
    return answer->table ? CsvText(*answer->table) : answer->text + answer->message;
  }
  std::string Say(const std::string& text) { return Say(*session_, text); }

  static std::string Inline(const std::string& name, const std::string& rows = "1") {
    return fmt::format("CREATE TABLE {} (n INT) WITH ('connector' = 'inline', 'rows' = '{}');",
                       name, rows);
  }
  std::string File(const std::string& name) const {
    return directory_ + "/data/catalog/default_catalog/default_database/" + name;
  }
  void Overwrite(const std::string& name, const std::string& bytes) const {
    ASSERT_TRUE(WriteFileAtomically(FileSystem::Local(), File(name), bytes).ok());
  }

  std::unique_ptr<LocalSession> session_;
};

TEST_F(DurableCatalogTest, WhatIsNotTemporaryIsThereInTheNextProcess) {
  EXPECT_EQ(Say(Inline("t") + "CREATE VIEW v AS SELECT n + 1 AS m FROM t;" +
                "CREATE TEMPORARY VIEW w AS SELECT n FROM t; SHOW TABLES"),
            "t\nv\nw\n");
  Begin();
  EXPECT_EQ(Say("SHOW TABLES"), "t\nv\n");
  EXPECT_EQ(Say("SHOW VIEWS"), "v\n");
  EXPECT_EQ(Say("SELECT m FROM v"), "2\n");
  EXPECT_EQ(Say("DROP VIEW v"), "View v dropped.");
  Begin();
  EXPECT_EQ(Say("SHOW TABLES"), "t\n");
}

TEST_F(DurableCatalogTest, EmptyDatabasesAndCatalogsAreThere) {
  EXPECT_EQ(Say("CREATE DATABASE d; CREATE CATALOG c; CREATE DATABASE c.`e f`; SHOW CATALOGS"),
            "c\ndefault_catalog\n");
  Begin();
  EXPECT_EQ(Say("SHOW DATABASES"), "d\ndefault_database\n");
  EXPECT_EQ(Say("USE CATALOG c; SHOW DATABASES"), "default_database\ne f\n");
  EXPECT_EQ(
      Say("DROP DATABASE `e f`; USE CATALOG default_catalog; DROP CATALOG c; DROP DATABASE d"),
      "Database d dropped.");
  Begin();
  EXPECT_EQ(Say("SHOW CATALOGS"), "default_catalog\n");
  EXPECT_EQ(Say("SHOW DATABASES"), "default_database\n");
}

TEST_F(DurableCatalogTest, WhereEverySessionBeginsCannotBeDropped) {
  EXPECT_THAT(Say("CREATE DATABASE d; USE d; DROP DATABASE default_database"),
              HasSubstr("E2015: the database \"default_database\" is where every session begins"));
  EXPECT_THAT(Say("CREATE CATALOG c; USE CATALOG c; DROP CATALOG default_catalog"),
              HasSubstr("E2015: the catalog \"default_catalog\" is where every session begins"));
}

TEST_F(DurableCatalogTest, EverySessionSeesAChangeFromItsNextStatementOn) {
  const auto other = engine_->NewSession(SessionCatalog::kShared);
  const auto script = engine_->NewSession();
  EXPECT_EQ(Say(*other, "SHOW TABLES"), "");
  Say(Inline("t"));
  EXPECT_EQ(Say(*other, "SELECT n FROM t"), "1\n");
  EXPECT_EQ(Say(*script, "SHOW TABLES"), "");
  Say(*script, Inline("mine"));
  EXPECT_EQ(Say("SHOW TABLES"), "t\n");
  Say(*other, "DROP TABLE t");
  EXPECT_THAT(Say("SELECT n FROM t"), HasSubstr("E2001"));
}

TEST_F(DurableCatalogTest, AnEqualDefinitionIsNoError) {
  Say(Inline("t"));
  for (int life = 0; life < 2; ++life) {
    const Result<Answer> same = RunIn(*session_,
                                      "create table T\n(n int) with ('connector' = "
                                      "'inline', 'rows' = '1')");
    EXPECT_TRUE(same.ok());
    Result<Answer> equal = RunIn(*session_, Inline("t"));
    ASSERT_TRUE(equal.ok()) << equal.status().ToString();
    EXPECT_THAT(equal->notices,
                testing::ElementsAre("NOTICE: table t exists with the same definition"));
    const Status other = RunIn(*session_, Inline("t", "2")).status();
    EXPECT_EQ(other.id(), "E2002");
    EXPECT_THAT(other.hint(), HasSubstr("CREATE OR REPLACE TABLE"));
    EXPECT_EQ(RunIn(*session_, "CREATE VIEW t AS SELECT 1 AS n").status().id(), "E2002");
    EXPECT_EQ(
        Say("CREATE TABLE IF NOT EXISTS t (x INT) WITH ('connector' = 'inline', 'rows' = '')"),
        "Table t exists already.");
    Begin();
  }
  EXPECT_EQ(Say("CREATE OR REPLACE" + Inline("t", "3").substr(6) + "SELECT n FROM t"), "3\n");
  Begin();
  EXPECT_EQ(Say("SELECT n FROM t"), "3\n");
}

TEST_F(DurableCatalogTest, AViewResolvesNamesWhereItWasCreated) {
  Say("CREATE DATABASE d; USE d;" + Inline("t", "7") +
      "CREATE VIEW default_database.v AS SELECT n FROM t");
  Begin();
  EXPECT_EQ(Say("SELECT n FROM v"), "7\n");
  EXPECT_EQ(Say("DROP TABLE d.t; SHOW CREATE VIEW v"),
            "CREATE VIEW `default_catalog`.`default_database`.`v` AS SELECT n FROM t\n");
  EXPECT_THAT(Say("DESCRIBE v"), HasSubstr("E2001"));
  EXPECT_EQ(Say("USE d;" + Inline("t", "8") + "SELECT n FROM default_database.v"), "8\n");
}

TEST_F(DurableCatalogTest, AViewOverTemporaryObjectsIsSaidToBeOne) {
  Result<Answer> created = RunIn(
      *session_, "CREATE TEMPORARY" + Inline("t").substr(6) + "CREATE VIEW v AS SELECT n FROM t");
  ASSERT_TRUE(created.ok()) << created.status().ToString();
  ASSERT_EQ(created->notices.size(), 1U);
  EXPECT_THAT(created->notices[0], HasSubstr("temporary in this one: t"));
  EXPECT_EQ(Say("SELECT n FROM v"), "1\n");
  Begin();
  EXPECT_THAT(Say("SELECT n FROM v"), HasSubstr("E2001"));
}

TEST_F(DurableCatalogTest, RelativePathsOfViewsAreRefused) {
  Write("in/a.csv", "n\n1\n");
  const std::string file = directory_ + "/in/a.csv";
  for (const std::string& query : {std::string("SELECT * FROM 'in/a.csv'"),
                                   std::string("SELECT 1 UNION ALL SELECT n FROM "
                                               "(SELECT * FROM './in/a.csv')"),
                                   std::string("SELECT * FROM t /*+ OPTIONS('path' = 'in') */")}) {
    Say("CREATE TABLE t (n INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '" +
        directory_ + "/in')");
    const Status refused = RunIn(*session_, "CREATE VIEW v AS " + query).status();
    EXPECT_EQ(refused.id(), "E2015") << query << refused.ToString();
    EXPECT_THAT(refused.hint(), HasSubstr("/in")) << query;
    EXPECT_TRUE(refused.span()) << query;
  }
  EXPECT_EQ(Say("CREATE VIEW v AS SELECT * FROM '" + file + "'"), "View v created.");
  Begin();
  EXPECT_EQ(Say("SELECT n FROM v"), "1\n");
}

TEST_F(DurableCatalogTest, ADamagedFileKeepsNobodyFromTheOthers) {
  Say(Inline("good") + Inline("bad") + Inline("later") + Inline("moved"));
  const std::string good = ReadFile(FileSystem::Local(), File("good.table")).value();
  std::string flipped = ReadFile(FileSystem::Local(), File("bad.table")).value();
  flipped[flipped.find("'1'") + 1] = '2';
  Overwrite("bad.table", flipped);
  Overwrite("later.table", "weir-definition 2\n");
  Overwrite("moved.table", good);
  Overwrite("no name.table", good);
  Overwrite("README", "not ours");
  Overwrite("empty.view", "");
  std::filesystem::create_directories(File("directory.table"));
  Begin();
  EXPECT_EQ(Say("SHOW TABLES"), "bad\ndirectory\nempty\ngood\nlater\nmoved\n");
  EXPECT_EQ(Say("SELECT n FROM good"), "1\n");
  for (const char* name : {"bad", "later", "moved", "directory"}) {
    const Status status = RunIn(*session_, fmt::format("SELECT n FROM {}", name)).status();
    EXPECT_EQ(status.id(), "E7001") << status.ToString();
    EXPECT_THAT(status.message(), HasSubstr(File(fmt::format("{}.table", name))));
    EXPECT_THAT(status.hint(), HasSubstr("DROP TABLE"));
    EXPECT_THAT(Say(fmt::format("CREATE VIEW v AS SELECT n FROM {}", name)), HasSubstr("E7001"));
    EXPECT_EQ(RunIn(*session_, Inline(name)).status().id(), "E2002") << name;
  }
  EXPECT_EQ(Say("CREATE OR REPLACE" + Inline("later").substr(6) + "SELECT n FROM later"), "1\n");
  EXPECT_EQ(Say("DROP VIEW empty; DROP TABLE moved; DROP TABLE bad"), "Table bad dropped.");
  EXPECT_FALSE(std::filesystem::exists(File("bad.table")));
  EXPECT_TRUE(std::filesystem::exists(File("README")));
}

TEST_F(DurableCatalogTest, AFileThatIsTooLargeIsNotRead) {
  Say(Inline("t"));
  std::filesystem::resize_file(File("t.table"), uint64_t{kMostDefinitionBytes} + 1);
  Begin();
  EXPECT_THAT(Say("SELECT n FROM t"), HasSubstr("E7001"));
  EXPECT_THAT(Say(Inline("long", std::string(kMostDefinitionBytes, '1'))),
              testing::AnyOf(HasSubstr("E2015"), HasSubstr("E1004"), HasSubstr("E3007")));
}

TEST_F(DurableCatalogTest, LongNamesAreRefusedAndStrangeOnesKept) {
  const std::string strange = "`a/b.. %2F größe ``\n`";
  EXPECT_EQ(Say(Inline(strange) + "SELECT n FROM " + strange), "1\n");
  EXPECT_THAT(Say(Inline(std::string(kMostFileNameBytes, 'x'))), HasSubstr("E2015"));
  EXPECT_THAT(Say("CREATE DATABASE " + std::string(kMostFileNameBytes + 1, 'x')),
              HasSubstr("E2015"));
  EXPECT_THAT(Say("CREATE CATALOG " + std::string(kMostFileNameBytes + 1, 'x')),
              HasSubstr("E2015"));
  Begin();
  EXPECT_EQ(Say("SELECT n FROM " + strange), "1\n");
  EXPECT_EQ(Say("DROP TABLE " + strange + "; SHOW TABLES"), "");
}

TEST_F(DurableCatalogTest, LeftoversAreSweptByTheFirstChangeOnly) {
  Say(Inline("t") + "CREATE DATABASE d");
  const std::string catalog = directory_ + "/data/catalog/";
  std::filesystem::create_directories(catalog + "c.removed/x");
  std::filesystem::create_directories(catalog + "c.tmp/default_database");
  std::filesystem::create_directories(catalog + "default_catalog/d.removed");
  Overwrite("t.table.tmp", "half");
  Begin();
  EXPECT_EQ(Say("SHOW CATALOGS"), "default_catalog\n");
  EXPECT_EQ(Say("SHOW DATABASES"), "d\ndefault_database\n");
  EXPECT_EQ(Say("SELECT n FROM t"), "1\n");
  EXPECT_TRUE(std::filesystem::exists(File("t.table.tmp")));
  EXPECT_EQ(Say("CREATE CATALOG c; SHOW CATALOGS"), "c\ndefault_catalog\n");
  for (const std::string& path : {catalog + "c.removed", catalog + "c.tmp", File("t.table.tmp"),
                                  catalog + "default_catalog/d.removed"})
    EXPECT_FALSE(std::filesystem::exists(path)) << path;
}

// Another process, as far as locks are concerned: flock belongs to an open file.
TEST_F(DurableCatalogTest, WhoDoesNotOwnTheDirectorySeesChangesAndMakesNone) {
  Say(Inline("t"));
  EngineOptions options;
  options.ports = {&FileSystem::Local(), &Clock::System(),
                   [](void*, std::string_view) { return Status(); }, nullptr, nullptr};
  options.data_directory = directory_ + "/data";
  options.catalog = SessionCatalog::kShared;
  const std::unique_ptr<Engine> other = Engine::Open(std::move(options)).value();
  EXPECT_EQ(Say(other->own(), "SELECT n FROM t"), "1\n");
  Say(Inline("u", "2"));
  EXPECT_EQ(Say(other->own(), "SELECT n FROM u"), "2\n");
  Say("CREATE OR REPLACE" + Inline("u", "3").substr(6));
  EXPECT_EQ(Say(other->own(), "SELECT n FROM u"), "3\n");
  Say("DROP TABLE u");
  EXPECT_EQ(Say(other->own(), "SHOW TABLES"), "t\n");
  EXPECT_THAT(Say(other->own(), Inline("x")), HasSubstr("E4003"));
  EXPECT_THAT(Say(other->own(), "DROP TABLE t"), HasSubstr("E4003"));
  EXPECT_EQ(Say("SHOW TABLES"), "t\n");
}

// Of everything that the sessions were told, what was created and not dropped is there.
TEST_F(DurableCatalogTest, ManySessionsAgreeOnWhatThereIs) {
  constexpr int kSessions = 8;
  constexpr int kStatements = 150;
  constexpr int kNames = 5;
  std::array<std::array<int, kNames>, kSessions> balance{};
  std::array<std::string, kSessions> wrong;
  std::vector<std::thread> threads;
  for (int s = 0; s < kSessions; ++s) {
    threads.emplace_back([&, s] {
      const auto session = engine_->NewSession(SessionCatalog::kShared);
      std::mt19937_64 random(SeedOf(static_cast<uint64_t>(s)));
      for (int i = 0; i < kStatements; ++i) {
        const size_t name = random() % kNames;
        const std::string called = fmt::format("t{}", name);
        const bool view = name % 2 == 1;
        std::string text;
        switch (random() % 4) {
          case 0:
            text = fmt::format("DROP {} {}", view ? "VIEW" : "TABLE", called);
            break;
          case 1:
            text = fmt::format("SELECT * FROM {}", called);
            break;
          default:
            text = view ? fmt::format("CREATE VIEW {} AS SELECT {} AS n", called, random() % 2)
                        : Inline(called, std::to_string(random() % 2));
        }
        const std::string said = Say(*session, text);
        const bool may_be = said.find(" created.") != std::string::npos ||
                            said.find(" dropped.") != std::string::npos ||
                            said.find("exists already.") != std::string::npos ||
                            said.starts_with("E2002") || said.starts_with("E2001") ||
                            said == "0\n" || said == "1\n";
        if (!may_be) wrong[static_cast<size_t>(s)] += text + ": " + said + "\n";
        int& count = balance[static_cast<size_t>(s)][name];
        if (said.find(" created.") != std::string::npos) ++count;
        if (said.find(" dropped.") != std::string::npos) --count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& what : wrong) EXPECT_EQ(what, "");
  std::string expected;
  for (size_t name = 0; name < kNames; ++name) {
    int all = 0;
    for (const auto& of : balance) all += of[name];
    ASSERT_TRUE(all == 0 || all == 1) << "t" << name << ": " << all;
    if (all == 1) expected += fmt::format("t{}\n", name);
  }
  EXPECT_EQ(Say("SHOW TABLES"), expected);
  Begin();
  EXPECT_EQ(Say("SHOW TABLES"), expected);
}

}  // namespace
}  // namespace weir::shell
