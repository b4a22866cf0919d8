#include "planner/planner.h"

#include "planner/bind/bind_change.h"
#include "planner/plan_change.h"

namespace weir::planner {
namespace {

bind::BindOptions BindOptionsOf(const PlannerOptions& options,
                                std::vector<catalog::CatalogObject>& objects) {
  bind::BindOptions result;
  result.state_ttl_millis = options.state_ttl_millis;
  result.idle_timeout_millis = options.idle_timeout_millis;
  result.max_recursion_depth = options.max_recursion_depth;
  result.cdc_events_duplicate = options.cdc_events_duplicate;
  result.upsert_materialize = options.upsert_materialize;
  result.enforcers = options.enforcers;
  result.require_on_conflict = options.require_on_conflict;
  result.hints_name_systems = options.hints_name_systems;
  result.used_objects = &objects;
  return result;
}

// Keeps the definitions that a job needs to be planned again in another process.
void Remember(const catalog::Catalog& catalog, std::vector<catalog::CatalogObject> objects,
              PlannedJob& job) {
  job.objects = std::move(objects);
  job.current_catalog = catalog.current_catalog();
  job.current_database = catalog.current_database();
}

// The rows that are there in the end, as insertions, where the input ends.
Result<PlannedJob> PlanFinalRows(const logical::Plan& bound, const catalog::Catalog& catalog,
                                 const PlannerOptions& options) {
  PlannedJob job = TRY(PlanBound(bound, catalog.connectors(), options));
  if (!job.bounded || job.graph.nodes.back().changelog.append_only()) return job;
  PlannerOptions in_the_end = options;
  in_the_end.final_table = true;
  Result<PlannedJob> final_table = PlanBound(bound, catalog.connectors(), in_the_end);
  if (final_table.status().id() != "E1002") return final_table;
  return std::move(final_table)
      .status()
      .WithHint("rows that change are sorted once they are final: CAST the column to STRING");
}

Result<PlannedChange> PlanChange(bind::BoundChange bound, const catalog::Catalog& catalog,
                                 std::vector<catalog::CatalogObject>& objects,
                                 const PlannerOptions& options) {
  PlannedChange change;
  change.job = TRY(PlanFinalRows(bound.plan, catalog, options));
  Remember(catalog, std::move(objects), change.job);
  change.table = std::move(bound.table);
  change.key = std::move(bound.key);
  change.assigned = std::move(bound.assigned);
  return change;
}

}  // namespace

Result<PlannedJob> PlanInserts(std::span<const ast::Insert* const> inserts,
                               const catalog::Catalog& catalog, const PlannerOptions& options) {
  std::vector<catalog::CatalogObject> objects;
  const logical::Plan bound =
      TRY(bind::BindInserts(inserts, catalog, BindOptionsOf(options, objects)));
  PlannedJob job = TRY(PlanBound(bound, catalog.connectors(), options));
  Remember(catalog, std::move(objects), job);
  return job;
}

Result<PlannedJob> PlanQuery(const ast::Query& query, const catalog::Catalog& catalog,
                             const PlannerOptions& options) {
  std::vector<catalog::CatalogObject> objects;
  const logical::Plan bound = TRY(bind::BindQuery(query, catalog, BindOptionsOf(options, objects)));
  PlannedJob job = TRY(PlanBound(bound, catalog.connectors(), options));
  Remember(catalog, std::move(objects), job);
  return job;
}

Result<PlannedJob> PlanFinalQuery(const ast::Query& query, const catalog::Catalog& catalog,
                                  const PlannerOptions& options) {
  std::vector<catalog::CatalogObject> objects;
  const logical::Plan bound = TRY(bind::BindQuery(query, catalog, BindOptionsOf(options, objects)));
  PlannedJob job = TRY(PlanFinalRows(bound, catalog, options));
  Remember(catalog, std::move(objects), job);
  return job;
}

Result<PlannedChange> PlanUpdate(const ast::Update& update, const catalog::Catalog& catalog,
                                 const PlannerOptions& options) {
  std::vector<catalog::CatalogObject> objects;
  return PlanChange(TRY(bind::BindUpdate(update, catalog, BindOptionsOf(options, objects))),
                    catalog, objects, options);
}

Result<PlannedChange> PlanDelete(const ast::Delete& rows, const catalog::Catalog& catalog,
                                 const PlannerOptions& options) {
  std::vector<catalog::CatalogObject> objects;
  return PlanChange(TRY(bind::BindDelete(rows, catalog, BindOptionsOf(options, objects))), catalog,
                    objects, options);
}

}  // namespace weir::planner
