// What TAB offers, of an engine with tables.
#include "shell/terminal/completion.h"

#include <filesystem>
#include <fstream>

#include "tests/unit/shell/engine_fixture.h"

namespace weir::shell {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

class CompletionTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    ASSERT_TRUE(Run("CREATE TABLE orders (id INT, amount INT, `the day` STRING) WITH ('connector' "
                    "= 'print')")
                    .ok());
    ASSERT_TRUE(Run("CREATE TABLE names (id INT, name STRING) WITH ('connector' = 'print')").ok());
  }

  // `text` with a | where the cursor is, which may be missing at its end.
  std::vector<std::string> At(std::string text) {
    const size_t cursor = text.find('|');
    const std::string behind = cursor == std::string::npos ? "" : text.substr(cursor + 1);
    if (cursor != std::string::npos) text.resize(cursor);
    return Complete(engine_->own(), text, behind).candidates;
  }
};

TEST_F(CompletionTest, StatementsAndWhatCanFollow) {
  EXPECT_THAT(At("SEL"), ElementsAre("SELECT"));
  EXPECT_THAT(At("sel"), ElementsAre("select"));
  EXPECT_THAT(At("SELECT 1; DESC"), ElementsAre("DESCRIBE"));
  EXPECT_THAT(At("SHOW "), AllOf(IsSupersetOf({"TABLES", "JOBS", "CREATE", "SAVEPOINTS"}),
                                 Not(Contains("SELECT")), Not(Contains("orders"))));
  EXPECT_THAT(At("show t"), ElementsAre("tables"));
  EXPECT_THAT(At("SHOW CREATE "), ElementsAre("FUNCTION", "JOB", "TABLE", "VIEW"));
  EXPECT_THAT(At("DESCRIBE "), IsSupersetOf({"orders", "names", "JOB", "SAVEPOINT"}));
  EXPECT_THAT(At("EXPLAIN S"), ElementsAre("SELECT", "STATE", "STATEMENT SET BEGIN"));
  EXPECT_THAT(At("COPY o"), ElementsAre("orders"));
  EXPECT_THAT(At("COPY orders "), ElementsAre("TO"));
  EXPECT_THAT(At("COPY ("), ElementsAre("SELECT", "TABLE", "VALUES", "WITH"));
  EXPECT_THAT(At("COPY (SELECT * FROM o"), ElementsAre("orders"));
  EXPECT_THAT(At("COPY orders TO 'x.csv' (H"), ElementsAre("HEADER"));
  EXPECT_THAT(At("copy orders to 'x.csv' (format "), ElementsAre("csv", "json"));
  EXPECT_THAT(At("DROP TA"), ElementsAre("TABLE"));
  EXPECT_THAT(At("DROP TABLE o"), ElementsAre("orders"));
  EXPECT_THAT(At("WAIT FOR JOB j UNTIL "), ElementsAre("CHECKPOINT", "FINISHED", "IDLE"));
  EXPECT_THAT(At("USE "), IsSupersetOf({"default_database", "CATALOG"}));
  EXPECT_THAT(At("HELP TUM"), ElementsAre("TUMBLE"));
  EXPECT_THAT(At("help state_"), ElementsAre("state_id", "state_ttl"));
  EXPECT_THAT(At("SET "), Contains("'parallelism.default'"));
  EXPECT_THAT(At("RESET paral"), ElementsAre("'parallelism.default'"));
}

TEST_F(CompletionTest, TablesBehindFrom) {
  EXPECT_THAT(At("SELECT * FROM "), ElementsAre("names", "orders"));
  EXPECT_THAT(At("SELECT * FROM or"), ElementsAre("orders"));
  EXPECT_THAT(At("SELECT * FROM orders, n"), ElementsAre("names"));
  EXPECT_THAT(At("SELECT * FROM orders JOIN n"), ElementsAre("names"));
  EXPECT_THAT(At("INSERT INTO o"), ElementsAre("orders"));
  EXPECT_THAT(At("WITH busy AS (SELECT 1) SELECT * FROM b"), ElementsAre("busy"));
  EXPECT_THAT(At("SELECT * FROM TABLE(TUMBLE(TABLE o"), ElementsAre("orders"));
}

TEST_F(CompletionTest, ColumnsOfTheTablesThatAreNamed) {
  EXPECT_THAT(At("SELECT * FROM orders WHERE am"), ElementsAre("amount"));
  EXPECT_THAT(At("SELECT | FROM orders"), ElementsAre("`the day`", "amount", "id"));
  EXPECT_THAT(At("SELECT na| FROM orders"), Not(Contains("name")));
  EXPECT_THAT(At("SELECT th| FROM orders"), Contains("`the day`"));
  EXPECT_THAT(At("SELECT o.| FROM orders AS o JOIN names n"),
              ElementsAre("`the day`", "amount", "id"));
  EXPECT_THAT(At("SELECT n.na| FROM orders AS o JOIN names n"), ElementsAre("name"));
  EXPECT_THAT(At("SELECT * FROM orders o JOIN names n ON o.id = n."), ElementsAre("id", "name"));
  // Nobody has said of what, yet.
  EXPECT_THAT(At("SELECT "), IsSupersetOf({"amount", "id", "name"}));
  EXPECT_THAT(At("SELECT subst"), Contains("substring"));
  EXPECT_THAT(At("SELECT * FROM orders GROUP BY am"), ElementsAre("amount"));
  EXPECT_THAT(
      At("SELECT window_s| FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(id), INTERVAL '1' DAY))"),
      ElementsAre("window_start"));
  EXPECT_THAT(At("SELECT nothing_like_it"), IsEmpty());
}

