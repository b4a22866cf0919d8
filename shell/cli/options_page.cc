#include "shell/cli/options_page.h"

#include "conf/settings.h"
#include "shell/cli/flink_options_page.h"

namespace weir::shell {

std::string OptionsPage(const RenderOptions& render) {
  ResultTable table = TextTable({"option", "type", "scope", "default", "shipped", "description"});
  for (const conf::Option& option : conf::AllOptions()) {
    table.AddTextRow(
        {std::string(option.key), std::string(conf::OptionTypeName(option.type)),
         std::string(conf::OptionScopeName(option.scope)), std::string(option.default_value),
         std::string(option.shipped_value.empty() ? option.default_value : option.shipped_value),
         std::string(option.doc)});
  }
  if (render.format != OutputFormat::kMarkdown) return Render(table, render);
  return "# Options\n\nBy `SET 'key' = 'value'`, `-D key=value`, a conf file, or `WITH` of CREATE "
         "JOB. *shipped*: the value in `conf/weir.yaml`,\nwhich holds where none of these says "
         "otherwise. *scope*: what an option is about; those of a process or session stand\nin no "
         "WITH. A table's is what holds for tables that say nothing else.\n\n" +
         Render(table, render) + FlinkOptionsPage(render);
}

}  // namespace weir::shell
