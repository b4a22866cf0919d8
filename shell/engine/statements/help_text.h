// What HELP says about statements, functions, connectors, options and errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::shell {

// Without a topic, one line for each statement. A topic is the first words of a statement, a part
// of queries (TUMBLE, JOIN), a function, a connector or format, an error id such as E2003, or an
// option, in any case; nullopt when it is unknown. Ends with a newline.
std::optional<std::string> HelpText(std::string_view topic);
// All topics, to suggest the one that an unknown topic may mean.
std::vector<std::string> HelpTopics();

}  // namespace weir::shell
