#include "shell/cli/translated_script.h"

#include <vector>

#include "shell/engine/text/error_text.h"
#include "shell/flink/translator.h"
#include "shell/output/script.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"

namespace weir::shell {

int TranslatedScript::Complain(const Status& error, SourceSpan part) const {
  PrintMessage(FormatError(
      error, {.text = text(), .file = script_.file, .at = part.begin, .color = color_}));
  const int signal = error.code() == StatusCode::kCancelled ? TakeSignal() : 0;
  return signal != 0 ? ExitCodeOfSignal(signal) : ExitCodeOf(error);
}

int TranslatedScript::Read(const Take& take) {
  const std::string_view text = this->text();
  session_.hooks().file = script_.file;
  const Result<std::vector<SourceSpan>> parts = session_.Split(text);
  if (!parts.ok()) return Complain(parts.status(), {});
  flink::Translator translator(session_.session().catalog());
  int first = kExitOk;
  for (const SourceSpan part : *parts) {
    const auto translate = [&]() -> Status {
      NoRows view;
      translator.LookBefore(text, part);
      RETURN_IF_ERROR(session_.Execute(text, part, view).status());
      return take(part, translator.Translate(text, part));
    };
    const Status status = translate();
    if (status.ok()) continue;
    const int code = Complain(status, part);
    if (first == kExitOk) first = code;
    if (status.code() == StatusCode::kCancelled) return code;
  }
  return first;
}

}  // namespace weir::shell
