#include "shell/cli/flink_verb.h"

#include <algorithm>

#include "planner/parse/parse.h"

namespace weir::shell {

// What lies between statements, their comments most of all, stays as it is.
int TranslateScript(TranslatedScript& script, std::string& text) {
  const std::string_view said = script.text();
  size_t at = 0;
  const auto take = [&](SourceSpan part, const Result<std::string>& translation) -> Status {
    RETURN_IF_ERROR(translation.status());
    text += said.substr(at, part.begin - at);
    text += *translation;
    // A translation has its own semicolon. A comment in front of the script's goes behind it.
    const size_t end = parse::EndOfStatement(said, part.begin).value_or(part.end + 1);
    const std::string_view between = said.substr(part.end, end - 1 - part.end);
    if (between.find_first_not_of(" \t\r\n") != std::string_view::npos) text += between;
    at = std::min(end, said.size());
    return {};
  };
  const int code = script.Read(take);
  text += said.substr(at);
  if (!text.ends_with('\n')) text += '\n';
  return code;
}

}  // namespace weir::shell
