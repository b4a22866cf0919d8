// Binds queries to logical nodes. One binder serves all statements of one plan, so that a table,
// view or CTE that they share is one node.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "planner/ast/query.h"
#include "planner/bind/bind.h"
#include "planner/bind/bind_hints.h"
#include "planner/bind/bind_join.h"
#include "planner/bind/query_scope.h"
#include "planner/bind/relation.h"
#include "planner/bind/user_functions.h"
#include "runtime/base/result.h"

namespace weir::bind {

class ScalarDrafts;  // scalar_drafts.h

// A table that is read twice with equal hints is one Scan, so that the source is read once. A view
// is bound once and shared; its names resolve in the catalog and database that were current when it
// was created. A CTE is bound where it is defined, whether it is used or not. Errors have the span
// of the text that is wrong; nodes have their origin (uids).
class QueryBinder {
 public:
  // Both must outlive the binder.
  QueryBinder(const catalog::Catalog& catalog, const BindOptions& options)
      : catalog_(catalog),
        options_(options),
        hints_name_systems_(options.hints_name_systems),
        functions_(*this) {}

  const BindOptions& options() const { return options_; }
  // The options of the table as a reference with these hints reads or writes it.
  Result<graph::TableOptions> OptionsWith(const catalog::TableDefinition& table,
                                          const TableHints& hints, SourceSpan place) const;

  // The outermost scope; an INSERT or a view adds its own root to it.
  QueryScope TopScope();
  // `place`: where the statement names the view, to which all errors inside it point.
  QueryScope ViewScope(const catalog::ViewDefinition& view, SourceSpan place);

  // A node with the columns of the query, named as SQL names them (EXPR$0 without an alias).
  Result<logical::NodePtr> Bind(const ast::Query& query, const QueryScope& scope);
  // The same for the body of a function. One that is not kept is of whoever asks, also where a view
  // of an admin calls it: its hints may name systems only if his may.
  Result<logical::NodePtr> BindBody(const catalog::FunctionDefinition& function,
                                    const QueryScope& scope);
  // Binds the FROM of a SELECT; without one, a single row without named columns.
  Result<Relation> BindFrom(const std::vector<ast::TableRefPtr>& from, SourceSpan place,
                            const QueryScope& scope);
  // Binds a table, view or CTE by its name; `hints` are those of the reference.
  Result<Relation> BindNamed(const ast::Name& name, const std::vector<ast::Hint>& hints,
                             const QueryScope& scope);
  // The table of an operator's state in a snapshot or, with an empty uid, of what the snapshot
  // consists of (catalog::Catalog::FindState).
  Result<Relation> BindState(const ast::StateOf& state, const ast::TableRef& reference,
                             const QueryScope& scope);
  Result<Relation> BindFiles(const ast::Name& name, const TableHints& hints,
                             const QueryScope& scope);
  // The columns of a CTE under the names that it gives them; E2006 where their numbers differ.
  Result<logical::NodePtr> WithNames(logical::NodePtr node, const ast::CommonTable& table,
                                     const QueryScope& scope) const;
  // Tells the recursions of one plan apart.
  int NextRecursion() { return recursions_++; }
  // The catalog as it was when a view or a function was created in this database. Lives as long as
  // the binder.
  const catalog::Catalog& CatalogIn(const std::string& catalog, const std::string& database);
  // Adds an object to BindOptions::used_objects, once: a job remembers the definitions that it
  // uses.
  void Use(const catalog::CatalogObject& object);
  // The definition of the table that a scan of this binder reads; null for any other scan.
  const catalog::TableDefinition* TableOf(const logical::Node& scan) const;

 private:
  // The tables that were read already, by their hints.
  using Scans = std::map<std::pair<const catalog::TableDefinition*, std::string>, logical::NodePtr>;

