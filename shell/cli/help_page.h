// What `weir --help` and `weir VERB --help` say.
#pragma once

#include <string>

#include "shell/cli/verbs.h"

namespace weir::shell {

// At most 100 columns wide, with a final newline.
std::string HelpPage(const Verb& verb);

// "-s, --fromSavepoint PATH".
std::string OptionText(const OptionRow& option);

}  // namespace weir::shell
