#include "shell/cli/flink_options_page.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "conf/flink_options.h"

namespace weir::shell {

std::string FlinkOptionsPage(const RenderOptions& render) {
  // Options that are missing for the same reason share a row.
  std::map<std::pair<std::string_view, std::string_view>, std::string> keys;
  for (const conf::FlinkOption& option : conf::FlinkOptions()) {
    std::string& listed = keys[{option.accepted, option.reason}];
    listed += fmt::format("{}`{}`", listed.empty() ? "" : ", ", option.key);
  }
  ResultTable without_effect = TextTable({"keys", "no effect, because"});
  ResultTable refused = TextTable({"keys", "values", "because"});
  for (const conf::FlinkOption& option : conf::FlinkOptions()) {
    const auto row = keys.extract({option.accepted, option.reason});
    if (row.empty()) continue;
    if (option.refused) {
      refused.AddTextRow({row.mapped(), std::string(option.accepted), std::string(option.reason)});
    } else {
      without_effect.AddTextRow({row.mapped(), std::string(option.reason)});
    }
  }
  return "\n## Flink's other options\n\nEvery key of Flink 2.3's configuration, and those of 1.x "
         "that "
         "scripts still set, is known. Those above mean here\nwhat they mean in Flink. Those of "
         "the "
         "next table have no effect on results, durability or security here: one notice\nsays so. "
         "`*` stands for the rest of a key; the longest that fits counts. `HELP 'key'` says it, "
         "too.\n\n" +
         Render(without_effect, render) +
         "\nThese would have one, and are refused with E1002, save for the values named, which say "
         "what is done anyway; behind\n*not* those that are refused.\n\n" +
         Render(refused, render);
}

}  // namespace weir::shell