  // The parts of a query expression: what is below ORDER BY and LIMIT, WITH, UNION and its like.
  Result<logical::NodePtr> BindBody(const ast::Query& query, const QueryScope& scope);
  // Notes TABLE t for BindOptions::unlisted.
  void NoteTable(const ast::TableQuery& table, const Relation& rows, const QueryScope& scope) const;
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
  // Binds a join whose left side is bound already.
  Result<Relation> BindJoinTo(const Relation& left, const ast::Join& join,
                              const ast::TableRef& reference, const QueryScope& scope);
  // `left` and what stands behind it, which may read it if it is LATERAL.
  Result<Relation> BindBeside(const Relation& left, const ast::TableRef& reference,
                              const QueryScope& scope);
  Result<Relation> CrossJoin(const Relation& left, const Relation& right, SourceSpan place,
                             const QueryScope& scope) const;
  // bind_lateral.cc: a query that reads columns of `left`, which stands before it. `join`: the join
  // that it is the right side of; null behind a comma.
  Result<Relation> BindLateral(const Relation& left, const ast::TableRef& reference,
                               const ast::Join* join, const QueryScope& scope);
  // The FROM of a LATERAL query: the rows that it is computed for, and those of FROM itself.
  Result<Relation> BindFromOfLateral(const std::vector<ast::TableRefPtr>& from, SourceSpan place,
                                     const QueryScope& scope);
  // For TABLE t as a LATERAL query: the columns of `node`, then those of the rows before it.
  Result<logical::NodePtr> BesideOuterRows(const logical::NodePtr& node, SourceSpan place,
                                           const QueryScope& scope) const;
  Result<Relation> BindJoinedUnnest(const ast::Unnest& unnest, const ast::Join& join,
                                    const Relation& left, const QueryScope& scope);
  // The inputs of a join, and the names of its columns.
  struct JoinedSides {
    const Relation& left;
    const Relation& right;
    Relation joined;
  };
  // The join with the condition `on`, which may have subqueries.
  Result<Relation> BindOn(const ast::Expr& on, JoinedSides sides, JoinDraft draft,
                          const QueryScope& scope);
  Result<Relation> BindOuterOn(ScalarDrafts& scalars, JoinedSides sides, JoinDraft draft,
                               const QueryScope& scope);
  // bind_lookup.cc: the right side of `join`, which is FOR SYSTEM_TIME AS OF a time of `left`. Says
  // in `draft` which kind of join that is.
  Result<Relation> BindAsOf(const ast::Join& join, const Relation& left, const QueryScope& scope,
                            JoinDraft& draft);
  // bind_asof_join.cc
  Result<Relation> BindAsofJoin(const Relation& left, const ast::Join& join,
                                const ast::TableRef& reference, const QueryScope& scope);
  // bind_match.cc
  Result<Relation> BindMatch(const ast::MatchRecognize& match, const ast::TableRef& reference,
                             const QueryScope& scope);
  // Binds FROM a, b, c to joins without a condition. REQUIRES: at least one element.
  Result<Relation> BindCommaJoin(const std::vector<ast::TableRefPtr>& from,
                                 const QueryScope& scope);
  Result<Relation> BindDerived(const ast::DerivedTable& derived, const ast::TableRef& reference,
                               const QueryScope& scope);
  Result<Relation> BindFunctionTable(const ast::FunctionTable& function,
                                     const ast::TableRef& reference, const QueryScope& scope);
  // bind_function_table.cc: a function of a user's.
  Result<Relation> BindCalled(const catalog::FunctionPtr& function, const ast::TableRef& reference,
                              const QueryScope& scope);
  Result<logical::NodePtr> BindView(const catalog::ViewPtr& view, SourceSpan place);
  // Puts a Normalize above `node` if the table's changes need one.
  Result<logical::NodePtr> Normalized(const catalog::TableDefinition& table, logical::NodePtr node,
                                      SourceSpan place) const;
  Result<logical::NodePtr> BindScan(const catalog::TablePtr& table, const TableHints& hints,
                                    const ast::Name& name, const QueryScope& scope);

  const catalog::Catalog& catalog_;
  const BindOptions& options_;
  bool hints_name_systems_;  // as the options say, or the view that is being bound
  Scans scans_;
  std::map<std::string, catalog::TablePtr> files_;   // by path, of FROM 'path'
  std::map<std::string, catalog::TablePtr> states_;  // by their text, of STATE OF …
  std::map<const catalog::ViewDefinition*, logical::NodePtr> views_;
  // Being bound, so that a view that uses itself is found.
  std::vector<const catalog::ViewDefinition*> open_views_;
  std::vector<std::unique_ptr<const catalog::Catalog>> catalogs_;
  UserFunctions functions_;
  int recursions_ = 0;
};

// bind_recursion.cc: the tables of WITH RECURSIVE.
Result<CommonTables> BindWithRecursive(QueryBinder& binder, const ast::Query& query,
                                       const QueryScope& scope);

// bind_select.cc: binds a SELECT. `order_by` is that of the query around it. Clauses are evaluated
// in the order FROM, WHERE, GROUP BY, HAVING, the SELECT list, OVER, QUALIFY, DISTINCT, ORDER BY,
// LIMIT (SQL:2016, 7.12, with QUALIFY as in Flink).
Result<logical::NodePtr> BindSelect(QueryBinder& binder, const ast::Select& select,
                                    const ast::Query& query, const QueryScope& scope);

// bind_values.cc: binds VALUES. E2006 for rows of different lengths or types without a common one.
Result<logical::NodePtr> BindValues(const ast::Values& values, const ast::Query& query,
                                    const QueryScope& scope);
// A single row with one column that cannot be named, which SELECT without FROM reads.
logical::NodePtr OneRow(const QueryScope& scope, SourceSpan span);

// bind_order.cc: ORDER BY over the result of a set operation, VALUES or nested query, then LIMIT
// and OFFSET.
Result<logical::NodePtr> BindOrderAndLimit(logical::NodePtr input, const ast::Query& query,
                                           const QueryScope& scope);
// NULL is the smallest value (Flink) unless NULLS FIRST or LAST is written.
graph::SortKey SortKeyOf(const ast::OrderItem& item, int column);
// A Sort over `input` with LIMIT and OFFSET of the query; `input` itself if there is nothing to do.
// Of a LATERAL query a Top-N for each row before it, whose columns are those from `items` on. E2015
// unless LIMIT and OFFSET are constants that are not negative.
Result<logical::NodePtr> MakeSort(logical::NodePtr input, std::vector<graph::SortKey> keys,
                                  const ast::Query& query, const QueryScope& scope, size_t items);

// bind_window_table.cc: whether it is the name of a window table function, as TUMBLE.
bool IsWindowTable(std::string_view name);
// Binds a window table function, whose columns are those of its input followed by those of the
// window. `query_scope` is the scope for a query in place of its table.
Result<Relation> BindWindowTable(QueryBinder& binder, const ast::FunctionTable& function,
                                 const QueryScope& scope, const QueryScope& query_scope);

// bind_changelog.cc: the same for TO_CHANGELOG and FROM_CHANGELOG, which put the kinds of changes
// in front of the columns of their input and take them away.
bool IsChangelogFunction(std::string_view name);
Result<Relation> BindChangelog(QueryBinder& binder, const ast::FunctionTable& function,
                               const QueryScope& scope, const QueryScope& query_scope);

}  // namespace weir::bind
