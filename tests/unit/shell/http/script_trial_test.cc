// Scripts that are tried: what is found in them, and that nothing of them stays.
#include "shell/http/script_trial.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/shell/engine_fixture.h"

namespace weir::shell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kTable =
    "CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'datagen');\n";

class ScriptTrialTest : public EngineTest {
 protected:
  // In the catalog that all sessions see.
  Status Execute(const std::string& statement) {
    return RunIn(*engine_->NewSession(SessionCatalog::kShared), statement).status();
  }
  std::vector<std::string> Relations() {
    return engine_->NewSession(SessionCatalog::kShared)->Names(Named::kRelations);
  }
  ScriptTrial::Findings Check(std::string_view script) {
    return ScriptTrial(*engine_, {}).Check(script);
  }
  std::string FoundAt(std::string_view script, const ScriptFinding& finding) {
    return std::string(script.substr(finding.span.begin, finding.span.end - finding.span.begin));
  }
};

TEST_F(ScriptTrialTest, EveryStatementIsLookedAt) {
  const std::string script =
      std::string(kTable) + "SELECT aa FROM t;\nSELECT a FRM t;\nSELECT c, b FROM t";
  const ScriptTrial::Findings found = Check(script);
  ASSERT_EQ(found.statements.size(), 4U);
  EXPECT_EQ(found.statements[0].words, "CREATE TABLE");
  ASSERT_EQ(found.findings.size(), 3U);
  EXPECT_EQ(FoundAt(script, found.findings[0]), "aa");
  EXPECT_EQ(found.findings[0].status.id(), "E2003");
  EXPECT_EQ(FoundAt(script, found.findings[2]), "c");
}

TEST_F(ScriptTrialTest, NothingOfItStays) {
  EXPECT_THAT(
      Check(std::string(kTable) + "CREATE VIEW v AS SELECT a FROM t; DROP TABLE t").findings,
      IsEmpty());
  EXPECT_THAT(Relations(), IsEmpty());
  ASSERT_TRUE(Execute(std::string(kTable)).ok());
  EXPECT_THAT(Check("DROP TABLE t; CREATE TABLE t (z INT) WITH ('connector' = 'datagen'); "
                    "SELECT z FROM t; CREATE DATABASE d; STOP JOB j; DROP JOB j")
                  .findings,
              IsEmpty());
  EXPECT_THAT(Relations(), ElementsAre("t"));
  EXPECT_THAT(engine_->NewSession(SessionCatalog::kShared)->ColumnsOf({"t"}),
              ElementsAre("a", "b"));
  ASSERT_TRUE(Execute("CREATE DATABASE d").ok());
}

TEST_F(ScriptTrialTest, WhatIsThereCanBeDefinedOtherwise) {
  ASSERT_TRUE(Execute(std::string(kTable)).ok());
  EXPECT_THAT(Check("SELECT b FROM t").findings, IsEmpty());
  EXPECT_THAT(
      Check("CREATE TABLE t (z INT) WITH ('connector' = 'datagen'); SELECT z FROM t").findings,
      IsEmpty());
  const auto found =
      Check("CREATE TABLE t (z INT) WITH ('connector' = 'datagen'); SELECT b FROM t");
  ASSERT_EQ(found.findings.size(), 1U);
  EXPECT_THAT(found.findings[0].message, HasSubstr("\"b\""));
}

TEST_F(ScriptTrialTest, NoFileIsOpened) {
  EXPECT_THAT(Check("SELECT * FROM '/nowhere/at/all.csv'; "
                    "CREATE TABLE f WITH ('connector' = 'filesystem', 'path' = '/nowhere/at/all')")
                  .findings,
              IsEmpty());
}

TEST_F(ScriptTrialTest, OnlyDefinitionsStandBeforeAJob) {
  ScriptTrial trial(*engine_, {});
  const std::string sink = "CREATE TABLE s (a INT) WITH ('connector' = 'blackhole');\n";
  const std::string job = "INSERT INTO s SELECT a FROM t";
  const std::string script = std::string(kTable) + sink + job;
  const Result<SourceSpan> found = trial.DefineFor(script, {});
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(script.substr(found->begin, found->end - found->begin), job);
  for (const std::string& wrong : {std::string(), std::string(kTable), "DROP TABLE t; " + job,
                                   "STOP JOB j; " + job, job + "; " + job, "SELECT 1; " + job}) {
    EXPECT_EQ(ScriptTrial(*engine_, {}).DefineFor(wrong, {}).status().id(), "E2015") << wrong;
  }
}

// Definitions that differ in their secrets alone are shown alike.
TEST_F(ScriptTrialTest, HiddenSecretsAreThoseOfTheJobThatIsEdited) {
  const auto table = [](std::string_view password) {
    return fmt::format(
        "CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://h/d', "
        "'table-name' = 'x', 'password' = '{}');\n",
        password);
  };
  for (const std::string_view job : {"one", "two"}) {
    ScriptTrial trial(*engine_, {});
    JobRecord record;
    record.name = job;
    record.definitions = {table(fmt::format("of_{}", job))};
    const std::string script = table("******") +
                               "CREATE TABLE s (a INT) WITH ('connector' = 'blackhole');\n"
                               "INSERT INTO s SELECT a FROM t";
    const Result<SourceSpan> found = trial.DefineFor(script, record);
    ASSERT_TRUE(found.ok()) << found.status().ToString();
    const auto defined = trial.session().session().catalog().Find({"t"}, {});
    ASSERT_TRUE(defined.ok());
    EXPECT_EQ(graph::OptionValue(defined->table->options, "password"), fmt::format("of_{}", job));
    // Stars that are no other's.
    record.definitions.clear();
    EXPECT_FALSE(ScriptTrial(*engine_, {}).DefineFor(script, record).ok());
  }
}

}  // namespace
}  // namespace weir::shell
