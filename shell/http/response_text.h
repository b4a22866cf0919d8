// The bytes of responses (RFC 9110, 9112).
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/timestamp.h"
#include "shell/http/http_message.h"

namespace weir::shell {

// How a response is sent, which depends on its request.
struct ResponseForm {
  bool has_body = true;     // false for HEAD
  bool keeps_alive = true;  // another request may follow on the connection
  bool chunked = true;      // false: HTTP/1.0, where a stream ends with the connection
};

// The status line and the headers, with the empty line behind them.
std::string ResponseHead(const HttpResponse& response, const ResponseForm& form, Timestamp now);

// A piece of a stream as it is sent, with the frame that chunked encoding gives it. REQUIRES:
// `text` is not empty, as an empty chunk means the end. StreamEnd: what marks the end.
std::string StreamPiece(std::string_view text, const ResponseForm& form);
std::string StreamEnd(const ResponseForm& form);

}  // namespace weir::shell
