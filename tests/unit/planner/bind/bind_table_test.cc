#include "planner/catalog/describe.h"
#include "tests/unit/planner/bind/bind_fixture.h"

namespace weir::bind {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kFull =
    "CREATE TABLE orders (id INT COMMENT 'the key', price DECIMAL(10, 2) NOT NULL, "
    "file STRING METADATA FROM 'file.path' VIRTUAL, `file.time` TIMESTAMP(3) METADATA VIRTUAL, "
    "total AS price * 2, ts TIMESTAMP(3), pt AS PROCTIME(), "
    "CONSTRAINT pk PRIMARY KEY (id) NOT ENFORCED, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) "
    "COMMENT 'it''s orders' WITH ('connector' = 'fake', 'path' = '/x')";

class BindTable : public BindFixture {
 protected:
  catalog::TablePtr Table(const std::string& name) { return catalog_.Find({name}, {})->table; }
};

TEST_F(BindTable, HoldsWhatWasDeclared) {
  ASSERT_EQ(Define(kFull), "");
  const catalog::TablePtr table = Table("orders");
  ASSERT_EQ(table->columns.size(), 7u);
  EXPECT_EQ(table->columns[0].type.ToString(), "INT NOT NULL");  // a key is NOT NULL
  EXPECT_EQ(table->columns[3].metadata_key, "file.time");
  EXPECT_EQ(table->columns[4].type.ToString(), "DECIMAL(21, 2) NOT NULL");
  EXPECT_EQ(table->ScanSchema().size(), 5u);
  EXPECT_THAT(table->ScanMetadataKeys(), ElementsAre("", "", "file.path", "file.time", ""));
  EXPECT_THAT(table->InsertColumns(), ElementsAre(0, 1, 5));
  EXPECT_THAT(table->primary_key, ElementsAre(0));
  EXPECT_EQ(table->create_text, kFull);
  EXPECT_TRUE(table->SourceChanges().append_only());
  EXPECT_EQ(Table("changing")->SourceChanges(), ChangelogMode::All());
}

TEST_F(BindTable, MetadataAreCastToTheirDeclaredTypes) {
  ASSERT_EQ(Define(kFull), "");
  EXPECT_EQ(Plan("SELECT * FROM orders"), R"(
Collect(id, price, file, file.time, total, ts, pt)
  Project(id, price, file, file.time, total, ts, pt)
    Watermark(ts: (ts - INTERVAL '+0 00:00:05.000' DAY TO SECOND(3)))
      Project(id, price, file, CAST(file.time AS TIMESTAMP(3)) AS file.time, (price * CAST(2 AS DECIMAL(10, 0))) AS total, ts, PROCTIME() AS pt)
        Scan(orders: id, price, file, file.time, ts)
)");
}

TEST_F(BindTable, ShowsHowToCreateItAgain) {
  ASSERT_EQ(Define(kFull), "");
  const std::string text = catalog::ShowCreateTable(*Table("orders"));
  EXPECT_EQ(text, R"(CREATE TABLE `default_catalog`.`default_database`.`orders` (
  `id` INT NOT NULL COMMENT 'the key',
  `price` DECIMAL(10, 2) NOT NULL,
  `file` STRING METADATA FROM 'file.path' VIRTUAL,
  `file.time` TIMESTAMP(3) METADATA VIRTUAL,
  `total` AS price * 2,
  `ts` TIMESTAMP(3),
  `pt` AS PROCTIME(),
  WATERMARK FOR `ts` AS ts - INTERVAL '5' SECOND,
  CONSTRAINT `pk` PRIMARY KEY (`id`) NOT ENFORCED
)
COMMENT 'it''s orders'
WITH (
  'connector' = 'fake',
  'path' = '/x'
))");
  ASSERT_TRUE(catalog_.Drop({"orders"}, {}, {}).ok());
  ASSERT_EQ(Define(text), "");
  EXPECT_EQ(catalog::ShowCreateTable(*Table("orders")), text);
}

TEST_F(BindTable, DescribesItsColumns) {
  ASSERT_EQ(Define(kFull), "");
  std::vector<std::string> rows;
  for (const catalog::DescribeRow& row : catalog::DescribeTable(*Table("orders"))) {
    rows.push_back(fmt::format("{}|{}|{}|{}|{}|{}", row.name, row.type, row.nullable, row.key,
                               row.extras, row.watermark));
  }
  EXPECT_THAT(rows, ElementsAre("id|INT|false|PRI(id)||", "price|DECIMAL(10, 2)|false|||",
                                "file|STRING|true||METADATA FROM 'file.path' VIRTUAL|",
                                "file.time|TIMESTAMP(3)|true||METADATA VIRTUAL|",
                                "total|DECIMAL(21, 2)|false||AS price * 2|",
                                "ts|TIMESTAMP(3) *ROWTIME*|true|||ts - INTERVAL '5' SECOND",
                                "pt|TIMESTAMP_LTZ(3) *PROCTIME*|false||AS PROCTIME()|"));
}

