// What a job remembers of the catalog.
#include "shell/engine/statements/definitions_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/parse/parse.h"

namespace weir::shell {
namespace {

using testing::ElementsAre;

catalog::CatalogObject Table(const std::string& catalog, const std::string& database,
                             const std::string& name) {
  auto table = std::make_shared<catalog::TableDefinition>();
  table->name = {catalog, database, name};
  table->create_text = "CREATE TABLE " + name;
  return {table, nullptr};
}

catalog::CatalogObject View(const std::string& database, const std::string& name,
                            const std::string& current) {
  auto view = std::make_shared<catalog::ViewDefinition>();
  view->name = {"default_catalog", database, name};
  view->current_catalog = "default_catalog";
  view->current_database = current;
  view->create_text = "CREATE VIEW " + database + "." + name;
  return {nullptr, view};
}

std::vector<std::string> Definitions(std::vector<catalog::CatalogObject> objects,
                                     const std::string& catalog = "default_catalog",
                                     const std::string& database = "default_database") {
  planner::PlannedJob planned;
  planned.objects = std::move(objects);
  planned.current_catalog = catalog;
  planned.current_database = database;
  return DefinitionsOf(planned);
}

TEST(DefinitionsOfTest, AreBareWhereEverySessionBegins) {
  EXPECT_THAT(Definitions({Table("default_catalog", "default_database", "t"),
                           View("default_database", "v", "default_database")}),
              ElementsAre("CREATE TABLE t", "CREATE VIEW default_database.v"));
}

TEST(DefinitionsOfTest, SayTheDatabasesThatTheyAreIn) {
  EXPECT_THAT(
      Definitions({Table("c", "default_database", "a"), Table("c", "d`", "b"),
                   Table("c", "d`", "e"), Table("default_catalog", "default_database", "f")},
                  "c", "d`"),
      ElementsAre("CREATE CATALOG IF NOT EXISTS `c`", "USE `c`.`default_database`",
                  "CREATE TABLE a", "CREATE DATABASE IF NOT EXISTS `c`.`d```", "USE `c`.`d```",
                  "CREATE TABLE b", "CREATE TABLE e", "USE `default_catalog`.`default_database`",
                  "CREATE TABLE f", "USE `c`.`d```"));
}

TEST(DefinitionsOfTest, AViewStandsWhereItsNamesResolve) {
  EXPECT_THAT(Definitions({View("at", "v", "names")}),
              ElementsAre("CREATE DATABASE IF NOT EXISTS `default_catalog`.`at`",
                          "CREATE DATABASE IF NOT EXISTS `default_catalog`.`names`",
                          "USE `default_catalog`.`names`", "CREATE VIEW at.v",
                          "USE `default_catalog`.`default_database`"));
}

TEST(DefinitionsOfTest, NothingElseIsADefinition) {
  const auto is = [](const char* text) {
    return IsDefinition(*parse::ParseStatement(text).value());
  };
  for (const char* text : {"CREATE TABLE t (a INT)", "CREATE TEMPORARY VIEW v AS SELECT 1",
                           "CREATE DATABASE IF NOT EXISTS d", "CREATE CATALOG c", "USE c.d"})
    EXPECT_TRUE(is(text)) << text;
  for (const char* text : {"DROP JOB j", "DROP TABLE t", "INSERT INTO t SELECT 1", "STOP JOB j",
                           "CREATE TABLE t WITH ('connector' = 'x') AS SELECT 1", "SELECT 1",
                           "SET 'a' = 'b'", "SOURCE 'file'"})
    EXPECT_FALSE(is(text)) << text;
}

}  // namespace
}  // namespace weir::shell
