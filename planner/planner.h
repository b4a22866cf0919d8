// From statements to jobs: bind, name operators, optimise, lower. What the shell calls.
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

// Each field is the option that its comment names.
// Checked by conf before they come here, save for names of rules.
struct PlannerOptions {
  uint32_t parallelism = 1;                                   // parallelism.default
  std::vector<std::string> disabled_rules;                    // optimizer.disabled-rules
  lower::PhaseStrategy phases = lower::PhaseStrategy::kAuto;  // table.optimizer.agg-phase-strategy
  bool auto_generate_uids = true;                             // pipeline.auto-generate-uids
  uid::Reuse reuse;               // table.optimizer.reuse-sub-plan-enabled, reuse-source-enabled
  std::string time_zone = "UTC";  // table.local-time-zone
  int64_t state_ttl_millis = 0;   // table.exec.state.ttl
  bool cdc_events_duplicate = false;  // table.exec.source.cdc-events-duplicate
  logical::Materialize upsert_materialize =
      logical::Materialize::kAuto;            // table.exec.sink.upsert-materialize
  int64_t idle_timeout_millis = 0;            // table.exec.source.idle-timeout
  std::vector<uid::FormerName> former_names;  // of RESTORE … WITH STATE MAPPING
  // The text that the statements' spans point into, for places in words; may be empty. Borrowed.
  std::string_view sql;
};

// A note about a job that runs all the same.
// The shell prints it on standard error before the job runs.
struct Warning {
  std::string message;
  SourceSpan span;
};

// A value: owns its plans, shares nodes and catalog objects with nobody who changes them.
struct PlannedJob {
  logical::Plan bound;      // as written
  logical::Plan optimized;  // after the rules, with identities
  graph::JobGraph graph;
  uint32_t parallelism = 1;  // of nodes that name none
  bool bounded = true;       // it ends by itself
  std::vector<Warning> warnings;
  // Tables and views that it depends on, each after those that it needs itself.
  std::vector<catalog::CatalogObject> objects;
};

// One job with a sink an INSERT. Errors are those of binding, uids (E2012, E2013), traits (E2011)
// and E6001 for unknown rules; they carry spans.
// Stages, in order: bind, normalise (always-on rules), names of states, uids, rules, traits,
// lowering. Uids come before every rule that can be switched off, so that no option moves state.
// Pure: neither files nor clocks are touched, and the catalog stays as it is. One thread a call.
Result<PlannedJob> PlanInserts(std::span<const ast::Insert* const> inserts,
                               const catalog::Catalog& catalog, const PlannerOptions& options);

// A SELECT whose rows go to the shell. Its state ends with it, so that unnamed operators are worth
// no warning; E2013 refuses them all the same where names are required.
Result<PlannedJob> PlanQuery(const ast::Query& query, const catalog::Catalog& catalog,
                             const PlannerOptions& options);

// Everything behind binding.
// Verifies the plan first: kInternal for one that contradicts itself.
Result<PlannedJob> PlanBound(const logical::Plan& bound, const graph::ConnectorCatalog& connectors,
                             const PlannerOptions& options);

// AUTO, NONE or FORCE, in any case; E6001 otherwise.
Result<logical::Materialize> ParseMaterialize(std::string_view text);
// AUTO, ONE_PHASE, TWO_PHASE, in any case; E6001 otherwise.
Result<lower::PhaseStrategy> ParsePhaseStrategy(std::string_view text);
// "a, b;c": the names in a list that commas or semicolons part. E6001 when one is no rule's.
// Blanks do not count; "" is no names.
Result<std::vector<std::string>> ParseRuleNames(std::string_view text);

}  // namespace weir::planner
