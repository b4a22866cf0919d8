// Turns parsed statements into bound ones: names are resolved against a catalog, types checked,
// implicit casts inserted, and every node gets its origin. The catalog is not changed. No I/O, but
// for FROM 'path', of which the catalog looks at the files (Catalog::FindFiles).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "planner/ast/change.h"
#include "planner/ast/definition.h"
#include "planner/catalog/catalog.h"
#include "planner/logical/plan.h"
#include "runtime/base/result.h"

namespace weir::bind {

struct Unlisted;  // listed_columns.h

// Options that hints in the text (STATE_TTL, OPTIONS) take precedence over.
struct BindOptions {
  int64_t state_ttl_millis = 0;        // table.exec.state.ttl; 0: state never expires
  int64_t idle_timeout_millis = 0;     // table.exec.source.idle-timeout; 0: never idle
  int64_t max_recursion_depth = 1000;  // table.exec.recursion.max-depth
  bool cdc_events_duplicate = false;   // table.exec.source.cdc-events-duplicate
  logical::Materialize upsert_materialize = logical::Materialize::kAuto;  // table.exec.sink.…
  graph::TableOptions enforcers;     // of sinks, as graph::EnforcerOptions(); those not the default
  bool require_on_conflict = false;  // table.exec.sink.require-on-conflict
  // If set, receives every table, view and function that the statements use, including those inside
  // views and functions, each once and after those that it needs: the definitions that a job must
  // remember. Borrowed for the call.
  std::vector<catalog::CatalogObject>* used_objects = nullptr;
  // If set, receives the places of the text that is bound, not those of views and functions that it
  // uses, whose columns it does not write out. Borrowed for the call.
  std::vector<Unlisted>* unlisted = nullptr;
  // Whether hints may say where other systems are and how to log in there. Those of views that are
  // kept may.
  bool hints_name_systems = true;
  // The result is kept for processes that may run elsewhere, so files that it reads need absolute
  // paths (E2015).
  bool absolute_paths = false;
};

// Binds INSERTs into one plan with a Sink root for each, in their order. A table, view or CTE that
// is used several times is one node. The query's types are cast implicitly to the table's as in
// Flink (E2006 where that is impossible); columns that an INSERT does not name are NULL (E3004 for
// those that must not be). Errors are kInvalidSql or kUnsupported with the span of the text they
// are about.
Result<logical::Plan> BindInserts(std::span<const ast::Insert* const> inserts,
                                  const catalog::Catalog& catalog, const BindOptions& options);

// Binds a SELECT whose rows go to the shell: one Collect root. Duplicate column names stay as they
// are.
Result<logical::Plan> BindQuery(const ast::Query& query, const catalog::Catalog& catalog,
                                const BindOptions& options);

// Checks a whole definition: columns, types, computed columns, watermark, keys, connector, format,
// options. `text`, the statement's text, is kept with it. Does not add it to the catalog. E1002 for
// CREATE TABLE … AS; E2009 for definitions that contradict themselves, E2010 for a watermark on a
// column that cannot be event time, E2008 for options, E2003 and E2006 inside expressions.
// REQUIRES: it is not LIKE another (like_table.h).
Result<catalog::TablePtr> BindCreateTable(const ast::CreateTable& create, std::string_view text,
                                          const catalog::Catalog& catalog);

// Whether a query whose BindOptions::used_objects these are reads, at any depth, what is found
// under `name` now: once a new object has the name, the query would read that.
bool ReadsNamesake(const std::vector<catalog::CatalogObject>& used, const ast::Name& name,
                   const catalog::Catalog& catalog);

// Binds the query once for its errors and columns; it is bound anew wherever the view is used.
// E2006 if the column list and the query differ in number, E2009 for two columns with one name, and
// for a query that reads what the view takes the name of.
Result<catalog::ViewPtr> BindCreateView(const ast::CreateView& create, std::string_view text,
                                        const catalog::Catalog& catalog,
                                        const BindOptions& options = {});

// The same without a look at the query, for a statement that was checked when it was first run:
// what it reads may be gone by now. It has no columns; ColumnsOfView knows them.
Result<catalog::ViewPtr> DefineView(const ast::CreateView& create, std::string_view text,
                                    const catalog::Catalog& catalog);

// Binds the body once for its errors; it is bound anew at each call. `text` is what the spans of
// `create` point into; it is kept. E2006 where the body does not give what RETURNS says, E2009 for
// a function that calls itself, E1002 for a language other than SQL.
Result<catalog::FunctionPtr> BindCreateFunction(const ast::CreateFunction& create,
                                                std::string_view text,
                                                const catalog::Catalog& catalog,
                                                const BindOptions& options = {});

// The same without a look at the body.
Result<catalog::FunctionPtr> DefineFunction(const ast::CreateFunction& create,
                                            std::string_view text, const catalog::Catalog& catalog);

// Whether a call of this name, without a database, means a function of the language.
bool IsBuiltInFunction(std::string_view name);

// What a call of this name means, in Flink's order: a system function of a user's, a function of
// the language (null), a function of the catalog. Null if there is none. Errors point at `span`.
Result<catalog::FunctionPtr> FindUserFunction(const catalog::Catalog& catalog,
                                              const ast::Name& name, SourceSpan span);

// The columns that the query of a view has now. Errors point at `place`.
Result<std::vector<logical::Column>> ColumnsOfView(const catalog::ViewDefinition& view,
                                                   const catalog::Catalog& catalog,
                                                   SourceSpan place);

// The alias of FROM 'path': the name of the last step up to its ending, as in DuckDB.
std::string AliasOfFiles(const std::string& path);

// The texts of a name's parts.
std::vector<std::string> PartsOf(const ast::Name& name);

}  // namespace weir::bind
