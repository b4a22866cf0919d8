#include "planner/catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/planner/catalog/fake_connectors.h"

namespace weir::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CatalogObject Table(const std::string& name, bool temporary = false) {
  auto table = std::make_shared<TableDefinition>();
  table->name = {"default_catalog", "default_database", name};
  table->temporary = temporary;
  return {table, nullptr};
}

CatalogObject View(const std::string& name) {
  auto view = std::make_shared<ViewDefinition>();
  view->name = {"default_catalog", "default_database", name};
  return {nullptr, view};
}

class CatalogTest : public testing::Test {
 protected:
  void Add(const CatalogObject& object) { ASSERT_TRUE(catalog_.Create(object, false, kHere).ok()); }

  Catalog catalog_{FakeConnectors()};
};

TEST_F(CatalogTest, FindsByPartialAndFullName) {
  Add(Table("orders"));
  for (const std::vector<std::string>& parts :
       std::vector<std::vector<std::string>>{{"orders"},
                                             {"ORDERS"},
                                             {"default_database", "orders"},
                                             {"Default_Catalog", "default_database", "Orders"}}) {
    EXPECT_TRUE(catalog_.Find(parts, kHere).ok()) << parts.back();
  }
}

TEST_F(CatalogTest, PrefersAnExactMatch) {
  Add(Table("orders"));
  Add(Table("Orders"));
  EXPECT_EQ(catalog_.Find({"Orders"}, kHere)->name().object, "Orders");
  EXPECT_EQ(catalog_.Find({"orders"}, kHere)->name().object, "orders");
  EXPECT_EQ(catalog_.Find({"ORDERS"}, kHere).status().id(), "E2004");
}

TEST_F(CatalogTest, SuggestsNearNames) {
  Add(Table("orders"));
  Add(View("revenue"));
  const Status status = catalog_.Find({"revenu"}, kHere).status();
  EXPECT_EQ(status.id(), "E2001");
  EXPECT_EQ(status.hint(), "did you mean \"revenue\"?");
  EXPECT_EQ(status.span(), kHere);
  EXPECT_EQ(catalog_.Find({"nowhere", "orders"}, kHere).status().id(), "E2014");
}

TEST_F(CatalogTest, RefusesASecondObjectOfAName) {
  Add(Table("t"));
  const Status status = catalog_.Create(View("t"), false, kHere).status();
  EXPECT_EQ(status.id(), "E2002");
  EXPECT_EQ(status.message(), "there is already a table \"t\"");
  EXPECT_EQ(*catalog_.Create(Table("t"), true, kHere), ChangeOutcome::kNothing);
}

TEST_F(CatalogTest, TemporaryObjectsHidePermanentOnes) {
  Add(Table("t"));
  Add(Table("t", true));
  EXPECT_TRUE(catalog_.Find({"t"}, kHere)->temporary());
  const Status status = catalog_.Drop({"t"}, {ObjectKind::kTable, false, false}, kHere).status();
  EXPECT_EQ(status.hint(), "use DROP TEMPORARY TABLE");
  EXPECT_TRUE(*catalog_.Drop({"t"}, {ObjectKind::kTable, true, false}, kHere));
  EXPECT_FALSE(catalog_.Find({"t"}, kHere)->temporary());
  EXPECT_EQ(catalog_.Drop({"t"}, {ObjectKind::kTable, true, false}, kHere).status().id(), "E2001");
}

TEST_F(CatalogTest, DropsOnlyTheKindThatIsMeant) {
  Add(View("v"));
  EXPECT_THAT(catalog_.Drop({"v"}, {ObjectKind::kTable, false, true}, kHere).status().hint(),
              HasSubstr("DROP VIEW"));
  EXPECT_TRUE(*catalog_.Drop({"v"}, {ObjectKind::kView, false, false}, kHere));
  EXPECT_FALSE(*catalog_.Drop({"v"}, {ObjectKind::kView, false, true}, kHere));
  EXPECT_EQ(catalog_.Drop({"v"}, {ObjectKind::kView, false, false}, kHere).status().id(), "E2001");
}

