// From statements of the text to bound things: names resolved against a catalog, types checked,
// implicit casts put in, every node told where it comes from. Pure: no I/O, no change of the
// catalog.
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

// Hints in the text (STATE_TTL, OPTIONS) come before these.
struct BindOptions {
  int64_t state_ttl_millis = 0;       // table.exec.state.ttl; 0: state never expires
  int64_t idle_timeout_millis = 0;    // table.exec.source.idle-timeout; 0: never idle
  bool cdc_events_duplicate = false;  // table.exec.source.cdc-events-duplicate
  logical::Materialize upsert_materialize = logical::Materialize::kAuto;  // table.exec.sink.…
  // If set, receives every table and view that the statements use, views' own ones included, each
  // once and after those that it needs: the definitions that a job has to remember. Borrowed for
  // the call.
  std::vector<catalog::CatalogObject>* used_objects = nullptr;
};

// One plan with a Sink root an INSERT. Tables, views and CTEs that are used several times are one
// node. Errors are kInvalidSql or kUnsupported and carry the span of the text that they are about.
// A query's types fit its table by Flink's implicit casts (E2006 where there is none); columns that
// an INSERT does not name are NULL (E3004 for those that must not be). Roots are in the order of
// the INSERTs.
Result<logical::Plan> BindInserts(std::span<const ast::Insert* const> inserts,
                                  const catalog::Catalog& catalog, const BindOptions& options);

// A SELECT whose rows go to the shell: one Collect root.
// Duplicate column names stay as they are.
Result<logical::Plan> BindQuery(const ast::Query& query, const catalog::Catalog& catalog,
                                const BindOptions& options);

// Checks a definition whole: columns, types, computed columns, watermark, keys, connector, format,
// options. `text` is the statement's text, kept with the definition. CREATE TABLE … AS and LIKE
// give E1002. Does not add it to the catalog.
// Errors: E2009 for definitions that contradict themselves, E2010 for a watermark on a column that
// cannot be event time, E2008 for options, E2003 and E2006 inside expressions.
Result<catalog::TablePtr> BindCreateTable(const ast::CreateTable& create, std::string_view text,
                                          const catalog::Catalog& catalog);

// The query is bound once for its errors and columns; it is bound anew wherever the view is used.
// E2006 where the column list and the query differ in number, E2009 for two columns of one name.
Result<catalog::ViewPtr> BindCreateView(const ast::CreateView& create, std::string_view text,
                                        const catalog::Catalog& catalog);

// The texts of a name's parts.
std::vector<std::string> PartsOf(const ast::Name& name);

}  // namespace weir::bind
