// What programs made for Hive send on their own.
#include "shell/hive/tool_statements.h"

#include <gmock/gmock.h>

#include "shell/hive/catalog_tables.h"

namespace weir::shell {
namespace {

using testing::ElementsAre;

std::string SqlOf(std::string_view text) {
  const ToolStatement statement = ReadToolStatement(text);
  EXPECT_FALSE(statement.answered) << text;
  return statement.sql;
}

TEST(ToolStatementsTest, SettingsOfHiveDoNothing) {
  for (const char* text : {"SET hive.exec.parallel=true", "set mapred.x = y", "SET hivevar:a=b",
                           "SET hiveconf:hive.x=1", "/* by a tool */ SET tez.queue.name=q;"}) {
    const ToolStatement statement = ReadToolStatement(text);
    EXPECT_TRUE(statement.answered) << text;
    EXPECT_FALSE(statement.table) << text;
  }
  const ToolStatement asked = ReadToolStatement("SET hive.x");
  ASSERT_TRUE(asked.table);
  EXPECT_EQ(asked.table->rows.front().front().ToString(), "hive.x is undefined");
}

TEST(ToolStatementsTest, SettingsOfOursAreSet) {
  for (const std::string text : {"SET", "SET 'parallelism.default' = '2'", "SET pipeline.name = x"})
    EXPECT_EQ(SqlOf(text), text);
  EXPECT_EQ(SqlOf("SET -v"), "SET");
  EXPECT_EQ(SqlOf("SET hiveconf:pipeline.name=my job"), "SET 'pipeline.name' = 'my job'");
}

TEST(ToolStatementsTest, NamesOfHiveAreOurs) {
  const std::string database = "`default_catalog`.`default_database`";
  EXPECT_EQ(SqlOf("USE default"), "USE " + database);
  EXPECT_EQ(SqlOf("use `default`;"), "USE " + database);
  EXPECT_EQ(SqlOf("USE other"), "USE other");
  EXPECT_EQ(SqlOf("USE CATALOG other"), "USE CATALOG other");
  EXPECT_EQ(SqlOf("SHOW TABLES IN default LIKE 'a*'"),
            "SHOW TABLES FROM " + database + " LIKE 'a%'");
  EXPECT_EQ(SqlOf("SHOW TABLES 'a'"), "SHOW TABLES LIKE 'a'");
  EXPECT_EQ(SqlOf("SHOW VIEWS"), "SHOW VIEWS");
  EXPECT_EQ(SqlOf("SHOW SCHEMAS LIKE 'x*'"), "SHOW DATABASES LIKE 'x%'");
  EXPECT_EQ(SqlOf("SHOW JOBS"), "SHOW JOBS");
  EXPECT_EQ(SqlOf("CREATE SCHEMA IF NOT EXISTS s"), "CREATE DATABASE IF NOT EXISTS s");
  EXPECT_EQ(SqlOf("INSERT INTO TABLE t SELECT 1"), "INSERT INTO t SELECT 1");
  EXPECT_EQ(SqlOf("INSERT INTO t SELECT 1"), "INSERT INTO t SELECT 1");
}

TEST(ToolStatementsTest, WhatIsNotHereIsEmpty) {
  for (const char* text :
       {"SHOW TBLPROPERTIES t", "SHOW PARTITIONS t", "SHOW LOCKS", "SHOW ROLES"}) {
    const ToolStatement statement = ReadToolStatement(text);
    ASSERT_TRUE(statement.table) << text;
    EXPECT_TRUE(statement.table->rows.empty());
  }
}

TEST(ToolStatementsTest, DescribesTablesInHivesColumns) {
  for (const char* text : {"DESCRIBE t", "DESC t", "DESCRIBE FORMATTED t",
                           "DESCRIBE EXTENDED TABLE t", "DESCRIBE TABLE t"}) {
    const ToolStatement statement = ReadToolStatement(text);
    EXPECT_TRUE(statement.describes) << text;
    EXPECT_EQ(statement.sql, "DESCRIBE t");
  }
  EXPECT_FALSE(ReadToolStatement("DESCRIBE JOB j").describes);
  ResultTable ours = TextTable({"name", "type", "null"});
  for (const char* type : {"INT", "DECIMAL(10, 2)", "TIMESTAMP(3) *ROWTIME*", "TIMESTAMP_LTZ(3)",
                           "TIME(0)", "BYTES", "ROW<`a` INT>", "ARRAY<STRING>"})
    ours.AddTextRow({"c", type, "TRUE"});
  std::vector<std::string> types;
  for (const std::vector<Value>& row : HiveDescription(ours).rows)
    types.push_back(row[1].ToString());
  EXPECT_THAT(types, ElementsAre("int", "decimal(10,2)", "timestamp", "string", "string", "binary",
                                 "struct<`a` int>", "array<string>"));
}

TEST(ToolStatementsTest, KnowsWhatAsksForRows) {
  for (const char* text : {"SELECT 1", "-- why\nwith a AS (SELECT 1) SELECT * FROM a", "(SELECT 1)",
                           "show jobs", "VALUES (1)"})
    EXPECT_TRUE(AsksForRows(text)) << text;
  for (const char* text : {"INSERT INTO t SELECT 1", "CREATE TABLE t (a INT)", "STOP JOB j", ""})
    EXPECT_FALSE(AsksForRows(text)) << text;
}

TEST(CatalogTablesTest, MatchesPatternsOfNames) {
  for (const char* pattern : {"", "%", "*", ".*", "orders", "ORDERS", "o%", "%s", "o_ders", "%r%e%",
                              "ord*", "%%%%orders"})
    EXPECT_TRUE(MatchesPattern("orders", pattern)) << pattern;
  for (const char* pattern : {"order", "ordersx", "_", "o\\_ders", "%x", "%%%%%%%%%%%%%%%%%%%%%%z"})
    EXPECT_FALSE(MatchesPattern("orders", pattern)) << pattern;
  EXPECT_TRUE(MatchesPattern("a_b", "a\\_b"));
  EXPECT_FALSE(MatchesPattern("", "a"));
  EXPECT_FALSE(MatchesPattern(std::string(1000, 'a'), "%a%a%a%a%a%a%a%a%a%a%a%b"));
}

}  // namespace
}  // namespace weir::shell
