// From UPDATE and DELETE to jobs.
#pragma once

#include <vector>

#include "planner/planner.h"

namespace weir::planner {

// Gives a row for each one that is to change, as insertions (bind::BoundChange).
struct PlannedChange {
  PlannedJob job;
  catalog::TablePtr table;
  std::vector<int> key;
  std::vector<int> assigned;
};

// As PlanFinalQuery, with the errors of bind::BindUpdate and BindDelete.
Result<PlannedChange> PlanUpdate(const ast::Update& update, const catalog::Catalog& catalog,
                                 const PlannerOptions& options);
Result<PlannedChange> PlanDelete(const ast::Delete& rows, const catalog::Catalog& catalog,
                                 const PlannerOptions& options);

}  // namespace weir::planner
