#include "planner/parse/same_sql.h"

#include <gtest/gtest.h>

namespace weir::parse {
namespace {

TEST(SameSql, LooksAtWhatIsMeant) {
  const char* sql = "INSERT INTO s SELECT k, COUNT(*) AS n FROM t WHERE x <> 'A' GROUP BY k";
  for (const char* same : {
           "insert into s\n  select k, count( * ) as n -- comment\nfrom t where x <> 'A' group by "
           "k",
           "INSERT INTO `s` SELECT `k`, COUNT(*) AS \"n\" FROM `t` WHERE `x` <> 'A' GROUP BY `k`",
           "INSERT INTO s SELECT k, COUNT(/* all */ *) AS n FROM t WHERE x <> 'A' GROUP BY k",
       }) {
    EXPECT_TRUE(IsSameSql(sql, same)) << same;
    EXPECT_TRUE(IsSameSql(same, sql)) << same;
  }
  for (const char* other : {
           "INSERT INTO s SELECT k, COUNT(*) AS n FROM t WHERE x <> 'a' GROUP BY k",
           "INSERT INTO s SELECT K, COUNT(*) AS n FROM t WHERE x <> 'A' GROUP BY k",
           "INSERT INTO s SELECT `K`, COUNT(*) AS n FROM t WHERE x <> 'A' GROUP BY k",
           "INSERT INTO s SELECT k, COUNT(*) AS n FROM t WHERE x <> `A` GROUP BY k",
           "INSERT INTO s SELECT k, COUNT(*) AS n FROM t WHERE x <> 'A' GROUP BY k HAVING TRUE",
           "",
       }) {
    EXPECT_FALSE(IsSameSql(sql, other)) << other;
    EXPECT_FALSE(IsSameSql(other, sql)) << other;
  }
}

TEST(SameSql, ReservedWordsAreNamesInQuotesOnly) {
  EXPECT_FALSE(IsSameSql("SELECT select", "SELECT `select`"));
  EXPECT_FALSE(IsSameSql("SELECT `Date`", "SELECT `date`"));
  EXPECT_TRUE(IsSameSql("SELECT `a``b`", "SELECT \"a`b\""));
  EXPECT_FALSE(IsSameSql("SELECT 'a'", "SELECT \"a\""));
}

TEST(SameSql, NamesInFrontOfParentheses) {
  EXPECT_TRUE(
      IsSameSql("SELECT a, Upper(b), -ABS(c) FROM t", "SELECT a, UPPER(b), -abs(c) FROM t"));
  for (const auto& [one, other] :
       {std::pair{"WITH q (a) AS (SELECT 1)", "WITH Q (a) AS (SELECT 1)"},
        {"WITH p AS (VALUES 1), q (a) AS (SELECT 1)", "WITH p AS (VALUES 1), Q (a) AS (SELECT 1)"},
        {"FROM (VALUES 1) AS q(a)", "FROM (VALUES 1) AS Q(a)"},
        {"FROM (VALUES 1) q(a)", "FROM (VALUES 1) Q(a)"},
        {"INSERT INTO q (a)", "INSERT INTO Q (a)"},
        {"CREATE TABLE q (a INT)", "CREATE TABLE Q (a INT)"}}) {
    EXPECT_FALSE(IsSameSql(one, other)) << one;
  }
}

TEST(SameSql, ComparesTrees) {
  const char* sql =
      "INSERT INTO s SELECT src.k AS k, COUNT(*) AS n FROM t /*+ OPTIONS('a' = '1', 'b' = '2') */ "
      "AS src WHERE (x > 1) AND y IS NULL GROUP BY src.k";
  for (const char* same : {
           "INSERT INTO s SELECT src.k k, COUNT(*) n FROM t /*+ OPTIONS('b'='2','a'='1') */ src "
           "WHERE x > 1 AND (y IS NULL) GROUP BY src.k",
           "insert into s select src.k k, count(*) n from t /*+ OPTIONS('a'='1','b'='2') */ src "
           "where x > 1 and y is null group by src.k",
       }) {
    EXPECT_TRUE(IsSameSql(sql, same)) << same;
    EXPECT_TRUE(IsSameSql(same, sql)) << same;
  }
  for (const char* other : {
           "INSERT INTO s SELECT src.k AS k, COUNT(*) AS n FROM t /*+ OPTIONS('a' = '2', 'b' = "
           "'1') */ AS src WHERE (x > 1) AND y IS NULL GROUP BY src.k",
           "INSERT INTO s SELECT src.k AS k, COUNT(*) AS n FROM t /*+ OPTIONS('a' = '1', 'b' = "
           "'2') */ AS SRC WHERE (x > 1) AND y IS NULL GROUP BY src.k",
           "INSERT INTO s SELECT src.k AS k, COUNT(*) AS n FROM t AS src WHERE (x > 1) AND y IS "
           "NULL GROUP BY src.k",
           "INSERT INTO s SELECT src.k AS k, COUNT(*) AS n FROM t /*+ OPTIONS('a' = '1', 'b' = "
           "'2') */ AS src WHERE y IS NULL AND (x > 1) GROUP BY src.k",
       }) {
    EXPECT_FALSE(IsSameSql(sql, other)) << other;
  }
  EXPECT_FALSE(IsSameSql("SELECT a - (b - c) FROM t", "SELECT a - b - c FROM t"));
  EXPECT_FALSE(IsSameSql("SELECT ('a' = 'b', 'c' = 'd')", "SELECT ('c' = 'd', 'a' = 'b')"));
}

TEST(SameSql, TheOrderOfOptionsDoesNotCount) {
  EXPECT_TRUE(IsSameSql("CREATE TABLE t (id INT) WITH ('connector' = 'datagen', 'seed' = '1')",
                        "CREATE TABLE t (id INT) WITH ('seed' = '1', 'connector' = 'datagen')"));
  EXPECT_TRUE(IsSameSql("CREATE JOB j WITH ('a' = '1', 'b' = '2') AS INSERT INTO s SELECT 1",
                        "CREATE JOB j WITH ('b' = '2', 'a' = '1') AS INSERT INTO s SELECT 1"));
  EXPECT_FALSE(IsSameSql("CREATE TABLE t (id INT) WITH ('connector' = 'datagen', 'seed' = '1')",
                         "CREATE TABLE t (id INT) WITH ('connector' = '1', 'seed' = 'datagen')"));
  EXPECT_FALSE(IsSameSql("CREATE TABLE t (id INT) WITH ('a' = '1', 'a' = '2')",
                         "CREATE TABLE t (id INT) WITH ('a' = '2', 'a' = '1')"))
      << "which of two counts is a matter of their order";
  EXPECT_TRUE(IsSameSql("SELECT FROM WITH ('b' = '1', 'a' = '2')",
                        "SELECT FROM WITH ('a' = '2', 'b' = '1')"))
      << "text that does not parse";
  EXPECT_FALSE(IsSameSql("SELECT WITH ('b' = '1', 'a'", "SELECT WITH ('a', 'b' = '1'"));
}

TEST(SameSql, DefinitionsOfTables) {
  EXPECT_TRUE(
      IsSameSql("CREATE TABLE t (id BIGINT NOT NULL, `k` STRING) WITH ('connector' = 'datagen')",
                "create table `t` (`id` bigint not null, k string) with ('connector'='datagen')"));
  EXPECT_FALSE(IsSameSql("CREATE TABLE t (id BIGINT) WITH ('connector' = 'datagen')",
                         "CREATE TABLE t (id BIGINT) WITH ('connector' = 'Datagen')"));
}

}  // namespace
}  // namespace weir::parse
