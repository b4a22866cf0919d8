// What jobs are told to whoever changes a definition that they were started with.
#pragma once

#include <string>
#include <vector>

#include "planner/catalog/permanent_objects.h"
#include "shell/engine/session/session.h"

namespace weir::shell {

// A notice for each job that runs, or can be resumed, with the definition of the object called
// `parts` as it is now; none if there is no such object.
std::vector<std::string> NoticesOfUsers(Session& session, const std::vector<std::string>& parts,
                                        catalog::ObjectKind kind);

}  // namespace weir::shell
