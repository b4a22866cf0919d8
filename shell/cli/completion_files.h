// The files with which bash, zsh and fish complete the words of the command line. Names of jobs are
// asked of weir itself.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// REQUIRES: `shell` is "bash", "zsh" or "fish", the choices of the verb's argument.
std::string CompletionFile(std::string_view shell);

}  // namespace weir::shell
