// Changes of permanent objects as values, and a catalog whose objects somebody else keeps.
#include "planner/catalog/permanent_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/catalog/catalog.h"
#include "tests/unit/planner/catalog/fake_connectors.h"

namespace weir::catalog {
namespace {

using testing::ElementsAre;
using Kind = CatalogChange::Kind;

PermanentObjectPtr Object(const std::string& name, ObjectKind kind = ObjectKind::kTable,
                          const std::string& text = "") {
  const ObjectName full{"default_catalog", "default_database", name};
  if (kind == ObjectKind::kView) {
    auto view = std::make_shared<ViewDefinition>();
    view->name = full;
    view->create_text = text;
    return std::make_shared<const PermanentObject>(CatalogObject{nullptr, view});
  }
  if (kind == ObjectKind::kFunction) {
    auto function = std::make_shared<FunctionDefinition>();
    function->name = full;
    function->create_text = text;
    return std::make_shared<const PermanentObject>(CatalogObject{nullptr, nullptr, function});
  }
  auto table = std::make_shared<TableDefinition>();
  table->name = full;
  table->create_text = text;
  return std::make_shared<const PermanentObject>(CatalogObject{table, nullptr});
}

CatalogChange Create(const PermanentObjectPtr& object, Kind kind = Kind::kCreateObject) {
  return {.kind = kind, .name = object->name(), .object = object, .span = kHere};
}

CatalogChange About(Kind kind, ObjectName name, bool tolerant = false) {
  return {.kind = kind, .name = std::move(name), .tolerant = tolerant, .span = kHere};
}

class PermanentObjectsTest : public testing::Test {
 protected:
  // What came of a change: "done", "nothing", "equal", or the error's id.
  std::string Change(const CatalogChange& change) {
    const Result<ChangedObjects> changed = Apply(*now_, change);
    if (!changed.ok()) {
      EXPECT_EQ(changed.status().span()->begin, kHere.begin);
      return std::string(changed.status().id());
    }
    EXPECT_EQ(changed->after != nullptr, changed->outcome == ChangeOutcome::kDone);
    if (changed->after) now_ = changed->after;
    switch (changed->outcome) {
      case ChangeOutcome::kDone:
        return "done";
      case ChangeOutcome::kNothing:
        return "nothing";
      case ChangeOutcome::kEqual:
        return "equal";
    }
    return "";
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    const auto* database = now_->Find("default_catalog", "default_database");
    for (const PermanentObjectPtr& object : *database) names.push_back(object->name().object);
    return names;
  }

