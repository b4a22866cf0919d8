// Whether a user may use the secrets that a job's tables refer to.
#pragma once

#include <string>
#include <vector>

#include "planner/catalog/catalog.h"
#include "runtime/graph/job_graph.h"
#include "shell/engine/access/role.h"

namespace weir::shell {

// E6003 if `who` is no admin and a table that refers to a secret has other options than in
// `catalog`: with an option of a hint, or of a savepoint from elsewhere, the secret could be sent
// anywhere. `definitions` are the job's, from DefinitionsOf.
Status CheckSecretUse(const Principal& who, const graph::JobGraph& graph,
                      const std::vector<std::string>& definitions, const catalog::Catalog& catalog);

}  // namespace weir::shell