TEST_F(CompletionTest, Options) {
  EXPECT_THAT(At("SET 'execution.checkpointing.int"),
              ElementsAre("'execution.checkpointing.interval'"));
  EXPECT_THAT(At("SET 'execution.restore-policy' = '"),
              ElementsAre("'ask'", "'auto'", "'fresh'", "'reject'"));
  EXPECT_THAT(At("CREATE TABLE t (a INT) WITH ('connecto"), ElementsAre("'connector'"));
  EXPECT_THAT(At("CREATE TABLE t (a INT) WITH ('connector' = 'files"), ElementsAre("'filesystem'"));
  EXPECT_THAT(At("CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'pa"),
              Contains("'path'"));
  EXPECT_THAT(At("CREATE TABLE t (a INT) WITH ('format' = 'csv', 'csv.hea"),
              ElementsAre("'csv.header'"));
  EXPECT_THAT(At("CREATE JOB j WITH ('parallelism.d"), ElementsAre("'parallelism.default'"));
}

TEST_F(CompletionTest, JobsAndTheirSavepoints) {
  ASSERT_TRUE(Run("CREATE TABLE hole (n INT) WITH ('connector' = 'blackhole')").ok());
  ASSERT_TRUE(Run("CREATE TABLE n (n INT) WITH ('connector' = 'datagen')").ok());
  ASSERT_TRUE(Run("CREATE JOB `copy-all` AS INSERT INTO hole SELECT n FROM n").ok());
  EXPECT_THAT(At("STOP JOB "), ElementsAre("`copy-all`"));
  EXPECT_THAT(At("stop job co"), ElementsAre("`copy-all`"));
  EXPECT_THAT(At("DESCRIBE JOB `copy-"), ElementsAre("`copy-all`"));
  EXPECT_THAT(At("\\dj "), ElementsAre("`copy-all`"));
  const Result<Answer> saved =
      Run("SAVEPOINT JOB `copy-all` AS nightly TO '" + directory_ + "/saved'");
  ASSERT_TRUE(saved.ok()) << saved.status().ToString();
  EXPECT_THAT(At("DROP SAVEPOINT n"), ElementsAre("nightly"));
  EXPECT_THAT(At("RESTORE JOB `copy-all` FROM SAVEPOINT "), ElementsAre("nightly"));
  EXPECT_THAT(At("SHOW STATE "), ElementsAre("DIFFERENCE OF", "OF"));
  EXPECT_THAT(At("SHOW STATE OF "), ElementsAre("JOB", "nightly"));
  EXPECT_THAT(At("show state difference of nightly and "), ElementsAre("job", "nightly"));
  EXPECT_THAT(At("SHOW STATE DIFFERENCE OF JOB "), ElementsAre("`copy-all`"));
  EXPECT_THAT(At("SHOW STATE DIFFERENCE OF JOB `copy-all` "), ElementsAre("AND"));
  EXPECT_THAT(At("SHOW STATE DIFFERENCE OF nightly AND JOB `copy-all` "), ElementsAre("UID"));
  EXPECT_THAT(At("SELECT * FROM ST"), ElementsAre("STATE OF"));
  EXPECT_THAT(At("SELECT * FROM STATE OF "), ElementsAre("JOB", "nightly"));
  EXPECT_THAT(At("SELECT * FROM STATE OF JOB c"), ElementsAre("`copy-all`"));
  EXPECT_THAT(At("SELECT * FROM STATE OF JOB `copy-all` "), ElementsAre("UID"));
  EXPECT_THAT(At("SELECT * FROM STATE OF nightly "), ElementsAre("UID"));
  ASSERT_TRUE(Run("CANCEL JOB `copy-all`").ok());
}

TEST_F(CompletionTest, Paths) {
  const std::string folder = testing::TempDir() + "completed-paths";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder + "/data");
  std::ofstream(folder + "/data/first.csv") << "a,b\n1,2\n";
  std::ofstream(folder + "/data/.hidden") << "";
  EXPECT_THAT(At("SELECT * FROM '" + folder + "/d"), ElementsAre("'" + folder + "/data/"));
  EXPECT_THAT(At("SELECT * FROM '" + folder + "/data/"),
              ElementsAre("'" + folder + "/data/first.csv'"));
  EXPECT_THAT(At("SOURCE '" + folder + "/data/f"), ElementsAre("'" + folder + "/data/first.csv'"));
  EXPECT_THAT(At("\\i " + folder + "/data/f"), ElementsAre(folder + "/data/first.csv"));
  EXPECT_THAT(At("SELECT first.| FROM '" + folder + "/data/first.csv'"), ElementsAre("a", "b"));
}

TEST_F(CompletionTest, Shortcuts) {
  EXPECT_THAT(At("\\d"), ElementsAre("\\d", "\\df", "\\dj", "\\dt", "\\dv"));
  EXPECT_THAT(At("\\d o"), ElementsAre("orders"));
  EXPECT_THAT(At("\\nothing"), IsEmpty());
}

}  // namespace
}  // namespace weir::shell
