// What `weir --help` and `weir VERB --help` say.
#pragma once

#include <string>

#include "shell/cli/verbs.h"

namespace weir::shell {

// With a final newline. Sentences are wrapped at 100 columns; usage and example are not.
std::string HelpPage(const Verb& verb);

// "-s, --fromSavepoint PATH".
std::string OptionText(const OptionRow& option);

}  // namespace weir::shell
