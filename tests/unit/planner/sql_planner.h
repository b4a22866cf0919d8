// Plans SQL text against tables that a test creates first, with a connector that does nothing.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "planner/bind/bind.h"
#include "planner/explain.h"
#include "planner/parse/parse.h"
#include "planner/planner.h"

namespace weir::planner::testing {

inline const graph::ConnectorCatalog& SqlConnectors() {
  static const graph::OptionDescriptor kOptions[] = {{.key = "rate", .doc = "anything"}};
  static const graph::ConnectorDescriptor kAny{.name = "any",
                                               .doc = "takes and gives anything",
                                               .source = true,
                                               .sink = true,
                                               .exactly_once_sink = true,
                                               .sink_accepts = ChangelogMode::All(),
                                               .options = kOptions};
  static const graph::ConnectorDescriptor kFiles{.name = "files",
                                                 .doc = "takes inserts only",
                                                 .source = true,
                                                 .sink = true,
                                                 .sink_accepts = ChangelogMode::AppendOnly()};
  static const graph::ConnectorDescriptor kEndless{
      .name = "endless",
      .doc = "gives rows for ever",
      .source = true,
      .unbounded = [](const graph::TableOptions&) { return true; }};
  static const graph::ConnectorCatalog kCatalog{{&kAny, &kFiles, &kEndless}, {}};
  return kCatalog;
}

class SqlPlanner {
 public:
  explicit SqlPlanner(const std::string& definitions) : catalog_(SqlConnectors()) {
    auto script = parse::ParseScript(definitions);
    EXPECT_TRUE(script.ok()) << script.status().ToString();
    for (const ast::StatementPtr& statement : *script) Define(*statement, definitions);
  }

  // One statement, or several INSERTs that make one job.
  Result<PlannedJob> TryPlan(const std::string& sql, PlannerOptions options = {}) const {
    options.sql = sql;
    const std::vector<ast::StatementPtr> script = TRY(parse::ParseScript(sql));
    std::vector<const ast::Insert*> inserts;
    for (const ast::StatementPtr& statement : script) {
      if (const auto* query = statement->As<ast::QueryStatement>()) {
        return PlanQuery(*query->query, catalog_, options);
      }
      inserts.push_back(statement->As<ast::Insert>());
    }
    return PlanInserts(inserts, catalog_, options);
  }

  PlannedJob Plan(const std::string& sql, const PlannerOptions& options = {}) const {
    auto job = TryPlan(sql, options);
    EXPECT_TRUE(job.ok()) << job.status().ToString() << "\n" << sql;
    return job.ok() ? std::move(job).value() : PlannedJob();
  }

  std::vector<std::string> Uids(const std::string& sql, const PlannerOptions& options = {}) const {
    std::vector<std::string> uids;
    for (const StateRow& row : ExplainState(Plan(sql, options).graph)) {
      uids.push_back(row.uid + (row.stable ? "" : " (generated)"));
    }
    return uids;
  }

 private:
  void Define(const ast::Statement& statement, const std::string& text) {
    catalog::CatalogObject object;
    if (const auto* table = statement.As<ast::CreateTable>()) {
      auto bound = bind::BindCreateTable(*table, text, catalog_);
      ASSERT_TRUE(bound.ok()) << bound.status().ToString();
      object.table = *bound;
    } else if (const auto* view = statement.As<ast::CreateView>()) {
      auto bound = bind::BindCreateView(*view, text, catalog_);
      ASSERT_TRUE(bound.ok()) << bound.status().ToString();
      object.view = *bound;
    }
    ASSERT_TRUE(catalog_.Create(std::move(object), false, {}).ok());
  }

  catalog::Catalog catalog_;
};

}  // namespace weir::planner::testing
