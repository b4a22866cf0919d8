// The text of HELP.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::shell {

// Without a topic, one line for each statement. A topic is the first words of a statement, an error
// id such as E2003, or an option, in any case; nullopt when it is unknown. Ends with a newline.
std::optional<std::string> HelpText(std::string_view topic);

}  // namespace weir::shell
