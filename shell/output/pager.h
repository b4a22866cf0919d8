// Shows long texts page by page, through the program that the user has chosen for that.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// Runs `command` of /bin/sh with `text` as its input, on this process's terminal, and returns when
// it has ended. Ctrl-C is the pager's meanwhile. False when it cannot be started or found; then
// nothing was shown.
bool Page(const std::string& command, std::string_view text);

}  // namespace weir::shell
