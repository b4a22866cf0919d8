// The web page: HTML, script and style, which anybody may have; what they show needs a login.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// The page itself.
AnswerOfRoute AnswerPage;
// A file that it names. With the `v` that it names it by, a browser may keep it forever; each has
// an ETag besides (RFC 9110, 8.8.3). 404 for others.
AnswerOfRoute AnswerPageFile;

}  // namespace weir::shell