  PermanentObjectsPtr now_ = PermanentObjects::Empty();
};

TEST_F(PermanentObjectsTest, AreSortedByName) {
  for (const char* name : {"m", "z", "a", "n", "B"})
    EXPECT_EQ(Change(Create(Object(name))), "done");
  EXPECT_THAT(Names(), ElementsAre("B", "a", "m", "n", "z"));
  EXPECT_EQ(now_->Find({"default_catalog", "default_database", "n"})->name().object, "n");
  EXPECT_EQ(now_->Find({"default_catalog", "default_database", "N"}), nullptr);
  EXPECT_EQ(now_->Find({"default_catalog", "nowhere", "n"}), nullptr);
}

TEST_F(PermanentObjectsTest, WhatWasIsNotChanged) {
  const PermanentObjectsPtr before = now_;
  EXPECT_EQ(Change(Create(Object("t"))), "done");
  EXPECT_TRUE(before->Find("default_catalog", "default_database")->empty());
}

TEST_F(PermanentObjectsTest, AnObjectHasANameOfItsOwn) {
  EXPECT_EQ(Change(Create(Object("t"))), "done");
  EXPECT_EQ(Change(Create(Object("t"))), "E2002");
  EXPECT_EQ(Change(Create(Object("t", ObjectKind::kView))), "E2002");
  CatalogChange if_not_exists = Create(Object("t"));
  if_not_exists.tolerant = true;
  EXPECT_EQ(Change(if_not_exists), "nothing");
  const PermanentObjectPtr other = Object("t");
  EXPECT_EQ(Change(Create(other, Kind::kReplaceObject)), "done");
  EXPECT_EQ(now_->Find(other->name()), other);
  EXPECT_EQ(Change(Create(Object("t", ObjectKind::kView), Kind::kReplaceObject)), "E2002");
  EXPECT_EQ(Change(Create(Object("u"), Kind::kReplaceObject)), "done");
  EXPECT_THAT(Names(), ElementsAre("t", "u"));
}

TEST_F(PermanentObjectsTest, FunctionsHaveNamesOfTheirOwn) {
  const PermanentObjectPtr function = Object("f", ObjectKind::kFunction);
  EXPECT_EQ(Change(Create(function)), "done");
  EXPECT_EQ(now_->Find(function->name()), nullptr);
  const PermanentObjectPtr table = Object("f");
  EXPECT_EQ(Change(Create(table)), "done");
  EXPECT_EQ(now_->Find(table->name()), table);
  EXPECT_EQ(now_->Find(table->name(), ObjectKind::kView), table);
  EXPECT_EQ(now_->Find(function->name(), ObjectKind::kFunction), function);
  EXPECT_EQ(Change(Create(Object("f", ObjectKind::kFunction))), "E2002");
  EXPECT_EQ(Change(Create(Object("f", ObjectKind::kFunction), Kind::kReplaceObject)), "done");
  EXPECT_EQ(now_->Find(table->name()), table);
  CatalogChange drop = About(Kind::kDropObject, table->name());
  drop.dropped = ObjectKind::kFunction;
  EXPECT_EQ(Change(drop), "done");
  EXPECT_EQ(Change(drop), "E2001");
  EXPECT_THAT(Names(), ElementsAre("f"));
  drop.dropped = ObjectKind::kTable;
  EXPECT_EQ(Change(drop), "done");
}

// Another session was quicker.
TEST_F(PermanentObjectsTest, WhatIsGoneIsAnError) {
  const ObjectName name{"default_catalog", "default_database", "t"};
  EXPECT_EQ(Change(About(Kind::kDropObject, name)), "E2001");
  EXPECT_EQ(Change(About(Kind::kDropObject, name, true)), "nothing");
  EXPECT_EQ(Change(About(Kind::kDropObject, {"default_catalog", "gone", "t"})), "E2001");
  EXPECT_EQ(Change(About(Kind::kDropDatabase, {"default_catalog", "gone", ""})), "E2014");
  EXPECT_EQ(Change(About(Kind::kDropDatabase, {"default_catalog", "gone", ""}, true)), "nothing");
  EXPECT_EQ(Change(About(Kind::kDropDatabase, {"gone", "d", ""})), "E2014");
  EXPECT_EQ(Change(About(Kind::kDropCatalog, {"gone", "", ""})), "E2014");
  EXPECT_EQ(Change(About(Kind::kDropCatalog, {"gone", "", ""}, true)), "nothing");
  EXPECT_EQ(Change(About(Kind::kCreateDatabase, {"gone", "d", ""})), "E2014");
  CatalogChange create = Create(Object("t"));
  create.name.database = "gone";
  EXPECT_EQ(Change(create), "E2014");
  EXPECT_EQ(Change(Create(Object("t", ObjectKind::kView))), "done");
  EXPECT_EQ(Change(About(Kind::kDropObject, name)), "E2001");  // it is a view by now
}

TEST_F(PermanentObjectsTest, DatabasesAndCatalogsComeAndGo) {
  EXPECT_EQ(Change(About(Kind::kCreateCatalog, {"c", "", ""})), "done");
  EXPECT_NE(now_->Find("c", "default_database"), nullptr);
  EXPECT_EQ(Change(About(Kind::kCreateDatabase, {"c", "d", ""})), "done");
  EXPECT_EQ(Change(About(Kind::kCreateDatabase, {"c", "d", ""})), "E2002");
  EXPECT_EQ(Change(About(Kind::kCreateDatabase, {"c", "d", ""}, true)), "nothing");
  CatalogChange equal = About(Kind::kCreateDatabase, {"c", "d", ""});
  equal.equal_is_fine = true;
  EXPECT_EQ(Change(equal), "equal");
  EXPECT_EQ(Change(About(Kind::kDropDatabase, {"c", "d", ""})), "done");
  EXPECT_EQ(Change(Create(Object("t"))), "done");
  CatalogChange drop = About(Kind::kDropDatabase, {"default_catalog", "default_database", ""});
  EXPECT_EQ(Change(drop), "E2015");
  drop.cascade = true;
  EXPECT_EQ(Change(drop), "done");
  EXPECT_EQ(Change(About(Kind::kDropCatalog, {"c", "", ""})), "done");
  EXPECT_FALSE(now_->catalogs.contains("c"));
}

TEST(PermanentObjectTest, EverybodyGetsWhatWasReadFirst) {
  const PermanentObject object({"c", "d", "t"}, ObjectKind::kTable);
  EXPECT_FALSE(object.known());
  const CatalogObject first = *Object("t")->known();
  EXPECT_EQ(object.Know(first).table, first.table);
  EXPECT_EQ(object.Know(*Object("t")->known()).table, first.table);
  EXPECT_EQ(object.known()->table, first.table);
}

// Counts how often it is asked, and fails on demand.
class FakeStore final : public ObjectStore {
 public:
  Result<PermanentObjectsPtr> Objects() override {
    ++asked;
    if (fails) return Status::External("the disk is gone").WithId("E4001");
    return objects;
  }
  Result<ChangeOutcome> Change(const CatalogChange& change) override {
    const ChangedObjects changed = TRY(Apply(*objects, change));
    if (changed.after) objects = changed.after;
    return changed.outcome;
  }
  Result<CatalogObject> Read(const PermanentObject& object, const Catalog&) override {
    ++read;
    return object.Know(*Object(object.name().object)->known());
  }

