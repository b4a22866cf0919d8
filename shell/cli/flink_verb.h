// weir flink translate: a query file in plain Flink SQL.
#pragma once

#include <string>

#include "shell/cli/translated_script.h"

namespace weir::shell {

// Makes `text` the script in Flink SQL. Where something in it cannot be said so, each error is
// printed. The exit code.
int TranslateScript(TranslatedScript& script, std::string& text);

}  // namespace weir::shell
