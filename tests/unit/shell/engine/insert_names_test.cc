#include "shell/engine/statements/insert_names.h"

#include <gtest/gtest.h>

#include "planner/parse/parse.h"

namespace weir::shell {
namespace {

JobRecord Record(std::string name, std::string sql, RecordedState state) {
  JobRecord record;
  record.name = std::move(name);
  record.sql = std::move(sql);
  record.state = state;
  return record;
}

// The names that the INSERTs of a script get one after the other, each of them running on.
std::vector<std::string> NamesOf(const std::string& script, const std::vector<JobRecord>& records) {
  std::vector<std::string> names;
  ScriptInserts inserts;
  for (const SourceSpan part : parse::SplitScript(script)) {
    const ast::StatementPtr statement = parse::ParseStatementAt(script, part).value();
    const auto* insert = statement->As<ast::Insert>();
    if (insert == nullptr) continue;
    InsertNaming naming{&inserts.Of(script), statement->span, &records, names};
    names.push_back(NameOfInsert(*insert, naming));
  }
  return names;
}

using Names = std::vector<std::string>;

constexpr char kTwo[] = "INSERT INTO t SELECT 1; INSERT INTO t SELECT 2;";
constexpr char kFirst[] = "INSERT INTO t SELECT 1";
constexpr char kSecond[] = "INSERT INTO t SELECT 2";

TEST(InsertNames, ASecondInsertIntoATableGetsANumber) {
  EXPECT_EQ(NamesOf("INSERT INTO t SELECT 1", {}), Names({"insert-into_t"}));
  EXPECT_EQ(NamesOf(kTwo, {}), Names({"insert-into_t", "insert-into_t_2"}));
  EXPECT_EQ(NamesOf("INSERT INTO t SELECT 1; INSERT INTO u SELECT 1; INSERT INTO T SELECT 2;", {}),
            Names({"insert-into_t", "insert-into_u", "insert-into_T_2"}));
}

TEST(InsertNames, AnUnfinishedJobGoesOnByItsSql) {
  // The first had finished; what is left is the second.
  EXPECT_EQ(NamesOf(kTwo, {Record("insert-into_t", kFirst, RecordedState::kFinished),
                           Record("insert-into_t_2", kSecond, RecordedState::kRunning)}),
            Names({"insert-into_t", "insert-into_t_2"}));
  // Another order in the script mixes nothing up.
  EXPECT_EQ(NamesOf("INSERT INTO t SELECT 2; INSERT INTO t SELECT 1;",
                    {Record("insert-into_t", kFirst, RecordedState::kSuspended),
                     Record("insert-into_t_2", kSecond, RecordedState::kFailed)}),
            Names({"insert-into_t_2", "insert-into_t"}));
  EXPECT_EQ(
      NamesOf("INSERT INTO t SELECT 2", {Record("insert-into_t_2", kSecond, RecordedState::kFailed),
                                         Record("insert-into_t", kFirst, RecordedState::kFailed)}),
      Names({"insert-into_t_2"}));
}

TEST(InsertNames, ANewInsertBeforeOthersTakesNoneOfTheirNames) {
  EXPECT_EQ(NamesOf("INSERT INTO t SELECT 0; INSERT INTO t SELECT 1; INSERT INTO t SELECT 2;",
                    {Record("insert-into_t", kFirst, RecordedState::kRunning),
                     Record("insert-into_t_2", kSecond, RecordedState::kRunning)}),
            Names({"insert-into_t_4", "insert-into_t", "insert-into_t_2"}));
}

TEST(InsertNames, AnEditedInsertKeepsTheNameOfItsPlace) {
  // Starting it under that name is refused, as its SQL has changed.
  EXPECT_EQ(NamesOf("INSERT INTO t SELECT 1; INSERT INTO t SELECT 3;",
                    {Record("insert-into_t", kFirst, RecordedState::kRunning),
                     Record("insert-into_t_2", kSecond, RecordedState::kRunning)}),
            Names({"insert-into_t", "insert-into_t_2"}));
}

TEST(InsertNames, EqualInsertsAreDifferentJobs) {
  EXPECT_EQ(NamesOf("INSERT INTO t SELECT 1; INSERT INTO t SELECT 1;",
                    {Record("insert-into_t", kFirst, RecordedState::kFinished),
                     Record("insert-into_t_2", kFirst, RecordedState::kRunning)}),
            Names({"insert-into_t_2", "insert-into_t_3"}));
}

TEST(InsertNames, NamedInsertsAreNotCounted) {
  const std::string script =
      "SET 'pipeline.name' = 'x'; INSERT INTO t SELECT 0; RESET 'pipeline.name'; " +
      std::string(kTwo);
  const std::vector<JobRecord> records;
  const std::vector<SourceSpan> parts = parse::SplitScript(script);
  const ast::StatementPtr last = parse::ParseStatementAt(script, parts.back()).value();
  ScriptInserts inserts;
  const InsertNaming naming{&inserts.Of(script), last->span, &records, {"x", "insert-into_t"}};
  EXPECT_EQ(NameOfInsert(*last->As<ast::Insert>(), naming), "insert-into_t_2");
}

TEST(InsertNames, OneThatRunsIsNotUsedAgain) {
  const std::vector<JobRecord> records = {Record("insert-into_t", kFirst, RecordedState::kRunning)};
  const ast::StatementPtr statement = parse::ParseStatement(kFirst).value();
  ScriptInserts inserts;
  const InsertNaming naming{&inserts.Of(kFirst), statement->span, &records, {"insert-into_t"}};
  EXPECT_EQ(NameOfInsert(*statement->As<ast::Insert>(), naming), "insert-into_t_2");
}

}  // namespace
}  // namespace weir::shell
