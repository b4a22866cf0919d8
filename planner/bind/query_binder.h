// Queries as logical nodes. One binder serves all statements of one plan, so that a table, view or
// CTE that they share is one node.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "planner/ast/query.h"
#include "planner/bind/bind.h"
#include "planner/bind/bind_hints.h"
#include "planner/bind/query_scope.h"
#include "planner/bind/relation.h"
#include "runtime/base/result.h"

namespace weir::bind {

// Errors carry the span of the text that is wrong; nodes carry their origin (uids).
// A table that is read twice with equal hints is one Scan, so that the source is read once; a view
// is bound once and shared; its names resolve in the catalog and database that were current when it
// was made. A CTE is bound where it is defined, whether it is used or not.
class QueryBinder {
 public:
  // Borrows both for its life.
  QueryBinder(const catalog::Catalog& catalog, const BindOptions& options)
      : catalog_(catalog), options_(options) {}

  const BindOptions& options() const { return options_; }

  // The outermost scope; an INSERT or a view adds its own root to it.
  QueryScope TopScope() const;
  // `place`: where the view is named, which stands for all of its text in errors.
  QueryScope ViewScope(const catalog::ViewDefinition& view, SourceSpan place);

  // A node whose columns are those of the query, named as SQL names them (EXPR$0 without an alias).
  Result<logical::NodePtr> Bind(const ast::Query& query, const QueryScope& scope);
  // FROM of a SELECT; without one a single row without named columns.
  Result<Relation> BindFrom(const std::vector<ast::TableRefPtr>& from, SourceSpan place,
                            const QueryScope& scope);
  // A table, view or CTE by its name, `hints` those of the reference.
  Result<Relation> BindNamed(const ast::Name& name, const std::vector<ast::Hint>& hints,
                             const QueryScope& scope);
  // Tells BindOptions::used_objects about an object.
  // Once an object; a job remembers the definitions of what it uses.
  void Use(const catalog::CatalogObject& object);

 private:
  // Tables that were read already with equal hints: one node each.
  using Scans = std::map<std::pair<const catalog::TableDefinition*, std::string>, logical::NodePtr>;

  // The steps of Bind.
  Result<logical::NodePtr> BindBody(const ast::Query& query, const QueryScope& scope);
  Result<CommonTables> BindWith(const ast::Query& query, const QueryScope& scope);
  Result<logical::NodePtr> BindSetOperation(const ast::SetOperation& operation,
                                            const ast::Query& query, const QueryScope& scope);
  Result<std::vector<logical::NodePtr>> BindBranches(const ast::SetOperation& operation,
                                                     const QueryScope& scope);

  Result<Relation> BindTableRef(const ast::TableRef& reference, const QueryScope& scope);
  Result<Relation> BindElement(const ast::TableRef& reference, const QueryScope& scope);
  // bind_join.cc
  Result<Relation> BindJoin(const ast::Join& join, const ast::TableRef& reference,
                            const QueryScope& scope);
  // The table of `join`'s right side, FOR SYSTEM_TIME AS OF a processing time of `left`. In
  // bind_lookup.cc.
  Result<Relation> BindLookup(const ast::Join& join, const Relation& left, const QueryScope& scope);
  // FROM a, b, c: joins without a condition. REQUIRES: at least one element.
  Result<Relation> BindCommaJoin(const std::vector<ast::TableRefPtr>& from,
                                 const QueryScope& scope);
  Result<Relation> BindDerived(const ast::DerivedTable& derived, const ast::TableRef& reference,
                               const QueryScope& scope);
  Result<Relation> BindFunctionTable(const ast::FunctionTable& function,
                                     const ast::TableRef& reference, const QueryScope& scope);
  Result<logical::NodePtr> BindView(const catalog::ViewPtr& view, SourceSpan place);
  // `node` behind a Normalize, where the table's changes need one.
  Result<logical::NodePtr> Normalized(const catalog::TableDefinition& table, logical::NodePtr node,
                                      SourceSpan place) const;
  Result<logical::NodePtr> BindScan(const catalog::TablePtr& table, const TableHints& hints,
                                    const ast::Name& name, const QueryScope& scope);

  const catalog::Catalog& catalog_;
  const BindOptions& options_;
  Scans scans_;
  std::map<const catalog::ViewDefinition*, logical::NodePtr> views_;
  std::vector<const catalog::ViewDefinition*> open_views_;  // being bound: none may use itself
  std::vector<std::unique_ptr<const catalog::Catalog>> view_catalogs_;
};

// SELECT, in bind_select.cc. `order_by` is that of the query around it.
// Order of evaluation: FROM, WHERE, GROUP BY, HAVING, the SELECT list, OVER, QUALIFY, DISTINCT,
// ORDER BY, LIMIT (SQL:2016, 7.12, with QUALIFY as in Flink).
Result<logical::NodePtr> BindSelect(QueryBinder& binder, const ast::Select& select,
                                    const ast::Query& query, const QueryScope& scope);

// VALUES, in bind_values.cc.
// E2006 for rows of different lengths or types without a common one.
Result<logical::NodePtr> BindValues(const ast::Values& values, const ast::Query& query,
                                    const QueryScope& scope);
// A single row with one column that no name reaches: what SELECT without FROM reads.
logical::NodePtr OneRow(const QueryScope& scope, SourceSpan span);

// ORDER BY over what a set operation, VALUES or nested query gives; then LIMIT and OFFSET. In
// bind_order.cc.
Result<logical::NodePtr> BindOrderAndLimit(logical::NodePtr input, const ast::Query& query,
                                           const QueryScope& scope);
// NULL is the smallest value (Flink) unless NULLS FIRST or LAST says otherwise.
graph::SortKey SortKeyOf(const ast::OrderItem& item, int column);
// Sort over `input` with LIMIT and OFFSET of the query; `input` itself when nothing is asked for.
// LIMIT and OFFSET are constants that are not negative; E2015 otherwise.
Result<logical::NodePtr> MakeSort(logical::NodePtr input, std::vector<graph::SortKey> keys,
                                  const ast::Query& query, const QueryScope& scope);

// Window table functions, in bind_window_table.cc: the columns of their input, then those of the
// window. `query_scope` is that of a query in place of their table.
Result<Relation> BindWindowTable(QueryBinder& binder, const ast::FunctionTable& function,
                                 const QueryScope& scope, const QueryScope& query_scope);

}  // namespace weir::bind
