#include "shell/cli/flink_verb.h"

#include <algorithm>

#include "planner/parse/parse.h"
#include "shell/engine/text/error_text.h"
#include "shell/flink/translator.h"
#include "shell/output/script.h"
#include "shell/output/script_text.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"

namespace weir::shell {

int ScriptTranslation::Translate(std::string_view script, const std::string& file) {
  script = WithoutMark(script);
  session_.hooks().file = file;
  const Status status = TranslateParts(script, file);
  if (status.ok()) return kExitOk;
  const int signal = status.code() == StatusCode::kCancelled ? TakeSignal() : 0;
  return signal != 0 ? ExitCodeOfSignal(signal) : ExitCodeOf(status);
}

// What lies between statements, their comments most of all, stays as it is.
Status ScriptTranslation::TranslateParts(std::string_view script, const std::string& file) {
  const Result<std::vector<SourceSpan>> parts = session_.Split(script);
  if (!parts.ok()) return Complain(parts.status(), script, file, {});
  flink::Translator translator(session_.session().catalog());
  Status first;
  size_t at = 0;
  for (const SourceSpan part : *parts) {
    NoRows view;
    const Result<Answer> planned = session_.Execute(script, part, view);
    Result<std::string> made =
        planned.ok() ? translator.Translate(script, part) : Result<std::string>(planned.status());
    text_ += script.substr(at, part.begin - at);
    // A translation has its own semicolon. A comment in front of the script's goes behind it.
    const size_t end = parse::EndOfStatement(script, part.begin).value_or(part.end + 1);
    const std::string_view between = script.substr(part.end, end - 1 - part.end);
    at = std::min(end, script.size());
    if (made.ok()) {
      text_ += *made;
      if (between.find_first_not_of(" \t\r\n") != std::string_view::npos) text_ += between;
      continue;
    }
    Status error = Complain(made.status(), script, file, part);
    if (error.code() == StatusCode::kCancelled) return error;
    if (first.ok()) first = std::move(error);
  }
  text_ += script.substr(at);
  if (!text_.ends_with('\n')) text_ += '\n';
  return first;
}

Status ScriptTranslation::Complain(const Status& error, std::string_view script,
                                   const std::string& file, SourceSpan part) {
  PrintMessage(
      FormatError(error, {.text = script, .file = file, .at = part.begin, .color = color_}));
  return error;
}

}  // namespace weir::shell
