// What a request must bring before anybody looks at what it asks for.
#pragma once

#include <optional>
#include <string>

#include "shell/http/http_message.h"

namespace weir::shell {

// Who may ask: anybody who reaches the port, or who has the token.
enum class HttpAccess : uint8_t { kAnybody, kToken };

// Nothing if the request may pass; else what it is answered:
//   400, 403  the host that the client believes to talk to is not this machine. So a page from
//             elsewhere cannot make a browser talk to us under that page's own name, which it lets
//             mean this machine afterwards (DNS rebinding). The same for the page's origin.
//   401       the token is missing or wrong (RFC 6750: "Authorization: Bearer …"), where `access`
//             asks for it.
//   405       a method that nothing here has.
//   415       a body that is not said to be JSON: what a form on a page from elsewhere can send.
std::optional<HttpResponse> RefusalOf(const HttpRequest& request, HttpAccess access,
                                      std::string_view token);

}  // namespace weir::shell
