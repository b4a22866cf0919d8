// What TAB offers, of an engine with a table.
#include "shell/terminal/completion.h"

#include "tests/unit/shell/engine_fixture.h"

namespace weir::shell {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(EngineTest, CompletesByPlace) {
  ASSERT_TRUE(Run("CREATE TABLE orders (id INT, amount INT) WITH ('connector' = 'print')").ok());
  EXPECT_THAT(Complete(*engine_, "SEL"), ElementsAre("SELECT"));
  EXPECT_THAT(Complete(*engine_, "sel"), ElementsAre("select"));
  EXPECT_THAT(Complete(*engine_, "SELECT * FROM or"), ElementsAre("orders"));
  EXPECT_THAT(Complete(*engine_, "SELECT * FROM "), ElementsAre("orders"));
  EXPECT_THAT(Complete(*engine_, "SELECT * FROM orders WHERE am"), ElementsAre("amount"));
  EXPECT_THAT(Complete(*engine_, "SELECT subst"), Contains("substring"));
  EXPECT_THAT(Complete(*engine_, "SET 'execution.checkpointing.int"),
              ElementsAre("'execution.checkpointing.interval'"));
  EXPECT_THAT(Complete(*engine_, "STOP JOB "), IsEmpty());
  EXPECT_THAT(Complete(*engine_, "SELECT nothing_like_it"), IsEmpty());
}

TEST_F(EngineTest, CompletesOptionsOfTables) {
  EXPECT_THAT(Complete(*engine_, "CREATE TABLE t (a INT) WITH ('conn"), ElementsAre("'connector'"));
  EXPECT_THAT(Complete(*engine_, "CREATE TABLE t (a INT) WITH ('connector' = 'files"),
              ElementsAre("'filesystem'"));
  EXPECT_THAT(Complete(*engine_, "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'pa"),
              Contains("'path'"));
  EXPECT_THAT(Complete(*engine_, "CREATE TABLE t (a INT) WITH ('format' = 'csv', 'csv.hea"),
              ElementsAre("'csv.header'"));
}

}  // namespace
}  // namespace weir::shell
