// The files of permanent tables and views: their bytes, their names, and what they hold.
#include "shell/engine/catalog/definition_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "planner/ast/statement.h"
#include "planner/parse/parse.h"
#include "runtime/base/hash.h"
#include "runtime/base/plain_path.h"
#include "runtime/file_system.h"
#include "shell/engine/catalog/kept_form.h"
#include "tests/seed.h"

namespace weir::shell {
namespace {

using catalog::ObjectDefinition;
using catalog::ObjectKind;
using testing::HasSubstr;

constexpr char kGolden[] = "tests/golden/v1/catalog/default_catalog/my%20db/";

ObjectDefinition Table() {
  return {
      "CREATE TABLE `default_catalog`.`my db`.`orders` (id INT, sku STRING, qty INT) WITH "
      "('connector' = 'filesystem', 'path' = '/data/orders', 'format' = 'csv')",
      "default_catalog", "my db"};
}

ObjectDefinition View() {
  return {"CREATE VIEW `default_catalog`.`my db`.`best sku` AS SELECT sku, 'a\nb' FROM orders",
          "default_catalog", "my db"};
}

// In a `.table` as well; names in its query resolve in the database of the second line.
ObjectDefinition MaterializedTable() {
  return {
      "CREATE MATERIALIZED TABLE `default_catalog`.`my db`.`sold` (`sku` STRING, `q` INT) WITH "
      "('connector' = 'filesystem', 'path' = '/data/sold', 'format' = 'csv') FRESHNESS = INTERVAL "
      "'2' SECOND REFRESH_MODE = FULL AS SELECT sku, SUM(qty) AS q FROM orders GROUP BY sku",
      "default_catalog", "my db"};
}

std::string Golden(const std::string& file) {
  return ReadFile(FileSystem::Local(), kGolden + file).value();
}

TEST(DefinitionFileTest, HasTheBytesOfVersion1) {
  EXPECT_EQ(EncodeDefinition(Table()), Golden("orders.table"));
  EXPECT_EQ(EncodeDefinition(View()), Golden("best%20sku.view"));
  EXPECT_EQ(EncodeDefinition(MaterializedTable()), Golden("sold.table"));
  EXPECT_EQ(*DecodeDefinition(Golden("orders.table")), Table());
  EXPECT_EQ(*DecodeDefinition(Golden("sold.table")), MaterializedTable());
  EXPECT_EQ(*DecodeDefinition(Golden("best%20sku.view")), View());
}

TEST(DefinitionFileTest, NoticesEveryByteThatChanged) {
  const std::string whole = EncodeDefinition(View());
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const char flip : {'\x01', '\x20', '\x80'}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      EXPECT_EQ(DecodeDefinition(damaged).status().id(), "E7001") << "byte " << i;
    }
    EXPECT_EQ(DecodeDefinition(whole.substr(0, i)).status().id(), "E7001") << i << " bytes";
    EXPECT_EQ(DecodeDefinition(whole + whole.substr(0, i + 1)).status().id(), "E7001") << i;
  }
}

TEST(DefinitionFileTest, SaysWhatIsWrong) {
  EXPECT_THAT(DecodeDefinition("").status().message(), HasSubstr("holds no definition"));
  EXPECT_THAT(DecodeDefinition("weir-definition 2\nwhatever").status().message(),
              HasSubstr("later version"));
  EXPECT_THAT(DecodeDefinition("weir-definition 1\n").status().message(), HasSubstr("cut short"));
}

// A checksum says that bytes are as they were written, not that we wrote them.
TEST(DefinitionFileTest, BelievesNoLineThatASealIsOn) {
  const auto sealed = [](const std::string& lines) {
    const std::string text = "weir-definition 1\n" + lines;
    return text + fmt::format("{:08x}\n", Crc32c(0, text.data(), text.size()));
  };
  ASSERT_TRUE(DecodeDefinition(sealed("c/db\ntext\n")).ok());
  for (const char* line :
       {"no slash\n", "%2/db\ntext\n", "%2f/db\ntext\n", "/db\ntext\n", "c/\nt\n"})
    EXPECT_FALSE(DecodeDefinition(sealed(line)).ok()) << line;
}