  PermanentObjectsPtr objects = PermanentObjects::Empty();
  int asked = 0;
  int read = 0;
  bool fails = false;
};

TEST(CatalogOfAStoreTest, AsksOnceAStatementAndOnlyForNames) {
  FakeStore store;
  Catalog catalog(FakeConnectors());
  catalog.KeepIn(store);
  EXPECT_EQ(store.asked, 0);
  EXPECT_EQ(catalog.Find({"t"}, kHere).status().id(), "E2001");
  EXPECT_EQ(store.asked, 1);
  auto unread = std::make_shared<PermanentObjects>(*store.objects);
  unread->catalogs["default_catalog"]["default_database"] =
      std::make_shared<const PermanentObjects::Database>(
          PermanentObjects::Database{std::make_shared<const PermanentObject>(
              ObjectName{"default_catalog", "default_database", "t"}, ObjectKind::kTable)});
  store.objects = unread;
  EXPECT_EQ(catalog.Find({"t"}, kHere).status().id(), "E2001") << "what was seen holds";
  catalog.Refresh();
  EXPECT_THAT(*catalog.ListTables({}, {}, kHere), ElementsAre("t"));
  EXPECT_EQ(store.read, 0);
  EXPECT_TRUE(catalog.Find({"T"}, kHere).ok());
  EXPECT_TRUE(catalog.Find({"t"}, kHere).ok());
  EXPECT_EQ(store.read, 1);
  EXPECT_TRUE(*catalog.Drop({"t"}, {}, kHere));
  EXPECT_EQ(catalog.Find({"t"}, kHere).status().id(), "E2001");
}

TEST(CatalogOfAStoreTest, ItsFailuresAreThoseOfAStatement) {
  FakeStore store;
  Catalog catalog(FakeConnectors());
  catalog.KeepIn(store);
  store.fails = true;
  EXPECT_EQ(catalog.Find({"t"}, kHere).status().id(), "E4001");
  EXPECT_EQ(catalog.ListCatalogs({}).status().id(), "E4001");
  EXPECT_EQ(catalog.AllNames().status().id(), "E4001");
  EXPECT_EQ(catalog.Drop({"t"}, {.if_exists = true}, kHere).status().id(), "E4001");
  EXPECT_EQ(catalog.UseCatalog("default_catalog", kHere).id(), "E4001");
  store.fails = false;
  EXPECT_TRUE(catalog.UseCatalog("default_catalog", kHere).ok());
}

}  // namespace
}  // namespace weir::catalog
