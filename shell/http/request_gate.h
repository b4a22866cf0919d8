// What a request must bring before anybody looks at what it asks for.
#pragma once

#include <optional>
#include <string>

#include "shell/http/http_message.h"

namespace weir::shell {

// Nothing if the request may pass, whoever asks; else what it is answered:
//   400, 403  the host that the client believes to talk to is not this machine. So a page from
//             elsewhere cannot make a browser talk to us under that page's own name, which it lets
//             mean this machine afterwards (DNS rebinding). With TLS the certificate sees to that.
//             The same for the page's origin, which with TLS must be of the host.
//   405       a method that nothing here has.
//   415       a body that is not said to be JSON: what a form on a page from elsewhere can send.
std::optional<HttpResponse> RefusalOf(const HttpRequest& request);

}  // namespace weir::shell
