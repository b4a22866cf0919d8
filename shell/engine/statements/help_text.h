// The text of HELP.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::shell {

// The statements with a line each; or, for a topic (the first words of a statement, an error id
// such as E2003, an option), what it is. nullopt when nothing is known of it. Ends with a newline.
// Topics are matched in any case.
std::optional<std::string> HelpText(std::string_view topic);

}  // namespace weir::shell
