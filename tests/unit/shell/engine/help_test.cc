// HELP: examples that run, options of generated columns, suggestions.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "runtime/expr/aggregate.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"
#include "shell/engine/statements/function_help.h"
#include "shell/engine/statements/help_text.h"
#include "tests/unit/shell/engine_fixture.h"

namespace weir::shell {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(EngineTest, EveryFunctionHasAnExample) {
  for (const std::string& name : FunctionsWithHelp()) {
    if (expr::IsMissingFunction(name)) continue;
    EXPECT_THAT(FunctionHelp(name), HasSubstr("  SELECT ")) << name;
  }
}

TEST_F(EngineTest, ExamplesOfFunctionsGiveWhatTheySay) {
  ASSERT_TRUE(Run("CREATE TABLE orders (ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' "
                  "SECOND) WITH ('connector' = 'inline', 'rows' = '2026-01-01 10:00:01')")
                  .ok());
  size_t told = 0;
  for (const FunctionExample& example : FunctionExamples()) {
    EXPECT_THAT(FunctionHelp(example.name), HasSubstr(example.select)) << "no function's name";
    std::string select(example.select);
    const size_t from = std::min(select.find(" FROM (VALUES"), select.find(" FROM orders"));
    const std::string tail = from == std::string::npos ? "" : select.substr(from);
    const bool whole = example.name == "FIELD";
    const std::string query =
        whole ? fmt::format("SELECT {}", select)
              : fmt::format("SELECT CAST(({}) AS STRING){}", select.substr(0, from), tail);
    const Result<Answer> answer = Run(query);
    ASSERT_TRUE(answer.ok()) << query << ": " << answer.status().ToString();
    ASSERT_TRUE(answer->table) << query;
    if (example.gives.empty()) continue;
    ++told;
    ASSERT_EQ(answer->table->rows.size(), 1u) << query;
    EXPECT_EQ(answer->table->rows[0][0].ToString(), example.gives) << query;
  }
  EXPECT_GT(told, 200u);
}

TEST_F(EngineTest, HelpOnPartsOfQueriesHasExamplesThatAreUnderstood) {
  for (const char* table : {"orders", "returns", "payments"}) {
    ASSERT_TRUE(
        Run(fmt::format("CREATE TABLE {} (id INT, sku STRING, qty INT, paid INT, ts TIMESTAMP(3), "
                        "WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen')",
                        table))
            .ok());
  }
  ASSERT_TRUE(Run("CREATE TABLE names (sku STRING, name STRING, PRIMARY KEY (sku) NOT ENFORCED) "
                  "WITH ('connector' = 'inline', 'rows' = 'a, b')")
                  .ok());
  ASSERT_TRUE(Run("CREATE TABLE prices (sku STRING, price INT, ts TIMESTAMP(3), WATERMARK FOR ts "
                  "AS ts, PRIMARY KEY (sku) NOT ENFORCED) WITH ('connector' = 'datagen')")
                  .ok());
  ASSERT_TRUE(Run("CREATE TABLE events (op STRING, sku STRING) WITH ('connector' = 'inline', "
                  "'rows' = 'c, a')")
                  .ok());
  size_t examples = 0;
  for (const char* topic :
       {"WINDOWS", "CHANGELOG", "JOIN", "RANKS", "PATTERNS", "LIMIT", "HINTS"}) {
    std::string text = HelpText(topic).value_or("");
    while (true) {
      const size_t begin = text.find("\n    SELECT ");
      if (begin == std::string::npos) break;
      const size_t end = text.find(';', begin);
      const std::string query = text.substr(begin, end - begin);
      EXPECT_TRUE(Run("EXPLAIN " + query).ok())
          << query << Run("EXPLAIN " + query).status().ToString();
      text.erase(0, end + 1);
      ++examples;
    }
  }
  EXPECT_EQ(examples, 19u);
  EXPECT_THAT(HelpText("tumble").value_or(""), AllOf(HasSubstr("TUMBLE("), Not(HasSubstr("HOP("))));
  EXPECT_THAT(HelpText("HOP").value_or(""), HasSubstr("FROM TABLE(HOP("));
  const std::string state = HelpText("state of").value_or("");
  const size_t select = state.find("SELECT ");
  ASSERT_NE(select, std::string::npos) << state;
  EXPECT_EQ(Run(state.substr(select, state.find(';') - select)).status().id(), "E7004");
}

TEST_F(EngineTest, HelpOnGeneratedTablesListsOptionsOfTheirColumns) {
  const std::string datagen = HelpText("datagen").value_or("");
  for (const auto& [key, value] :
       std::vector<std::pair<const char*, const char*>>{{"kind", "random"},
                                                        {"min", "a"},
                                                        {"length", "3"},
                                                        {"var-len", "true"},
                                                        {"null-rate", "0.5"}}) {
    EXPECT_THAT(datagen, HasSubstr(fmt::format("'fields.<column>.{}'", key)));
  }
  EXPECT_TRUE(
      Run("CREATE TEMPORARY TABLE g (a INT, s STRING, t TIMESTAMP(3), n INT) WITH ('connector' = "
          "'datagen', 'fields.a.kind' = 'random', 'fields.a.min' = '1', 'fields.a.max' = '2', "
          "'fields.a.null-rate' = '0.5', 'fields.s.length' = '3', 'fields.s.var-len' = 'true', "
          "'fields.t.max-past' = '1 d', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', "
          "'fields.n.end' = '3')")
          .ok());
  EXPECT_THAT(HelpText("faker").value_or(""), HasSubstr("'fields.<column>.expression'"));
}

TEST_F(EngineTest, HelpOnWhatIsNotThereSuggests) {
  const Result<Answer> wrong = Run("HELP tumbel");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.status().hint(), "did you mean \"TUMBLE\"?");
  EXPECT_EQ(Run("HELP substrng").status().hint(), "did you mean \"SUBSTRING\"?");
  EXPECT_EQ(Run("HELP qqqqqqqqqqqq").status().hint(), "HELP lists the statements");
  EXPECT_THAT(HelpText("acos").value_or(""), HasSubstr("ACOS(numeric)"));
}

TEST_F(EngineTest, HelpTakesNamesOfSeveralTokens) {
  for (const char* topic : {"debezium-json", "parallelism.default", "CREATE\n  TABLE", "state_id"})
    EXPECT_TRUE(Run(fmt::format("HELP {}", topic)).ok()) << topic;
}

}  // namespace
}  // namespace weir::shell
