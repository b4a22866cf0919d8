// Binds SQL text over a few tables and shows the result, or the failure with the text that it
// points at.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "planner/bind/bind.h"
#include "planner/parse/parse.h"
#include "tests/unit/planner/catalog/fake_connectors.h"

namespace weir::bind {

inline constexpr const char* kTables[] = {
    "CREATE TABLE bids (bidder BIGINT, price DECIMAL(10, 2), channel STRING, ts TIMESTAMP(3), "
    "item ROW<id BIGINT NOT NULL, Name STRING>, WATERMARK FOR ts AS ts) "
    "WITH ('connector' = 'fake', 'path' = 'bids')",
    "CREATE TABLE clicks (id INT NOT NULL, url STRING, pt AS PROCTIME(), double_id AS id * 2) "
    "WITH ('connector' = 'fake', 'path' = 'clicks')",
    "CREATE TABLE changing (id INT, n INT, PRIMARY KEY (id) NOT ENFORCED) "
    "WITH ('connector' = 'fake', 'path' = 'c', 'changes' = 'true')",
    "CREATE TABLE out_counts (channel STRING, n BIGINT NOT NULL) WITH ('connector' = 'print')",
    "CREATE TABLE out_files (id INT, url STRING, dt STRING) PARTITIONED BY (dt) "
    "WITH ('connector' = 'files', 'path' = 'out', 'format' = 'csv')",
};

class BindFixture : public testing::Test {
 protected:
  BindFixture() {
    for (const char* table : kTables) EXPECT_EQ(Define(table), "");
  }

  // Runs CREATE TABLE or CREATE VIEW; "" or the failure.
  std::string Define(const std::string& text) {
    const auto statement = parse::ParseStatement(text);
    if (!statement.ok()) return Show(statement.status(), text);
    if (const auto* table = (*statement)->As<ast::CreateTable>()) {
      const auto bound = BindCreateTable(*table, text, catalog_);
      if (!bound.ok()) return Show(bound.status(), text);
      return Show(catalog_.Create({*bound, nullptr}, false, table->name.span).status(), text);
    }
    const auto bound = BindCreateView(*(*statement)->As<ast::CreateView>(), text, catalog_);
    if (!bound.ok()) return Show(bound.status(), text);
    return Show(catalog_.Create({nullptr, *bound}, false, SourceSpan{}).status(), text);
  }

  Result<logical::Plan> Bind(const std::string& text) {
    ast::StatementPtr statement = TRY(parse::ParseStatement(text));
    if (const auto* query = statement->As<ast::QueryStatement>()) {
      return BindQuery(*query->query, catalog_, options_);
    }
    std::vector<const ast::Insert*> inserts;
    if (const auto* insert = statement->As<ast::Insert>()) inserts.push_back(insert);
    if (const auto* set = statement->As<ast::StatementSet>()) {
      for (const ast::StatementPtr& inner : set->statements)
        inserts.push_back(inner->As<ast::Insert>());
    }
    return BindInserts(inserts, catalog_, options_);
  }

  // The plan, a line a node, or "E2003 message [text it points at] (hint)".
  std::string Plan(const std::string& text) {
    const Result<logical::Plan> plan = Bind(text);
    return plan.ok() ? "\n" + logical::ToString(*plan) : Show(plan.status(), text);
  }

  // "name TYPE, …" of the result, time attributes marked.
  std::string Columns(const std::string& text) {
    const Result<logical::Plan> plan = Bind(text);
    if (!plan.ok()) return Show(plan.status(), text);
    std::string out;
    for (const logical::Column& column : plan->roots[0]->columns) {
      if (!out.empty()) out += ", ";
      out += column.name + " " + column.type.ToString();
      if (column.time == logical::TimeAttribute::kEvent) out += " *ROWTIME*";
      if (column.time == logical::TimeAttribute::kProcessing) out += " *PROCTIME*";
    }
    return out;
  }

  static std::string Show(const Status& status, const std::string& text) {
    if (status.ok()) return "";
    std::string out = fmt::format("{} {}", status.id(), status.message());
    const SourceSpan span = status.span().value_or(SourceSpan{});
    out += " [" + text.substr(span.begin, span.end - span.begin) + "]";
    return status.hint().empty() ? out : out + " (" + status.hint() + ")";
  }

  // The stateful and scanning nodes of a plan with their scopes: "Aggregate sink:out/cte:m".
  static std::vector<std::string> Scopes(const logical::Plan& plan) {
    std::vector<std::string> scopes;
    std::vector<const logical::Node*> seen;
    for (const logical::NodePtr& root : plan.roots) CollectScopes(*root, scopes, seen);
    return scopes;
  }

  catalog::Catalog catalog_{FakeConnectors()};
  BindOptions options_;

 private:
  static void CollectScopes(const logical::Node& node, std::vector<std::string>& scopes,
                            std::vector<const logical::Node*>& seen) {
    if (std::find(seen.begin(), seen.end(), &node) != seen.end()) return;
    seen.push_back(&node);
    const char* kind = std::holds_alternative<logical::Aggregate>(node.operation) ? "Aggregate"
                       : std::holds_alternative<logical::Sort>(node.operation)    ? "Sort"
                       : std::holds_alternative<logical::Sink>(node.operation)    ? "Sink"
                                                                                  : nullptr;
    if (kind != nullptr) {
      std::string text = std::string(kind) + " " + node.origin.scope;
      if (!node.origin.explicit_id.empty()) text += " =" + node.origin.explicit_id;
      if (!node.origin.named) text += " unnamed";
      scopes.push_back(text);
    }
    for (const logical::NodePtr& input : node.inputs) CollectScopes(*input, scopes, seen);
  }
};

}  // namespace weir::bind
