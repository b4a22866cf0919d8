// From statements to jobs: bind, name operators, optimise, lower. The interface for the shell.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "planner/bind/bind.h"
#include "planner/catalog/catalog.h"
#include "planner/logical/plan.h"
#include "planner/lower/lower.h"
#include "planner/uid/former_names.h"
#include "planner/uid/merge.h"
#include "runtime/base/result.h"
#include "runtime/graph/job_graph.h"

namespace weir::planner {

// Each field is the option in its comment. conf has checked the values, except the names of rules.
// A new field is read from the settings in StatementExecutor::OptionsOf (shell/engine/statements);
// planner.cc copies what binding needs.
struct PlannerOptions {
  uint32_t parallelism = 1;                                   // parallelism.default
  std::vector<std::string> disabled_rules;                    // optimizer.disabled-rules
  lower::PhaseStrategy phases = lower::PhaseStrategy::kAuto;  // table.optimizer.agg-phase-strategy
  bool auto_generate_uids = true;                             // pipeline.auto-generate-uids
  uid::Reuse reuse;               // table.optimizer.reuse-sub-plan-enabled, reuse-source-enabled
  std::string time_zone = "UTC";  // table.local-time-zone
  int64_t state_ttl_millis = 0;   // table.exec.state.ttl
  int64_t max_recursion_depth = 1000;  // table.exec.recursion.max-depth
  bool cdc_events_duplicate = false;   // table.exec.source.cdc-events-duplicate
  // table.exec.sink.upsert-materialize
  logical::Materialize upsert_materialize = logical::Materialize::kAuto;
  // table.exec.sink.keyed-shuffle
  lower::KeyedShuffle keyed_shuffle = lower::KeyedShuffle::kAuto;
  bool batch = false;             // execution.runtime-mode
  bool final_table = false;       // of input that ends; set by PlanFinalQuery
  graph::TableOptions enforcers;  // table.exec.sink.….-enforcer, those that are not the default
  bool require_on_conflict = false;           // table.exec.sink.require-on-conflict
  int64_t idle_timeout_millis = 0;            // table.exec.source.idle-timeout
  bool hints_name_systems = true;             // hints may name other systems (BindOptions)
  std::vector<uid::FormerName> former_names;  // of RESTORE … WITH STATE MAPPING
  // The text that the statements' spans point into, for places in words; may be empty. Borrowed.
  std::string_view sql;
};

// A note about a job that can run nevertheless; the shell prints it on standard error before the
// job starts.
struct Warning {
  std::string message;
  SourceSpan span;
};

// Owns its plans. Nodes and catalog objects are shared, but nobody changes them.
struct PlannedJob {
  logical::Plan bound;      // as written
  logical::Plan optimized;  // after the rules, with identities
  graph::JobGraph graph;
  uint32_t parallelism = 1;  // of nodes that name none
  bool bounded = true;       // its input ends by itself
  bool ends = true;          // its input ends by itself, or its LIMITs end the reading
  std::vector<Warning> warnings;
  // The tables and views that it depends on, each after those that it needs itself.
  std::vector<catalog::CatalogObject> objects;
  // Where the names in its statements resolve.
  std::string current_catalog;
  std::string current_database;
};

// Plans one job with a sink for each INSERT. The stages are: bind, normalise (rules that are always
// on), name states, assign uids, apply rules, infer traits, lower. Uids come before every rule that
// can be switched off, so that no option moves state. Errors have spans and are those of binding,
// uids (E2012, E2013), traits (E2011), and E6001 for unknown rules. Pure: no files or clocks are
// used, and the catalog is not changed.
Result<PlannedJob> PlanInserts(std::span<const ast::Insert* const> inserts,
                               const catalog::Catalog& catalog, const PlannerOptions& options);

// Plans a SELECT whose rows go to the shell. Its state ends with it, so unnamed operators cause no
// warning; E2013 refuses them nevertheless where names are required.
Result<PlannedJob> PlanQuery(const ast::Query& query, const catalog::Catalog& catalog,
                             const PlannerOptions& options);

// Plans a SELECT whose rows go where changes cannot: of input that ends come those that are there
// in the end, as insertions. Over input that does not end the plan is that of PlanQuery, changes
// included.
Result<PlannedJob> PlanFinalQuery(const ast::Query& query, const catalog::Catalog& catalog,
                                  const PlannerOptions& options);

// All stages behind binding. Leaves `objects` and the current catalog and database empty: nothing
// of them is in the plan. kInternal for a plan that contradicts itself.
Result<PlannedJob> PlanBound(const logical::Plan& bound, const graph::ConnectorCatalog& connectors,
                             const PlannerOptions& options);

// AUTO, NONE or FORCE, in any case; E6001 otherwise.
Result<logical::Materialize> ParseMaterialize(std::string_view text);
// The same.
Result<lower::KeyedShuffle> ParseKeyedShuffle(std::string_view text);
// AUTO, ONE_PHASE, TWO_PHASE, in any case; E6001 otherwise.
Result<lower::PhaseStrategy> ParsePhaseStrategy(std::string_view text);
// Parses a list of names separated by commas or semicolons: "a, b;c". Blanks are ignored, and "" is
// an empty list. E6001 for a name that is not a rule's.
Result<std::vector<std::string>> ParseRuleNames(std::string_view text);

}  // namespace weir::planner
