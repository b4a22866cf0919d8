// weir open: the web page of the server that has a data directory, in a browser.
#pragma once

#include "runtime/file_system.h"
#include "shell/cli/command_line.h"

namespace weir::shell {

// Prints the page's address, with the token of the data directory behind its "#", which browsers
// send to nobody, where the token lets in; and opens it where there is a display. E4008 when nobody
// answers there; E6001 for a token that cannot be trusted.
Status OpenPage(const CommandLine& line, FileSystem& files);

}  // namespace weir::shell
