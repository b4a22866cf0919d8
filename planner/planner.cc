#include "planner/planner.h"

namespace weir::planner {
namespace {

bind::BindOptions BindOptionsOf(const PlannerOptions& options,
                                std::vector<catalog::CatalogObject>& objects) {
  bind::BindOptions result;
  result.state_ttl_millis = options.state_ttl_millis;
  result.idle_timeout_millis = options.idle_timeout_millis;
  result.cdc_events_duplicate = options.cdc_events_duplicate;
  result.upsert_materialize = options.upsert_materialize;
  result.enforcers = options.enforcers;
  result.require_on_conflict = options.require_on_conflict;
  result.used_objects = &objects;
  return result;
}

}  // namespace

Result<PlannedJob> PlanInserts(std::span<const ast::Insert* const> inserts,
                               const catalog::Catalog& catalog, const PlannerOptions& options) {
  std::vector<catalog::CatalogObject> objects;
  const logical::Plan bound =
      TRY(bind::BindInserts(inserts, catalog, BindOptionsOf(options, objects)));
  PlannedJob job = TRY(PlanBound(bound, catalog.connectors(), options));
  job.objects = std::move(objects);
  return job;
}

Result<PlannedJob> PlanQuery(const ast::Query& query, const catalog::Catalog& catalog,
                             const PlannerOptions& options) {
  std::vector<catalog::CatalogObject> objects;
  const logical::Plan bound = TRY(bind::BindQuery(query, catalog, BindOptionsOf(options, objects)));
  PlannedJob job = TRY(PlanBound(bound, catalog.connectors(), options));
  job.objects = std::move(objects);
  return job;
}

}  // namespace weir::planner
