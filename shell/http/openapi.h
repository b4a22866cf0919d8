// The description of the HTTP service in the form that tools read (OpenAPI 3), made from the table
// of routes.
#pragma once

#include <string>
#include <string_view>

#include "shell/http/routes.h"

namespace weir::shell {

// A JSON document with every route: parameters, members of bodies, the role as "x-weir-role".
std::string OpenApiDocument(std::string_view version);

// GET /openapi.json: the document.
Result<HttpResponse> AnswerOpenApi(HttpPorts& ports, const HttpRequest& request,
                                   const RouteParameters& parameters);

}  // namespace weir::shell
