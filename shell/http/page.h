// The web page: HTML, script and style, which anybody may have; what they show needs a login.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// GET /: the page itself.
AnswerOfRoute AnswerPage;
// GET /page/:file: a file that the page names. With the `v` that it names it by, a browser may keep
// it forever; each has an ETag besides (RFC 9110, 8.8.3). 404 for others, and for a file that
// scripts import (PageFile) without that `v`: a tab that was opened before the server became a
// newer one must load anew.
AnswerOfRoute AnswerPageFile;

}  // namespace weir::shell
