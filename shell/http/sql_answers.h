// POST /v1/sql: a statement, and its answer as JSON.
#pragma once

#include "shell/http/routes.h"

namespace weir::shell {

// Where JSON lines are accepted, a line each for the columns, every change and the end, as they
// come; else one object when the statement has ended.
void BeginSql(HttpPorts& ports, const HttpRequest& request, const HttpExchange& exchange);

}  // namespace weir::shell
