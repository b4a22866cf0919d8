// Whether somebody may use the secrets that a job's tables refer to.
#pragma once

#include <string>
#include <vector>

#include "planner/catalog/catalog.h"
#include "runtime/graph/job_graph.h"
#include "shell/engine/access/role.h"

namespace weir::shell {

// E6003 where `who` is no admin, and a table refers to a secret which is not in `catalog` as it is
// here: another option, by a hint or in a savepoint from elsewhere, could send the secret anywhere.
// `definitions` are the job's, as DefinitionsOf gives them.
Status CheckSecretUse(const Principal& who, const graph::JobGraph& graph,
                      const std::vector<std::string>& definitions, const catalog::Catalog& catalog);

}  // namespace weir::shell
