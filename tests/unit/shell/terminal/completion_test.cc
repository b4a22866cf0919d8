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
  EXPECT_THAT(Complete(engine_->own(), "SEL"), ElementsAre("SELECT"));
  EXPECT_THAT(Complete(engine_->own(), "sel"), ElementsAre("select"));
  EXPECT_THAT(Complete(engine_->own(), "SELECT * FROM or"), ElementsAre("orders"));
  EXPECT_THAT(Complete(engine_->own(), "SELECT * FROM "), ElementsAre("orders"));
  EXPECT_THAT(Complete(engine_->own(), "SELECT * FROM orders WHERE am"), ElementsAre("amount"));
  EXPECT_THAT(Complete(engine_->own(), "SELECT subst"), Contains("substring"));
  EXPECT_THAT(Complete(engine_->own(), "SET 'execution.checkpointing.int"),
              ElementsAre("'execution.checkpointing.interval'"));
  EXPECT_THAT(Complete(engine_->own(), "STOP JOB "), IsEmpty());
  EXPECT_THAT(Complete(engine_->own(), "SELECT nothing_like_it"), IsEmpty());
}

TEST_F(EngineTest, CompletesOptionsOfTables) {
  EXPECT_THAT(Complete(engine_->own(), "CREATE TABLE t (a INT) WITH ('conn"),
              ElementsAre("'connector'"));
  EXPECT_THAT(Complete(engine_->own(), "CREATE TABLE t (a INT) WITH ('connector' = 'files"),
              ElementsAre("'filesystem'"));
  EXPECT_THAT(
      Complete(engine_->own(), "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'pa"),
      Contains("'path'"));
  EXPECT_THAT(Complete(engine_->own(), "CREATE TABLE t (a INT) WITH ('format' = 'csv', 'csv.hea"),
              ElementsAre("'csv.header'"));
}

}  // namespace
}  // namespace weir::shell
