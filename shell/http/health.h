// /healthz and /readyz, for those who start and watch processes.
#pragma once

#include "shell/http/routes.h"

namespace weir::shell {

// Always 200: answering shows that the process lives.
Result<HttpResponse> AnswerHealth(HttpPorts& ports, const HttpRequest& request,
                                  const RouteParameters& parameters);
// 200 or 503, by HttpPorts::ready.
Result<HttpResponse> AnswerReadiness(HttpPorts& ports, const HttpRequest& request,
                                     const RouteParameters& parameters);

}  // namespace weir::shell
