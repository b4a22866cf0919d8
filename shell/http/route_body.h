// What the body of a request may hold, by the table of routes.
#pragma once

#include <string_view>

#include "runtime/base/status.h"
#include "shell/http/routes.h"

namespace weir::shell {

// kInvalidArgument for a member that `route` does not take, as Flink's own interface refuses it,
// for one that is an object or array where the route takes a text, and for one that is none where
// it takes an object of texts. OK for "" and for a route without members. A body that is no JSON
// object is OK, too: whoever reads it says so.
Status CheckBody(const Route& route, std::string_view body);

}  // namespace weir::shell