TEST(DefinitionFileTest, NamesComeBackFromFileNames) {
  std::mt19937_64 random(SeedOf(1));
  for (int i = 0; i < 2000; ++i) {
    std::string name;
    for (size_t n = 1 + random() % 12; n > 0; --n) name += static_cast<char>(random() % 256);
    const std::string escaped = EscapeName(name);
    EXPECT_EQ(escaped.find_first_of(std::string_view("/.\0", 3)), std::string::npos) << escaped;
    EXPECT_EQ(UnescapeName(escaped), name);
    for (const ObjectKind kind : {ObjectKind::kTable, ObjectKind::kView, ObjectKind::kFunction}) {
      const auto found = ParseDefinitionFileName(DefinitionFileName(name, kind));
      ASSERT_TRUE(found) << escaped;
      EXPECT_EQ(found->name, name);
      EXPECT_EQ(found->kind, kind);
    }
  }
  EXPECT_EQ(EscapeName("a b/.größe"), "a%20b%2F%2Egröße");
}

TEST(DefinitionFileTest, OtherFilesHoldNoDefinitions) {
  for (const char* file : {"", ".table", "a", "a.tables", "a.table.tmp", "a.b.table", "a%2.view",
                           "a%zz.view", "a%41.table", "a%2f.table", "a b.table", "LOCK"})
    EXPECT_FALSE(ParseDefinitionFileName(file)) << file;
}

TEST(DefinitionFileTest, LongNamesAreRefused) {
  const auto check = [](const std::string& name) {
    return CheckNameFits("table", name, DefinitionFileName(name, ObjectKind::kTable), {3, 7});
  };
  constexpr size_t kEnding = 6;
  EXPECT_TRUE(check(std::string(kMostFileNameBytes - kEnding, 'x')).ok());
  const Status longer = check(std::string(kMostFileNameBytes - kEnding + 1, 'x'));
  EXPECT_EQ(longer.id(), "E2015");
  EXPECT_EQ(longer.span()->begin, 3U);
  EXPECT_EQ(check(std::string(kMostFileNameBytes / 3, ' ')).id(), "E2015");
  EXPECT_EQ(check("").id(), "E2015");
}

std::string Kept(const std::string& text, const catalog::ObjectName& name) {
  const ast::StatementPtr statement = parse::ParseStatement(text).value();
  if (const auto* table = statement->As<ast::CreateTable>())
    return TextOf(KeptForm(*table, name, graph::ConnectorCatalog()));
  return TextOf(KeptForm(*statement->As<ast::CreateView>(), name));
}

TEST(KeptFormTest, MeansTheSameEverywhere) {
  EXPECT_EQ(Kept("create or replace table T (a int)\n  with ('connector' = 'x', 'path' = 'in/./a')",
                 {"c", "d", "T"}),
            "CREATE TABLE `c`.`d`.`T` (a INT) WITH ('connector' = 'x', 'path' = '" +
                WorkingDirectory() + "/in/a')");
  EXPECT_EQ(Kept("CREATE TABLE IF NOT EXISTS t (a INT) WITH ('path' = 'file:///in', 'p' = 'in')",
                 {"c", "d", "t"}),
            "CREATE TABLE `c`.`d`.`t` (a INT) WITH ('path' = 'file:///in', 'p' = 'in')");
  EXPECT_EQ(
      Kept("CREATE OR REPLACE VIEW v (x) COMMENT 'it''s' AS SELECT 1 FROM t", {"c", "d", "v"}),
      "CREATE VIEW `c`.`d`.`v` (x) COMMENT 'it''s' AS SELECT 1 FROM t");
}

}  // namespace
}  // namespace weir::shell