TEST_F(CatalogTest, ListsWithLike) {
  Add(Table("orders"));
  Add(Table("order_items"));
  Add(View("v_orders"));
  const NameFilter like{"order%", true};
  EXPECT_THAT(*catalog_.ListTables({}, {}, kHere),
              ElementsAre("order_items", "orders", "v_orders"));
  EXPECT_THAT(*catalog_.ListTables({}, like, kHere), ElementsAre("order_items", "orders"));
  EXPECT_THAT(*catalog_.ListTables({}, {"ORDER_", true, false, true}, kHere),
              ElementsAre("orders"));
  EXPECT_THAT(*catalog_.ListTables({}, {"order%", true, true}, kHere), ElementsAre("v_orders"));
  EXPECT_THAT(*catalog_.ListTables({}, {"order\\_%", true}, kHere), ElementsAre("order_items"));
  EXPECT_THAT(*catalog_.ListViews({"default_database"}, {}, kHere), ElementsAre("v_orders"));
}

TEST_F(CatalogTest, UsesAndDropsDatabases) {
  EXPECT_EQ(*catalog_.CreateDatabase({"sales"}, false, kHere), ChangeOutcome::kDone);
  EXPECT_EQ(catalog_.CreateDatabase({"sales"}, false, kHere).status().id(), "E2002");
  EXPECT_EQ(*catalog_.CreateDatabase({"sales"}, true, kHere), ChangeOutcome::kNothing);
  EXPECT_TRUE(catalog_.UseDatabase({"SALES"}, kHere).ok());
  EXPECT_EQ(catalog_.current_database(), "sales");
  EXPECT_EQ(catalog_.NameNew({"t"}, kHere)->Short(), "sales.t");
  EXPECT_EQ(catalog_.DropDatabase({"sales"}, {}, kHere).status().id(), "E2015");
  EXPECT_EQ(catalog_.UseDatabase({"sale"}, kHere).hint(), "did you mean \"sales\"?");
  EXPECT_TRUE(catalog_.UseDatabase({"default_database"}, kHere).ok());
  EXPECT_TRUE(*catalog_.DropDatabase({"sales"}, {}, kHere));
  EXPECT_FALSE(*catalog_.DropDatabase({"sales"}, {true, false}, kHere));
  EXPECT_THAT(*catalog_.ListDatabases("", {}, kHere), ElementsAre("default_database"));
}

TEST_F(CatalogTest, ADatabaseWithObjectsNeedsCascade) {
  ASSERT_TRUE(catalog_.CreateDatabase({"sales"}, false, kHere).ok());
  auto table = std::make_shared<TableDefinition>();
  table->name = {"default_catalog", "sales", "t"};
  Add({table, nullptr});
  EXPECT_THAT(catalog_.DropDatabase({"sales"}, {}, kHere).status().hint(), HasSubstr("CASCADE"));
  EXPECT_TRUE(*catalog_.DropDatabase({"sales"}, {false, true}, kHere));
}

TEST_F(CatalogTest, UsesCatalogs) {
  EXPECT_EQ(*catalog_.CreateCatalog("other", false, kHere), ChangeOutcome::kDone);
  EXPECT_TRUE(catalog_.UseCatalog("other", kHere).ok());
  EXPECT_EQ(catalog_.current_database(), "default_database");
  EXPECT_EQ(catalog_.NameNew({"t"}, kHere)->Short(), "other.default_database.t");
  EXPECT_EQ(catalog_.DropCatalog("other", false, kHere).status().id(), "E2015");
  EXPECT_THAT(*catalog_.ListCatalogs({}), ElementsAre("default_catalog", "other"));
}

TEST_F(CatalogTest, SnapshotsDoNotChange) {
  Add(Table("t"));
  const auto snapshot = catalog_.Snapshot();
  ASSERT_TRUE(catalog_.Drop({"t"}, {}, kHere).ok());
  EXPECT_TRUE(snapshot->Find({"t"}, kHere).ok());
  EXPECT_FALSE(catalog_.Find({"t"}, kHere).ok());
}

TEST_F(CatalogTest, ReplacesOnlyItsOwnKind) {
  Add(View("v"));
  EXPECT_TRUE(catalog_.Replace(View("v"), kHere).ok());
  EXPECT_EQ(catalog_.Replace(Table("v"), kHere).id(), "E2002");
  EXPECT_EQ(catalog_.AllNames()->size(), 1u);
}

}  // namespace
}  // namespace weir::catalog