TEST_F(BindTable, DescribesAndShowsViews) {
  ASSERT_EQ(Define("CREATE TEMPORARY VIEW v (a) COMMENT 'c' AS SELECT ts FROM bids"), "");
  const catalog::ViewPtr view = catalog_.Find({"v"}, {})->view;
  EXPECT_EQ(catalog::DescribeView(*view)[0].type, "TIMESTAMP(3) *ROWTIME*");
  EXPECT_EQ(
      catalog::ShowCreateView(*view),
      "CREATE TEMPORARY VIEW `default_catalog`.`default_database`.`v` (\n  `a`\n)\nCOMMENT 'c'\n"
      "AS SELECT ts FROM bids");
  EXPECT_THAT(Define("CREATE VIEW w (a, b) AS SELECT 1 AS x"),
              HasSubstr("E2006 the view names 2 columns"));
}

TEST_F(BindTable, SaysWhatContradictsItself) {
  const std::string with = " WITH ('connector' = 'fake', 'path' = 'x')";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"(a INT, a STRING)", "E2009 the column \"a\" is declared twice [a]"},
      {"(a AS 1)", "E2009 a table needs at least one column"},
      {"(a INT, b AS c + 1)", "E2003 there is no column \"c\" [c]"},
      {"(a INT, b AS a + 1, d AS b + 1)", "E2003 there is no column \"b\" [b]"},
      {"(a INT, PRIMARY KEY (a))", "E2009 a PRIMARY KEY must be declared NOT ENFORCED"},
      {"(abc INT, PRIMARY KEY (abd) NOT ENFORCED)",
       "E2003 PRIMARY KEY names no column of the table: \"abd\" [abd] (did you mean \"abc\"?)"},
      {"(a INT, PRIMARY KEY (a, a) NOT ENFORCED)", "E2009 PRIMARY KEY names \"a\" twice [a]"},
      {"(a INT, WATERMARK FOR a AS a)", "E2010 WATERMARK needs a TIMESTAMP(p)"},
      {"(ts TIMESTAMP(6), WATERMARK FOR ts AS ts)", "but \"ts\" is TIMESTAMP(6) [ts]"},
      {"(ts TIMESTAMP(3), WATERMARK FOR t AS ts)",
       "E2003 WATERMARK names no column of the table: \"t\" [t]"},
      {"(ts TIMESTAMP(3), WATERMARK FOR ts AS 1)",
       "E2006 the watermark of \"ts\" must be TIMESTAMP(3)"},
      {"(a INT, m STRING METADATA FROM 'file.pat')",
       "E2009 the connector 'fake' has no metadata 'file.pat' ['file.pat'] (did you mean "
       "\"file.path\"?)"},
      {"(a INT, m ROW<x INT> METADATA FROM 'file.time')", "E2006 the metadata 'file.time'"},
      {"(a DECIMAL(39, 0))",
       "E1003 the precision of DECIMAL(39, 0) must be between 1 and 38, not 39"},
      {"(a TIMESTAMP(10))", "E1003 the precision"},
      {"(a INT) PARTITIONED BY (b)", "E2003 PARTITIONED BY names no column"},
      {"(a INT) PARTITIONED BY (a)", "E2009 the connector 'fake' has no partitions [a]"},
  };
  for (const auto& [body, expected] : cases) {
    EXPECT_THAT(Define("CREATE TABLE t " + body + with), HasSubstr(expected)) << body;
  }
}

TEST_F(BindTable, OptionErrorsPointAtTheOption) {
  EXPECT_EQ(Define("CREATE TABLE t (a INT) WITH ('connector' = 'fake', 'pth' = 'x')"),
            "E2008 the connector 'fake' has no option 'pth' ['pth'] (did you mean \"path\"?)");
  EXPECT_THAT(Define("CREATE TABLE t (a INT) WITH ('connector' = 'fale', 'path' = 'x')"),
              HasSubstr("['fale']"));
  EXPECT_THAT(Define("CREATE TABLE t (a INT)"),
              HasSubstr("E2008 the table has no option 'connector' [t]"));
}

TEST_F(BindTable, NamesWhatIsNotSupportedYet) {
  EXPECT_THAT(Define("CREATE TABLE t WITH ('connector' = 'fake') AS SELECT 1 AS a"),
              HasSubstr("E1002 CREATE TABLE … AS"));
}

}  // namespace
}  // namespace weir::bind
