// Who sends a request, as its header says: "Authorization: Bearer …" with the token (RFC 6750), or
// "Basic …" with a user's name and password (RFC 7617).
#pragma once

#include <optional>

#include "shell/http/http_message.h"
#include "shell/login/logins.h"

namespace weir::shell {

// The login in the header Authorization (Basic or Bearer); nothing where it is absent or of another
// scheme.
std::optional<LoginAttempt> LoginOf(const HttpRequest& request);

// 401 for a request without a login.
HttpResponse AsksForLogin(bool has_users);
// 401 for one that was refused, 429 where it was not judged.
HttpResponse LoginRefused(const Status& why, bool has_users);
}  // namespace weir::shell
